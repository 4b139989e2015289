"""Convolution blocks whose features are scaled and shifted by the motion embedding.

FiLM: Perez et al. 2018, arXiv 1709.07871, section 2.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def embedding(inputs: int, width: int) -> nn.Sequential:
    """(B, inputs) -> (B, width): the motion embedding of a decoder."""
    return nn.Sequential(
        nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
    )


def start_at_zero(*layers: nn.Linear | nn.Conv2d) -> None:
    """Layers that add to what is there already begin by adding nothing."""
    for layer in layers:
        for parameter in layer.parameters():
            nn.init.zeros_(parameter)


class FilmBlock(nn.Module):
    """Residual block: two 3×3 convolutions, the first of them on modulated features."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.film = nn.Linear(width, 2 * channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        start_at_zero(self.film, self.second)

    def forward(self, x: Tensor, embedded: Tensor) -> Tensor:
        scale, shift = self.film(embedded)[..., None, None].chunk(2, 1)
        return x + self.second(F.silu(self.first(F.silu(x * (1.0 + scale) + shift))))


class Upsample(nn.Module):
    """Twice the side: a 1×1 convolution and a pixel shuffle."""

    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.spread = nn.Conv2d(channels, 4 * out, 1)

    def forward(self, x: Tensor) -> Tensor:
        return F.pixel_shuffle(self.spread(x), 2)


class MapDecoder(nn.Module):
    """Embedding -> `out` maps of side 8 · 2^(levels-1). Starts at zero."""

    def __init__(self, width: int, channels: tuple[int, ...], out: int) -> None:
        super().__init__()
        self.seed = nn.Linear(width, 8 * 8 * 8)
        self.place = nn.Parameter(0.3 * torch.randn(1, channels[0] - 8, 8, 8))
        self.blocks = nn.ModuleList(FilmBlock(c, width) for c in channels)
        self.ups = nn.ModuleList(Upsample(a, b) for a, b in pairwise(channels))
        self.out = nn.Conv2d(channels[-1], out, 3, padding=1)
        start_at_zero(self.out)

    def forward(self, embedded: Tensor) -> Tensor:
        seed = self.seed(embedded).view(-1, 8, 8, 8)
        x = torch.cat([seed, self.place.to(seed.dtype).expand(seed.shape[0], -1, -1, -1)], 1)
        x = self.blocks[0](x.contiguous(memory_format=torch.channels_last), embedded)
        for up, block in zip(self.ups, list(self.blocks)[1:], strict=True):
            x = block(up(x), embedded)
        return self.out(F.silu(x))
