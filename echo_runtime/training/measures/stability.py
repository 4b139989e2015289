"""Does motion stay what it is over ten minutes, and is it smooth where one chunk ends and the next begins?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echo_runtime.signals import FRAME_RATE, FloatArray
from echo_runtime.training.measures.distribution import expression, pose, temporal_variance

MINUTE = 60 * FRAME_RATE
_SETTLING = 2 * FRAME_RATE
"""A fresh face settles for two seconds; they belong to no minute."""


def drift(motions: Sequence[FloatArray]) -> float:
    """Temporal variance of the 52 coefficients in the last minute over that in the first one; 1 is no drift.

    `motions`: roll-outs (T, 60), T of two minutes or more, each in a scene whose last minute says and shows what its
    first minute did, so that only time can make the difference.
    """
    return _last_over_first([expression(m) for m in motions])


def drift_pose(motions: Sequence[FloatArray]) -> float:
    """`drift` of head rotation and translation."""
    return _last_over_first([pose(m) for m in motions])


def _last_over_first(motions: Sequence[FloatArray]) -> float:
    if min(len(m) for m in motions) < 2 * MINUTE:
        raise ValueError("drift needs roll-outs of two minutes or more")
    first = temporal_variance([m[_SETTLING:MINUTE] for m in motions])
    last = temporal_variance([m[len(m) - MINUTE + _SETTLING :] for m in motions])
    return last / first if first > 0 else float("nan")


def seam_ratio(motion: FloatArray, chunk: int) -> float:
    """Mean |x(t) − x(t−1)| where t begins a chunk over the mean elsewhere; 1 is no seam. `motion` (T, d).

    Each dimension is divided by its own mean difference first, so that small channels count as much as large ones.
    NaN for chunks of one frame, where every border is a seam, and for a face that never moves.
    """
    steps = np.abs(np.diff(np.asarray(motion, np.float64), axis=0))
    mean = steps.mean(0)
    moving = mean > 1e-7
    border = (np.arange(1, len(motion)) % chunk) == 0
    if chunk < 2 or not moving.any() or not border.any() or border.all():
        return float("nan")
    steps = (steps[:, moving] / mean[moving]).mean(1)
    return float(steps[border].mean() / steps[~border].mean())
