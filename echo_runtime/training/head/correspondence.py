"""Where each pixel's surface point lies when the head does not turn, and what it is. Compiled by numba."""

from __future__ import annotations

import numpy as np
from numba import njit

from echo_runtime.training.head.materials import cap_opacity, curtain_opacity


@njit(cache=True, nogil=True)
def _region(group, attributes, i0, i1, i2, w0, w1):  # type: ignore[no-untyped-def]
    if group == 6 or group == 7:
        return 2
    if group == 4 or group == 5:
        return 3
    if group == 2 or group == 3 or group == 8:
        return 4
    w2 = 1 - w0 - w1
    y = w0 * attributes[i0, 1] + w1 * attributes[i1, 1] + w2 * attributes[i2, 1]
    z = w0 * attributes[i0, 2] + w1 * attributes[i1, 2] + w2 * attributes[i2, 2]
    return 5 if y + 0.35 * z < -7.6 else 1


@njit(cache=True, nogil=True)
def correspond(  # type: ignore[no-untyped-def]
    n, body, cap, curtain, body_faces, cap_faces, curtain_faces, groups, rest_xy, attributes, out_xy, out_region
):
    """Fills `out_xy` (H, W, 2) in pixels (NaN where empty) and `out_region` (H, W).

    `rest_xy` (N, 2) is the rested head in samples. The displacement is averaged over the samples of the pixel's most
    frequent region, so that it is exactly zero for a head that does not turn.
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
                t, depth, w0, w1, group = body[0][y, x], body[1][y, x], body[2][y, x], body[3][y, x], 0
                i0, i1, i2 = -1, -1, -1
                if t >= 0:
                    i0, i1, i2, group = body_faces[t, 0], body_faces[t, 1], body_faces[t, 2], groups[t]
                for layer in range(2):
                    hair = cap if layer == 0 else curtain
                    faces = cap_faces if layer == 0 else curtain_faces
                    c = hair[0][y, x]
                    if c < 0 or hair[1][y, x] <= depth:
                        continue
                    a0, a1, a2, u0, u1 = faces[c, 0], faces[c, 1], faces[c, 2], hair[2][y, x], hair[3][y, x]
                    at = u0 * attributes[a0] + u1 * attributes[a1] + (1 - u0 - u1) * attributes[a2]
                    if layer == 0:
                        alpha = cap_opacity(at[0], at[1], at[2], at[6])
                    else:
                        alpha = curtain_opacity(at[0], at[1], at[2], at[6])
                    if alpha > 0.5:
                        i0, i1, i2, w0, w1, group, depth = a0, a1, a2, u0, u1, 6 + layer, hair[1][y, x]
                if i0 < 0:
                    continue
                region = _region(group, attributes, i0, i1, i2, w0, w1)
                w2 = 1 - w0 - w1
                count[region] += 1
                shift[region, 0] += w0 * rest_xy[i0, 0] + w1 * rest_xy[i1, 0] + w2 * rest_xy[i2, 0] - (x + 0.5)
                shift[region, 1] += w0 * rest_xy[i0, 1] + w1 * rest_xy[i1, 1] + w2 * rest_xy[i2, 1] - (y + 0.5)
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
