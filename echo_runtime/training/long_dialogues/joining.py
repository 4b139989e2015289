"""Motion that is made scene by scene becomes one: neighbours overlap in silence and are blended there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echo_runtime.signals import COEFFICIENTS, FRAME_RATE, MOTION_INDEX, FloatArray
from echo_runtime.training.long_dialogues.placing import LEAD_S, PlacedScene

MARGIN_FRAMES = int(0.6 * FRAME_RATE)
"""Each scene is made so much longer at both ends; less than LEAD_S, so that nobody speaks there."""
assert MARGIN_FRAMES < LEAD_S * FRAME_RATE


def frames_of(placed: PlacedScene) -> tuple[int, int]:
    """First frame of the scene, and of the next one."""
    return round(placed.start * FRAME_RATE), round(placed.end * FRAME_RATE)


def span_of(placed: PlacedScene, frames: int) -> tuple[int, int]:
    """Frames that are made of a scene: its own and the margins, as far as the dialogue goes."""
    first, end = frames_of(placed)
    return max(0, first - MARGIN_FRAMES), min(frames, end + MARGIN_FRAMES)


def joined(scenes: Sequence[PlacedScene], pieces: Sequence[FloatArray], frames: int) -> FloatArray:
    """Pieces of `span_of` each → (T, …), half a cosine over 1.2 s from one to the next."""
    out = np.zeros((frames, *pieces[0].shape[1:]))
    for placed, piece in zip(scenes, pieces, strict=True):
        first, end = frames_of(placed)
        low, high = span_of(placed, frames)
        place = np.arange(low, high)
        weight = np.ones(len(place))
        if first > 0:
            weight *= _rise((place + 0.5 - first) / MARGIN_FRAMES)
        if end < frames:
            weight *= 1.0 - _rise((place + 0.5 - end) / MARGIN_FRAMES)
        out[low:high] += weight[:, None] * piece
    return out.astype(np.float32)


def _rise(x: np.ndarray) -> np.ndarray:
    """0 at −1, 1 at 1."""
    return 0.5 + 0.5 * np.sin(np.pi / 2 * np.clip(x, -1.0, 1.0))


def with_asymmetry(motion: FloatArray, asymmetry: dict[str, float]) -> FloatArray:
    """(T, 60) with one lasting asymmetry per pair (see dyads.expression), instead of each scene's own."""
    out = motion.copy()
    for name, lean in asymmetry.items():
        left, right = MOTION_INDEX[f"{name}Left"], MOTION_INDEX[f"{name}Right"]
        mean = (motion[:, left] + motion[:, right]) / 2
        out[:, left], out[:, right] = mean * (1 + lean), mean * (1 - lean)
    out[:, COEFFICIENTS] = np.clip(out[:, COEFFICIENTS], 0.0, 1.0)
    return out
