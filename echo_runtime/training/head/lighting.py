"""Light: a warm key lamp with a shadow, a cool fill, sky, and a rim light from behind. Compiled by numba.

Skin is given a wider, redder terminator, as light that has travelled under it.
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from echo_runtime.signals import FloatArray

KEY: FloatArray = (np.array([-0.45, 0.55, 0.75]) / np.linalg.norm([-0.45, 0.55, 0.75])).astype(np.float32)
"""Direction towards the key lamp."""
_SIDE = np.cross([0, 1, 0], KEY)
LAMP_AXES: FloatArray = np.stack(
    [_SIDE / np.linalg.norm(_SIDE), np.cross(KEY, _SIDE / np.linalg.norm(_SIDE)), KEY], 1
).astype(np.float32)
"""Columns: the shadow picture's x, y and depth."""
SHADOW_SIZE = 256
SHADOW_EXTENT = 34.0
SHADOW_DEPTH = 100.0
SHADOW_BLUR = 2
SHADOW_BIAS = 0.30  # cm
_KEY_X, _KEY_Y, _KEY_Z = (float(x) for x in KEY)
_FILL_X, _FILL_Y, _FILL_Z = 0.791, 0.148, 0.593
_RIM_X, _RIM_Y, _RIM_Z = 0.745, 0.298, -0.596


