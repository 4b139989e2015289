"""Whatever comes in several parts over real sockets, of any number and content: the client and the server stay."""

import time

import zmq
from echo_bridge import BridgeServer, EchoClient, commands
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

parts = st.lists(st.binary(max_size=120), max_size=6)
known = st.sampled_from(
    [b"\x81\xa1t\xa5video", b"\x81\xa1t\xa5speech", b"\x81\xa1t\xa7welcome", b"\x81\xa1t\xa3bye", b"\x80"]
)


def test_a_client_reads_anything():
    with (
        BridgeServer(control_port=0) as server,
        EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}") as client,
    ):

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(parts, known)
        def attack(pieces, header):
            with server.publisher._lock:
                for stream in ("video", "cues"):
                    socket = server.publisher._sockets[stream]
                    socket.send_multipart([stream.encode() + b"/", *pieces], flags=zmq.DONTWAIT)
                    socket.send_multipart([stream.encode() + b"/", header, *pieces], flags=zmq.DONTWAIT)
            for session in server.control._sessions.present:
                server.control._outbox.append((session.route, b"".join(pieces)))

        attack()
        server.publisher.publish_event("mira", "turn", {"state": "listening"})
        deadline = time.monotonic() + 10.0
        while "mira" not in client.npcs_seen:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        pending = client.begin(commands.Stats)
        server.poll(5.0)[0].done()
        pending.done(5.0)
        assert client.malformed > 100


def test_a_server_reads_anything():
    with BridgeServer(control_port=0) as server, zmq.Context() as context:
        rude = context.socket(zmq.DEALER)
        rude.setsockopt(zmq.LINGER, 0)
        rude.connect(f"tcp://127.0.0.1:{server.ports['control']}")

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(parts, known)
        def attack(pieces, header):
            rude.send_multipart([*pieces, b""])
            rude.send_multipart([header, *pieces])

        attack()
        with EchoClient.connect(f"tcp://127.0.0.1:{server.ports['control']}") as client:
            pending = client.begin(commands.Stats)
            server.poll(5.0)[0].done()
            pending.done(5.0)
        rude.close()
