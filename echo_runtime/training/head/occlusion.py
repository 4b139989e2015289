"""How much of the sky each vertex sees, baked once per identity by drawing the head from many directions."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.mesh import IntArray
from echo_runtime.training.head.raster import VisibilityBuffer

_EXTENT = 44.0  # cm across the depth pictures
_TOLERANCE = 0.35  # cm behind the nearest surface that still counts as seen


def ambient_occlusion(
    vertices: FloatArray, normals: FloatArray, faces: IntArray, directions: int = 64, size: int = 192
) -> FloatArray:
    """(N,) in [0, 1]: 1 where the whole hemisphere over the vertex is open. Light from above counts a little more."""
    buffer = VisibilityBuffer(size)
    seen = np.zeros(len(vertices))
    total = np.zeros(len(vertices))
    centre = vertices.mean(0)
    for i in range(directions):
        # Fibonacci sphere: evenly spread directions
        z = 1 - 2 * (i + 0.5) / directions
        turn = i * 2.39996
        way = np.array([np.sqrt(1 - z * z) * np.cos(turn), z, np.sqrt(1 - z * z) * np.sin(turn)])
        up = np.array([0, 1, 0]) if abs(z) < 0.95 else np.array([1, 0, 0])
        x = np.cross(up, way)
        x /= np.linalg.norm(x)
        view = (vertices - centre) @ np.stack([x, np.cross(way, x), way], 1)
        xy = np.stack([view[:, 0], -view[:, 1]], 1) / _EXTENT * size + size / 2
        depth = (view[:, 2] + 100).astype(np.float32)
        buffer.draw(xy.astype(np.float32), depth, faces)
        column, row = np.clip(xy.astype(int), 0, size - 1).T
        weight = np.maximum(normals @ way, 0) * (1 + 0.35 * way[1])
        seen += weight * (depth > buffer.depth[row, column] - _TOLERANCE)
        total += weight
    share = seen / np.maximum(total, 1e-6)
    for _ in range(2):  # few directions leave noise; neighbours even it out
        of_face = share[faces].mean(1)
        summed, count = (np.bincount(faces.ravel(), w, len(vertices)) for w in (np.repeat(of_face, 3), None))
        share = np.where(count > 0, summed / np.maximum(count, 1), share)
    return share.astype(np.float32)
