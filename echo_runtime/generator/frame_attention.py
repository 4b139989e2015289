"""Self-attention of the flow transformer: inside a frame across face regions, over time within a region.

A token is one face region in one frame. It attends to the 15 tokens of its own frame, and over time to itself and to
- its region in the earlier frames of its own chunk, which are at the same stage of denoising,
- its region in the `context` finished frames before the chunk. Their keys and values come from a shallow embedding of
  the finished motion (`history`), so that a finished frame costs next to nothing and never has to be computed again.
Each of the two has a softmax of its own; what they give is added.
Nothing later than itself is ever seen, so chunks of any length run on the same weights.
Two forms: `window` (training: T frames with their chunks) and `chunk` (run time: one chunk and the ring).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.generator.attention import start_small
from echo_runtime.generator.rotary import rotated, rotation

HIDDEN = -30000.0
"""Added to the score of what must not be seen; finite, so that it survives half precision."""


class FrameAttention(nn.Module):
    """`regions` tokens per frame, `context` finished frames."""

    ring_cosine: Tensor
    ring_sine: Tensor

    def __init__(self, width: int, heads: int, regions: int, context: int, depth: int) -> None:
        super().__init__()
        self.heads, self.regions, self.context = heads, regions, context
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.history_key = nn.Linear(width, width, bias=False)
        self.history_value = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width)
        start_small(self.out, depth)
        cosine, sine = rotation(torch.arange(-context, 0).float(), width // heads)
        self.register_buffer("ring_cosine", cosine, persistent=False)
        self.register_buffer("ring_sine", sine, persistent=False)

    def history(self, embedded: Tensor) -> tuple[Tensor, Tensor]:
        """Finished frames (B, T, regions, width) → their keys and values, the same shape, without position."""
        return self.history_key(embedded), self.history_value(embedded)

    def _by_frame(self, x: Tensor) -> Tensor:
        """(B, T, regions, width) → (B, T, heads, regions, head width)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(2, 3)

    def _by_region(self, x: Tensor) -> Tensor:
        """(B, T, regions, width) → (B, regions, heads, T, head width)."""
        return x.unflatten(-1, (self.heads, -1)).permute(0, 2, 3, 1, 4)

    def _attend(self, x: Tensor, positions: Tensor, past_key: Tensor, past_value: Tensor, hidden: Tensor) -> Tensor:
        """x (B, T, regions, width) at frame `positions` (T,); past_key (rotated) and past_value (B, regions, heads, P,
        head width); hidden (B or 1, T, P + T) added to the scores of the past and of own earlier frames."""
        query, key, value = self.query(x) * (x.shape[-1] // self.heads) ** -0.5, self.key(x), self.value(x)
        cosine, sine = rotation(positions, x.shape[-1] // self.heads)
        keys = torch.cat([past_key, rotated(self._by_region(key), cosine, sine)], 3)
        values = torch.cat([past_value, self._by_region(value)], 3)
        scores = rotated(self._by_region(query), cosine, sine) @ keys.transpose(-1, -2)
        weights = (scores + hidden[:, None, None].to(query.dtype)).softmax(-1).to(value.dtype)
        over_time = (weights @ values).permute(0, 3, 1, 2, 4).flatten(-2)
        # in its own frame a query and a key have turned alike, so that neither need turn
        weights = (self._by_frame(query) @ self._by_frame(key).transpose(-1, -2)).softmax(-1).to(value.dtype)
        inside = (weights @ self._by_frame(value)).transpose(2, 3).flatten(-2)
        return self.out(over_time + inside)

    def window(self, x: Tensor, history: Tensor, hidden: Tensor) -> Tensor:
        """x (B, T, regions, width) of the noisy frames; history (B, context + T, regions, width) embedded finished
        frames, from `context` before the first; hidden (B, T, context + 2T) → attended (B, T, regions, width)."""
        frames, past = x.shape[1], history.shape[1]
        positions = torch.arange(past, device=x.device).float()
        key, value = self.history(history)
        cosine, sine = rotation(positions, x.shape[-1] // self.heads)
        past_key = rotated(self._by_region(key), cosine, sine)
        return self._attend(x, positions[past - frames :], past_key, self._by_region(value), hidden)

    def ring(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Cached keys and values (B, context, regions, width), oldest first → as `chunk` takes them; once per chunk."""
        return rotated(self._by_region(key), self.ring_cosine, self.ring_sine), self._by_region(value)

    def chunk(self, x: Tensor, ring: tuple[Tensor, Tensor], hidden: Tensor) -> Tensor:
        """x (B, n, regions, width), what `ring` gave, hidden (B, n, context + n) → attended (B, n, regions, width)."""
        return self._attend(x, torch.arange(x.shape[1], device=x.device).float(), *ring, hidden)


def chunk_hidden(frames: int, valid: Tensor) -> Tensor:
    """valid (B, context) in {0, 1} → (B, frames, context + frames): the ring, earlier frames of the chunk, oneself."""
    earlier = torch.tril(torch.ones(frames, frames, device=valid.device))
    shown = torch.cat([valid[:, None].expand(-1, frames, -1), earlier.expand(len(valid), -1, -1)], -1)
    return (1.0 - shown) * HIDDEN


def window_hidden(chunk_start: Tensor, first: Tensor, context: int) -> Tensor:
    """What `window` must not see. chunk_start (B, T): where in the window each frame's chunk begins; first (B,): index
    in the window of the conversation's first frame (0 or negative) → (B, T, context + 2T)."""
    frames = chunk_start.shape[1]
    own = torch.arange(frames, device=chunk_start.device)
    past = torch.arange(-context, frames, device=chunk_start.device)
    start = chunk_start[..., None]
    finished = (past < start) & (past >= start - context) & (past >= first[:, None, None])
    earlier = (own >= start) & (own <= own[:, None])
    return torch.where(torch.cat([finished, earlier], -1), 0.0, HIDDEN)
