"""The control socket against a plain DEALER: greetings, refusals, sessions."""

import time

import msgpack
import numpy as np
import pytest
import zmq
from echo_bridge import BridgeServer, commands, limits
from echo_bridge.codec import encode


class Peer:
    """A client with no manners of its own."""

    def __init__(self, context, port):
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(f"tcp://127.0.0.1:{port}")

    def send(self, header, payload=b""):
        self.socket.send_multipart([header if isinstance(header, bytes) else msgpack.packb(header), payload])

    def receive(self, timeout=2000):
        return msgpack.unpackb(self.socket.recv_multipart()[0]) if self.socket.poll(timeout) else None

    def ask(self, header, payload=b""):
        self.send(header, payload)
        return self.receive()

    def hello(self, client="game", proto=limits.PROTOCOL, **more):
        return self.ask({"t": "hello", "proto": proto, "client": client, **more})


@pytest.fixture
def server():
    with BridgeServer(control_port=0) as server:
        yield server


@pytest.fixture
def join(server):
    with zmq.Context() as context:
        peers = []

        def make():
            peers.append(Peer(context, server.ports["control"]))
            return peers[-1]

        yield make
        for peer in peers:
            peer.socket.close()


def test_welcome_tells_ports_curves_and_capabilities(server, join):
    welcome = join().hello()
    assert welcome["t"] == "welcome"
    assert welcome["proto"] == [1, 0]
    assert welcome["ports"] == server.ports
    assert welcome["curve_sets"]["arkit52"][0] == "eyeBlinkLeft"
    assert len(welcome["curve_sets"]["arkit52"]) == 52
    assert welcome["formats"] == ["bgra8"]
    assert "speak_text" not in welcome["caps"]


@pytest.mark.parametrize(("theirs", "update"), [([0, 9], "client"), ([2, 0], "runtime")])
def test_another_major_is_refused_with_what_is_supported(join, theirs, update):
    answer = join().ask({"t": "hello", "proto": theirs, "client": "game", "caps": 5})
    assert (answer["t"], answer["code"], answer["supported"]) == ("error", "version", [[1, 0]])
    assert f"update the {update}" in answer["text"]


def test_a_newer_minor_is_welcome(join):
    assert join().hello(proto=[1, 7], shoe_size=44)["t"] == "welcome"


@pytest.mark.parametrize("header", [b"", b"\xc1garbage", msgpack.packb([1]), msgpack.packb({"t": "hello"})])
def test_malformed_messages_are_answered_and_the_next_one_works(join, header):
    peer = join()
    answer = peer.ask(header)
    assert (answer["t"], answer["code"]) == ("error", "malformed")
    assert answer["text"].endswith(".")
    assert peer.hello()["t"] == "welcome"


def test_too_many_parts_are_answered(join):
    peer = join()
    peer.socket.send_multipart([b"a", b"b", b"c", b"d"])
    assert peer.receive()["code"] == "malformed"


def test_a_command_without_a_session_is_told_to_say_hello(server, join):
    answer = join().ask({"t": "interrupt", "id": 1, "npc": "mira"})
    assert (answer["t"], answer["code"]) == ("error", "no_session")
    assert server.poll(0.05) == []


def test_a_command_reaches_the_runtime_and_is_answered_in_order(server, join):
    peer = join()
    peer.hello(client="unity")
    peer.send({"t": "interrupt", "id": 9, "npc": "mira"})
    (request,) = server.poll(2.0)
    assert isinstance(request.message, commands.Interrupt)
    assert request.session.client == "unity"
    request.done(epoch=4)
    request.done(epoch=5)
    request.failed("late", "Too late.")
    assert peer.receive() == {"t": "ack", "id": 9, "buffered_us": 0}
    assert peer.receive() == {"t": "done", "id": 9, "result": {"epoch": 4}}
    assert peer.receive(timeout=100) is None


