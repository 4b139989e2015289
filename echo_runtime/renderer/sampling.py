"""Coordinates and sampling of pictures.

Coordinates are normalised to [-1, 1] over the picture, pixel centres as in `align_corners=False`
(pytorch.org/docs, torch.nn.functional.grid_sample).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def pixel_grid(height: int, width: int) -> Tensor:
    """(1, height, width, 2): normalised (x, y) of pixel centres."""
    y = (torch.arange(height) * 2 + 1) / height - 1
    x = (torch.arange(width) * 2 + 1) / width - 1
    return torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)[None]


def sample(texture: Tensor, grid: Tensor, padding: str = "border") -> Tensor:
    """(B, C, S, S) texture at (B, h, w, 2) coordinates -> (B, C, h, w), bilinear."""
    return F.grid_sample(texture, grid, mode="bilinear", padding_mode=padding, align_corners=False)


def sample_shared(canvas: Tensor, grid: Tensor) -> Tensor:
    """One canvas (1, C, S, S) for the whole batch: pictures stacked as one tall picture, so that training adds all
    gradients into one canvas instead of a copy of it per picture."""
    batch, height, width, _ = grid.shape
    if batch == 1:
        return sample(canvas, grid)
    tall = sample(canvas, grid.reshape(1, batch * height, width, 2))
    return tall.view(canvas.shape[1], batch, height, width).transpose(0, 1)


def enlargement(small: int, large: int) -> Tensor:
    """(large, small): the matrix that enlarges a line bilinearly, as `interpolate(…, align_corners=False)` does.

    Enlarging by two matrix products costs a third of `interpolate` in training, and any rows can be taken alone.
    """
    position = ((torch.arange(large) + 0.5) * small / large - 0.5).clamp(0, small - 1)
    left = position.floor().long().clamp(max=small - 2)
    share = position - left
    matrix = torch.zeros(large, small)
    rows = torch.arange(large)
    matrix[rows, left] = 1.0 - share
    matrix[rows, left + 1] += share
    return matrix
