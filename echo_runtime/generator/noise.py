"""The noise the flow starts from. White noise makes a sampled head tremble and lets the two eyes blink apart;
a Gaussian that is correlated over time (as an order-1 autoregression) and between left and right has the texture of
the motion itself, and a flow may start from any Gaussian as long as it was trained on the same one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.generator.face_grid import GENERATED_DIM, GENERATED_INDEX, GENERATED_NAMES, LIP_CHANNELS
from echo_runtime.signals import MOTION_INDEX

PERSISTENCE = {"head": 0.85, "gaze": 0.6, "eye": 0.3, "brow": 0.6, "cheek": 0.6, "nose": 0.6, "mouth": 0.6}
"""Correlation from one frame to the next, by the start of a channel's name; lips have none."""
PAIR_CORRELATION = 0.9
"""Between a Left channel and its Right one."""


def persistence() -> Tensor:
    """(52,)."""

    def of(name: str) -> float:
        return 0.0 if name in LIP_CHANNELS else next((r for s, r in PERSISTENCE.items() if name.startswith(s)), 0.0)

    return torch.tensor([of(name) for name in GENERATED_NAMES])


def pair_matrix() -> Tensor:
    """(52, 52): white channels → channels whose Right partner shares most of its noise with the Left one."""
    matrix = torch.eye(GENERATED_DIM)
    for name, left in GENERATED_INDEX.items():
        right = GENERATED_INDEX.get(name.removesuffix("Left") + "Right") if name.endswith("Left") else None
        if right is not None and name not in ("jawLeft", "mouthLeft"):  # those are opposites, not partners
            matrix[left, right] = PAIR_CORRELATION
            matrix[right, right] = (1.0 - PAIR_CORRELATION**2) ** 0.5
    return matrix


class FlowNoise(nn.Module):
    """White noise in, correlated noise of unit variance out."""

    persistence: Tensor
    pairs: Tensor
    chosen: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("persistence", persistence(), persistent=False)
        self.register_buffer("pairs", pair_matrix(), persistent=False)
        self.register_buffer("chosen", torch.tensor([MOTION_INDEX[n] for n in GENERATED_NAMES]), persistent=False)

    def forward(self, white: Tensor, last: Tensor, has_last: Tensor) -> Tensor:
        """white (B, n, 60), the frame before (B, 52), whether there is one (B, 1) in {0, 1} → (B, n, 52)."""
        fresh = white[..., self.chosen] @ self.pairs
        frames = []
        for i in range(fresh.shape[1]):
            keep = self.persistence * has_last if i == 0 else self.persistence
            last = keep * last + (1.0 - keep * keep).sqrt() * fresh[:, i]
            frames.append(last)
        return torch.stack(frames, 1)
