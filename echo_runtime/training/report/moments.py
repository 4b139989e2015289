"""Which moments of a dialogue to look at: listening, speaking, smiling, blinking."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FRAME_RATE, FloatArray
from echo_runtime.training.measures.judged_faces import blink
from echo_runtime.training.measures.reactions import smile

KINDS = ("listening", "speaking", "smiling", "blinking")
_APART = FRAME_RATE * 4 // 5


@dataclass(frozen=True)
class Moment:
    """Frame number `frame` of a dialogue, picked as an example of `kind`."""

    kind: str
    frame: int

    @property
    def seconds(self) -> float:
        return self.frame / FRAME_RATE


def _spread(frames: np.ndarray, count: int) -> list[int]:
    """At most `count` of them, evenly from first to last."""
    if not len(frames):
        return []
    return np.unique(frames[np.linspace(0, len(frames) - 1, count).round().astype(int)]).tolist()


def _highest(values: FloatArray, count: int, least: float) -> list[int]:
    """The frames of the highest values above `least`, no two within 0.8 s, in order of time."""
    left = values.astype(np.float64)
    picked: list[int] = []
    while len(picked) < count and left.max(initial=-np.inf) > least:
        frame = int(left.argmax())
        picked.append(frame)
        left[max(0, frame - _APART) : frame + _APART + 1] = -np.inf
    return sorted(picked)


def moments_of(motion: FloatArray, speaking: np.ndarray, count: int = 6) -> list[Moment]:
    """At most `count` of each kind. `motion` (T, 60), `speaking` (T,) bool."""
    chosen = {
        "listening": _spread(np.flatnonzero(~speaking), count),
        "speaking": _spread(np.flatnonzero(speaking), count),
        "smiling": _highest(smile(motion), count, 0.25),
        "blinking": _highest(blink(motion), count, 0.5),
    }
    return [Moment(kind, frame) for kind in KINDS for frame in chosen[kind]]
