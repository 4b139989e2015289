"""Events and smoothness: blinks at true rates, heads that do not tremble."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FRAME_RATE, ROTATION, FloatArray
from echo_runtime.training.measures.lips import channel, runs

BLINK = 0.5


def blinks_per_second(motion: FloatArray) -> float:
    """Rises of the mean eyeBlink above 0.5, per second. `motion` (T, 60)."""
    closed = (channel(motion, "eyeBlinkLeft") + channel(motion, "eyeBlinkRight")) / 2 > BLINK
    return len(runs(closed)) / (len(motion) / FRAME_RATE)


def jerk_ratio(generated: FloatArray, truth: FloatArray) -> float:
    """Mean absolute third difference of the head rotation, generated over true; 1 is as smooth as the truth."""

    def jerk(motion: FloatArray) -> float:
        return float(np.abs(np.diff(motion[:, ROTATION], n=3, axis=0)).mean())

    return jerk(generated) / max(jerk(truth), 1e-9)
