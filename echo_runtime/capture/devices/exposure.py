"""Whether the camera sees enough, and whether its exposure is steady: both spoil tracking without being noticed."""

from __future__ import annotations

import math
from collections import deque

import cv2
import numpy as np

from echo_runtime.signals import ByteArray

EVERY_US = 100_000
"""Pictures are looked at this often; exposure control moves in steps of a few per second."""
BLOCKS = 8
"""A picture is 8×8 blocks; the median of their changes is the light's and not that of somebody who moves."""
DARK, LIT = 40.0, 55.0
"""Mean brightness of 255 below which a picture is dark, and above which it is not any more."""
BLACK = 6.0
SETTLED_US = 2_000_000
"""A state must last this long to be believed."""
HUNTING_WINDOW_US = 6_000_000
SWING = 0.12
"""Natural logarithm of brightness: a swing of 12 %, which exposure control does not make under steady light."""
TURNS = 4
"""That many turns of direction in the window, two whole swings up and down, are hunting."""


class ExposureWatch:
    """`watch(time_us, rgb)` returns a sentence when something begins to be wrong, else "". Each is said once until
    the trouble has been over for a while. `brightness`: mean of 255 of the newest picture looked at."""

    def __init__(self) -> None:
        self.brightness = float("nan")
        self.dark = False
        self.hunting = False
        self._next_us: int | None = None
        self._other_since_us: int | None = None
        self._blocks: np.ndarray | None = None
        self._level = 0.0
        self._extreme = 0.0
        self._rising: bool | None = None
        self._turns: deque[int] = deque()

    def watch(self, time_us: int, rgb: ByteArray) -> str:
        if self._next_us is not None and time_us < self._next_us:
            return ""
        self._next_us = time_us + EVERY_US
        small = cv2.resize(rgb, (BLOCKS * 4, BLOCKS * 4), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
        blocks = grey.reshape(BLOCKS, 4, BLOCKS, 4).mean(axis=(1, 3))
        self.brightness = float(blocks.mean())
        return self._watch_darkness(time_us) or self._watch_swings(time_us, blocks)

    def _watch_darkness(self, time_us: int) -> str:
        other = self.brightness > LIT if self.dark else self.brightness < DARK
        if not other:
            self._other_since_us = None
            return ""
        if self._other_since_us is None:
            self._other_since_us = time_us
        if time_us - self._other_since_us < SETTLED_US:
            return ""
        self.dark, self._other_since_us = not self.dark, None
        if not self.dark:
            return ""
        if self.brightness < BLACK:
            return "gives black pictures; open its cover or privacy switch, or turn on a light"
        return f"sees little light (brightness {self.brightness:.0f} of 255); turn on a light before your face"

    def _watch_swings(self, time_us: int, blocks: np.ndarray) -> str:
        light = np.log(np.maximum(blocks, 1.0))
        if self._blocks is not None:
            self._level += float(np.median(light - self._blocks))
        self._blocks = light
        if self._turned():
            self._turns.append(time_us)
        while self._turns and self._turns[0] < time_us - HUNTING_WINDOW_US:
            self._turns.popleft()
        if self.hunting:
            self.hunting = bool(self._turns)
            return ""
        self.hunting = len(self._turns) >= TURNS
        if not self.hunting:
            return ""
        share = round(100 * (math.exp(SWING) - 1))
        return (
            f"changes its brightness up and down by more than {share} % (its exposure hunts, or a lamp flickers); "
            "light your face evenly, or fix the exposure in the camera's settings"
        )

    def _turned(self) -> bool:
        """Whether the light has just come back from an extreme by a whole swing."""
        if self._rising is None:
            if abs(self._level - self._extreme) > SWING:
                self._rising, self._extreme = self._level > self._extreme, self._level
            return False
        if (self._level > self._extreme) == self._rising and self._level != self._extreme:
            self._extreme = self._level
            return False
        if abs(self._level - self._extreme) < SWING:
            return False
        self._rising, self._extreme = not self._rising, self._level
        return True
