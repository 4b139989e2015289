"""What the program measures of itself: latency into the latest slot, memory held per frame, resident memory."""

from __future__ import annotations

import resource
import sys
import tracemalloc
from collections import deque
from pathlib import Path

import numpy as np

_WARM = 60
"""Frames after which everything that is allocated once has been."""
_TRACED = 120
_KEPT = 100_000
"""Latencies: 28 minutes at 60 frames per second."""


class ReceiveMeasures:
    """Fed by the receiving thread, once per live frame."""

    def __init__(self) -> None:
        self._latencies_us: deque[int] = deque(maxlen=_KEPT)
        self._frames = 0
        self._before = 0
        self.allocated_per_frame: float | None = None
        """Bytes by which Python's memory grew per frame in steady state; None before so many frames have come."""

    def add(self, latency_us: int) -> None:
        self._latencies_us.append(latency_us)
        self._frames += 1
        if self._frames == _WARM:
            tracemalloc.start()
        elif self._frames == _WARM + 20:  # the first frames under tracing fill its own tables
            self._before = tracemalloc.get_traced_memory()[0]
        elif self._frames == _WARM + 20 + _TRACED:
            grown = tracemalloc.get_traced_memory()[0] - self._before
            tracemalloc.stop()
            self.allocated_per_frame = round(max(0, grown) / _TRACED, 1)

    def summary(self) -> dict[str, float | None]:
        if not self._latencies_us:
            return {"p50_ms": None, "p99_ms": None, "max_ms": None}
        p50, p99, most = np.percentile(np.fromiter(self._latencies_us, np.float64), (50, 99, 100)) / 1000.0
        return {"p50_ms": round(float(p50), 3), "p99_ms": round(float(p99), 3), "max_ms": round(float(most), 3)}


def resident_bytes() -> int:
    """Of this process, now; where that is not told, the most so far."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
