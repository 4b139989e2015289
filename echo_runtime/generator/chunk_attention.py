"""Self-attention inside a chunk and back to the ring of earlier, near-clean chunks; never forward."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.generator.attention import join_heads, split_heads, start_small

HIDDEN = -1e4
"""Added to a score that must not count (finite, also in bfloat16 and half)."""


class ChunkAttention(nn.Module):
    """Keys carry the age of their chunk (0 = own … N = oldest of the ring), added where they are read, so that a
    cached key stays valid while it ages."""

    def __init__(self, width: int, heads: int, tokens: int, context: int, depth: int) -> None:
        super().__init__()
        self.heads, self.tokens, self.context = heads, tokens, context
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.age = nn.Parameter(torch.randn(context + 1, width) * 0.02)
        self.out = nn.Linear(width, width)
        start_small(self.out, depth)

    def _query(self, x: Tensor) -> Tensor:
        query = self.query(x)
        return query * (query.shape[-1] // self.heads) ** -0.5

    def chunk(self, x: Tensor, key: Tensor, value: Tensor, valid: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x (B, n, width), ring (B, N, n, width) oldest first, valid (B, N) → attended (B, n, width), key, value."""
        own_key, own_value = self.key(x), self.value(x)
        aged = key + self.age[1:].flip(0)[:, None]
        keys = torch.cat([aged.flatten(1, 2), own_key + self.age[0]], 1)
        values = torch.cat([value.flatten(1, 2), own_value], 1)
        scores = split_heads(self._query(x), self.heads) @ split_heads(keys, self.heads).transpose(-1, -2)
        hidden = ((1.0 - valid) * HIDDEN)[..., None].expand(-1, -1, self.tokens).flatten(1)
        hidden = torch.cat([hidden, torch.zeros_like(hidden[:, : self.tokens])], 1)
        weights = (scores + hidden[:, None, None]).softmax(-1)
        return self.out(join_heads(weights @ split_heads(values, self.heads))), own_key, own_value

    def window(self, x: Tensor, noisy_only: bool) -> Tensor:
        """x (B, T, 2n, width): each chunk's context copy, then its noisy copy → attended, the same shape, or only the
        noisy half. Both copies of chunk t see the context copies of chunks t − N … t − 1, and themselves."""
        batch, chunks, n = x.shape[0], x.shape[1], self.tokens
        key, value, asking = self.key(x), self.value(x), x[:, :, n:] if noisy_only else x
        q = split_heads(self._query(asking), self.heads).transpose(1, 2)  # (B, heads, T, copies · n, head width)
        k, v = split_heads(key, self.heads).transpose(1, 2), split_heads(value, self.heads).transpose(1, 2)

        past_key, past_value = k[:, :, :, :n].flatten(2, 3), v[:, :, :, :n].flatten(2, 3)
        past = (q.flatten(2, 3) @ past_key.transpose(-1, -2)).unflatten(2, (chunks, -1)).unflatten(-1, (chunks, n))
        ages = torch.arange(chunks, device=x.device)[:, None] - torch.arange(chunks, device=x.device)
        in_ring = (ages >= 1) & (ages <= self.context)
        pick = torch.nn.functional.one_hot(ages.clamp(0, self.context), self.context + 1) * in_ring[..., None]
        aged = q @ split_heads(self.age, self.heads).to(q.dtype).transpose(-1, -2)[:, None]  # (B, heads, T, q, N + 1)
        aged = aged @ pick.transpose(1, 2).to(q.dtype)  # (B, heads, T, q, T)
        hidden = torch.where(in_ring, 0.0, HIDDEN).to(q.dtype)
        past = past + (aged + hidden[:, None])[..., None]

        first = 1 if noisy_only else 0
        copies = 2 - first
        own_q = q.unflatten(3, (copies, n))
        own_k, own_v = k.unflatten(3, (2, n))[:, :, :, first:], v.unflatten(3, (2, n))[:, :, :, first:]
        age0 = split_heads(self.age[:1], self.heads).to(q.dtype)[:, None, None]
        own = own_q @ (own_k + age0).transpose(-1, -2)

        weights = torch.cat([past.flatten(-2), own.flatten(3, 4)], -1).softmax(-1).to(v.dtype)
        to_past, to_own = weights.split([chunks * n, n], -1)
        out = (to_past.flatten(2, 3) @ past_value).unflatten(2, (chunks, -1))
        out = out + (to_own.unflatten(3, (copies, n)) @ own_v).flatten(3, 4)
        return self.out(out.permute(0, 2, 3, 1, 4).reshape(batch, chunks, copies * n, -1))
