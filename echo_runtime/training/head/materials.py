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
    """Bilinear look-up: red, green, blue, specular strength, and what bends the normal (x, y, z)."""
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
        p[4] * a + q[4] * b + r[4] * c + s[4] * d,
        p[5] * a + q[5] * b + r[5] * c + s[5] * d,
        p[6] * a + q[6] * b + r[6] * c + s[6] * d,
    )


@njit(cache=True, nogil=True, fastmath=True)
def eyeball(x, y, iris):
    """Colour of the eye at `x`, `y` cm from its axis: pupil, fibred iris with a lighter collar around the pupil and a
    dark limbal ring, white with a warm rim."""
    rho, turn = sqrt(x * x + y * y), atan2(y, x)
    fibres = 0.62 + 0.55 * noise(turn * 9 + 60) * step(0.20, 0.45, rho) + 0.30 * noise(turn * 23 + 109)
    collar = step(0.27, 0.33, rho) * step(0.52, 0.38, rho)
    # light that enters from above leaves the iris below
    fibres *= 1 + 0.75 * step(0.45, -0.6, y) * step(0.22, 0.4, rho)
    fibres *= (1 - 0.90 * step(0.48, 0.69, rho)) * step(0.255, 0.30, rho)
    white, rim = step(0.66, 0.76, rho), step(0.8, 1.6, rho)
    warm = 0.35 * collar
    return (
        (iris[0] * (fibres + 1.6 * warm * fibres) + 0.006) * (1 - white) + (0.74 - 0.04 * rim) * white,
        (iris[1] * (fibres + 0.5 * warm * fibres) + 0.006) * (1 - white) + (0.70 - 0.17 * rim) * white,
        (iris[2] * (fibres - 0.2 * warm * fibres) + 0.007) * (1 - white) + (0.67 - 0.17 * rim) * white,
    )


@njit(cache=True, nogil=True, fastmath=True)
def enamel(height, across):
    """Colour and specular strength of a tooth: yellower at the gum, bluish and thin at the edge, dark between two."""
    gum, thin = step(0.50, 0.0, height), step(0.80, 1.0, height)
    gap = 1 - 0.45 * step(0.78, 1.0, abs(across)) * (0.4 + 0.6 * height)
    return (
        (0.80 - 0.10 * gum - 0.08 * thin) * gap,
        (0.735 - 0.17 * gum - 0.045 * thin) * gap * (0.92 + 0.08 * gap),
        (0.615 - 0.21 * gum + 0.01 * thin) * gap * (0.86 + 0.14 * gap),
        0.75 * gap,
    )


@njit(cache=True, nogil=True, fastmath=True)
def mouth_flesh(x, z, tongue):
    """Colour and specular strength of gums (`tongue` 0) and tongue (1), which has a furrow along its middle."""
    furrow = 1 - 0.22 * tongue * step(0.22, 0.0, abs(x)) * step(9.7, 8.6, z)
    rough = 0.90 + 0.20 * noise(x * 11 + 200) * noise(z * 9 + 300)
    shade = furrow * rough
    return (0.50 + 0.10 * tongue) * shade, (0.17 + 0.03 * tongue) * shade, (0.16 + 0.02 * tongue) * shade, 0.45


@njit(cache=True, nogil=True, fastmath=True)
def lash_opacity(x, y, tip, strength):
    """Opacity of lashes at rest place (`x`, `y`) cm, `tip` from 0 at the lid to 1: clumped above, faint below."""
    clump = 0.55 + 0.45 * noise(abs(x) * 9 + tip * 1.5 + 400) + 0.25 * (noise(abs(x) * 21 + 900) - 0.5)
    thin = 1 - tip
    upper = step(3.0, 3.45, y)
    opacity = strength * clump * (upper * 1.15 * thin * sqrt(max(thin, 0.0)) + (1 - upper) * 0.16 * thin * thin)
    return min(max(opacity, 0.0), 0.95)


@njit(cache=True, nogil=True, fastmath=True)
def strand_lightness(strand, edge):
    """Lightness in [0, 1] of the hair at a strand coordinate: locks, and single hairs on them that drift."""
    drift = edge * 0.06
    return (
        noise(strand * 0.9 + 300) * 0.20
        + noise(strand * 3.4 + drift + 700) * 0.38
        + noise(strand * 7.5 - drift + 1300) * 0.27
        + noise(strand * 14 + 2 * drift + 3100) * 0.15
    )


@njit(cache=True, nogil=True, fastmath=True)
def hair_opacity(strand, edge):
    """Opacity of hair: its strands end unevenly around the border, where `edge` is 0."""
    uneven = noise(strand * 1.6 + 2100) * 0.45 + noise(strand * 5.5 + 2700) * 0.55
    return step(-0.30, 0.30, edge + uneven - 0.5)


@njit(cache=True, nogil=True, fastmath=True)
def silhouette(facing, strand):
    """What is left of the hair's opacity at its outline, where `facing` (the cosine to the view) is near 0."""
    stray = noise(strand * 2.6 + 1700) * 0.5 + noise(strand * 8 + 3300) * 0.5
    return step(-0.06, 0.17, facing + 0.14 * (stray - 0.5))
