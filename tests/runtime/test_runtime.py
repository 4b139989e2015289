"""The runtime's loop over real sockets, with untrained models: what it does with commands, time and slowness."""

from __future__ import annotations

import contextlib
import threading
import time

import numpy as np
import pytest
from echo_bridge import EchoClient, commands
from echo_bridge.server import BridgeServer

from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.errors import CommandFailedError, EchoError
from echo_runtime.runtime.clock import RealClock, VirtualClock
from echo_runtime.runtime.frame_making import HELD_AT_MOST
from echo_runtime.runtime.model_loading import ModelLoading
from echo_runtime.runtime.motion_log import MotionLog
from echo_runtime.runtime.runtime import Runtime, RuntimeOptions
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX

CAPS = ("speak", "interrupt", "emotion", "thinking", "player_face", "player_audio", "say_text")


@contextlib.contextmanager
def running(folder, load, seed=0, virtual=True, **parts):
    """A runtime in a thread with one NPC `bo`, and a client of it. `parts`: linguistics, keeping, text_speech."""
    clock = VirtualClock() if virtual else RealClock()
    engine = EngineSource()
    with contextlib.ExitStack() as stack:
        caps = (*CAPS, "memory") if "keeping" in parts else CAPS
        caps = (*caps, "speak_text") if "text_speech" in parts else caps
        caps = (*caps, "advance") if virtual else caps
        bridge = stack.enter_context(
            BridgeServer(control_port=0, caps=caps, clock=clock.now_us, newest_face_only=not virtual)
        )
        capture = stack.enter_context(
            PlayerCapture(engine.faces, engine.sounds, real_time=not virtual, clock=clock.now_us)
        )
        loading = ModelLoading(load, in_thread=not virtual)
        stack.callback(loading.close)
        runtime = Runtime(bridge, capture, engine, loading, clock, RuntimeOptions(seed=seed), **parts)
        stack.callback(runtime.memories.close_all)
        runtime.open_npc("bo", str(folder / "blank"))
        runtime.log = MotionLog(runtime)
        thread = threading.Thread(target=runtime.run)
        thread.start()
        stack.callback(thread.join, 30)
        stack.callback(runtime.stop.set)
        client = stack.enter_context(EchoClient.connect(f"tcp://127.0.0.1:{bridge.ports['control']}", timeout=30))
        client.timeout = 60.0
        yield runtime, client


@pytest.fixture
def virtual(untrained, untrained_models):
    with running(untrained, lambda: untrained_models) as pair:
        yield pair


def smiling(amount):
    motion = np.zeros(MOTION_DIM, np.float32)
    motion[[MOTION_INDEX["mouthSmileLeft"], MOTION_INDEX["mouthSmileRight"]]] = amount
    return motion


def frames_of(untrained, untrained_models, seed, smile):
    with running(untrained, lambda: untrained_models, seed) as (runtime, client):
        for _ in range(12):
            client.player_face(smiling(smile), captured_us=client.stats() and runtime.clock.now_us() + 1000)
            client.advance(0.04)
        return np.array(runtime.log.motions), list(runtime.log.picture_sums), set(runtime.log.origins)


def test_the_same_inputs_give_the_same_frames_and_another_player_or_seed_gives_others(untrained, untrained_models):
    first = frames_of(untrained, untrained_models, 3, 0.0)
    again = frames_of(untrained, untrained_models, 3, 0.0)
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]
    assert first[2] == {"generated"}
    smile = frames_of(untrained, untrained_models, 3, 1.0)
    assert np.abs(smile[0] - first[0]).max() > 1e-4
    other_seed = frames_of(untrained, untrained_models, 4, 0.0)
    assert np.abs(other_seed[0] - first[0]).max() > 1e-3


def test_speech_goes_out_with_its_frames_and_is_done_when_it_was_heard(virtual):
    _, client = virtual
    heard, events = [], []

    def take(item):
        (heard if type(item).__name__ == "SpeechChunk" else events).append(item)

    client.on_receive(take)
    sound = 0.4 * np.sin(np.arange(8000) * 0.1).astype(np.float32)
    speech = client.speak("bo", sound, utt=77)
    client.advance(0.3)
    assert client.latest_frame("bo").header.utt == 77
    assert client.list_npcs()[0]["state"] == "speaking"
    assert not speech.finished
    client.advance(0.6)
    speech.done(10.0)
    assert client.list_npcs()[0]["state"] == "listening"
    assert client.latest_frame("bo").header.utt == 0
    deadline = time.monotonic() + 10
    while sum(len(c.samples) for c in heard) < 8000 and time.monotonic() < deadline:
        time.sleep(0.01)
    np.testing.assert_allclose(np.concatenate([c.samples for c in heard]), sound, atol=2e-3)
    assert [c.header.last for c in heard].count(True) == 1
    names = [e.name for e in events if hasattr(e, "name")]
    assert "speech_ended" in names


