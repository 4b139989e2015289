"""Signals that the capture tests feed in."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, FloatArray


def tone(seconds: float, rate: int = 16_000, frequency: float = 440.0, level: float = 0.3) -> FloatArray:
    return (level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def motion(**values: float) -> FloatArray:
    """A motion frame from named coefficients."""
    out = np.zeros(MOTION_DIM, np.float32)
    for name, value in values.items():
        out[MOTION_INDEX[name]] = value
    return out
