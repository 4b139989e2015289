"""The runtime's clock: microseconds, monotonic. Real for people, virtual for reproducible tests."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    virtual: bool

    def now_us(self) -> int:
        """Microseconds since an arbitrary start; never goes back."""
        ...


class RealClock:
    virtual = False

    def now_us(self) -> int:
        return time.monotonic_ns() // 1000


class VirtualClock:
    """Time that stands still until it is moved; nothing that is computed takes any of it."""

    virtual = True

    def __init__(self, start_us: int = 1_000_000) -> None:
        self._now_us = start_us

    def now_us(self) -> int:
        return self._now_us

    def move_to(self, time_us: int) -> None:
        """Moves forward to `time_us`; an earlier time is ignored, since the clock never goes back."""
        self._now_us = max(self._now_us, time_us)
