"""A PulseAudio daemon for one test, with virtual microphones that are plugged, unplugged and spoken into."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest

RATE = 48_000
BLOCK_S = 0.02


class PulseDaemon:
    """`environment`: for processes that shall see the virtual microphone as ALSA device `echomic`."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
            pytest.skip("needs PulseAudio (apt-get install pulseaudio pulseaudio-utils libasound2-plugins)")
        self._folder = folder
        self._server = f"unix:{folder}/native"
        config = folder / "asound.conf"
        config.write_text(
            "</usr/share/alsa/alsa.conf>\n"
            'pcm.echomic { type pulse device "echomic" hint { show on description "echo microphone" } }\n'
        )
        for name in ("home", "runtime"):
            (folder / name).mkdir()
        self.environment = {
            **os.environ,
            "ALSA_CONFIG_PATH": str(config),
            "HOME": str(folder / "home"),
            "PULSE_SERVER": self._server,
            "PULSE_RUNTIME_PATH": str(folder / "runtime"),
            "PULSE_STATE_PATH": str(folder / "runtime"),
        }
        self._log = (folder / "pulse.log").open("wb")
        command = [
            "pulseaudio",
            "-n",
            "--daemonize=no",
            "--exit-idle-time=-1",
            "--use-pid-file=no",
            "--disable-shm=yes",
        ]
        command += [f"--load=module-native-protocol-unix socket={folder}/native auth-anonymous=1"]
        self._process = subprocess.Popen(command, env=self.environment, stdout=self._log, stderr=self._log)
        self._module = ""
        self._stop = threading.Event()
        self._speaker: threading.Thread | None = None
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        end = time.monotonic() + 20
        while self._control("info").returncode:
            if self._process.poll() is not None or time.monotonic() > end:
                self.close()
                pytest.skip(f"PulseAudio does not start: {(self._folder / 'pulse.log').read_text()[-300:]}")
            time.sleep(0.1)

    def _control(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pactl", *arguments], env=self.environment, capture_output=True, text=True, timeout=20, check=False
        )

    def plug(self, frequency: float | None = 440.0) -> None:
        """A microphone into which a tone is played in real time; None: digital silence."""
        pipe = self._folder / "pipe"
        done = self._control(
            "load-module", "module-pipe-source", "source_name=echomic", f"file={pipe}", "format=s16le",
            f"rate={RATE}", "channels=1",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        self._module = done.stdout.strip()
        self._stop.clear()
        self._speaker = threading.Thread(target=self._speak, args=(pipe, frequency), daemon=True)
        self._speaker.start()

    def unplug(self) -> None:
        self._stop.set()
        if self._speaker is not None:
            self._speaker.join(5)
        self._control("unload-module", self._module)

    def _speak(self, pipe: Path, frequency: float | None) -> None:
        count, due = 0, time.monotonic()
        descriptor = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
        try:
            while not self._stop.wait(max(0.0, due - time.monotonic())):
                due += BLOCK_S
                block = np.arange(count, count + int(RATE * BLOCK_S)) / RATE
                count += len(block)
                wave = 0.3 * np.sin(2 * np.pi * frequency * block) if frequency else 0.0 * block
                try:
                    os.write(descriptor, (wave * 32767).astype("<i2").tobytes())
                except BlockingIOError:
                    continue  # nobody listens
        finally:
            os.close(descriptor)

    def close(self) -> None:
        self._stop.set()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
