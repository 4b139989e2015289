"""Where each pixel of the picture looks in the rest picture: flows that the motion predicts, per layer.

Coordinates are normalised to [-1, 1] over the picture, pixel centres as in `align_corners=False`
(pytorch.org/docs, torch.nn.functional.grid_sample). All flows are backward: from output pixel to source.

Three layers, each moving smoothly by itself, so that flows need no detail at silhouettes:
back (neck, clothes, hair behind the face), face, hair. The face has a second flow behind the head's: the *expression*
flow, from the rest picture with this expression to the neutral canvas. Blend shapes are linear in the coefficients, so
it is a linear basis; the head's turn is a polynomial in the pose, plus what a small decoder adds.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.renderer.blocks import MapDecoder, embedding
from echo_runtime.renderer.config import RendererConfig
from echo_runtime.signals import COEFFICIENTS, GAZE, MOTION_DIM, MOTION_NAMES, ROTATION, TRANSLATION

LAYERS = ("back", "face", "hair")
INPUT_GAIN = torch.ones(MOTION_DIM)
"""Brings motion values to about unit variance: coefficients ×2, rotation ×5, translation ×60 per metre, gaze ×5.

The eyeLook coefficients are taken as zero: they repeat the gaze, and lids follow it by themselves.
"""
INPUT_GAIN[COEFFICIENTS] = 2.0
INPUT_GAIN[ROTATION] = 5.0
INPUT_GAIN[TRANSLATION] = 60.0
INPUT_GAIN[GAZE] = 5.0
INPUT_GAIN[[i for i, name in enumerate(MOTION_NAMES) if name.startswith("eyeLook")]] = 0.0

POSE_GRID = 16
FLOW_UNIT = 0.1
"""Decoder outputs are in tenths of half a picture, so that weights of ordinary size make flows of ordinary size."""


def pixel_grid(height: int, width: int) -> Tensor:
    """(1, height, width, 2): normalised (x, y) of pixel centres."""
    y = (torch.arange(height) * 2 + 1) / height - 1
    x = (torch.arange(width) * 2 + 1) / width - 1
    return torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1)[None]


def sample(texture: Tensor, grid: Tensor, padding: str = "border") -> Tensor:
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


def pose_features(pose: Tensor) -> Tensor:
    """(B, 6) scaled pose -> (B, 27): the values and their products."""
    products = [pose[:, i : i + 1] * pose[:, i:] for i in range(6)]
    return torch.cat([pose, *products], 1)


@dataclass(frozen=True)
class Fields:
    """Maps of side f = field_size.

    `rest` (B, 3, 2, f, f): (x, y) offsets from output pixel to rest picture for each layer;
    `canvas` (B, 2, f, f): further offset from the rest picture to the neutral face canvas;
    `gain`, `tint` (B, 3, f, f): colour = drawn · (1 + gain) + tint · alpha.
    """

    rest: Tensor
    canvas: Tensor
    gain: Tensor
    tint: Tensor


class MotionFields(nn.Module):
    """(B, 60) scaled motion -> Fields."""

    def __init__(self, config: RendererConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = embedding(MOTION_DIM, config.trunk)
        self.pose_basis = nn.Linear(27, 6 * POSE_GRID**2, bias=False)
        side = config.expression_size
        self.expression_basis = nn.Linear(54, 2 * side * side, bias=False)
        self.expression_more = nn.Linear(config.trunk, 2 * (side // 4) ** 2)
        for layer in (self.pose_basis, self.expression_basis, self.expression_more):
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(self.expression_more.bias)
        self.maps = MapDecoder(config.trunk, config.field_channels, 12)
        self.register_buffer("grid", pixel_grid(config.field_size, config.field_size), persistent=False)

    def forward(self, motion: Tensor) -> Fields:
        side, batch = self.config.field_size, motion.shape[0]
        embedded = self.embedding(motion)
        maps = self.maps(embedded).float()
        basis = self.pose_basis(pose_features(motion[:, 52:58])).float().view(batch, 6, POSE_GRID, POSE_GRID)
        flow = F.interpolate(basis, size=(side, side), mode="bilinear", align_corners=True) + maps[:, :6]
        rest = FLOW_UNIT * flow.view(batch, 3, 2, side, side)

        coefficients = torch.cat([motion[:, :52], motion[:, 58:60]], 1)
        fine = self.expression_basis(coefficients).float().view(batch, 2, *[self.config.expression_size] * 2)
        rough = self.expression_more(embedded).float().view(batch, 2, *[self.config.expression_size // 4] * 2)
        expression = fine + F.interpolate(rough, scale_factor=4.0, mode="bilinear", align_corners=False)
        canvas = sample(expression, self.grid + rest[:, 1].permute(0, 2, 3, 1))
        return Fields(rest, FLOW_UNIT * canvas, 0.5 * maps[:, 6:9], 0.5 * maps[:, 9:12])
