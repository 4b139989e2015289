"""Where each pixel of the picture looks in the rest picture: flows that the motion predicts, per layer.

Four layers, each moving smoothly by itself, so that flows need no detail at silhouettes: neck with clothes, face, hair,
and the hair *behind* face and neck. All flows are backward: from output pixel to source. Face and hair follow from the
head's pose and their depth; the neck, which gives way to the head, is a polynomial of the pose; a small decoder adds to
each what these miss. The face has a second flow after the head's, the *expression* flow, from the rest picture with
this expression to the neutral canvas. Blend shapes are linear in the coefficients, so it is a linear basis.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.renderer.blocks import MapDecoder, embedding, start_at_zero
from echo_runtime.renderer.config import RendererConfig
from echo_runtime.renderer.geometry import rest_coordinates
from echo_runtime.renderer.sampling import pixel_grid, sample
from echo_runtime.renderer.shell import Shell, shell_coordinates
from echo_runtime.signals import COEFFICIENTS, GAZE, MOTION_DIM, MOTION_NAMES, ROTATION, TRANSLATION

LAYERS = ("neck", "face", "hair", "behind")
"""The order of flows and depths. Seen from the front: hair, face, neck, behind."""
ROTATION_GAIN, TRANSLATION_GAIN = 5.0, 60.0
INPUT_GAIN = torch.ones(MOTION_DIM)
"""Brings motion values to about unit variance. The eyeLook coefficients are taken as zero: they repeat the gaze, and
lids follow it by themselves."""
INPUT_GAIN[COEFFICIENTS] = 2.0
INPUT_GAIN[ROTATION] = ROTATION_GAIN
INPUT_GAIN[TRANSLATION] = TRANSLATION_GAIN
INPUT_GAIN[GAZE] = 5.0
INPUT_GAIN[[i for i, name in enumerate(MOTION_NAMES) if name.startswith("eyeLook")]] = 0.0

POSE_GRID = 16
POSE_FEATURES = 28
SHELL_SIZE = 64
"""Side of the maps of the shell's radius."""
FLOW_UNIT = 0.1
"""Decoder outputs are in tenths of half a picture, so that weights of ordinary size make flows of ordinary size."""
CM_PER_METRE = 100.0


def pose_features(pose: Tensor) -> Tensor:
    """(B, 6) scaled pose -> (B, POSE_FEATURES): 1, the values and their products."""
    products = [pose[:, i : i + 1] * pose[:, i:] for i in range(6)]
    return torch.cat([torch.ones_like(pose[:, :1]), pose, *products], 1)


