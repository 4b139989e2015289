"""Laughter: a run of short voiced breaths, about five per second, and the face that goes with it.

Rate and length of the bursts after Bachorowski, Smoski & Owren, "The acoustic features of human laughter" (2001).
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from echo_runtime.signals import SAMPLE_RATE, FloatArray
from echo_runtime.training.dyads import gestures

BURST_RATE = 5.0
"""Per second."""
_BURST_S = 0.11
_FORMANTS = ((700.0, 120.0), (1300.0, 150.0), (2600.0, 220.0))


def laughing_sound(random: np.random.Generator, seconds: float, pitch_hz: float, loud: float) -> FloatArray:
    """(16000 · seconds,) with peak `loud`: bursts of "ha", each a little lower and softer than the one before."""
    out = np.zeros(int(seconds * SAMPLE_RATE))
    count = max(2, int(seconds * BURST_RATE))
    length = int(_BURST_S * SAMPLE_RATE)
    t = np.arange(length) / SAMPLE_RATE
    for k in range(count):
        first = int((k / BURST_RATE + random.uniform(0.0, 0.02)) * SAMPLE_RATE)
        if first + length > len(out):
            break
        hz = pitch_hz * (1.25 - 0.35 * k / count) * random.uniform(0.96, 1.04)
        source = 2.0 * ((hz * t) % 1.0) - 1.0 + 0.35 * random.standard_normal(length)
        for centre, width in _FORMANTS:
            radius = np.exp(-np.pi * width / SAMPLE_RATE)
            turn = 2 * np.cos(2 * np.pi * centre / SAMPLE_RATE) * radius
            source = lfilter([1.0 - radius], [1.0, -turn, radius**2], source) + 0.3 * source
        out[first : first + length] += source * np.hanning(length) * (1.0 - 0.5 * k / count)
    return (out * (loud / (np.abs(out).max() + 1e-9))).astype(np.float32)


def bouncing(t: np.ndarray, start: float, end: float) -> np.ndarray:
    """(T,) in [0, 1]: the jaw and the head with the bursts."""
    inside = gestures.plateau(t, start, max(end - start - 0.5, 0.1), 0.15, 0.35)
    return inside * (0.5 - 0.5 * np.cos(2 * np.pi * BURST_RATE * (t - start)))
