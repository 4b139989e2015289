"""Renders a synthetic player as a video with voice: the clips that the demo plays through the real capture path."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from echo_runtime.signals import FRAME_RATE, MOTION_DIM, SAMPLE_RATE, FloatArray

# A room as a webcam sees it: a wall that is lighter on one side.
_WALL_LEFT, _WALL_RIGHT = np.array([158, 152, 144], np.float32), np.array([112, 116, 124], np.float32)


def render_player(path: Path, identity_seed: int, face: FloatArray, voice: FloatArray, size: int = 320) -> None:
    """Writes `face` (T, ≥ 60) drawn as the identity of `identity_seed`, with `voice` (16 kHz), to an mp4 of 25 fps."""
    from echo_runtime.training.head import HeadRenderer, random_identity

    renderer = HeadRenderer(random_identity(identity_seed), size=size)
    ramp = np.linspace(0, 1, size, dtype=np.float32)[None, :, None]
    wall = np.repeat(_WALL_LEFT * (1 - ramp) + _WALL_RIGHT * ramp, size, axis=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=FRAME_RATE, options={"crf": "22", "preset": "slow"})
        video.width = video.height = size
        video.pix_fmt = "yuv420p"
        sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        sound.bit_rate = 64_000
        for number, motion in enumerate(face):
            rgba = renderer.render(motion[:MOTION_DIM].astype(np.float32)).rgba.astype(np.float32)
            alpha = rgba[..., 3:] / 255.0
            picture = av.VideoFrame.from_ndarray((rgba[..., :3] * alpha + wall * (1 - alpha)).astype(np.uint8), "rgb24")
            picture.pts, picture.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(video.encode(picture))
        samples = av.AudioFrame.from_ndarray(np.ascontiguousarray(voice[None], np.float32), "flt", layout="mono")
        samples.sample_rate, samples.pts, samples.time_base = SAMPLE_RATE, 0, Fraction(1, SAMPLE_RATE)
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=SAMPLE_RATE, frame_size=1024)
        for piece in [*resampler.resample(samples), *resampler.resample(None)]:
            container.mux(sound.encode(piece))
        container.mux(video.encode())
        container.mux(sound.encode())
