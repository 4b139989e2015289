"""Eyes rest and jump: a generated gaze, which trembles and drifts, becomes fixations with saccades between them.

The point looked at is held in space while the head moves (the vestibulo-ocular reflex). A gaze that leaves it by more
than a threshold is followed at once; less is noise, of which only a slow drift remains. (Land and Tatler, "Looking and
Acting", 2009, chapter 2: gaze alternates between saccades and fixations, and is not otherwise in motion.)
"""

from __future__ import annotations

import torch
from torch import Tensor

from echo_runtime.signals import GAZE, MOTION_INDEX

FARTHEST = 0.6
"""Eyes turn this far in the head, rad; what lies beyond is looked at from the corner of the eye."""
_YAW, _PITCH = MOTION_INDEX["headYaw"], MOTION_INDEX["headPitch"]


def fixated(
    motion: Tensor, look: Tensor, held: Tensor, begun: Tensor, threshold: float, drift: float
) -> tuple[Tensor, Tensor]:
    """motion (B, n, 60); look (2, 60), gaze → eyeLook coefficients; held (B, 2): the point looked at, yaw and pitch in
    space, rad; begun (B, 1): 0 for a fresh NPC, which looks where it looks → motion, held after the last frame.

    `threshold` rad from the held point begins a saccade; `drift`: share of a smaller distance made up per frame.
    """
    # positive head pitch lowers the chin, positive gaze pitch looks up
    head = torch.stack([motion[..., _YAW], -motion[..., _PITCH]], -1)
    wanted = motion[..., GAZE] + head
    points = []
    for i in range(motion.shape[1]):
        if i == 0:
            held = begun * held + (1.0 - begun) * wanted[:, 0]
        away = wanted[:, i] - held
        jump = (away.square().sum(-1, keepdim=True) > threshold * threshold).to(away.dtype)
        held = held + (jump + (1.0 - jump) * drift) * away
        points.append(held)
    gaze = (torch.stack(points, 1) - head).clamp(-FARTHEST, FARTHEST)
    untouched = (look.abs().sum(0) == 0).to(motion.dtype)
    untouched[GAZE] = 0.0
    eyes = (gaze @ look).clamp(0.0, 1.0)
    out = motion * untouched + eyes
    return torch.cat([out[..., : GAZE.start], gaze], -1), held
