"""Every language's client against the real runtime: joining, stalling, interrupting, leaving, coming back."""

import socket
import time
from pathlib import Path

import numpy as np
import pytest
import zmq
from attacks import attacks
from echo_bridge import EchoClient
from echo_bridge.inbox import Frame
from live_program import LiveProgram

pytestmark = pytest.mark.alone


@pytest.fixture
def speech_file(tmp_path) -> Path:
    """Four seconds of a tone, 22050 Hz PCM16."""
    file = tmp_path / "tone.pcm"
    file.write_bytes((np.sin(np.arange(4 * 22_050) / 11.0) * 12_000).astype("<i2").tobytes())
    return file


@pytest.fixture
def other(runtime):
    """A second client, in this process."""
    with EchoClient.connect(f"tcp://127.0.0.1:{runtime.control_port}", client="other", timeout=60.0) as client:
        client.timeout = 60.0
        yield client


def test_a_latecomer_has_the_picture_and_the_state_of_an_npc_that_stands_still(core, runtime, other):
    other.wait_for_frame("bo", timeout=60.0)
    stop_us = other.pause("bo")
    while other.runtime_now() < stop_us + 500_000:
        time.sleep(0.05)
    try:
        with LiveProgram(core, runtime.control_port) as live:
            assert live.wait("first_frame")["again"] is True
            live.wait("cue", name="paused")
            live.wait("cue", name="player_started")
            opened = live.wait("opened", npc="bo")
            assert (opened["width"], opened["height"]) == (64, 64)
            seq = live.wait("first_frame")["seq"]
            other.resume("bo")
            other.wait_for_frame("bo", after_seq=seq + 5, timeout=60.0)
            summary = live.quit()
            assert summary["shown"] > 2
            assert (summary["lost"], summary["malformed"]) == (0, 0)
    finally:
        other.resume("bo")


def test_a_game_loop_that_stands_still_for_two_seconds_gets_the_picture_of_now(core, runtime, other):
    published_us: list[int] = []
    other.on_receive(lambda item: published_us.append(item.header.published_us) if isinstance(item, Frame) else None)
    with LiveProgram(core, runtime.control_port) as live:
        live.wait("first_frame")
        tries: list[tuple[float, float]] = []
        while len(tries) < 5 and not any(age < min(50.0 + gap, 1500.0) for age, gap in tries):
            published_us.clear()
            since = live.mark()
            live.send("stall 2")
            age_ms = live.wait("stall_over", since=since)["frame_age_ms"]
            # the newest picture is as old as the pause before the next one: 40 ms, more where a busy machine draws late
            tries.append((age_ms, max(np.diff(published_us), default=40_000) / 1000.0))
        assert any(age < min(50.0 + gap, 1500.0) for age, gap in tries), f"(age, pause between pictures) in ms: {tries}"
        assert live.quit()["lost"] == 0


def test_after_an_interrupt_nothing_of_the_old_epoch_is_shown_or_heard(core, runtime, speech_file):
    with LiveProgram(core, runtime.control_port) as live:
        live.wait("first_frame")
        time.sleep(0.3)  # the turn of before, for latecomers, has come
        since = live.mark()
        live.send(f"speak {speech_file} 22050")
        live.wait("cue", since=since, name="turn")
        time.sleep(1.3)
        since = live.mark()
        live.send("interrupt")
        live.wait("cue", since=since, name="interrupted")
        live.wait("answer", since=since, type="failed", code="interrupted")
        time.sleep(0.5)
        summary = live.quit()
        assert summary["old_epoch_shown"] == 0
        assert summary["old_epoch_heard_samples"] == 0
        assert summary["heard_samples"] > 3000, "it was heard before"


def test_a_client_that_starts_again_has_its_session_again(core, runtime):
    with LiveProgram(core, runtime.control_port, client="comes-back") as first:
        session = first.wait("welcome")["session"]
        first.wait("opened")
        first.process.kill()  # without a goodbye
    with LiveProgram(core, runtime.control_port, client="comes-back") as second:
        welcome = second.wait("welcome")
        assert (welcome["session"], welcome["returned"]) == (session, True)
        second.wait("first_frame")
        second.quit()


def test_another_major_version_is_refused_in_words(core, runtime):
    with LiveProgram(core, runtime.control_port, "--proto", "2.0") as live:
        refused = live.wait("status", status="refused")
        assert "1.0" in refused["text"]
        assert "2.0" in refused["text"]
        assert live.quit()["frames"] == 0


def test_commands_of_every_kind_are_answered(core, runtime):
    with LiveProgram(core, runtime.control_port) as live:
        live.wait("first_frame")
        live.send("emotion happy 0.5")
        live.wait("answer", command="emotion", type="done")
        for header in ('{"t":"attention","npc":"bo","value":0.5}', '{"t":"list_npcs"}', '{"t":"stats"}'):
            since = live.mark()
            live.send(f"command {header}")
            live.wait("answer", since=since, type="done")
        since = live.mark()
        live.send('command {"t":"save_memory","npc":"bo","file":"evening"}')
        live.wait("answer", since=since, type="failed")
        live.send('command {"t":"pause","npc":"bo"}')
        live.wait("cue", since=since, name="paused")
        live.send('command {"t":"resume","npc":""}')
        live.wait("answer", since=since, command="resume", type="done")
        assert live.quit()["malformed"] == 0


def test_hostile_clients_do_not_harm_the_real_runtime(runtime):
    address = f"tcp://127.0.0.1:{runtime.control_port}"
    with zmq.Context() as context, EchoClient.connect(address, client="polite", timeout=60.0) as polite:
        polite.timeout = 60.0
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
        for port in (runtime.control_port, polite.welcome.ports["cues"], polite.welcome.ports["video"]):
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
        before = polite.wait_for_frame("bo", timeout=60.0).header.seq
        assert polite.wait_for_frame("bo", after_seq=before + 2, timeout=60.0)
        assert polite.stats()
