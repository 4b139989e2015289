"""CrossAttn2 of SDCM: every frame's tokens attend to the speech from 200 ms before to 200 ms after that frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.generator.attention import attend, start_small


class SpeechCrossAttention(nn.Module):
    """Queries of a frame over the `2 · reach + 1` speech features around it."""

    def __init__(self, width: int, inner: int, heads: int, reach: int, depth: int) -> None:
        """`reach`: frames of speech that a frame sees before and after itself."""
        super().__init__()
        self.heads, self.reach = heads, reach
        self.query = nn.Linear(width, inner, bias=False)
        self.key = nn.Linear(width, inner, bias=False)
        self.value = nn.Linear(width, inner, bias=False)
        self.lag = nn.Parameter(torch.randn(2 * reach + 1, inner) * 0.3)
        self.out = nn.Linear(inner, width)
        start_small(self.out, depth)

    def keys(self, speech: Tensor, known: Tensor, unknown: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (B, T, 2 · reach + 1, inner).

        speech (B, reach + T + reach, width), from `reach` frames before the first; known (B, T, 2 · reach + 1) in
        {0, 1}: what of a frame's window had arrived when the frame was made; unknown (width,) stands in for the rest.
        """
        span = 2 * self.reach + 1
        shown = known[..., None] > 0.5
        key, value = (layer(speech).unfold(1, span, 1).transpose(-1, -2) for layer in (self.key, self.value))
        key = torch.where(shown, key, self.key(unknown))
        return key + self.lag.to(key.dtype), torch.where(shown, value, self.value(unknown))

    def forward(self, x: Tensor, keys: tuple[Tensor, Tensor]) -> Tensor:
        """x (B, T, N, width) → (B, T, N, width)."""
        return self.out(attend(self.query(x), *keys, self.heads))


def known_windows(known: Tensor, reach: int) -> Tensor:
    """known (B, reach + T + reach) in {0, 1}, the same for all frames of a chunk → (B, T, 2 · reach + 1)."""
    return known.unfold(1, 2 * reach + 1, 1)