def test_a_command_that_wants_no_answer_gets_only_its_refusal(server, join):
    peer = join()
    peer.hello()
    peer.send({"t": "thinking", "npc": "mira", "on": True})
    server.poll(2.0)[0].done()
    assert peer.receive(timeout=100) is None
    peer.send({"t": "thinking", "npc": "mira", "on": True})
    server.poll(2.0)[0].failed("no_npc", "No such NPC.")
    assert peer.receive() == {"t": "failed", "id": 0, "code": "no_npc", "text": "No such NPC."}


@pytest.mark.parametrize(("header", "payload", "code"), [
    ({"t": "speak_audio", "id": 3, "npc": "mira", "utt": 1}, b"123", "malformed"),
    ({"t": "speak_audio", "id": 3, "npc": "mira", "utt": 1}, bytes(limits.SOUND_BYTES + 2), "malformed"),
    ({"t": "emotion", "id": 3, "npc": "mira", "name": "joy", "intensity": 7}, b"", "malformed"),
    ({"t": "dance", "id": 3}, b"", "unknown_command"),
    ({"t": "welcome", "id": 3}, b"", "unknown_command"),
    ({"t": "speak_text", "id": 3, "npc": "mira", "text": "hello"}, b"", "unsupported"),
    ({"t": "player_face", "id": 3}, np.full(52, np.nan, "<f4").tobytes(), "malformed"),
    ({"t": "player_face", "id": 3, "curves": "fb71", "count": 71}, bytes(284), "malformed"),
    ({"t": "player_face", "id": 3, "curves": "fb70", "count": 52}, bytes(208), "malformed"),
    ({"t": "curve_names", "id": 3, "curves": "fb71"}, b"", "malformed"),
    ({"t": "save_memory", "id": 3, "npc": "mira", "file": "evening"}, b"", "unsupported"),
    ({"t": "load_memory", "id": 3, "npc": "mira", "file": "../evening"}, b"", "malformed"),
])  # fmt: skip
def test_bad_commands_fail_with_one_sentence_and_never_reach_the_runtime(server, join, header, payload, code):
    peer = join()
    peer.hello()
    answer = peer.ask(header, payload)
    assert (answer["t"], answer["id"], answer["code"]) == ("failed", 3, code)
    assert answer["text"].endswith(".")
    assert "\n" not in answer["text"]
    assert server.poll() == []


def test_a_part_above_four_mebibytes_ends_the_connection_only(server, join):
    rude, polite = join(), join()
    rude.hello(client="rude")
    rude.send({"t": "speak_audio", "id": 3, "npc": "mira", "utt": 1}, bytes(limits.CONTROL_MESSAGE_BYTES + 1))
    assert rude.receive(timeout=200) is None
    assert polite.hello()["t"] == "welcome"
    assert server.poll() == []


def test_raw_bytes_on_the_port_harm_nobody(server, join):
    import socket

    with socket.create_connection(("127.0.0.1", server.ports["control"])) as raw:
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n" + bytes(200))
        assert join().hello()["t"] == "welcome"


def test_pings_are_answered_while_the_runtime_is_busy(server, join):
    peer = join()
    peer.hello()
    pong = peer.ask(encode(commands.Ping(id=4, sent=-17)))  # nobody polls
    assert (pong["t"], pong["id"], pong["sent"]) == ("pong", 4, -17)
    assert pong["received"] <= pong["answered"]


def test_the_newest_face_wins(server, join):
    peer = join()
    peer.hello()
    for pts in (1, 2, 3):
        peer.send({"t": "player_face", "pts": pts}, bytes(208))
        peer.send({"t": "stats", "id": pts})
    peer.ask({"t": "ping"})  # everything before it has been taken in
    messages = [request.message for request in server.poll()]
    assert [m.pts for m in messages if isinstance(m, commands.PlayerFace)] == [3]
    assert [m.id for m in messages if isinstance(m, commands.Stats)] == [1, 2, 3]


