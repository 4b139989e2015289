"""Hostile bytes: from a publisher to every client, and from clients to the real runtime."""

import json
import socket
import time
from pathlib import Path

import zmq
from echo_bridge import EchoClient, limits
from live_program import LiveProgram
from scripted_runtime import scripted_runtime

HOSTILE = json.loads((Path(__file__).parents[2] / "bridge" / "golden" / "hostile.json").read_text(encoding="utf-8"))
LARGEST = 1 << 21
"""Payloads above are left to the codecs' own tests."""


def attacks() -> list[tuple[bytes, bytes, bytes]]:
    """(topic, header, payload) of everything that must be refused."""
    found = []
    for entry in HOSTILE:
        payload = bytes.fromhex(entry["payload"]) if "payload" in entry else bytes(min(entry["payload_bytes"], LARGEST))
        if entry.get("payload_bytes", 0) <= LARGEST:
            found.append(
                (bytes.fromhex(entry["topic"]) if "topic" in entry else b"", bytes.fromhex(entry["header"]), payload)
            )
    return found


def test_a_hostile_publisher_harms_no_client(core):
    waiting = attacks()
    sent = {"streams": 0, "control": 0}

    def attack(runtime):
        """Some with every frame, on all three sockets."""
        if not runtime.npcs or not runtime.server.control._sessions.present:
            return
        for topic, header, payload in waiting[:4]:
            for stream in ("video", "cues"):
                with runtime.server.publisher._lock:
                    sender = runtime.server.publisher._sockets[stream]
                    sender.send_multipart([topic or f"{stream}/bo/".encode(), header, payload], flags=zmq.DONTWAIT)
                    sender.send_multipart([f"{stream}/bo/".encode(), header], flags=zmq.DONTWAIT)
                    sender.send_multipart([f"{stream}/bo/".encode(), *[header] * 7], flags=zmq.DONTWAIT)
                sent["streams"] += 1
            for session in runtime.server.control._sessions.present:
                runtime.server.control._outbox.append((session.route, header))
                sent["control"] += 1
        del waiting[:4]

    with scripted_runtime(rate=50.0, each_frame=attack) as runtime:
        with LiveProgram(core, runtime.server.ports["control"]) as live:
            live.wait("first_frame")
            deadline = time.monotonic() + 30.0
            while waiting and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not waiting
            time.sleep(0.3)
            live.send("emotion joy 0.5")
            live.wait("answer", command="emotion", type="done")
            time.sleep(0.5)
            summary = live.quit()
        assert summary["malformed"] > sent["streams"], "refused and counted"
        assert summary["shown"] > 20
        assert summary["lost"] == 0


def test_hostile_clients_do_not_harm_the_real_runtime(runtime):
    address = f"tcp://127.0.0.1:{runtime.control_port}"
    with zmq.Context() as context, EchoClient.connect(address, client="polite", timeout=30.0) as polite:
        polite.timeout = 30.0
        rude = context.socket(zmq.DEALER)
        rude.setsockopt(zmq.LINGER, 0)
        rude.connect(address)
        for greeted in (False, True):
            if greeted:
                hello = b"\x83\xa1t\xa5hello\xa5proto\x92\x01\x00\xa6client\xa4rude"
                rude.send_multipart([hello])
            for _, header, payload in attacks():
                rude.send_multipart([header, payload])
                rude.send_multipart([header])
        rude.send_multipart([b"x"] * 9)
        answers = []
        deadline = time.monotonic() + 60.0
        expected = 2 * len(attacks())
        while len(answers) < expected and time.monotonic() < deadline:
            if rude.poll(500):
                answers.append(rude.recv_multipart()[0])
        assert len(answers) >= expected, "each is answered with a refusal"
        for port in (runtime.control_port, *runtime_ports(polite)):
            with socket.create_connection(("127.0.0.1", port)) as raw:
                raw.sendall(bytes(range(256)) * 8)
            with socket.create_connection(("127.0.0.1", port)) as raw:
                # a ZMTP greeting, then a frame that claims 2^62 bytes
                raw.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31))
                raw.sendall(b"\x06\x40" + bytes(7))
            subscriber = context.socket(zmq.SUB)
            subscriber.setsockopt(zmq.LINGER, 0)
            subscriber.setsockopt(zmq.SUBSCRIBE, b"v" * 1000)
            subscriber.setsockopt(zmq.SUBSCRIBE, b"\xff\x00")
            subscriber.connect(f"tcp://127.0.0.1:{port}")
            subscriber.close()
        rude.close()
        before = polite.wait_for_frame("bo", timeout=30.0).header.seq
        assert polite.wait_for_frame("bo", after_seq=before + 2, timeout=30.0)
        assert polite.stats()


