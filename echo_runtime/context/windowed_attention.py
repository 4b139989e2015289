"""Causal self-attention over a long but bounded past, as whole sequences (training) or step by step (run time).

Both forms see, in every layer, the newest `window` steps including the present one. The step form keeps keys and
values in a ring of that size, so that its cost does not depend on how long the conversation lasts.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

HIDDEN = -30000.0
SHORTEST_STEPS, LONGEST_STEPS = 4.0, 8000.0
"""Wavelengths of the rotary positions (Su et al., arXiv 2104.09864), in steps."""


def angles(positions: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """(..., N) positions → cosine and sine (..., N, head width / 2)."""
    pairs = head_width // 2
    share = torch.arange(pairs, device=positions.device) / max(1, pairs - 1)
    wavelengths = SHORTEST_STEPS * (LONGEST_STEPS / SHORTEST_STEPS) ** share
    turned = positions[..., None].float() * (2.0 * math.pi / wavelengths)
    return turned.cos(), turned.sin()


def turned(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """x (..., head width), turned pairwise."""
    first, second = x.chunk(2, -1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], -1)


class WindowedAttention(nn.Module):
    """`window` steps, `heads` heads of width / heads each; pre-norm and residual are the caller's."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.project_in = nn.Linear(width, 3 * width, bias=False)
        self.project_out = nn.Linear(width, width)
        nn.init.normal_(self.project_out.weight, std=0.02)

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, S, width) → query, key, value (B, heads, S, head width)."""
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.project_in(x).chunk(3, -1)
        )
        return query * query.shape[-1] ** -0.5, key, value

    def forward(self, x: Tensor, key: Tensor, value: Tensor, filled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x (B, S, width) after P steps of the past: key, value (B, heads, P, head width), oldest first and without
        position; filled (B, P) in {0, 1} → (B, S, width), key and value of the newest `window` steps."""
        steps, past = x.shape[1], key.shape[2]
        query, new_key, new_value = self._split(x)
        keys, values = torch.cat([key, new_key], 2), torch.cat([value, new_value], 2)
        positions = torch.arange(past + steps, device=x.device)
        cosine, sine = angles(positions, query.shape[-1])
        scores = turned(query, cosine[past:], sine[past:]) @ turned(keys, cosine, sine).transpose(-1, -2)
        own, every = positions[past:, None], positions[None]
        near = (every <= own) & (every > own - self.window)
        valid = torch.cat([filled, filled.new_ones(len(filled), steps)], 1)
        shown = near[None] & (valid[:, None] > 0)
        weights = (scores + torch.where(shown, 0.0, HIDDEN)[:, None]).softmax(-1)
        out = (weights @ values).transpose(1, 2).flatten(2)
        return self.project_out(out), keys[:, :, -self.window :], values[:, :, -self.window :]
