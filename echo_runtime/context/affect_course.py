"""How an NPC's feelings rise and fade over minutes: three layers of evidence, each with its own time constant.

`present` is what has just been said, `mood` what stays of it for minutes, `recalled` what a memory brings back.
Evidence of an emotion is a number ≥ 0; all of it together becomes an intensity that saturates. The cost does not depend
on how much was said: decay is computed from the time of the last change. Times are given by the caller.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.lexicon_affect import SATURATION
from echo_runtime.signals import FloatArray

LAYERS = ("present", "mood", "recalled")
DECAY_S = (40.0, 240.0, 30.0)
"""Seconds in which a layer falls to 37 %."""
_SHARES = np.array([1.0, 0.6, 1.0])
"""How much a layer counts in what is felt."""
_MOOD_SHARE = 0.45
"""Of what is said, how much becomes mood."""
_DISPLACED = (0.75, 0.25, 0.5)
"""How much a fully felt new thing takes away of what each layer held: the newest counts most."""
CEILING = 3.0
"""Evidence of one emotion in one layer never exceeds this, however often it is said."""
_FEELINGS = len(EMOTIONS) - 1
_RATES = -1.0 / np.array(DECAY_S)
PARTING_S = 3.0 * 86_400.0
"""Seconds of absence in which what is left of the parting falls to 37 %."""
_PARTING_S, _PARTING_SHARE = 600.0, 0.6
"""From so many seconds on it is an absence and no pause; then this share of what was felt is left."""


@dataclass
class AffectCourse:
    """`evidence` (3, 7): per layer and emotion (without neutral), as of `time_us`."""

    time_us: int = 0
    evidence: np.ndarray = field(default_factory=lambda: np.zeros((len(LAYERS), _FEELINGS)))

    def at(self, time_us: int) -> np.ndarray:
        """(3, 7) evidence at a later time; an earlier one counts as the last."""
        seconds = max(0, time_us - self.time_us) / 1e6
        return self.evidence * np.exp(_RATES * seconds)[:, None]

    def say(self, time_us: int, emotions: np.ndarray) -> None:
        """Something was said: `emotions` (8,) a distribution, of which all but neutral is evidence."""
        new = self.at(time_us)
        felt = float(emotions[1:].sum())
        if felt > 0.0:
            new *= (1.0 - np.array(_DISPLACED) * min(felt, 1.0))[:, None]
            # both layers together come back as what was read
            said = evidence_of(emotions) / (1.0 + _MOOD_SHARE * _SHARES[1])
            new[0] += said
            new[1] += _MOOD_SHARE * said
        self._set(time_us, new)

    def recall(self, time_us: int, feelings: np.ndarray) -> None:
        """A memory: `feelings` (7,) evidence; it does not add to one that is being felt already."""
        new = self.at(time_us)
        new[2] = np.maximum(new[2], feelings)
        self._set(time_us, new)

    def _set(self, time_us: int, evidence: np.ndarray) -> None:
        self.evidence = np.minimum(evidence, CEILING)
        self.time_us = max(self.time_us, time_us)

    def distribution(self, time_us: int) -> FloatArray:
        """(8,) over EMOTIONS: what is felt. The strongest emotion stands out, because a face shows one at a time."""
        felt = _SHARES @ self.at(time_us)
        total = float(felt.sum())
        out = np.zeros(len(EMOTIONS), np.float32)
        if total > 1e-4:
            sharpened = felt**2
            out[1:] = sharpened / sharpened.sum() * (1.0 - math.exp(-SATURATION * total))
        out[0] = 1.0 - out[1:].sum()
        return out

    def after_absence(self, now_us: int, elapsed_s: float) -> AffectCourse:
        """This course when the player is met again: `elapsed_s` after the time of the last change, at the new clock's
        `now_us`. What fades within minutes has faded, but how they parted comes back as mood: unchanged after no time
        at all, fainter after days."""
        elapsed_s = max(elapsed_s, 0.0)
        now = self.evidence * np.exp(_RATES * elapsed_s)[:, None]
        share = _PARTING_SHARE * (1.0 - math.exp(-elapsed_s / _PARTING_S)) * math.exp(-elapsed_s / PARTING_S)
        now[1] = np.maximum(now[1], share / _SHARES[1] * (_SHARES @ self.evidence))
        return AffectCourse(now_us, np.minimum(now, CEILING))

    # -- kept ---------------------------------------------------------------------------------------------------------

    def as_json(self, now_us: int) -> dict[str, Any]:
        """As of `now_us`."""
        return {"emotions": list(EMOTIONS[1:]), "evidence": self.at(now_us).tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any], now_us: int) -> AffectCourse:
        """Raises KeyError, TypeError or ValueError on other data than `as_json` gives."""
        evidence = np.array(data["evidence"], np.float64)
        if evidence.shape != (len(LAYERS), _FEELINGS) or list(data["emotions"]) != list(EMOTIONS[1:]):
            raise ValueError("the affect is not over the emotions of this version")
        if not np.isfinite(evidence).all() or evidence.min() < 0.0:
            raise ValueError("the affect holds numbers that are no evidence")
        return cls(now_us, np.minimum(evidence, CEILING))


def evidence_of(emotions: np.ndarray) -> np.ndarray:
    """(7,) evidence that, felt alone, comes back as the distribution `emotions` (8,): the saturation undone."""
    felt = min(float(emotions[1:].sum()), 1.0)
    if felt <= 0.0:
        return np.zeros(_FEELINGS)
    return emotions[1:] / float(emotions[1:].sum()) * (-math.log(max(1.0 - felt, 0.02)) / SATURATION)