def runtime_ports(client):
    return [client.welcome.ports["cues"], client.welcome.ports["video"]]


def test_a_newer_minor_version_is_a_warning_and_works(core, monkeypatch):
    monkeypatch.setattr(limits, "PROTOCOL", (1, 9))
    with scripted_runtime() as runtime, LiveProgram(core, runtime.server.ports["control"], "--proto", "1.0") as live:
        live.wait("first_frame")
        assert "1.9" in live.wait("warning")["text"]
        live.quit()


def test_a_runtime_of_another_major_version_is_refused(core, monkeypatch):
    monkeypatch.setattr(limits, "PROTOCOL", (2, 0))
    with scripted_runtime() as runtime, LiveProgram(core, runtime.server.ports["control"], "--proto", "1.0") as live:
        assert "2.0" in live.wait("status", status="refused")["text"]
        assert live.quit()["frames"] == 0


def test_a_runtime_that_is_not_there_yet_is_waited_for_quietly(core, free_port):
    with LiveProgram(core, free_port) as live:
        time.sleep(2.5)
        assert {event["event"] for event in live.events} <= {"status"}
        assert [event["status"] for event in live.events] in ([], ["connecting"])
        with scripted_runtime(control_port=free_port):
            live.wait("first_frame")
            live.quit()


def test_a_second_client_of_the_same_name_takes_over_and_the_first_stays_quiet(core):
    with scripted_runtime() as runtime, LiveProgram(core, runtime.server.ports["control"], client="twin") as first:
        first.wait("first_frame")
        with LiveProgram(core, runtime.server.ports["control"], client="twin") as second:
            second.wait("first_frame")
            assert second.wait("welcome")["returned"] is True
            first.wait("status", status="refused")
            time.sleep(2.0)
            assert len(first.seen("welcome")) == 1, "it does not fight for the session"
            assert len(second.seen("welcome")) == 1
            second.quit()
        first.quit()


def test_speech_is_sent_no_faster_than_it_is_played(core, tmp_path):
    sound = tmp_path / "silence.pcm"
    sound.write_bytes(b"\x01\x00" * 16_000 * 8)
    with scripted_runtime() as runtime, LiveProgram(core, runtime.server.ports["control"]) as live:
        live.wait("first_frame")
        live.send(f"speak {sound} 16000")
        time.sleep(3.5)
        assert 1_000_000 < runtime.buffered_us < 2_600_000, "eight seconds wait at the client, two in the runtime"
        live.send("interrupt")
        live.wait("answer", type="failed", code="interrupted")
        live.quit()


def test_keys_let_in_who_is_listed_and_nobody_else(core, tmp_path):
    from echo_bridge.keys import ALLOW_LIST, AllowList, KeyPair, ServerKeys

    for name in ("runtime", "quest", "thief"):
        KeyPair.new().write(tmp_path / f"{name}.key", name)
    AllowList.add(tmp_path / ALLOW_LIST, "quest", KeyPair.read(tmp_path / "quest.key").public)
    keys = ServerKeys.read(tmp_path / "runtime.key")
    with scripted_runtime(keys=keys) as runtime:
        options = ("--server-key", keys.own.public, "--key")
        port = runtime.server.ports["control"]
        with LiveProgram(core, port, *options, str(tmp_path / "quest.key")) as live:
            live.wait("first_frame")
            live.quit()
        with LiveProgram(core, port, *options, str(tmp_path / "thief.key")) as live:
            time.sleep(2.0)
            assert not live.seen("welcome")
            assert live.quit()["frames"] == 0
        with LiveProgram(core, port) as live:
            time.sleep(1.0)
            assert not live.seen("welcome")
            assert live.quit()["frames"] == 0
