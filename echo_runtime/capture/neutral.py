"""The player's own resting face and resting place, learned while they are seen.

Faces at rest differ: narrow lids look like half a blink to a map that was made for the mean face. The most relaxed
third of what was seen in the last minute stands for the resting face. It is bounded by how far resting faces of people
differ, so that a minute of smiling does not become "neutral".
"""

from __future__ import annotations

from collections import deque

import numpy as np

from echo_runtime.signals import FloatArray

SAMPLE_US = 200_000
MEMORY = 300
"""Samples kept: a minute."""
FULL_TRUST = 25
"""After so many samples (5 s) the person's own resting face is trusted as far as it ever is."""
BOUND = 2.0
"""In standard deviations of resting faces over people."""
REFRESH = 5
"""Samples between two estimates: a second."""
GLIDE_S = 1.0
"""A new estimate fades in with this time constant."""

KNOWN_S = 5.0
"""What a place that was measured beforehand counts for, in seconds: the camera may have been moved since."""


class RestingFace:
    """Streaming estimate of the features of the person's resting face. `trust` grows from 0 to 1."""

    def __init__(self, rest: FloatArray, person: FloatArray) -> None:
        self._mean_rest, self._limit = rest, BOUND * person
        self.reset()

    def reset(self) -> None:
        self._samples: deque[tuple[float, FloatArray]] = deque(maxlen=MEMORY)
        self._count, self._time_us, self._sampled_us = 0, 0, -SAMPLE_US
        self.reference = self._mean_rest.copy()
        self._goal = self.reference
        self.trust = 0.0

    def settle(self, features: FloatArray) -> None:
        """Take `features` (k + d,) for the resting face, measured beforehand: trusted fully and not changed."""
        self.reference = self._goal = np.asarray(features, np.float32).copy()
        self.trust = 1.0

    def due(self, time_us: int) -> bool:
        return time_us - self._sampled_us >= SAMPLE_US

    def observe(self, time_us: int, features: FloatArray, expression: float) -> None:
        """One sample: `expression` says how far it is from rest (the sum of its coefficients)."""
        self._sampled_us = time_us
        self._samples.append((expression, features))
        self._count += 1
        if self._count <= 10 or self._count % REFRESH == 0:
            order = sorted(self._samples, key=lambda sample: sample[0])
            calm = np.mean([f for _, f in order[: max(len(order) // 3, 1)]], axis=0)
            self._goal = self._mean_rest + np.clip(calm - self._mean_rest, -self._limit, self._limit)

    def advance(self, time_us: int) -> None:
        """Let reference and trust glide to where the samples put them."""
        elapsed = min(max(time_us - self._time_us, 0) / 1e6, 0.2) if self._time_us else 0.0
        self._time_us = time_us
        share = 1.0 - np.exp(-elapsed / GLIDE_S)
        self.reference = (self.reference + np.float32(share) * (self._goal - self.reference)).astype(np.float32)
        self.trust += float(share) * (min(self._count / FULL_TRUST, 1.0) - self.trust)


class RestingPlace:
    """Where the player's head usually is and looks: a slow average that is subtracted, bounded per number.

    A camera beside the screen sees a turned head, and nobody sits on its axis. The first half second counts fully.
    """

    def __init__(self, bound: FloatArray, time_constant_s: float = 20.0) -> None:
        self._bound, self._constant = np.asarray(bound, np.float32), time_constant_s
        self.reset()

    def reset(self) -> None:
        self._value: FloatArray | None = None
        self._seen_s, self._time_us = 0.0, 0

    def settle(self, value: FloatArray) -> None:
        """Begin at `value` (n,), measured beforehand, as if it had been seen for KNOWN_S. What is NaN begins where it
        is seen first."""
        self._value, self._seen_s = np.asarray(value, np.float32).copy(), KNOWN_S

    def __call__(self, time_us: int, value: FloatArray) -> FloatArray:
        """`value` (n,) → the same relative to its resting value."""
        if self._value is None:
            self._value = value.copy()
        self._value = np.where(np.isnan(self._value), value, self._value).astype(np.float32)
        self._time_us = self._time_us or time_us
        elapsed = min(max(time_us - self._time_us, 0) / 1e6, 0.2)
        self._time_us = time_us
        self._seen_s += elapsed
        share = min(elapsed / min(max(self._seen_s, 0.5), self._constant), 1.0)
        self._value = self._value + np.float32(share) * (value - self._value)
        return (value - np.clip(self._value, -self._bound, self._bound)).astype(np.float32)
