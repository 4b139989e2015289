"""What a renderer is taught by: pictures, weighted where people look, and true correspondence."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from echo_runtime.renderer.config import Box
from echo_runtime.renderer.warp import Fields

LAYER_OF_REGION = torch.tensor([-1, 1, 2, 1, 1, 0])
"""Which layer of `warp.LAYERS` shows a region of `HeadPicture.region`; -1 none. Hair may also be the hair behind."""
SKIN, HAIR, BEHIND = 1, 2, 3
INSIDE = (3, 4)
"""Regions of eyeballs and of the mouth's inside."""


@dataclass(frozen=True)
class LossWeights:
    """`eyes`, `mouth`: weight of pixels there, elsewhere 1; `inside` of eyeballs, lids' edges, teeth.
    `gradient`: of differences between neighbours. `flow`: per pixel of wrong correspondence."""

    eyes: float = 4.0
    mouth: float = 3.0
    inside: float = 8.0
    gradient: float = 0.6
    flow: float = 0.02


def premultiplied(pictures: Tensor) -> Tensor:
    """(B, H, W, 4) uint8 straight -> (B, 4, H, W) float premultiplied in [0, 1]."""
    x = pictures.permute(0, 3, 1, 2).float() / 255.0
    return torch.cat([x[:, :3] * x[:, 3:], x[:, 3:]], 1)


def box_mask(rest: Tensor, box: Box, size: int) -> Tensor:
    """(B, f, f) bool: does the point with normalised rest coordinates `rest` (B, 2, f, f) lie in `box` (pixels)?"""
    x, y = ((rest[:, a] + 1.0) * (size / 2.0) for a in (0, 1))
    return (x >= box[0]) & (x < box[2]) & (y >= box[1]) & (y < box[3])


def inside_mask(region: Tensor) -> Tensor:
    """(B, f, f) bool: cells that show an eyeball or the inside of the mouth, and their neighbours."""
    shown = torch.isin(region, torch.tensor(INSIDE, dtype=region.dtype)).float()[:, None]
    return F.max_pool2d(shown, 3, 1, 1)[:, 0] > 0.0


def picture_loss(drawn: Tensor, truth: Tensor, weight: Tensor, gradient: float) -> Tensor:
    """Weighted L1 of premultiplied pictures (B, 4, H, W) and of their horizontal and vertical differences."""
    error = drawn - truth
    loss = (error.abs() * weight).mean()
    across = (error[..., 1:] - error[..., :-1]).abs() * weight[..., 1:]
    down = (error[..., 1:, :] - error[..., :-1, :]).abs() * weight[..., 1:, :]
    return loss + gradient * (across.mean() + down.mean())


def flow_loss(fields: Fields, rest: Tensor, neutral: Tensor, region: Tensor, size: int) -> Tensor:
    """Mean error in pixels of the predicted offsets.

    `rest`, `neutral` (B, f, f, 2) true offsets in pixels, NaN where unknown; `region` (B, f, f) uint8.
    """
    layer = LAYER_OF_REGION[region.long()]
    predicted = fields.rest * (size / 2.0)
    if fields.hair is not None:
        layer = torch.where(region == HAIR, -1, layer)  # the shell follows from geometry alone
    known = layer >= 0
    index = layer.clamp(min=0)[:, None, None].expand(-1, 1, 2, -1, -1)
    chosen = predicted.gather(1, index)[:, 0].permute(0, 2, 3, 1)
    if fields.hair is None:
        # a point of hair belongs to the front or to the back, whichever explains it better
        behind = predicted[:, BEHIND].permute(0, 2, 3, 1)
        nearer = (behind - rest).square().sum(-1, keepdim=True) < (chosen - rest).square().sum(-1, keepdim=True)
        chosen = torch.where(nearer & (region == HAIR)[..., None], behind, chosen)
    head = F.smooth_l1_loss(chosen[known], rest[known], beta=0.5)
    skin = region == SKIN
    whole = (fields.rest[:, 1] + fields.canvas).permute(0, 2, 3, 1) * (size / 2.0)
    return head + F.smooth_l1_loss(whole[skin], neutral[skin], beta=0.5)
