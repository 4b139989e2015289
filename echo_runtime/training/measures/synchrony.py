"""Are lips and sound in step? Distances between the embeddings of two small networks that learned it.

LSE-D and LSE-C after Prajwal et al., "A Lip Sync Expert Is All You Need" (2020), who take them from SyncNet (Chung &
Zisserman, "Out of time", 2016). The network here is **our own** (`sync_network`), trained on the synthetic
conversations, so numbers compare with each other and with the truth's, never with published ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FRAME_RATE, FloatArray

OFFSETS = 15
"""Frames by which the sound is shifted to either side."""


@dataclass(frozen=True)
class Synchrony:
    """`lse_d`: least mean distance over offsets, small is good. `lse_c`: median over offsets minus least, large is
    good. `offset_s`: where the least lies; positive means that the sound comes later than the lips."""

    lse_d: float
    lse_c: float
    offset_s: float


def synchrony(
    lips: Sequence[FloatArray], sounds: Sequence[FloatArray], where: Sequence[np.ndarray], offsets: int = OFFSETS
) -> Synchrony:
    """d(o) = mean over counted frames t of |lips(t) − sound(t + o)|, for o in ± `offsets` frames, pooled over clips.

    `lips`, `sounds`: embeddings (T, d) per clip, one per frame; `where` (T,) bool: frames that count (speech). Frames
    nearer than `offsets` to an end are left out, so that every offset counts the same frames.
    """
    totals = np.zeros(2 * offsets + 1)
    count = 0
    for lip, sound, counted in zip(lips, sounds, where, strict=True):
        frames = min(len(lip), len(sound), len(counted))
        times = np.flatnonzero(counted[:frames])
        times = times[(times >= offsets) & (times < frames - offsets)]
        for i in range(-offsets, offsets + 1):
            totals[i + offsets] += np.linalg.norm(lip[times] - sound[times + i], axis=1).sum()
        count += len(times)
    if not count:
        return Synchrony(float("nan"), float("nan"), float("nan"))
    distances = totals / count
    best = int(distances.argmin())
    least = float(distances[best])
    return Synchrony(least, float(np.median(distances)) - least, (best - offsets) / FRAME_RATE)
