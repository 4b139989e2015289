"""Lip measures on motion. They come in pairs, so that a mouth that never opens or never closes cannot score well."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FRAME_RATE, MELS_PER_FRAME, MOTION_INDEX, FloatArray
from echo_runtime.training.measures.correlation import pearson

CLOSED = 0.06
"""A lip opening below this is closed: it shows no gap between the lips on the head."""
OPEN_VOWEL = 0.2
"""A true opening above this in an open vowel is one that must be seen."""


def channel(motion: FloatArray, name: str) -> FloatArray:
    """(..., 60) → (...): one channel by its name."""
    return motion[..., MOTION_INDEX[name]]


def lip_opening(motion: FloatArray) -> FloatArray:
    """(..., 60) → (...): jawOpen − mouthClose, at least 0. ARKit's mouthClose closes the lips over an open jaw."""
    return np.clip(channel(motion, "jawOpen") - channel(motion, "mouthClose"), 0.0, None)


def jaw_open_r(generated: FloatArray, truth: FloatArray, speaking: np.ndarray) -> float:
    """Pearson r of jawOpen over the frames in which the NPC speaks. Shapes (T, 60), (T, 60), (T,)."""
    return pearson(channel(generated, "jawOpen")[speaking], channel(truth, "jawOpen")[speaking])


def pucker_funnel_r(generated: FloatArray, truth: FloatArray, speaking: np.ndarray) -> float:
    """Pearson r of mouthPucker + mouthFunnel (lip rounding) while speaking."""

    def rounding(motion: FloatArray) -> FloatArray:
        return (channel(motion, "mouthPucker") + channel(motion, "mouthFunnel"))[speaking]

    return pearson(rounding(generated), rounding(truth))


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """The half-open intervals in which a boolean (T,) is true."""
    edges = np.diff(np.concatenate([[0], mask.astype(np.int8), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def plosive_closure(generated: FloatArray, truth: FloatArray, bilabial: np.ndarray) -> float:
    """Share of p/b/m sounds in which the lips close, of those in which the true lips close at this frame rate.

    `bilabial` (4T,) marks p/b/m at 100 Hz. A sound counts as closed when the smallest lip opening
    within one frame of it is below CLOSED.
    """
    opening, true_opening = lip_opening(generated), lip_opening(truth)
    closed, total = 0, 0
    for start, stop in runs(bilabial):
        first = max(0, start // MELS_PER_FRAME - 1)
        last = min(len(opening), -(-stop // MELS_PER_FRAME) + 1)
        if last <= first or true_opening[first:last].min() >= CLOSED:
            continue
        total += 1
        closed += bool(opening[first:last].min() < CLOSED)
    return closed / total if total else float("nan")


def open_vowel_opening(generated: FloatArray, truth: FloatArray, open_vowel: np.ndarray) -> float:
    """Mean generated over mean true lip opening in open vowels, at most 1. `open_vowel` (4T,) at 100 Hz."""
    frames = open_vowel[: len(truth) * MELS_PER_FRAME].reshape(-1, MELS_PER_FRAME).mean(axis=1) > 0.5
    true_opening = lip_opening(truth)
    frames &= true_opening > OPEN_VOWEL
    if not frames.any():
        return float("nan")
    return min(1.0, float(lip_opening(generated)[frames].mean() / true_opening[frames].mean()))


def closed_in_silence(generated: FloatArray, speaking: np.ndarray, margin_s: float = 0.16) -> float:
    """Share of the frames farther than `margin_s` from the NPC's speech in which the lips are closed."""
    margin = round(margin_s * FRAME_RATE)
    near = np.convolve(speaking.astype(np.float32), np.ones(2 * margin + 1), "same") > 0
    if near.all():
        return float("nan")
    return float((lip_opening(generated)[~near] < CLOSED).mean())
