"""Visibility by software rasterisation: which triangle each sample sees, and where on it.

Triangles are drawn one after the other into a depth buffer; compiled by numba, without the interpreter's lock.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.mesh import IntArray


@njit(cache=True, nogil=True, fastmath=True)
def _rasterise(xy, depth, faces, both_sides, edge, triangle, nearest, bary0, bary1):
    height, width = triangle.shape
    triangle[:] = -1
    nearest[:] = 0.0
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ax, ay, bx, by, cx, cy = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], xy[c, 0], xy[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        # a positive area is seen from behind (y points down in the picture)
        if area >= -1e-9 and not (both_sides and area > 1e-9):
            continue
        x0 = max(int(np.ceil(min(ax, bx, cx) - 0.5)), 0)
        x1 = min(int(np.floor(max(ax, bx, cx) - 0.5)), width - 1)
        y0 = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0)
        y1 = min(int(np.floor(max(ay, by, cy) - 0.5)), height - 1)
        if x1 < x0 or y1 < y0:
            continue
        inverse = 1.0 / area
        za, zb, zc = depth[a], depth[b], depth[c]
        for y in range(y0, y1 + 1):
            py = y + 0.5
            for x in range(x0, x1 + 1):
                px = x + 0.5
                w0 = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse
                w1 = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse
                w2 = 1.0 - w0 - w1
                if w0 < 0 or w1 < 0 or w2 < 0:
                    continue
                z = w0 * za + w1 * zb + w2 * zc
                if z > nearest[y, x]:
                    if both_sides and w0 * edge[a] + w1 * edge[b] + w2 * edge[c] < -0.75:
                        continue  # beyond the border there is nothing, whatever the strands
                    nearest[y, x] = z
                    triangle[y, x] = t
                    bary0[y, x] = w0
                    bary1[y, x] = w1


@njit(cache=True, nogil=True, fastmath=True)
def vertex_normals(vertices, faces, out):
    """Writes unit normals (N, 3) into `out`: the area-weighted mean of the faces around each vertex."""
    out[:] = 0
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        wx, wy, wz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        x, y, z = uy * wz - uz * wy, uz * wx - ux * wz, ux * wy - uy * wx
        for k in (a, b, c):
            out[k, 0] += x
            out[k, 1] += y
            out[k, 2] += z
    for i in range(out.shape[0]):
        length = np.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        out[i, 0] /= length
        out[i, 1] /= length
        out[i, 2] /= length


class VisibilityBuffer:
    """What each sample of a `size` × `size` picture sees.

    `triangle` (S, S) index into the faces drawn, -1 for none; `depth` (S, S), larger is nearer, 0 for none;
    `bary0`, `bary1` (S, S) weights of the triangle's first two corners.
    """

    def __init__(self, size: int) -> None:
        self.triangle = np.empty((size, size), np.int32)
        self.depth = np.empty((size, size), np.float32)
        self.bary0 = np.zeros((size, size), np.float32)
        self.bary1 = np.zeros((size, size), np.float32)

    def draw(self, xy: FloatArray, depth: FloatArray, faces: IntArray, edge: FloatArray | None = None) -> None:
        """Draws `faces` (F, 3) at `xy` (N, 2) in samples with `depth` (N,), positive and larger for nearer.

        With `edge` (N,) faces are drawn from both sides, and not where the edge lies under -0.75.
        """
        both_sides = edge is not None
        _rasterise(
            xy,
            depth,
            faces,
            both_sides,
            edge if edge is not None else depth,
            self.triangle,
            self.depth,
            self.bary0,
            self.bary1,
        )

    def samples(self) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
        """(triangle, depth, bary0, bary1)."""
        return self.triangle, self.depth, self.bary0, self.bary1
