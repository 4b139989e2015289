"""Rectified flow with x-prediction, integrated by Euler steps on a grid of levels (0 = noise, 1 = motion)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from torch import Tensor


def sample(predict: Callable[[Tensor, float], Tensor], noise: Tensor, grid: Sequence[float]) -> Tensor:
    """`predict(x, level)` gives the clean motion expected from x at that level; `grid` rises from 0 to 1."""
    x = noise
    for level, following in itertools.pairwise(grid):
        clean = predict(x, level)
        x = clean if following >= 1.0 else x + (following - level) / (1.0 - level) * (clean - x)
    return x


def at_level(clean: Tensor, noise: Tensor, level: Tensor | float) -> Tensor:
    """The straight line from noise to motion."""
    return level * clean + (1.0 - level) * noise
