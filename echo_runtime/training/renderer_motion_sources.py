"""Which motions a renderer's pictures show: mostly frames of conversations, as the generator makes them, and wide ones.

Frames of conversations are varied a little in strength, head pose and gaze, and those in the middle of a blink are
drawn more often, for there are few and people see them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from echo_runtime.signals import GAZE, MOTION_INDEX, ROTATION, TRANSLATION, FloatArray
from echo_runtime.training.renderer_motions import (
    MAX_GAZE,
    MAX_ROTATION,
    MAX_TRANSLATION,
    SHOWCASE,
    add_tongue,
    sampled_motion,
)

SHOWN, CONVERSATION, WIDE = 0, 1, 2
"""Kinds of motion: the fixed faces of SHOWCASE, frames of conversations, sampled far beyond them."""
CONVERSATION_SHARE = 0.6
BLINKING_SHARE = 0.22
TONGUE_SHARE = 0.12
SESSIONS = 160
"""More sessions than these add nothing to look at."""


def conversation_motions(folder: Path) -> FloatArray | None:
    """(N, 60): the NPC's true motion in the sessions (.npz) of `folder`; None when there are none."""
    files = sorted(folder.glob("*.npz"))[:SESSIONS]
    parts = [np.load(path, allow_pickle=False)["motion"] for path in files]
    return np.concatenate(parts).astype(np.float32) if parts else None


def varied(frame: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A frame of a conversation, a little stronger or weaker, with a wider head pose and gaze."""
    motion = frame.copy()
    blinks = motion[[MOTION_INDEX["eyeBlinkLeft"], MOTION_INDEX["eyeBlinkRight"]]]
    motion[:52] *= rng.uniform(0.85, 1.2)
    motion[[MOTION_INDEX["eyeBlinkLeft"], MOTION_INDEX["eyeBlinkRight"]]] = blinks
    if rng.random() < TONGUE_SHARE and motion[MOTION_INDEX["tongueOut"]] == 0.0:
        add_tongue(motion, rng)
    motion[ROTATION] = np.clip(motion[ROTATION] * rng.uniform(0.7, 2.2), -MAX_ROTATION, MAX_ROTATION)
    motion[TRANSLATION] = np.clip(motion[TRANSLATION] * rng.uniform(0.7, 1.6), -MAX_TRANSLATION, MAX_TRANSLATION)
    motion[GAZE] = np.clip(motion[GAZE] * rng.uniform(0.8, 1.5), -MAX_GAZE, MAX_GAZE)
    motion[:52] = np.clip(motion[:52], 0.0, 1.0)
    return motion


def mixed_motions(
    count: int, seed: int, frames: FloatArray | None, share: float = CONVERSATION_SHARE
) -> tuple[FloatArray, npt.NDArray[np.uint8]]:
    """(count, 60) motions and their kinds (count,), `share` of them from `frames` (N, 60) where there are any."""
    out = np.empty((count, 60), np.float32)
    kinds = np.full(count, WIDE, np.uint8)
    blinking = np.empty(0, np.int64)
    if frames is not None:
        level = frames[:, MOTION_INDEX["eyeBlinkLeft"]]
        blinking = np.flatnonzero((level > 0.08) & (level < 0.97))
    for i in range(count):
        rng = np.random.default_rng((seed, i, 7))
        if frames is None or rng.random() >= share:
            out[i] = sampled_motion(seed, i)
            continue
        chosen = blinking if len(blinking) and rng.random() < BLINKING_SHARE else np.arange(len(frames))
        out[i], kinds[i] = varied(frames[rng.choice(chosen)], rng), CONVERSATION
    return out, kinds


def picture_motions(
    count: int, held_out: int, seed: int, conversations: Path | None
) -> tuple[FloatArray, npt.NDArray[np.uint8]]:
    """Motions and kinds of a data set: training frames, then `held_out` others, from sessions held out, after SHOWCASE.

    `conversations`: folder with `train` and `held_out` sessions; None for wide motions alone.
    """
    frames = None if conversations is None else conversation_motions(conversations / "train")
    others = None if conversations is None else conversation_motions(conversations / "held_out")
    motion, kinds = mixed_motions(count - held_out, seed, frames)
    shown = np.stack(SHOWCASE)[:held_out]
    rest, rest_kinds = mixed_motions(held_out - len(shown), seed + 1_000_003, others, share=0.5)
    return (
        np.concatenate([motion, shown, rest]),
        np.concatenate([kinds, np.full(len(shown), SHOWN, np.uint8), rest_kinds]),
    )
