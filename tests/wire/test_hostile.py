"""Every language's client against what a runtime should not do, and what a real one does seldom."""

import time

import zmq
from attacks import attacks
from echo_bridge import limits
from echo_bridge.codec import encode
from echo_bridge.streams import Video
from live_program import LiveProgram
from scripted_runtime import scripted_runtime


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
            deadline = time.monotonic() + 60.0
            while waiting and time.monotonic() < deadline:
                time.sleep(0.05)
            assert not waiting
            time.sleep(0.3)
            live.send("emotion joy 0.5")
            live.wait("answer", command="emotion", type="done")
            time.sleep(0.5)
            summary = live.quit()
        assert summary["malformed"] > sent["streams"], "refused and counted"
        assert summary["shown"] > 10


def test_a_jpeg_file_that_claims_another_size_reaches_no_decoder(core):
    """A decoder would allocate what the file claims: 65535 × 65535 pixels here, where the header says 64 × 64."""
    file = bytes.fromhex("ffd8ffc0000b08ffffffff01011100ffd9")
    good = {"npc": "bo", "epoch": 0, "utt": 0, "pts": 0, "origin": "idle", "format": "jpeg", "stride": 256}
    claim = encode(Video(seq=10**6, width=64, height=64, **good))

    def lie(runtime):
        for name in runtime.npcs:
            with runtime.server.publisher._lock:
                sender = runtime.server.publisher._sockets["video"]
                sender.send_multipart([f"video/{name}/".encode(), claim, file], flags=zmq.DONTWAIT)

    with scripted_runtime(each_frame=lie) as runtime, LiveProgram(core, runtime.server.ports["control"]) as live:
        live.wait("first_frame")
        time.sleep(1.0)
        summary = live.quit()
    assert summary["malformed"] > 5
    assert summary["shown"] > 5, "it was not taken for the newest picture, which no other could have followed"


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
        time.sleep(1.6)
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
            time.sleep(1.3)
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
        time.sleep(3.0)
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
            AllowList.remove(tmp_path / ALLOW_LIST, "quest")
            live.wait("status", status="refused")
            time.sleep(0.5)
            assert len(live.seen("welcome")) == 1, "it stays quiet"
            live.quit()
        with LiveProgram(core, port, *options, str(tmp_path / "thief.key")) as live:
            time.sleep(1.3)
            assert not live.seen("welcome")
            assert live.quit()["frames"] == 0
        with LiveProgram(core, port) as live:
            time.sleep(0.7)
            assert not live.seen("welcome")
            assert live.quit()["frames"] == 0
