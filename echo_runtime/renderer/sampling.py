"""Coordinates and sampling of pictures.

Coordinates are normalised to [-1, 1] over the picture, pixel centres as in `align_corners=False`
(pytorch.org/docs, torch.nn.functional.grid_sample).
"""

from __future__ import annotations

import math

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


def enlarging_stencils(times: int) -> Tensor:
    """(times², 1, 3, 3): the weights by which each pixel of an enlarged cell mixes the cell and its neighbours."""
    offset = (torch.arange(times) + 0.5) / times - 0.5
    line = torch.stack([(-offset).clamp(min=0.0), 1.0 - offset.abs(), offset.clamp(min=0.0)], 1)
    return (line[:, None, :, None] * line[None, :, None, :]).reshape(times * times, 1, 3, 3)


def enlarged_by_stencils(maps: Tensor, stencils: Tensor) -> Tensor:
    """(B, C, f, f) -> (B, C, f·times, f·times), bilinear as `interpolate(…, align_corners=False)`: one small
    convolution and a pixel shuffle, a fifth of what compilers make of `interpolate`."""
    batch, channels, side, _ = maps.shape
    single = F.pad(maps.reshape(batch * channels, 1, side, side), [1, 1, 1, 1], mode="replicate")
    times = math.isqrt(stencils.shape[0])
    return F.pixel_shuffle(F.conv2d(single, stencils), times).view(batch, channels, side * times, side * times)
