"""A dialogue as a film: the player on the left, the NPC on the right, both voices where they are seen."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from echo_runtime.signals import FRAME_RATE, SAMPLE_RATE, SAMPLES_PER_FRAME, ByteArray, FloatArray

_BLOCK = 1024
"""Samples of an AAC frame."""
_NEAR, _FAR = 1.0, 0.3
"""How loud a voice is on its own side and on the other."""


def both_voices(player: FloatArray, npc: FloatArray, frames: int) -> FloatArray:
    """(n,), (n,) sounds at 16 kHz → (2, 640·frames), the player's left, the NPC's right, loudest sample at 0.9."""
    length = frames * SAMPLES_PER_FRAME
    sides = np.zeros((2, length), np.float32)
    for voice, shares in ((player, (_NEAR, _FAR)), (npc, (_FAR, _NEAR))):
        voice = voice[:length]
        level = max(float(np.abs(voice).max(initial=0.0)), 1e-3)
        sides[:, : len(voice)] += np.array(shares, np.float32)[:, None] * voice / level
    return sides * np.float32(0.9 / max(float(np.abs(sides).max(initial=0.0)), 1e-3))


def side_by_side(left: ByteArray, right: ByteArray) -> ByteArray:
    """Two (..., H, W, 3) pictures of one size as (..., H, 2W, 3)."""
    return np.concatenate([left, right], axis=-2)


def write_clip(path: Path, pictures: ByteArray, sound: FloatArray) -> None:
    """(n, H, W, 3) at 25 fps, H and W even, and (2, m) sound at 16 kHz as H.264 and AAC, which every browser plays.

    Raises OSError when `path` cannot be written.
    """
    _, height, width, _ = pictures.shape
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        video = container.add_stream("libx264", rate=FRAME_RATE, options={"crf": "19", "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo")
        for picture in pictures:
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode())
        for start in range(0, sound.shape[1], _BLOCK):
            block = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[:, start : start + _BLOCK], np.float32), format="fltp", layout="stereo"
            )
            block.sample_rate, block.pts = SAMPLE_RATE, start
            container.mux(audio.encode(block))
        container.mux(audio.encode())