def test_every_face_counts_where_the_clock_is_virtual(join):
    with BridgeServer(control_port=0, newest_face_only=False, clock=lambda: 5) as server, zmq.Context() as context:
        peer = Peer(context, server.ports["control"])
        assert peer.hello()["now"] == 5
        for pts in (1, 2, 3):
            peer.send({"t": "player_face", "pts": pts}, bytes(208))
        peer.ask({"t": "ping"})
        assert [request.message.pts for request in server.poll()] == [1, 2, 3]
        peer.socket.close()


def test_a_flood_is_answered_busy(server, join, monkeypatch):
    monkeypatch.setattr(limits, "WAITING_REQUESTS", 3)
    peer = join()
    peer.hello()
    for number in range(1, 6):
        peer.send({"t": "stats", "id": number})
    assert [(peer.receive()["code"]) for _ in range(2)] == ["busy", "busy"]
    assert len(server.poll()) == 3


def test_a_returning_client_has_its_session_again(server, join):
    first = join()
    session = first.hello(client="unity")["session"]
    first.send({"t": "bye", "id": 1})
    assert first.receive()["t"] == "ack"
    assert first.receive()["t"] == "done"
    (bye,) = server.poll(2.0)
    bye.session.npcs.add("mira")
    second = join().hello(client="unity")
    assert (second["session"], second["returned"]) == (session, True)
    assert join().hello(client="other")["session"] != session
    assert bye.session.npcs == {"mira"}
    assert bye.session.present


def test_a_greeting_that_is_said_twice_is_answered_the_same_twice(join):
    """A client repeats HELLO while the answer is long in coming; what it is told must not depend on that."""
    peer = join()
    first, second = peer.hello(client="unity"), peer.hello(client="unity")
    assert [answer["returned"] for answer in (first, second)] == [False, False]
    assert first["session"] == second["session"]
    peer.ask({"t": "ping"})
    assert peer.hello(client="unity")["returned"] is False, "not before this connection"
    other = join()
    assert [other.hello(client="unity")["returned"] for _ in range(2)] == [True, True]


def test_a_second_connection_takes_the_session_over(join):
    first, second = join(), join()
    first.hello(client="unity")
    assert second.hello(client="unity")["returned"]
    assert first.receive()["code"] == "replaced"
    assert first.ask({"t": "stats", "id": 1})["t"] in ("error", "failed")
    second.send({"t": "ping"})
    assert second.receive()["t"] == "pong"


def test_a_client_that_falls_silent_is_reported(server, join, monkeypatch):
    monkeypatch.setattr(limits, "SILENCE_SECONDS", 0.2)
    join().hello(client="unity")
    (request,) = server.poll(2.0)
    assert isinstance(request.message, commands.Bye)
    assert request.message.vanished
    assert not request.session.present
    request.done()  # nobody hears it


def test_no_more_clients_than_allowed(join, monkeypatch):
    monkeypatch.setattr(limits, "SESSIONS", 2)
    peers = [join(), join(), join()]
    answers = [peer.hello(client=f"c{i}") for i, peer in enumerate(peers)]
    assert [a["t"] for a in answers] == ["welcome", "welcome", "error"]
    assert answers[2]["code"] == "too_many_clients"


def test_closing_is_announced():
    with zmq.Context() as context:
        server = BridgeServer(control_port=0)
        peer = Peer(context, server.ports["control"])
        peer.hello()
        server.close()
        server.close()
        assert peer.receive()["t"] == "closing"
        peer.socket.close()


def test_answers_from_another_thread_come_at_once(server, join):
    peer = join()
    peer.hello()
    times = []
    for number in range(1, 20):
        peer.send({"t": "stats", "id": number})
        request = server.poll(2.0)[0]
        begin = time.perf_counter()
        request.done()
        peer.receive()
        peer.receive()
        times.append(time.perf_counter() - begin)
    assert sorted(times)[len(times) // 2] < 0.02
