"""What each pixel shows, and where its surface point lies in another pose of the same head. Compiled by numba."""

from __future__ import annotations

import numpy as np
from numba import njit

from echo_runtime.training.head.materials import hair_opacity


@njit(cache=True, nogil=True)
def _seen(y, x, body, hair, body_faces, hair_faces, groups, attributes):
    """Corners and weights of the triangle that a sample shows, and its region (0 for none)."""
    c = hair[0][y, x]
    t = body[0][y, x]
    if c >= 0 and hair[1][y, x] > body[1][y, x]:
        i0, i1, i2, w0, w1 = hair_faces[c, 0], hair_faces[c, 1], hair_faces[c, 2], hair[2][y, x], hair[3][y, x]
        w2 = 1 - w0 - w1
        strand = w0 * attributes[i0, 7] + w1 * attributes[i1, 7] + w2 * attributes[i2, 7]
        edge = w0 * attributes[i0, 6] + w1 * attributes[i1, 6] + w2 * attributes[i2, 6]
        if hair_opacity(strand, edge) > 0.5:
            return i0, i1, i2, w0, w1, 2
    if t < 0:
        return body_faces[0, 0], body_faces[0, 1], body_faces[0, 2], body[2][y, x], body[3][y, x], 0
    i0, i1, i2, w0, w1 = body_faces[t, 0], body_faces[t, 1], body_faces[t, 2], body[2][y, x], body[3][y, x]
    group = groups[t]
    if group == 4 or group == 5:
        return i0, i1, i2, w0, w1, 3
    if group == 2 or group == 3 or group == 7:
        return i0, i1, i2, w0, w1, 4
    w2 = 1 - w0 - w1
    height = w0 * attributes[i0, 1] + w1 * attributes[i1, 1] + w2 * attributes[i2, 1]
    depth = w0 * attributes[i0, 2] + w1 * attributes[i1, 2] + w2 * attributes[i2, 2]
    return i0, i1, i2, w0, w1, 5 if height + 0.35 * depth < -7.6 else 1


@njit(cache=True, nogil=True)
def correspond(n, body, hair, body_faces, hair_faces, groups, attributes, other_xy, out_xy, out_region):
    """Fills `out_xy` (H, W, 2) in pixels (NaN where empty) and `out_region` (H, W).

    `other_xy` (N, 2) are the vertices of the other pose in samples. The displacement is averaged over the samples of
    the pixel's most frequent region, so that it is exactly zero between equal poses.
    """
    height, width = out_region.shape
    count = np.zeros(6, np.int32)
    shift = np.zeros((6, 2), np.float32)
    for py in range(height):
        for px in range(width):
            count[:] = 0
            shift[:] = 0
            for k in range(n * n):
                y, x = py * n + k // n, px * n + k % n
                i0, i1, i2, w0, w1, region = _seen(y, x, body, hair, body_faces, hair_faces, groups, attributes)
                if region == 0:
                    continue
                w2 = 1 - w0 - w1
                count[region] += 1
                shift[region, 0] += w0 * other_xy[i0, 0] + w1 * other_xy[i1, 0] + w2 * other_xy[i2, 0] - (x + 0.5)
                shift[region, 1] += w0 * other_xy[i0, 1] + w1 * other_xy[i1, 1] + w2 * other_xy[i2, 1] - (y + 0.5)
            best = 0
            for region in range(1, 6):
                if count[region] > count[best]:
                    best = region
            out_region[py, px] = best
            if best == 0:
                out_xy[py, px, 0] = np.nan
                out_xy[py, px, 1] = np.nan
            else:
                out_xy[py, px, 0] = px + shift[best, 0] / (count[best] * n)
                out_xy[py, px, 1] = py + shift[best, 1] / (count[best] * n)


@njit(cache=True, nogil=True)
def correspond_cells(
    samples, pixel, body, hair, body_faces, hair_faces, groups, attributes, first_xy, second_xy, out_first, out_second,
    out_region,
):  # fmt: skip
    """Offsets in pixels at the middle of cells of `samples` samples; `pixel` samples make a pixel.

    Fills `out_first`, `out_second` (h, w, 2) with the offsets to two other poses and `out_region` (h, w); NaN and 0
    where the four middle samples show different regions or nothing.
    """
    half = samples // 2 - 1
    for cy in range(out_region.shape[0]):
        for cx in range(out_region.shape[1]):
            first = 0
            out_first[cy, cx] = 0
            out_second[cy, cx] = 0
            for k in range(4):
                y, x = cy * samples + half + k // 2, cx * samples + half + k % 2
                i0, i1, i2, w0, w1, region = _seen(y, x, body, hair, body_faces, hair_faces, groups, attributes)
                if k == 0:
                    first = region
                if region != first or region == 0:
                    first = 0
                    break
                w2 = 1 - w0 - w1
                for a in range(2):
                    own = (x if a == 0 else y) + 0.5
                    one = w0 * first_xy[i0, a] + w1 * first_xy[i1, a] + w2 * first_xy[i2, a]
                    two = w0 * second_xy[i0, a] + w1 * second_xy[i1, a] + w2 * second_xy[i2, a]
                    out_first[cy, cx, a] += 0.25 * (one - own) / pixel
                    out_second[cy, cx, a] += 0.25 * (two - own) / pixel
            out_region[cy, cx] = first
            if first == 0:
                out_first[cy, cx] = np.nan
                out_second[cy, cx] = np.nan
