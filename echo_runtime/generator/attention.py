"""Attention as plain matrix products (on CPU, with few heads, twice as fast to train as the fused kernel)."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn


def normalised(x: Tensor) -> Tensor:
    """Layer norm without weights; adaLN or the next projection supplies them."""
    return F.layer_norm(x, x.shape[-1:])


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(..., N, width) → (..., heads, N, width / heads)."""
    return x.unflatten(-1, (heads, -1)).transpose(-2, -3)


def join_heads(x: Tensor) -> Tensor:
    """(..., heads, N, head width) → (..., N, width)."""
    return x.transpose(-2, -3).flatten(-2)


def attend(query: Tensor, key: Tensor, value: Tensor, heads: int) -> Tensor:
    """query (..., Nq, width), key and value (..., Nk, width) → (..., Nq, width)."""
    q, k, v = split_heads(query, heads), split_heads(key, heads), split_heads(value, heads)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    return join_heads(scores.softmax(-1).to(v.dtype) @ v)


class CrossAttention(nn.Module):
    """Queries of size `width` to a source, compared at size `inner`; the source's keys and values are made once and
    serve all flow steps."""

    def __init__(self, width: int, source_width: int, inner: int, heads: int, depth: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, inner, bias=False)
        self.key = nn.Linear(source_width, inner, bias=False)
        self.value = nn.Linear(source_width, inner, bias=False)
        self.out = nn.Linear(inner, width)
        start_small(self.out, depth)

    def keys(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """(..., N, source width) → keys and values (..., N, inner)."""
        return self.key(source), self.value(source)

    def forward(self, x: Tensor, keys: tuple[Tensor, Tensor]) -> Tensor:
        """(..., Nq, width) → (..., Nq, width)."""
        return self.out(attend(self.query(x), *keys, self.heads))


def start_small(layer: nn.Linear, depth: int) -> None:
    """A residual branch that begins near zero, the more so the deeper the stack."""
    nn.init.normal_(layer.weight, std=0.02 / math.sqrt(depth))
    nn.init.zeros_(layer.bias)
