"""A runtime on the real clock with untrained models, driven by a client as a game would, recorded and replayed."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from echo_bridge import EchoClient
from echo_bridge.server import BridgeServer

from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.capture.sound_file import SoundFile
from echo_runtime.capture.video_file import VideoFile
from echo_runtime.recording.about import about_this_runtime
from echo_runtime.recording.memories import FlowingMemories
from echo_runtime.recording.recorder import Recorder
from echo_runtime.recording.recording import FORMAT
from echo_runtime.runtime.clock import RealClock, VirtualClock
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.memory_keeping import MemoryKeeping
from echo_runtime.runtime.model_loading import ModelLoading
from echo_runtime.runtime.runtime import Runtime, RuntimeOptions
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, AvatarFrame

CAPS = ("speak", "interrupt", "emotion", "thinking", "player_face", "player_audio", "say_text", "pause", "memory")
SHA = {"model": "0" * 64}


@dataclass
class Live:
    runtime: Runtime
    client: EchoClient
    frames: list[AvatarFrame]
    recorder: Recorder


def header(folder: Path, **more):
    return {
        "format": FORMAT, "npc": "bo", "seed": 7, "virtual": False, "model": str(folder / "model"), "memory": False,
        "about": about_this_runtime(), **more,
    }  # fmt: skip


@contextlib.contextmanager
def recorded_run(folder, models, path, *, virtual=False, memory=None, film=None, **parts):
    """A recorded run with the NPC `bo`. `memory`: a folder. `film`: of the player, by default the client shows and
    says what they do. `parts`: listening and endpoint of Linguistics, text_speech."""
    clock = VirtualClock() if virtual else RealClock()
    engine = EngineSource()
    recorder = Recorder(path, header(folder, virtual=virtual, memory=memory is not None))
    with contextlib.ExitStack() as stack:
        stack.callback(recorder.close)
        keeping = None
        if memory is not None:
            keeping = MemoryKeeping(memory)
            stack.callback(keeping.close)
            keeping = FlowingMemories(recorder, keeping)
        caps = (*CAPS, "advance") if virtual else CAPS
        caps = (*caps, "speak_text") if "text_speech" in parts else caps
        bridge = stack.enter_context(
            BridgeServer(control_port=0, caps=caps, clock=clock.now_us, newest_face_only=not virtual)
        )
        capture = stack.enter_context(
            PlayerCapture(
                VideoFile(film) if film else engine.faces,
                SoundFile(film) if film else engine.sounds,
                real_time=not virtual,
                clock=clock.now_us,
            )
        )
        loading = ModelLoading(lambda: models, in_thread=not virtual, weights=SHA)
        stack.callback(loading.close)
        linguistics = Linguistics(parts.get("listening"), parts.get("endpoint"), recorder)
        runtime = Runtime(
            bridge, capture, engine, loading, recorder.clock(clock), RuntimeOptions(seed=7), linguistics, keeping,
            parts.get("text_speech"), recorder,
        )  # fmt: skip
        stack.callback(runtime.observation.close)
        stack.callback(runtime.memories.close_all)
        recorder.watch(runtime)
        frames: list[AvatarFrame] = []
        runtime.listeners.append(frames.append)
        runtime.open_npc("bo", str(folder / "blank"))
        thread = threading.Thread(target=runtime.run)
        thread.start()
        stack.callback(thread.join, 60)
        stack.callback(runtime.stop.set)
        client = stack.enter_context(EchoClient.connect(f"tcp://127.0.0.1:{bridge.ports['control']}", timeout=60))
        client.timeout = 120.0
        yield Live(runtime, client, frames, recorder)


def smiling(amount):
    motion = np.zeros(MOTION_DIM, np.float32)
    motion[[MOTION_INDEX["mouthSmileLeft"], MOTION_INDEX["mouthSmileRight"]]] = amount
    return motion


def voice(seconds, seed=0):
    rng = np.random.default_rng(seed)
    time_s = np.arange(int(16_000 * seconds)) / 16_000
    return (0.3 * np.sin(2 * np.pi * 140 * time_s) * (1 + np.sin(20 * time_s)) / 2).astype(np.float32) + 0.01 * (
        rng.standard_normal(len(time_s)).astype(np.float32)
    )


def until(condition, seconds=400.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.01)
