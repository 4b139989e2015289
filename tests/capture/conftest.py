"""Real media, made on the fly: videos by PyAV, sound by soundfile, faces by the synthetic head."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from plugged_camera import Socket

from echo_runtime.capture.camera import Camera
from echo_runtime.capture.devices import device_source
from echo_runtime.capture.devices.device_source import back_off
from echo_runtime.capture.source import monotonic_us
from echo_runtime.signals import FloatArray

VideoMaker = Callable[..., Path]


@pytest.fixture
def make_video(tmp_path: Path) -> VideoMaker:
    """make_video(pictures, rate=25, sound=None, sound_rate=44100) -> path of an mp4."""

    def make(
        pictures: list[np.ndarray],
        rate: int = 25,
        sound: FloatArray | None = None,
        sound_rate: int = 44_100,
        name: str = "clip.mp4",
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            video = container.add_stream("libx264", rate=rate, options={"crf": "18"}) if pictures else None
            audio = container.add_stream("aac", rate=sound_rate, layout="mono") if sound is not None else None
            if video is not None:
                video.height, video.width, video.pix_fmt = *pictures[0].shape[:2], "yuv420p"
            for picture in pictures:
                container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            if audio is not None:
                frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
                frame.sample_rate, frame.time_base, frame.pts = sound_rate, Fraction(1, sound_rate), 0
                container.mux(audio.encode(frame))
                container.mux(audio.encode(None))
            if video is not None:
                container.mux(video.encode(None))
        return path

    return make


@pytest.fixture
def make_sound(tmp_path: Path) -> Callable[..., Path]:
    """make_sound(samples, rate=16000, name="sound.wav") -> path."""

    def make(samples: FloatArray, rate: int = 16_000, name: str = "sound.wav") -> Path:
        soundfile.write(tmp_path / name, samples, rate)
        return tmp_path / name

    return make


@pytest.fixture(scope="session")
def draw_face() -> Callable[[FloatArray], np.ndarray]:
    """draw_face(motion) -> (288, 288, 3) picture of the synthetic head before a grey wall."""
    from echo_runtime.errors import TrainingError
    from echo_runtime.training.head import HeadRenderer, random_identity

    try:
        head = HeadRenderer(random_identity(60_100), size=288)  # not among the tracker's training people
    except TrainingError as error:
        pytest.skip(f"needs the head data: {error}")

    def draw(frame: FloatArray) -> np.ndarray:
        rgba = head.render(frame).rgba.astype(np.float32)
        alpha = rgba[..., 3:] / 255
        return (rgba[..., :3] * alpha + 90 * (1 - alpha)).astype(np.uint8)

    return draw


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Camera]]:
    """started(socket, device, ...) -> a started Camera in that socket, which looks for its device often; closed at the
    end."""
    cameras: list[Camera] = []
    monkeypatch.setattr(device_source, "back_off", lambda: back_off(0.05, 0.2))

    def start(socket: Socket, device: int | str = 0, **more: Any) -> Camera:
        cameras.append(Camera(device, open_device=socket.open, list_devices=socket.devices, **more))
        cameras[-1].start(monotonic_us())
        return cameras[-1]

    yield start
    for camera in cameras:
        camera.close()
