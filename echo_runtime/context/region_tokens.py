"""V_usr as region tokens: the player's 52 coefficients, head pose and gaze, grouped by part of the face, and masked."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.signals import FACE_DIM, MOTION_INDEX, PLAYER_REGION_COUNT, PLAYER_REGIONS


def region_channel_mask() -> Tensor:
    """(regions, 60) of 0 and 1: which motion channels a region token sees."""
    mask = torch.zeros(PLAYER_REGION_COUNT, FACE_DIM - 1)
    for i, names in enumerate(PLAYER_REGIONS.values()):
        mask[i, [MOTION_INDEX[n] for n in names]] = 1.0
    return mask


class RegionTokens(nn.Module):
    """(B, T, 61) → (B, T, regions, width). An unseen face, wholly or in part, shows a learned mask token instead."""

    channel_mask: Tensor
    mean: Tensor
    scale: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("channel_mask", region_channel_mask(), persistent=False)
        self.register_buffer("mean", torch.zeros(FACE_DIM - 1))
        self.register_buffer("scale", torch.ones(FACE_DIM - 1))
        self.weight = nn.Parameter(torch.randn(PLAYER_REGION_COUNT, FACE_DIM - 1, width) * 0.3)
        self.place = nn.Parameter(torch.randn(PLAYER_REGION_COUNT, width) * 0.3)
        self.mask_token = nn.Parameter(torch.randn(PLAYER_REGION_COUNT, width) * 0.3)

    def forward(self, face: Tensor, seen: Tensor | None = None) -> Tensor:
        """`face` (B, T, 61) in signal units; its last channel is the validity.

        `seen` (B, T, regions) in [0, 1] hides single regions besides: those that a headset does not cover, and in
        training some at random.
        """
        motion = ((face[..., :-1] - self.mean) / self.scale).clamp(-6.0, 6.0)
        width = self.weight.shape[-1]
        weight = (self.weight * self.channel_mask[..., None]).transpose(0, 1).reshape(FACE_DIM - 1, -1)
        tokens = (motion @ weight).unflatten(-1, (PLAYER_REGION_COUNT, width)) + self.place
        visible = face[..., -1:, None]
        if seen is not None:
            visible = visible * seen[..., None]
        return visible * tokens + (1.0 - visible) * self.mask_token
