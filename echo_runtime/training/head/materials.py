"""What the surfaces are made of, sample by sample: skin from its texture, eyes and hair by formula. Compiled by numba."""

from __future__ import annotations

from math import atan2, floor, sqrt

import numpy as np
from numba import njit

from echo_runtime.signals import FloatArray

NOISE: FloatArray = np.random.default_rng(5).random(4096).astype(np.float32)


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def noise(x):  # type: ignore[no-untyped-def]
    """Smooth noise in [0, 1] along a line."""
    i = int(floor(x))
    f = x - i
    f = f * f * (3 - 2 * f)
    i &= 4095
    return NOISE[i] * (1 - f) + NOISE[(i + 1) & 4095] * f


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def step(low, high, x):  # type: ignore[no-untyped-def]
    """Scalar smoothstep."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, nogil=True, fastmath=True)
def texel(texture, u, v):  # type: ignore[no-untyped-def]
    """Bilinear look-up: red, green, blue, specular strength."""
    size = texture.shape[0]
    x, y = u * size - 0.5, (1 - v) * size - 0.5
    xi, yi = min(max(int(x), 0), size - 2), min(max(int(y), 0), size - 2)
    fx, fy = x - xi, y - yi
    a, b, c, d = (1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy
    p, q, r, s = texture[yi, xi], texture[yi, xi + 1], texture[yi + 1, xi], texture[yi + 1, xi + 1]
    return (
        p[0] * a + q[0] * b + r[0] * c + s[0] * d,
        p[1] * a + q[1] * b + r[1] * c + s[1] * d,
        p[2] * a + q[2] * b + r[2] * c + s[2] * d,
        p[3] * a + q[3] * b + r[3] * c + s[3] * d,
    )


@njit(cache=True, nogil=True, fastmath=True)
def eyeball(x, y, iris):  # type: ignore[no-untyped-def]
    """Colour of the eye at `x`, `y` cm from its axis: pupil, fibred iris, dark limbal ring, white with a warm rim."""
    rho, turn = sqrt(x * x + y * y), atan2(y, x)
    fibres = 0.75 + 0.5 * noise(turn * 14 + 60) * step(0.15, 0.5, rho) + 0.25 * noise(turn * 31 + 109)
    # light that enters from above leaves the iris below
    glow = 1 + 0.7 * step(0.4, -0.6, y) * step(0.2, 0.4, rho)
    fibres *= glow * (1 - 0.85 * step(0.50, 0.70, rho)) * step(0.23, 0.29, rho)
    white, rim = step(0.66, 0.75, rho), step(0.8, 1.6, rho)
    return (
        (iris[0] * fibres + 0.012) * (1 - white) + (0.80 - 0.02 * rim) * white,
        (iris[1] * fibres + 0.012) * (1 - white) + (0.77 - 0.16 * rim) * white,
        (iris[2] * fibres + 0.012) * (1 - white) + (0.75 - 0.16 * rim) * white,
    )


@njit(cache=True, nogil=True, fastmath=True)
def strands(x, y, z):  # type: ignore[no-untyped-def]
    """Lightness of the strand of hair that passes through a point, in [0, 1]."""
    turn = atan2(x, z + 1.5)
    return noise(turn * 38 + y * 0.2 + 300) * 0.5 + noise(turn * 90 + y * 0.1 + 700) * 0.5


@njit(cache=True, nogil=True, fastmath=True)
def cap_opacity(x, y, z, edge):  # type: ignore[no-untyped-def]
    """Opacity of the hair cap: strands end unevenly around the hairline."""
    turn = atan2(x, z + 1.5)
    uneven = noise(turn * 45 + y * 0.8 + 360) * 0.6 + noise(turn * 110 + y * 1.5 + 730) * 0.4
    return step(-0.3, 0.3, edge + 1.5 * (uneven - 0.62) + 0.05)


@njit(cache=True, nogil=True, fastmath=True)
def curtain_opacity(x, y, z, edge):  # type: ignore[no-untyped-def]
    """Opacity of hanging hair: thins out at the tips and at the front."""
    turn = atan2(x, z + 1.5)
    uneven = noise(turn * 45 + 360) * 0.6 + noise(turn * 110 + 730) * 0.4
    return step(-0.25, 0.25, edge - 1.4 * uneven)
