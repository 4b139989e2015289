"""What the surfaces are made of, sample by sample: skin from a texture, eyes and hair by formula. Compiled by numba."""

from __future__ import annotations

from math import atan2, floor, sqrt

import numpy as np
from numba import njit

from echo_runtime.signals import FloatArray

NOISE: FloatArray = np.random.default_rng(5).random(4096).astype(np.float32)


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def noise(x):
    """Smooth noise in [0, 1] along a line."""
    i = int(floor(x))  # noqa: RUF046  (numba's floor gives a float)
    f = x - i
    f = f * f * (3 - 2 * f)
    i &= 4095
    return NOISE[i] * (1 - f) + NOISE[(i + 1) & 4095] * f


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def step(low, high, x):
    """Scalar smoothstep."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, nogil=True, fastmath=True)
def texel(texture, u, v):
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
def eyeball(x, y, iris):
    """Colour of the eye at `x`, `y` cm from its axis: pupil, fibred iris, dark limbal ring, white with a warm rim."""
    rho, turn = sqrt(x * x + y * y), atan2(y, x)
    fibres = 0.75 + 0.5 * noise(turn * 14 + 60) * step(0.15, 0.5, rho) + 0.25 * noise(turn * 31 + 109)
    # light that enters from above leaves the iris below
    glow = 1 + 0.8 * step(0.4, -0.6, y) * step(0.2, 0.4, rho)
    fibres *= glow * (1 - 0.85 * step(0.50, 0.70, rho)) * step(0.23, 0.29, rho)
    white, rim = step(0.66, 0.75, rho), step(0.8, 1.6, rho)
    return (
        (iris[0] * fibres + 0.012) * (1 - white) + (0.80 - 0.02 * rim) * white,
        (iris[1] * fibres + 0.012) * (1 - white) + (0.77 - 0.16 * rim) * white,
        (iris[2] * fibres + 0.012) * (1 - white) + (0.75 - 0.16 * rim) * white,
    )


@njit(cache=True, nogil=True, fastmath=True)
def strand_lightness(strand, edge):
    """Lightness in [0, 1] of the hair at a strand coordinate: locks, and single hairs on them that drift."""
    drift = edge * 0.15
    return (
        noise(strand * 1.3 + 300) * 0.3
        + noise(strand * 4.6 + drift + 700) * 0.4
        + noise(strand * 8 - drift + 1300) * 0.3
    )


@njit(cache=True, nogil=True, fastmath=True)
def hair_opacity(strand, edge):
    """Opacity of hair: its strands end unevenly around the border, where `edge` is 0."""
    uneven = noise(strand * 1.6 + 2100) * 0.5 + noise(strand * 5.5 + 2700) * 0.5
    return step(-0.25, 0.25, edge + uneven - 0.5)
