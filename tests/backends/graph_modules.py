"""Small modules with the operators of the real graphs: warps, scans, attention, several inputs and outputs."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class WarpedPicture(nn.Module):
    """As the neural renderer: motion → flow and masks → warped canvases plus a residual → uint8 RGBA."""

    def __init__(self, size: int = 64, canvases: int = 3) -> None:
        super().__init__()
        self.size, self.canvases = size, canvases
        self.code = nn.Linear(60, 32 * 8 * 8)
        self.norm = nn.GroupNorm(4, 32)
        self.mix = nn.Conv2d(32, 32, 3, padding=1)
        self.head = nn.Conv2d(32, canvases * 3 + 4, 3, padding=1)
        self.canvas = nn.Parameter(torch.rand(canvases, 4, size, size))
        steps = (torch.arange(size) + 0.5) / size * 2 - 1
        self.register_buffer("base", torch.stack(torch.meshgrid(steps, steps, indexing="xy"), -1), persistent=False)

    def forward(self, motion: Tensor) -> Tensor:
        batch = motion.shape[0]
        h = self.code(motion).view(batch, 32, 8, 8)
        h = F.silu(self.mix(F.silu(self.norm(h))))
        h = F.interpolate(h, scale_factor=self.size // 8, mode="bilinear", align_corners=False)
        flow, blend, rest = self.head(h).split([self.canvases * 2, self.canvases, 4], 1)
        flow = flow.reshape(batch * self.canvases, 2, self.size, self.size).permute(0, 2, 3, 1)
        grid = self.base[None] + 0.1 * torch.tanh(flow)
        canvas = self.canvas[None].expand(batch, -1, -1, -1, -1).reshape(-1, 4, self.size, self.size)
        warped = F.grid_sample(canvas, grid, align_corners=False, padding_mode="border")
        warped = warped.view(batch, self.canvases, 4, self.size, self.size)
        picture = torch.einsum("bkhw,bkchw->bchw", blend.softmax(1), warped) + 0.1 * rest
        return (picture.clamp(0, 1) * 255 + 0.5).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


class SteppedMotion(nn.Module):
    """As the motion graph: eight inputs and outputs with a ring of keys, a scan state, a mask and a counter."""

    def __init__(self, width: int = 32, heads: int = 4, tokens: int = 15, ring: int = 10) -> None:
        super().__init__()
        self.heads, self.tokens, self.ring = heads, tokens, ring
        self.embed = nn.Linear(60, width)
        self.place = nn.Parameter(torch.randn(tokens, width) * 0.2)
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.audio = nn.Linear(16, 2 * width)
        self.condition = nn.Linear(10, 2 * width)
        self.grid = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.decay = nn.Parameter(torch.rand(width))
        self.out = nn.Linear(width * tokens, 60)

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, seen: Tensor | None = None) -> Tensor:
        q, k, v = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, attn_mask=seen).transpose(1, 2).flatten(2)

    def forward(
        self, noise: Tensor, speech: Tensor, affect: Tensor, keys: Tensor, values: Tensor, scan: Tensor, fresh: Tensor,
        count: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, tuple[Tensor, Tensor]]:  # fmt: skip
        h = self.embed(noise)[:, None] + self.place
        scale, shift = self.condition(affect)[:, None].chunk(2, -1)
        q, k, v = self.qkv(self.norm(h) * (1 + scale) + shift).chunk(3, -1)
        slot = (torch.arange(self.ring)[None] == (count % self.ring)[:, None])[..., None, None]
        keys, values = torch.where(slot, k[:, None], keys), torch.where(slot, v[:, None], values)
        seen = (torch.arange(self.ring)[None] <= count[:, None]).repeat_interleave(self.tokens, 1)[:, None, None]
        h = h + self._attend(q, keys.flatten(1, 2), values.flatten(1, 2), seen)
        h = h + self._attend(self.norm(h), *self.audio(speech).chunk(2, -1))
        h = h + self.grid(h.transpose(1, 2).unflatten(2, (5, 3))).flatten(2).transpose(1, 2)
        scan = torch.where(fresh[:, None], 0.0, scan) * torch.exp(-F.softplus(self.decay)) + h.mean(1)
        motion = self.out((h + scan[:, None]).flatten(1))
        return motion, keys, values, scan, torch.zeros_like(fresh), count + 1, (motion > 0.5, motion.argmax(1))


def motion_example(batch: int = 1) -> tuple[Tensor, ...]:
    g = torch.Generator().manual_seed(1)
    return (
        torch.randn(batch, 60, generator=g), torch.randn(batch, 11, 16, generator=g),
        torch.rand(batch, 10, generator=g),
        torch.randn(batch, 10, 15, 32, generator=g), torch.randn(batch, 10, 15, 32, generator=g),
        torch.randn(batch, 32, generator=g), torch.zeros(batch, dtype=torch.bool), torch.full((batch,), 7),
    )  # fmt: skip
