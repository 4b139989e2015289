"""How an NPC's feelings rise and fade: what has just been said, and the mood that stays of it for minutes.

    p ← (1 − s) · p + s · e        at a line that carries the emotion e with strength s, likewise what a memory brings
    p(t) = p · exp(−Δt / τ)        between lines

for the present (τ = 25 s), and slower and fainter for the mood. So the newest counts most, nothing ever exceeds a whole
feeling, and the cost does not depend on how much was said. Times are given by the caller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.signals import FloatArray

PRESENT_S, MOOD_S = 25.0, 240.0
"""Seconds in which they fall to 37 %."""
MOOD_SHARE = 0.06
"""How far a line moves the mood, against how far it moves the present."""
PARTING_S = 3.0 * 86_400.0
"""Seconds of absence in which what is left of the parting falls to 37 %."""
_PARTING_S, _PARTING_SHARE = 600.0, 0.6
"""From so many seconds on it is an absence and no pause; then this share of what was felt is left."""
_RATES = -1.0 / np.array([PRESENT_S, MOOD_S])
_FEELINGS = len(EMOTIONS) - 1
_LONG_AGO = -(1 << 62)


@dataclass
class AffectCourse:
    """`felt` (2, 7): present and mood, each shares of the emotions without neutral, as of `time_us`. Never changed in
    place."""

    time_us: int = _LONG_AGO
    felt: np.ndarray = field(default_factory=lambda: np.zeros((2, _FEELINGS)))

    def at(self, time_us: int) -> np.ndarray:
        """(2, 7) at a later time; an earlier one counts as the last."""
        seconds = max(0, time_us - self.time_us) / 1e6
        return self.felt * np.exp(_RATES * seconds)[:, None]

    def moved(self, time_us: int, feelings: np.ndarray) -> AffectCourse:
        """The course after a line: `feelings` (7,), whose sum is its strength in [0, 1]."""
        strength = min(float(feelings.sum()), 1.0)
        present, mood = self.at(time_us)
        present = (1.0 - strength) * present + feelings
        mood = (1.0 - MOOD_SHARE * strength) * mood + MOOD_SHARE * feelings
        return AffectCourse(max(self.time_us, time_us), np.stack([present, mood]))

    def replaced(self, time_us: int, feelings: np.ndarray) -> AffectCourse:
        """The course after all of what is felt was judged anew to be `feelings` (7,)."""
        mood = self.moved(time_us, feelings).felt[1]
        return AffectCourse(max(self.time_us, time_us), np.stack([feelings, mood]))

    def distribution(self, time_us: int) -> FloatArray:
        """(8,) over EMOTIONS: the present, and of the mood what the present leaves room for."""
        present, mood = self.at(time_us)
        out = np.empty(len(EMOTIONS), np.float32)
        out[1:] = present + (1.0 - min(float(present.sum()), 1.0)) * mood
        out[0] = max(0.0, 1.0 - float(out[1:].sum()))
        return out

    def after_absence(self, now_us: int, elapsed_s: float) -> AffectCourse:
        """This course when the player is met again: `elapsed_s` after the time of the last change, at the new clock's
        `now_us`. What fades within minutes has faded, but how they parted comes back as mood: unchanged after no time
        at all, fainter after days."""
        elapsed_s = max(elapsed_s, 0.0)
        now = self.felt * np.exp(_RATES * elapsed_s)[:, None]
        share = _PARTING_SHARE * (1.0 - math.exp(-elapsed_s / _PARTING_S)) * math.exp(-elapsed_s / PARTING_S)
        parting = self.felt[0] + (1.0 - min(float(self.felt[0].sum()), 1.0)) * self.felt[1]
        now[1] = np.maximum(now[1], share * parting)
        return AffectCourse(now_us, now)

    # -- kept ---------------------------------------------------------------------------------------------------------

    def as_json(self, now_us: int) -> dict[str, Any]:
        """As of `now_us`."""
        return {"emotions": list(EMOTIONS[1:]), "felt": self.at(now_us).tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any], now_us: int) -> AffectCourse:
        """Raises KeyError, TypeError or ValueError on other data than `as_json` gives."""
        felt = np.array(data["felt"], np.float64)
        if felt.shape != (2, _FEELINGS) or list(data["emotions"]) != list(EMOTIONS[1:]):
            raise ValueError("the affect is not over the emotions of this version")
        if not (np.isfinite(felt).all() and felt.min() >= 0.0 and felt.sum(axis=1).max() <= 1.0 + 1e-6):
            raise ValueError("the affect holds numbers that are no shares")
        return cls(now_us, felt)
