"""Rotary position embedding over frames (Su et al., RoFormer, arXiv 2104.09864): scores depend on how many frames lie
between query and key, not on where the two are."""

from __future__ import annotations

import math

import torch
from torch import Tensor

SHORTEST_FRAMES, LONGEST_FRAMES = 4.0, 400.0
"""Wavelengths of the fastest and the slowest rotation, in frames."""


def rotation(positions: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """(N,) frame positions → cosine and sine (N, head width / 2)."""
    pairs = head_width // 2
    wavelengths = SHORTEST_FRAMES * (LONGEST_FRAMES / SHORTEST_FRAMES) ** (
        torch.arange(pairs, device=positions.device) / max(1, pairs - 1)
    )
    angles = positions[:, None] * (2.0 * math.pi / wavelengths)
    return angles.cos(), angles.sin()


def rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """x (..., N, head width), turned pairwise by the angles of its N positions."""
    first, second = x.chunk(2, -1)
    cosine, sine = cosine.to(x.dtype), sine.to(x.dtype)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], -1)
