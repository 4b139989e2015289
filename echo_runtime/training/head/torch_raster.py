"""Visibility on any torch device, batched: the same triangles at the same samples as `raster`.

Triangles are grouped by the extent of their bounding boxes; each group tests a square of samples per triangle at once.
The nearest wins by a maximum over keys that hold the depth in their upper half and, for ties, the triangle's rank in
the lower, so that the result does not depend on the order in which a GPU works (Laine and Karras 2011 compare).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_EXTENTS = (2, 3, 4, 6, 8, 12, 16, 32, 64, 128, 256, 512, 1024, 2048)
_STEP = 1 << 24
"""Samples that are tested at once."""
_LAST = (1 << 31) - 1
HAIR_END = -0.75
"""Value of `edge` beyond which nothing is drawn, as in `raster`."""


@dataclass(frozen=True)
class Visible:
    """What samples see: `triangle` (B, S, S) int64, -1 for none; `depth` (B, S, S), 0 for none; `bary` (B, S, S, 2)."""

    triangle: Tensor
    depth: Tensor
    bary: Tensor


def _weights(corners: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Barycentric weights of the first two of `corners` (T, 3, 2) at samples (T, ...)."""
    shape = (-1, *([1] * (x.ndim - 1)))
    ax, ay, bx, by, cx, cy = (corners[:, k, a].reshape(shape) for k in range(3) for a in range(2))
    inverse = 1.0 / ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))
    px, py = x + 0.5, y + 0.5
    w0 = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse
    w1 = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse
    return w0, w1


def visible(xy: Tensor, depth: Tensor, faces: Tensor, size: int, edge: Tensor | None = None) -> Visible:
    """What `size` × `size` samples see of `faces` (F, 3) at `xy` (B, N, 2) with `depth` (B, N), larger for nearer.

    With `edge` (N,) faces are seen from both sides, but not where the edge lies under HAIR_END.
    """
    batch, device = xy.shape[0], xy.device
    keys = torch.full((batch * size * size,), -1, dtype=torch.int64, device=device)
    corners = xy[:, faces]  # (B, F, 3, 2)
    a, b, c = corners.unbind(2)
    area = (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
    low = torch.ceil(corners.amin(2) - 0.5).clamp(min=0)
    high = torch.floor(corners.amax(2) - 0.5).clamp(max=size - 1)
    drawn = (area < -1e-9) | ((area > 1e-9) if edge is not None else torch.zeros_like(area, dtype=torch.bool))
    drawn &= (high >= low).all(-1)
    extent = ((high - low).amax(-1) + 1).long()
    before = 0
    for side in _EXTENTS:
        picture, face = torch.nonzero(drawn & (extent > before) & (extent <= side), as_tuple=True)
        before = side
        grid = torch.arange(side, device=device, dtype=torch.float32)
        count = max(_STEP // (side * side), 1)
        for start in range(0, len(face), count):
            p, f = picture[start : start + count], face[start : start + count]
            x = low[p, f, 0, None, None] + grid[None, None, :]
            y = low[p, f, 1, None, None] + grid[None, :, None]
            x, y = torch.broadcast_tensors(x, y)
            w0, w1 = _weights(corners[p, f], x, y)
            w2 = 1 - w0 - w1
            at = faces[f]
            near = depth[p[:, None], at]
            z = w0 * near[:, 0, None, None] + w1 * near[:, 1, None, None] + w2 * near[:, 2, None, None]
            inside = (w0 >= 0) & (w1 >= 0) & (w2 >= 0) & (z > 0) & (x < size) & (y < size)
            if edge is not None:
                e = edge[at]
                ends = w0 * e[:, 0, None, None] + w1 * e[:, 1, None, None] + w2 * e[:, 2, None, None]
                inside &= ends >= HAIR_END
            t, i, j = torch.nonzero(inside, as_tuple=True)
            key = (z[t, i, j].contiguous().view(torch.int32).long() << 32) | (_LAST - f[t])
            place = (p[t] * size + y[t, i, j].long()) * size + x[t, i, j].long()
            keys.scatter_reduce_(0, place, key, "amax")
    found = keys >= 0
    triangle = torch.where(found, _LAST - (keys & 0xFFFFFFFF), -1)
    near = torch.where(found, keys >> 32, 0).to(torch.int32).view(torch.float32)
    bary = torch.zeros((len(keys), 2), device=device)
    where = torch.nonzero(found).squeeze(1)
    picture, y, x = where // (size * size), where // size % size, where % size
    w0, w1 = _weights(corners[picture, triangle[where]], x.float(), y.float())
    bary[where] = torch.stack([w0, w1], -1)
    shape = (batch, size, size)
    return Visible(triangle.view(shape), near.view(shape), bary.view(*shape, 2))
