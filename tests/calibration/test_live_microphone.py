"""`calibrate microphone` on a microphone of a PulseAudio daemon: somebody who speaks, and one that is muted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soxr
from echo_calibration.selftest.syllables import speak_syllables

sys.path.insert(0, str(Path(__file__).parents[1] / "capture"))
from pulse_daemon import BLOCK_S, RATE, PulseDaemon


class Speaker(PulseDaemon):
    """Into its microphone come a second of quiet after another until it is asked to speak, then "pa pa pa"."""

    def say(self, room: np.ndarray, voice: np.ndarray) -> None:
        self._room, self._voice = room, voice
        self.speaking = False
        self.plug()

    def _speak(self, pipe: Path, frequency: float | None) -> None:
        due, at = time.monotonic(), 0
        descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        block = int(RATE * BLOCK_S)
        try:
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += BLOCK_S
                samples = self._voice if self.speaking else self._room
                piece = np.take(samples, range(at, at + block), mode="wrap")
                at += block
                try:
                    os.write(descriptor, (piece * 32767).astype("<i2").tobytes())
                except BlockingIOError:
                    continue
        finally:
            os.close(descriptor)


@pytest.fixture
def speaker(tmp_path: Path):
    daemon = Speaker(tmp_path)
    daemon.environment["ECHO_PROFILES"] = str(tmp_path / "profiles")
    yield daemon
    daemon.close()


def measured(speaker: Speaker) -> tuple[int, str, str]:
    """Runs the command; the room is quiet until the guide asks to speak."""
    command = [sys.executable, "-m", "echo_runtime", "calibrate", "microphone", "--voice", "microphone:echomic"]
    process = subprocess.Popen(
        command,
        env=speaker.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if "Now speak" in line:
            speaker.speaking = True
    out = process.stdout.read()
    return process.wait(120), out, said


def test_a_player_who_speaks(speaker: Speaker, tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    voice = soxr.resample(speak_syllables(chance, 8.0).samples * 0.7, 16_000, RATE)
    room = chance.normal(0, 10 ** (-58 / 20), RATE * 2)
    speaker.say(room, voice + np.resize(room, len(voice)))
    status, out, said = measured(speaker)
    if "was not found" in said:
        pytest.skip(f"PortAudio shows no microphone of PulseAudio: {said.splitlines()[-1]}")
    assert status == 0, said
    profile = json.loads((tmp_path / "profiles" / "default.json").read_text("utf-8"))
    found = profile["microphone"]
    assert found["device"] == "microphone:echomic"
    assert -68 < found["noise_db"] < -57  # of the noise of -58 dB a third lies in the band of 16 kHz
    assert found["speech_db"] > found["noise_db"] + 20
    assert found["clipped"] == 0
    assert "run --profile default" in out


def test_a_muted_microphone(speaker: Speaker, tmp_path: Path) -> None:
    silence = np.zeros(RATE)
    speaker.say(silence, silence)
    status, out, said = measured(speaker)
    if "was not found" in said:
        pytest.skip(f"PortAudio shows no microphone of PulseAudio: {said.splitlines()[-1]}")
    assert status == 2
    assert out == ""
    assert "gives silence" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert not (tmp_path / "profiles" / "default.json").exists()
