"""A running runtime whose camera and microphone vanish and come back: frames go on, and it is said once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from echo_bridge.client import EchoClient
from echo_bridge.process import RuntimeProcess
from echo_bridge.streams import Event

sys.path.append(str(Path(__file__).parents[1] / "capture"))
from pulse_daemon import PulseDaemon


@pytest.fixture
def pulse(tmp_path):
    daemon = PulseDaemon(tmp_path)
    yield daemon
    daemon.close()


@pytest.fixture
def clip(tmp_path) -> Path:
    """Two seconds of a room. OpenCV opens it as it opens a camera, and at its end it gives no pictures any more."""
    import cv2

    path = tmp_path / "room.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (320, 240))
    chance = np.random.default_rng(1)
    for _ in range(50):
        writer.write(chance.integers(60, 200, (240, 320, 3), dtype=np.uint8))
    writer.release()
    return path


def wait(true, seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.timeout(400)
def test_frames_go_on_while_camera_and_microphone_are_unplugged_and_plugged_in(pulse, clip, untrained, monkeypatch):
    for name, value in pulse.environment.items():
        monkeypatch.setenv(name, value)
    pulse.plug()
    program = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--control-port", "0", "--npc", "blank"]
    program += ["--player", f"camera:{clip}", "--voice", "microphone:echomic", "--backend", "eager"]
    program += ["--model", str(untrained / "model"), "--avatar", str(untrained / "blank")]
    notes: list[str] = []
    with RuntimeProcess(program, 200.0) as process:
        client = EchoClient.connect(f"tcp://127.0.0.1:{process.control_port}", timeout=60.0, npcs=["blank"])

        def take(item: object) -> None:
            if isinstance(item, Event) and item.name == "note":
                notes.append(str(item.detail["text"]))

        client.timeout = 60.0
        client.on_receive(take)
        client.open_npc("blank", timeout=100)
        wait(lambda: float(client.stats().get("sound_s", 0)) > 1.0)
        frame = client.latest_frame("blank")
        before = frame.header.pts if frame is not None else 0
        pulse.unplug()
        wait(lambda: any("gives no sound any more" in note for note in notes))
        wait(lambda: client.stats()["microphone_connected"] == 0)
        heard = float(client.stats()["sound_s"])
        pulse.plug()
        wait(lambda: any(note == "microphone 'echomic' is back" for note in notes))
        wait(lambda: float(client.stats()["sound_s"]) > heard + 0.5)
        wait(lambda: int(client.stats()["camera_losses"]) > 0)
        stats = client.stats()
        frame = client.latest_frame("blank")
        assert frame is not None
        assert frame.header.pts > before
        gaps = client.statistics("blank")["seq_gaps"]
        client.close()
    assert gaps == 0
    assert sum("microphone" in note and "gives no sound" in note for note in notes) == 1, notes
    assert "320×240" in str(stats["camera"])
    assert stats["microphone_losses"] == 1
    assert {"camera_dropped", "camera_missed", "camera_rate", "pictures_skipped"} <= set(stats)
    assert "echomic" in str(stats["microphone"])


@pytest.mark.timeout(300)
def test_what_a_camera_gives_and_that_it_went_is_told_on_the_terminal(clip, untrained):
    program = [sys.executable, "-m", "echo_runtime", "run", "--player", f"camera:{clip}", "--voice", "none"]
    program += ["--control-port", "0", "--backend", "eager", "--seconds", "10"]
    program += ["--model", str(untrained / "model"), "--avatar", str(untrained / "blank")]
    done = subprocess.run(program, capture_output=True, text=True, timeout=250, check=True)
    told = " ".join(done.stderr.split())  # the console breaks lines
    assert "Note: camera" in told
    assert "gives 320×240 MJPG" in told
    assert "gives no pictures any more; looking for it until it is back" in told


@pytest.mark.timeout(200)
def test_devices_lists_what_voice_takes(pulse):
    pulse.plug()
    done = subprocess.run(
        [sys.executable, "-m", "echo_runtime", "devices", "--json"],
        env=pulse.environment, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    document = json.loads(done.stdout)
    found = {device["name"]: device for device in document["microphones"]}
    assert found["echomic"]["use"] == "--voice microphone:echomic"
    assert done.stderr == ""
    text = subprocess.run(
        [sys.executable, "-m", "echo_runtime", "devices"],
        env=pulse.environment, capture_output=True, text=True, timeout=100, check=True,
    ).stdout  # fmt: skip
    assert '--voice microphone:"echomic"' in text
