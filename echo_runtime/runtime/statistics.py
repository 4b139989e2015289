"""What the runtime measures of itself while it runs: frames by origin, stage times, latency."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from echo_runtime.signals import FRAME_RATE, Origin

_KEPT = 20_000
"""Samples kept per series: 13 minutes of frames, so that a long run neither grows nor forgets its p95 at once."""


def percentiles(values: deque[float] | list[float]) -> dict[str, float]:
    if not values:
        return {"p50": float("nan"), "p95": float("nan")}
    p50, p95 = np.percentile(np.asarray(values), [50, 95])
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2)}


class RuntimeStatistics:
    """Counts and durations. One instance per runtime; used by its loop's thread only."""

    def __init__(self) -> None:
        self.frames: Counter[Origin] = Counter()
        self.latency_ms: deque[float] = deque(maxlen=_KEPT)
        self.stage_ms: dict[str, deque[float]] = {}
        self.busy_s = 0.0
        self.dropped_chunks = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a part of the frame path; all of it counts as busy."""
        began = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - began
            self.busy_s += took
            self.stage_ms.setdefault(name, deque(maxlen=_KEPT)).append(took * 1e3)

    def published(self, origin: Origin, latency_us: int | None) -> None:
        """Notes a frame; `latency_us` from the newest observation that entered it to its publication."""
        self.frames[origin] += 1
        if latency_us is not None:
            self.latency_ms.append(latency_us / 1e3)

    @property
    def realtime_factor(self) -> float:
        """Seconds of face generated per second that the frame path was busy: 1.0 is just fast enough for 25 fps.

        The frame path is everything from the player's newest observation to the published frame, on the wall clock,
        while face tracking competes for the same cores. Held and idle frames do not count as generated.
        """
        return self.frames["generated"] / FRAME_RATE / self.busy_s if self.busy_s else 0.0

    def report(self) -> dict:
        return {
            "frames_by_origin": {o: self.frames[o] for o in ("generated", "held", "idle")},
            "realtime_factor": round(self.realtime_factor, 2),
            "capture_to_publish_ms": percentiles(self.latency_ms),
            "stage_ms": {name: percentiles(values) for name, values in self.stage_ms.items()},
            "dropped_chunks": self.dropped_chunks,
        }
