"""Detail patches: eyes and mouth, drawn in the rest picture at more than the output's resolution.

At head pose zero eyes and mouth stay where they are, so a small decoder at fixed pixels draws them; the head's turn is
left to the sampling afterwards. What moves inside (lips, teeth, lids, irises) is given a head start: learned feature
canvases, each moved by a flow of its own, which the convolutions cut and join.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.renderer.blocks import FilmBlock, Upsample, embedding, start_at_zero
from echo_runtime.renderer.config import Box, RendererConfig
from echo_runtime.renderer.sampling import pixel_grid, sample_shared
from echo_runtime.renderer.warp import FLOW_UNIT

SEED_GRID = (4, 6)
FLOW_GRID = (4, 6)
FEATHER = 6
"""Patch pixels over which a patch fades into its surroundings."""


def patch_shape(box: Box, scale: float) -> tuple[int, int]:
    """(height, width) of a patch in its own pixels."""
    return round((box[3] - box[1]) * scale), round((box[2] - box[0]) * scale)


def feathered(height: int, width: int) -> Tensor:
    """(1, 1, height, width): 1 inside, falling smoothly to 0 at the border."""

    def ramp(length: int) -> Tensor:
        edge = torch.minimum(torch.arange(length), torch.arange(length).flip(0)) / FEATHER
        edge = edge.clamp(max=1.0)
        return edge * edge * (3.0 - 2.0 * edge)

    return (ramp(height)[:, None] * ramp(width)[None])[None, None]


class PatchDecoder(nn.Module):
    """(B, inputs) -> (B, 4, height, width): premultiplied colour and alpha of one patch."""

    grid: Tensor

    def __init__(self, inputs: list[int], box: Box, config: RendererConfig) -> None:
        super().__init__()
        self.inputs = inputs
        self.height, self.width = patch_shape(box, config.patch_scale)
        deep, fine = config.patch_channels
        width = config.trunk
        self.groups, channels = config.feature_groups, config.feature_channels
        features = self.groups * channels
        self.embedding = embedding(len(inputs), width)
        self.seed = nn.Linear(width, 24 * SEED_GRID[0] * SEED_GRID[1])
        self.place = nn.Parameter(0.3 * torch.randn(1, deep - 24, self.height // 4, self.width // 4))
        self.deep = nn.ModuleList(FilmBlock(deep, width) for _ in range(2))
        self.up = Upsample(deep, fine)
        self.features = nn.Parameter(0.3 * torch.randn(1, features, self.height // 2, self.width // 2))
        self.flow = nn.Linear(width, 2 * self.groups * FLOW_GRID[0] * FLOW_GRID[1])
        nn.init.normal_(self.flow.weight, 0.0, 0.02)
        nn.init.zeros_(self.flow.bias)
        self.join = nn.Conv2d(fine + features, fine, 3, padding=1)
        self.fine = FilmBlock(fine, width)
        self.out = nn.Conv2d(fine, 16, 3, padding=1)
        start_at_zero(self.out)
        self.picture = nn.Parameter(torch.zeros(1, 4, self.height, self.width))
        self.register_buffer("grid", pixel_grid(self.height // 2, self.width // 2), persistent=False)

    def moved_features(self, embedded: Tensor) -> Tensor:
        """(B, groups·channels, height/2, width/2): every group of canvases under its own flow."""
        half = (self.height // 2, self.width // 2)
        flow = self.flow(embedded).float().view(-1, 2 * self.groups, *FLOW_GRID)
        flow = FLOW_UNIT * F.interpolate(flow, size=half, mode="bilinear", align_corners=True)
        moved = []
        for features, offset in zip(self.features.chunk(self.groups, 1), flow.chunk(self.groups, 1), strict=True):
            moved.append(sample_shared(features, self.grid + offset.permute(0, 2, 3, 1)))
        return torch.cat(moved, 1)

    def forward(self, motion: Tensor) -> Tensor:
        embedded = self.embedding(motion[:, self.inputs])
        seed = self.seed(embedded).view(-1, 24, *SEED_GRID)
        seed = F.interpolate(seed, size=(self.height // 4, self.width // 4), mode="bilinear", align_corners=True)
        x = torch.cat([seed, self.place.to(seed.dtype).expand(seed.shape[0], -1, -1, -1)], 1)
        x = x.contiguous(memory_format=torch.channels_last)
        for block in self.deep:
            x = block(x, embedded)
        x = self.up(F.silu(x))
        x = self.join(torch.cat([x, self.moved_features(embedded).to(x.dtype)], 1))
        x = self.fine(x, embedded)
        return F.pixel_shuffle(self.out(F.silu(x)), 2).float() + self.picture