def head_pose(motion: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 60) scaled motion -> rotation (B, 3) in radians and shift (B, 3) in centimetres."""
    return motion[:, ROTATION] / ROTATION_GAIN, motion[:, TRANSLATION] * (CM_PER_METRE / TRANSLATION_GAIN)


def expression_features(motion: Tensor) -> Tensor:
    """(B, 60) scaled motion -> (B, 54): coefficients and gaze."""
    return torch.cat([motion[:, COEFFICIENTS], motion[:, GAZE]], 1)


@dataclass(frozen=True)
class Fields:
    """Maps of side f = field_size.

    `rest` (B, 4, 2, f, f): (x, y) offsets from output pixel to rest picture for each layer, with a shell of neck and
    face only; `hair` (B, 2, 3, f, f), with a shell: (x, y) on the canvases of hair and hair behind, and by how many
    centimetres the ray goes through the hair;
    `canvas` (B, 2, f, f): further offset from the rest picture to the neutral face canvas;
    `gain`, `tint` (B, 3, f, f): colour = drawn · (1 + gain) + tint · alpha.
    """

    rest: Tensor
    canvas: Tensor
    gain: Tensor
    tint: Tensor
    hair: Tensor | None = None


class MotionFields(nn.Module):
    """(B, 60) scaled motion -> Fields."""

    grid: Tensor

    def __init__(self, config: RendererConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = embedding(MOTION_DIM, config.trunk)
        flat = 3 if config.shell is None else 1
        self.depth = nn.Parameter(torch.zeros(1, flat, config.field_size, config.field_size))
        if config.shell is not None:
            self.shell_radius = nn.Parameter(torch.full((2, 1, SHELL_SIZE, SHELL_SIZE), 9.0))
        self.neck_basis = nn.Linear(POSE_FEATURES, 2 * POSE_GRID**2, bias=False)
        side = config.expression_size
        self.expression_basis = nn.Linear(54, 2 * side * side, bias=False)
        self.expression_more = nn.Linear(config.trunk, 2 * (side // 4) ** 2)
        start_at_zero(self.neck_basis, self.expression_basis, self.expression_more)
        self.maps = MapDecoder(config.trunk, config.field_channels, 14 if config.shell is None else 16)
        self.register_buffer("grid", pixel_grid(config.field_size, config.field_size), persistent=False)

    def turned(self, motion: Tensor) -> Tensor:
        """(B, 4, 2, f, f), with a shell (B, 2, 2, f, f): the layers' offsets by pose alone."""
        side, batch, view = self.config.field_size, motion.shape[0], self.config.view
        angles, shift = head_pose(motion)
        layers = self.depth.shape[1]
        basis = self.neck_basis(pose_features(motion[:, 52:58])).view(batch, 2, POSE_GRID, POSE_GRID)
        neck = FLOW_UNIT * F.interpolate(basis, size=(side, side), mode="bilinear", align_corners=False)
        # those that turn rigidly, as one batch
        depth = self.depth.transpose(0, 1).repeat_interleave(batch, 0)
        place = rest_coordinates(self.grid, depth, angles.repeat(layers, 1), shift.repeat(layers, 1), view)
        rigid = (place - self.grid).permute(0, 3, 1, 2).unflatten(0, (layers, batch)).transpose(0, 1)
        return torch.cat([neck[:, None], rigid], 1)

    def hair_radius(self) -> Tensor:
        """(2, 1, s, s): the radius, smoothed: where rays graze the hair every wave of it would tear the outline."""
        return F.avg_pool2d(F.pad(self.shell_radius, [2, 2, 2, 2], mode="replicate"), 5, 1)

    def around(self, motion: Tensor, shell: Shell) -> Tensor:
        """(B, 2, 3, f, f): where rays meet the shell of hair, by pose alone."""
        place, through = shell_coordinates(self.grid, self.hair_radius(), *head_pose(motion), self.config.view, shell)
        return torch.cat([place.permute(0, 1, 4, 2, 3), through[:, :, None]], 2)

    def expression(self, motion: Tensor, embedded: Tensor) -> Tensor:
        """(B, 2, e, e): offsets to the neutral canvas, over the rest picture."""
        side, batch = self.config.expression_size, motion.shape[0]
        fine = self.expression_basis(expression_features(motion)).view(batch, 2, side, side)
        rough = self.expression_more(embedded).view(batch, 2, side // 4, side // 4)
        return FLOW_UNIT * (fine + F.interpolate(rough, scale_factor=4.0, mode="bilinear", align_corners=False))

    def forward(self, motion: Tensor) -> Fields:
        embedded = self.embedding(motion)
        maps = self.maps(embedded).float()
        hair = None
        if self.config.shell is None:
            rest = self.turned(motion) + FLOW_UNIT * maps[:, :8].unflatten(1, (4, 2))
        else:
            rest = self.turned(motion) + FLOW_UNIT * maps[:, :4].unflatten(1, (2, 2))
            more = torch.cat([FLOW_UNIT * maps[:, 4:8].unflatten(1, (2, 2)), maps[:, 14:16, None]], 2)
            hair = self.around(motion, self.config.shell) + more
        canvas = sample(self.expression(motion, embedded), self.grid + rest[:, 1].permute(0, 2, 3, 1))
        return Fields(rest, canvas, 0.5 * maps[:, 8:11], 0.5 * maps[:, 11:14], hair)