def shadow_view(vertices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`vertices` (N, 3) as the key lamp sees them: (N, 2) in texels of the shadow picture and (N,) depth."""
    view = vertices @ LAMP_AXES
    view[:, 1] -= LAMP_AXES[1, 1]
    view[:, 0] -= LAMP_AXES[1, 0]
    xy = view[:, :2] * np.array([1, -1], np.float32) * np.float32(SHADOW_SIZE / SHADOW_EXTENT) + SHADOW_SIZE / 2
    return xy.astype(np.float32), (view[:, 2] + SHADOW_DEPTH).astype(np.float32)


@njit(cache=True, nogil=True, fastmath=True)
def shadow_moments(depth, scratch, out):
    """Fills `out` (S, S, 2) with the blurred depth and squared depth of the lamp's picture, counted from SHADOW_DEPTH.

    Variance shadow maps (Donnelly and Lauritzen 2006): moments can be filtered, so that borders of shadows are soft.
    """
    size = depth.shape[0]
    for y in range(size):
        for x in range(size):
            d = max(depth[y, x], SHADOW_DEPTH - 14) - SHADOW_DEPTH  # nothing is as good as the floor
            out[y, x, 0] = d
            out[y, x, 1] = d * d
    for _ in range(2):
        for y in range(size):
            for x in range(size):
                for k in range(2):
                    s = out[y, x, k]
                    for o in range(1, SHADOW_BLUR + 1):
                        s += out[y, max(x - o, 0), k] + out[y, min(x + o, size - 1), k]
                    scratch[y, x, k] = s / (2 * SHADOW_BLUR + 1)
        for y in range(size):
            for x in range(size):
                for k in range(2):
                    s = scratch[y, x, k]
                    for o in range(1, SHADOW_BLUR + 1):
                        s += scratch[max(y - o, 0), x, k] + scratch[min(y + o, size - 1), x, k]
                    out[y, x, k] = s / (2 * SHADOW_BLUR + 1)


@njit(cache=True, nogil=True, fastmath=True)
def lit_by_key(x, y, z, shadow):
    """Share of the key lamp that reaches a point, from the moments of the lamp's picture."""
    scale = SHADOW_SIZE / SHADOW_EXTENT
    sx = (x * LAMP_AXES[0, 0] + y * LAMP_AXES[1, 0] + z * LAMP_AXES[2, 0] - LAMP_AXES[1, 0]) * scale + SHADOW_SIZE / 2
    sy = SHADOW_SIZE / 2 - (x * LAMP_AXES[0, 1] + y * LAMP_AXES[1, 1] + z * LAMP_AXES[2, 1] - LAMP_AXES[1, 1]) * scale
    d = x * _KEY_X + y * _KEY_Y + z * _KEY_Z + SHADOW_BIAS
    sx = min(max(sx - 0.5, 0.0), SHADOW_SIZE - 1.001)
    sy = min(max(sy - 0.5, 0.0), SHADOW_SIZE - 1.001)
    xi, yi = int(sx), int(sy)
    fx, fy = sx - xi, sy - yi
    a, b, c, e = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    p, q, r, s = shadow[yi, xi], shadow[yi, xi + 1], shadow[yi + 1, xi], shadow[yi + 1, xi + 1]
    mean = a * p[0] + b * q[0] + c * r[0] + e * s[0]
    if d >= mean:
        return 1.0
    square = a * p[1] + b * q[1] + c * r[1] + e * s[1]
    variance = max(square - mean * mean, 0.04)
    chance = variance / (variance + (mean - d) * (mean - d))
    return max((chance - 0.25) / 0.75, 0.0)  # the tail of the bound lets light through; it is cut


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _diffuse(facing, wrap):
    d = max((facing + wrap) / (1 + wrap), 0.0)
    return d * d * (3 - 2 * min(d, 1.0)) * 0.35 + d * 0.65


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _film(c):
    """Rolls highlights off."""
    return min(c / (1 + 0.22 * c) * 1.06, 1.0)


@njit(cache=True, nogil=True, fastmath=True)
def light(
    x, y, z, nx, ny, nz, red, green, blue, specular, occlusion, is_skin, is_eye, strand, hair, root, view, shadow
):
    """Linear RGB in [0, 1] of a surface point. `strand` < 0 for all that is not hair; `root` (3,) where strands run
    from; `view` (3,) the camera's place."""
    lit = lit_by_key(x, y, z, shadow)
    facing = nx * _KEY_X + ny * _KEY_Y + nz * _KEY_Z
    vx, vy, vz = view[0] - x, view[1] - y, view[2] - z
    s = 1 / sqrt(vx * vx + vy * vy + vz * vz)
    vx, vy, vz = vx * s, vy * s, vz * s
    hx, hy, hz = _KEY_X + vx, _KEY_Y + vy, _KEY_Z + vz
    s = 1 / sqrt(hx * hx + hy * hy + hz * hz)
    hx, hy, hz = hx * s, hy * s, hz * s
    half = max(nx * hx + ny * hy + nz * hz, 0.0)
    fx, fy, fz = _FILL_X + vx, _FILL_Y + vy, _FILL_Z + vz
    half_fill = max((nx * fx + ny * fy + nz * fz) / sqrt(fx * fx + fy * fy + fz * fz), 0.0)
    fill = max((nx * _FILL_X + ny * _FILL_Y + nz * _FILL_Z + 0.35) / 1.35, 0.0)
    h18 = half**18
    h55 = half**55
    f20 = half_fill**20
    shine = specular * (max(facing, 0.0) * lit * (0.55 * h18 + 0.75 * h55) + 0.25 * f20 * occlusion) * 0.42 * occlusion
    away = 1 - min(max(nx * vx + ny * vy + nz * vz, 0.0), 1.0)
    rim = away**3 * max((nx * _RIM_X + ny * _RIM_Y + nz * _RIM_Z + 0.35) / 1.35, 0.0) * occlusion * 0.55
    if is_eye:
        # a sharp picture of the lamp, and of the window beside it, on the wet cornea
        shine = 0.10 * h55 * occlusion + min(max((half - 0.9895) / 0.005, 0.0), 1.0) * (0.35 + 0.65 * occlusion)
        shine += 0.16 * min(max((half_fill - 0.993) / 0.004, 0.0), 1.0) * occlusion
        rim = 0.0
    elif not is_skin and strand < 0:
        rim = 0.0  # no light comes into the mouth from behind
    gloss = 0.0
    if strand >= 0:
        rim *= 0.30
        tx, ty, tz = x - root[0], y - root[1], z - root[2]
        s = tx * nx + ty * ny + tz * nz
        tx, ty, tz = tx - s * nx, ty - s * ny, tz - s * nz  # strands lie in the surface
        along = (tx * hx + ty * hy + tz * hz) / sqrt(tx * tx + ty * ty + tz * tz + 1e-9)
        # two highlights, shifted along the strands that are tilted (Marschner et al. 2003; Scheuermann 2004)
        first, second = along + 0.10 * (strand - 0.5) - 0.03, along + 0.22 * (strand - 0.5) + 0.12
        k, m = max(1 - first * first, 0.0), max(1 - second * second, 0.0)
        gloss = (k**70 * 0.20 * (0.3 + strand) + 0.26 * m**14 * strand) * (0.22 + 0.78 * lit) * occlusion
    open_ = 0.35 + 0.65 * occlusion
    sky, ground = 0.65 + 0.35 * ny, 0.5 - 0.5 * ny
    if is_skin:
        wide, mid, tight, red_lit = 0.42, 0.20, 0.13, sqrt(lit)
    else:
        wide, mid, tight, red_lit = 0.12, 0.12, 0.12, lit
    r = red * (1.5 * _diffuse(facing, wide) * red_lit * open_ + 0.231 * fill * occlusion)
    g = green * (1.41 * _diffuse(facing, mid) * lit * open_ + 0.286 * fill * occlusion)
    b = blue * (1.30 * _diffuse(facing, tight) * lit * open_ + 0.378 * fill * occlusion)
    r += red * (0.30 * sky + 0.10 * ground) * 1.1 * occlusion + shine + rim * 0.75 * (red * 0.6 + 0.25)
    g += green * (0.33 * sky + 0.075 * ground) * 1.1 * occlusion + shine + rim * 0.85 * (green * 0.6 + 0.25)
    b += blue * (0.37 * sky + 0.05 * ground) * 1.1 * occlusion + shine + rim * 0.95 * (blue * 0.6 + 0.25)
    if strand >= 0:
        r += gloss * (hair[0] * 2.2 + 0.1)
        g += gloss * (hair[1] * 2.2 + 0.1)
        b += gloss * (hair[2] * 2.2 + 0.1)
    return _film(r), _film(g), _film(b)