def test_an_interrupt_fails_the_speech_raises_the_epoch_and_silences_the_face(virtual):
    runtime, client = virtual
    speech = client.speak("bo", np.full(48_000, 0.3, np.float32), utt=5)
    client.advance(0.4)
    assert client.interrupt("bo") == 1
    with pytest.raises(CommandFailedError) as caught:
        speech.done(10.0)
    assert caught.value.code == "interrupted"
    client.advance(0.2)
    frame = client.latest_frame("bo").header
    assert (frame.epoch, frame.utt) == (1, 0)
    assert runtime.statistics.dropped_chunks == 1


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("no_npc", lambda c: c.emotion("nobody", "happy")),
        ("usage", lambda c: c.emotion("bo", "bored")),
        ("no_npc", lambda c: c.interrupt("nobody")),
        ("package", lambda c: c.open_npc("x", "nosuch")),
        ("no_utterance", lambda c: c.command(commands.SpeakEnd, npc="bo", utt=3)),
        ("unsupported", lambda c: c.speak_text("bo", "hello")),
    ],
)
def test_wrong_commands_are_refused_and_the_runtime_goes_on(virtual, code, act):
    _, client = virtual
    with pytest.raises(CommandFailedError) as caught:
        act(client)
    assert caught.value.code == code
    assert client.advance(0.08) > 0


def test_thinking_and_emotion_and_text_are_taken(virtual):
    runtime, client = virtual
    client.thinking("bo", True)
    client.emotion("bo", "happy", 0.8)
    client.say_text("player", "My dog ran away.")
    client.advance(0.2)
    assert client.list_npcs()[0]["state"] == "thinking"
    assert runtime.npcs["bo"].session.affect[1] > 0
    client.thinking("bo", False)
    client.advance(0.08)
    assert client.list_npcs()[0]["state"] == "listening"
    client.close_npc("bo")
    assert client.list_npcs() == []


def test_statistics_are_flat_and_finite(virtual):
    _, client = virtual
    client.advance(0.4)
    stats = client.stats()
    assert stats["frames_generated"] in (10, 11)  # a frame is made a moment before its time
    assert all(isinstance(v, int | float | str) and v == v for v in stats.values())


def test_an_npc_idles_until_its_models_are_ready(untrained, untrained_models):
    gate = threading.Event()

    def slowly():
        assert gate.wait(60)
        return untrained_models

    with running(untrained, slowly, virtual=False) as (_, client):
        idle = client.wait_for_frame("bo", timeout=30)
        assert idle.header.origin == "idle"
        assert (idle.rgba == 128).all()
        later = client.wait_for_frame("bo", idle.header.seq, timeout=30)
        assert later.header.pts > idle.header.pts
        gate.set()
        deadline = time.monotonic() + 60
        while client.latest_frame("bo").header.origin == "idle" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert client.latest_frame("bo").header.origin in ("generated", "held")


@pytest.mark.alone
def test_a_slow_renderer_lowers_the_picture_rate_and_never_freezes_the_face(untrained, untrained_models):
    with running(untrained, lambda: untrained_models, virtual=False) as (runtime, client):
        while client.wait_for_frame("bo", timeout=60).header.origin == "idle":
            time.sleep(0.02)
        session = runtime.npcs["bo"].session
        quick = session.draw

        def slow(motion):
            time.sleep(0.15)
            return quick(motion)

        session.draw = slow
        time.sleep(3.0)
        origins = runtime.log.origins[-20:]
        assert "held" in origins
        assert "generated" in origins
        runs = "".join("h" if o == "held" else "g" for o in origins)
        assert "h" * (HELD_AT_MOST + 1) not in runs


def test_a_broken_avatar_stops_the_runtime_with_its_sentence(untrained):
    def broken():
        raise EchoError("The model is made of cheese; install it again.")

    clock = VirtualClock()
    engine = EngineSource()
    with (
        BridgeServer(control_port=0, clock=clock.now_us) as bridge,
        PlayerCapture(None, None, clock=clock.now_us) as capture,
    ):
        options = RuntimeOptions(seconds=1.0)
        runtime = Runtime(bridge, capture, engine, ModelLoading(broken, in_thread=False), clock, options)
        runtime.open_npc("bo", str(untrained / "blank"))
        with pytest.raises(EchoError, match="cheese"):
            runtime.run()
