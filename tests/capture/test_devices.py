from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from capture_signals import tone

from echo_runtime.capture.camera import Camera
from echo_runtime.capture.microphone import Microphone
from echo_runtime.capture.source import monotonic_us
from echo_runtime.errors import DeviceNotFoundError, MissingDependencyError


def test_no_camera_is_one_sentence_that_says_what_to_do(capfd) -> None:
    with pytest.raises(DeviceNotFoundError, match="camera 97 cannot be opened") as caught:
        Camera(97).start(0)
    assert "--player" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_a_camera_that_is_a_video_stream_gives_pictures_and_is_missed_when_it_goes(make_video) -> None:
    """OpenCV opens a file like a device: pictures come from the thread, then the 'camera' is gone."""
    path = make_video([np.full((48, 64, 3), (250, 20, 20), np.uint8)] * 8)
    camera = Camera(str(path))
    start = monotonic_us()
    camera.start(start)
    deadline, seen = time.monotonic() + 10, []
    while time.monotonic() < deadline and not camera.notes:
        seen += camera.read_until(monotonic_us())
        time.sleep(0.002)
    camera.close()
    assert seen
    assert seen[0].rgb.shape == (48, 64, 3)
    assert seen[0].rgb[20, 30, 0] > 200  # red is first
    assert all(p.time_us >= start for p in seen)
    assert "gives no pictures any more" in camera.notes[0]


def test_missing_portaudio_is_named_with_the_line_that_installs_it(monkeypatch) -> None:
    class Broken:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken, *sys.meta_path])
    with pytest.raises(MissingDependencyError, match="sudo apt-get install libportaudio2"):
        Microphone().start(0)


def _sounddevice():
    try:
        import sounddevice
    except OSError:
        pytest.skip("needs PortAudio (apt-get install libportaudio2)")
    return sounddevice


def test_no_such_microphone() -> None:
    _sounddevice()
    with pytest.raises(DeviceNotFoundError, match="microphone 'no such thing'"):
        Microphone("no such thing").start(0)


_RECORD = """
import sys, time
import numpy as np
from echo_runtime.capture.microphone import Microphone
from echo_runtime.capture.source import monotonic_us
m = Microphone("echotest"); start = monotonic_us()
m.start(start); runs = []
while sum(len(r.samples) for r in runs) < 16_000 and monotonic_us() < start + 5_000_000:
    runs += m.read_until(monotonic_us()); time.sleep(0.001)
m.close()
np.save(sys.argv[1], np.concatenate([r.samples for r in runs]))
assert -300_000 < runs[0].time_us - start < 900_000, runs[0].time_us - start
assert m.ended
"""


def test_a_microphone_through_alsa(tmp_path: Path) -> None:
    """ALSA's file plugin plays a file as if it were a microphone (one that does not wait for real time)."""
    import os
    import subprocess

    sounddevice = _sounddevice()
    if not any(api["name"] == "ALSA" for api in sounddevice.query_hostapis()):
        pytest.skip("needs ALSA")
    (np.tile(tone(1.0), 4) * 32767).astype("<i2").tofile(tmp_path / "said.raw")
    config = tmp_path / "asound.conf"
    config.write_text(
        "</usr/share/alsa/alsa.conf>\n"
        'pcm.echofile { type file slave.pcm "null" file "/dev/null" format "raw" '
        f'infile "{tmp_path}/said.raw" }}\n'
        'pcm.echotest { type plug slave { pcm "echofile" format S16_LE rate 16000 channels 1 } '
        'hint { show on description "echo test" } }\n'
    )
    environment = {**os.environ, "ALSA_CONFIG_PATH": str(config)}
    command = [sys.executable, "-c", _RECORD, str(tmp_path / "heard.npy")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    if "was not found" in done.stderr or "cannot be opened" in done.stderr:
        pytest.skip(f"this ALSA has no file plugin: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    heard = np.load(tmp_path / "heard.npy", allow_pickle=False)
    assert len(heard) > 8000
    blocks = heard[: len(heard) // 160 * 160].reshape(-1, 160)  # PortAudio's; some between them may be dropped
    wave = np.exp(2j * np.pi * 440 * np.arange(160) / 16_000)
    share = np.abs(blocks @ wave) ** 2 / (80 * (blocks**2).sum(1) + 1e-9)
    assert np.median(share) > 0.9
    assert np.abs(heard).max() == pytest.approx(0.3, abs=0.01)
