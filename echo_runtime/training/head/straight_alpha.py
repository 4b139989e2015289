"""A picture for the wire: 8-bit sRGB with straight alpha, and colours that reach past the border. Compiled by numba."""

from __future__ import annotations

import numpy as np
from numba import njit

from echo_runtime.signals import FloatArray

GAMMA: FloatArray = np.clip((np.arange(4097) / 4096) ** (1 / 2.2), 0, 1).astype(np.float32)


@njit(cache=True, nogil=True)
def bleed(picture):
    """Gives empty pixels of `picture` (H, W, 4) the colour of a near filled one, so that no sampling meets black."""
    height, width = picture.shape[0], picture.shape[1]
    sx = np.empty((height, width), np.int16)
    sy = np.empty((height, width), np.int16)
    far = np.int32(1 << 28)
    best = np.empty((height, width), np.int32)
    for y in range(height):
        for x in range(width):
            sx[y, x], sy[y, x] = x, y
            best[y, x] = 0 if picture[y, x, 3] > 0 else far
    # two sweeps of the eight-neighbour distance transform (Danielsson 1980)
    for sweep in range(2):
        for yy in range(height):
            y = yy if sweep == 0 else height - 1 - yy
            dy = -1 if sweep == 0 else 1
            for half in range(2):
                for xx in range(width):
                    x = xx if half == 0 else width - 1 - xx
                    dx = -1 if half == 0 else 1
                    for k in range(3):
                        ny = y if k == 0 else y + dy
                        nx = x + dx if k != 1 else x
                        if 0 <= ny < height and 0 <= nx < width and best[ny, nx] < far:
                            ox, oy = sx[ny, nx] - x, sy[ny, nx] - y
                            d = np.int32(ox) * ox + np.int32(oy) * oy
                            if d < best[y, x]:
                                best[y, x] = d
                                sx[y, x], sy[y, x] = sx[ny, nx], sy[ny, nx]
    for y in range(height):
        for x in range(width):
            if best[y, x] > 0:
                for c in range(3):
                    picture[y, x, c] = picture[sy[y, x], sx[y, x], c]


@njit(cache=True, nogil=True)
def encode(picture, out):
    """Linear colour and alpha (H, W, 4) to 8-bit sRGB (gamma 2.2) and linear alpha."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for c in range(3):
                level = min(max(picture[y, x, c], 0.0), 1.0)
                out[y, x, c] = np.uint8(GAMMA[int(level * 4096)] * 255 + 0.5)
            out[y, x, 3] = np.uint8(min(max(picture[y, x, 3], 0.0), 1.0) * 255 + 0.5)
