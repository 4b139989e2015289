"""Coefficients between two messages: linear values, and rotations on the shorter arc."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence

import numpy as np

from echo_runtime.signals import FloatArray

Quaternion = tuple[float, float, float, float]


def slerp(a: Sequence[float], b: Sequence[float], share: float) -> Quaternion:
    """From unit quaternion `a` (share 0) to `b` (share 1) at constant speed, on the shorter arc."""
    p, q = np.asarray(a, np.float64), np.asarray(b, np.float64)
    p, q = p / np.linalg.norm(p), q / np.linalg.norm(q)
    cosine = float(p @ q)
    if cosine < 0.0:
        q, cosine = -q, -cosine
    angle = np.arccos(min(cosine, 1.0))
    if angle < 1e-4:  # the sines below would divide zero by zero
        mixed = (1.0 - share) * p + share * q
    else:
        mixed = (np.sin((1.0 - share) * angle) * p + np.sin(share * angle) * q) / np.sin(angle)
    x, y, z, w = (mixed / np.linalg.norm(mixed)).tolist()
    return x, y, z, w


class CurveTrack:
    """The last coefficients by time. Before the first and after the last, the nearest holds."""

    def __init__(self, size: int = 64) -> None:
        self._samples: deque[tuple[int, FloatArray, Sequence[float]]] = deque(maxlen=size)
        self.epoch = 0

    def push(self, pts_us: int, values: FloatArray, head: Sequence[float], epoch: int = 0) -> bool:
        """`values` (n,), `head` a quaternion x, y, z, w. False for a lower epoch or a time not after the last."""
        if epoch < self.epoch or (epoch == self.epoch and self._samples and pts_us <= self._samples[-1][0]):
            return False
        if epoch > self.epoch:
            self.epoch = epoch
            while self._samples and self._samples[-1][0] >= pts_us:  # what an interrupt has outdated
                self._samples.pop()
        self._samples.append((pts_us, np.asarray(values, np.float32), tuple(head)))
        return True

    def at(self, time_us: int) -> tuple[FloatArray, Sequence[float]] | None:
        """(values, head) at an instant; None while empty."""
        if not self._samples:
            return None
        after = bisect_right(self._samples, time_us, key=lambda sample: sample[0])
        if after == 0 or after == len(self._samples):
            _, values, head = self._samples[min(after, len(self._samples) - 1)]
            return values, head
        (t0, v0, h0), (t1, v1, h1) = self._samples[after - 1], self._samples[after]
        share = (time_us - t0) / (t1 - t0)
        return (v0 + np.float32(share) * (v1 - v0)).astype(np.float32), slerp(h0, h1, share)
