"""Whose turn it is, and what thinking looks like."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import GAZE, MOTION_INDEX, FloatArray, TurnState

THINKING_GAZE = np.array([-0.22, 0.14], np.float32)
"""Up and to the side (yaw, pitch in radians): where eyes go while an answer is sought (Kendon 1967, gaze aversion)."""
_THINKING_COEFFICIENTS = {"browDownLeft": 0.12, "browDownRight": 0.12, "mouthPressLeft": 0.1, "mouthPressRight": 0.1}
_RISE_S = 0.35


class Turn:
    """The NPC's turn state. Speaking wins over thinking, thinking over listening."""

    def __init__(self) -> None:
        self.thinking = False
        self._state: TurnState = "listening"
        self._aversion = 0.0

    @property
    def state(self) -> TurnState:
        return self._state

    def update(self, speaking: bool) -> bool:
        """Takes the newest facts; True when the state has changed."""
        if speaking:
            self.thinking = False
        new: TurnState = "speaking" if speaking else "thinking" if self.thinking else "listening"
        changed, self._state = new != self._state, new
        return changed

    def colour(self, motion: FloatArray, frame_s: float) -> FloatArray:
        """One motion frame (60,) with the look of thinking blended in and out over a third of a second."""
        target = 1.0 if self._state == "thinking" else 0.0
        self._aversion += (target - self._aversion) * min(1.0, frame_s / _RISE_S * 2.0)
        if self._aversion < 1e-3:
            return motion
        out = motion.copy()
        out[GAZE] += self._aversion * (THINKING_GAZE - 0.5 * out[GAZE])
        for name, amount in _THINKING_COEFFICIENTS.items():
            out[MOTION_INDEX[name]] = min(1.0, out[MOTION_INDEX[name]] + amount * self._aversion)
        return out
