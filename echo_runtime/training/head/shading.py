"""The colour of one surface point: skin, neck, mouth, teeth, eyes and hair under the lamps. Compiled by numba."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numba import njit

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.lighting import light
from echo_runtime.training.head.materials import enamel, eyeball, mouth_flesh, noise, step, strand_lightness, texel

# rows of the palette (4, 3)
HAIR, IRIS, SKIN, CLOTHES = range(4)
NECKLINE = -12.4
"""Where clothes begin (cm): y + 0.28 z + 0.05 |x|."""
PIVOT_Z = -1.0
"""Depth (cm) of the neck's pivot, as in `posing`."""
TAPS: FloatArray = np.array(
    [
        (0, -0.5, 0.15), (0, -1.1, 0.11), (-0.8, -0.6, 0.09), (0.8, -0.6, 0.09), (-0.9, 0.1, 0.06), (0.9, 0.1, 0.06),
        (0, 0.5, 0.07), (0, -1.8, 0.05),
    ],
    np.float32,
)  # fmt: skip
"""(8, 3): offset in units of TAP_CM, and the share of light that skin there takes from the inside of the mouth."""
TAP_CM = 0.42


@njit(cache=True, nogil=True, fastmath=True)
def blend(attributes, i0, i1, i2, w0, w1, w2, k):
    return w0 * attributes[i0, k] + w1 * attributes[i1, k] + w2 * attributes[i2, k]


@njit(cache=True, nogil=True, fastmath=True)
def under_lips(body, groups, y, x, reach):
    """Share of light that lips and cheeks take from a sample of the mouth's inside: taps of skin that lies nearer."""
    height, width = body[0].shape
    taken = 0.0
    for k in range(8):
        ty, tx = y + int(TAPS[k, 1] * reach), x + int(TAPS[k, 0] * reach)
        if 0 <= ty < height and 0 <= tx < width:
            t = body[0][ty, tx]
            if t >= 0 and groups[t] < 2 and body[1][ty, tx] > body[1][y, x]:
                taken += TAPS[k, 2]
    return taken


@njit(cache=True, nogil=True, fastmath=True)
def shade(
    group, i0, i1, i2, w0, w1, vertices, normals, attributes, texture, palette, root, view, shadow, frame, covered,
    lid_u, lid_v,
):  # fmt: skip
    """Linear RGB of one point. `covered`: share of light that lips take; `lid_u`, `lid_v`: place in the opening."""
    w2 = 1 - w0 - w1
    x = blend(vertices, i0, i1, i2, w0, w1, w2, 0)
    y = blend(vertices, i0, i1, i2, w0, w1, w2, 1)
    z = blend(vertices, i0, i1, i2, w0, w1, w2, 2)
    nx = blend(normals, i0, i1, i2, w0, w1, w2, 0)
    ny = blend(normals, i0, i1, i2, w0, w1, w2, 1)
    nz = blend(normals, i0, i1, i2, w0, w1, w2, 2)
    rx = blend(attributes, i0, i1, i2, w0, w1, w2, 0)
    ry = blend(attributes, i0, i1, i2, w0, w1, w2, 1)
    rz = blend(attributes, i0, i1, i2, w0, w1, w2, 2)
    s = 1 / sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    nx, ny, nz = nx * s, ny * s, nz * s
    occlusion = 0.22 + 0.78 * min(max(blend(attributes, i0, i1, i2, w0, w1, w2, 5), 0.0), 1.0)
    red, green, blue = palette[SKIN, 0], palette[SKIN, 1], palette[SKIN, 2]
    specular, is_skin, is_eye, strand = 0.3, True, False, -1.0
    bx, by, bz = 0.0, 0.0, 0.0  # what bends the normal, in the head's own axes
    if group == 0:
        u, v = blend(attributes, i0, i1, i2, w0, w1, w2, 3), blend(attributes, i0, i1, i2, w0, w1, w2, 4)
        red, green, blue, specular, bx, by, bz = texel(texture, u, v)
    elif group == 1:
        scalp = 0.7 * step(-0.5, 0.7, blend(attributes, i0, i1, i2, w0, w1, w2, 6)) * step(-4.5, -2.5, ry)
        red += (palette[HAIR, 0] * 0.6 - red) * scalp
        green += (palette[HAIR, 1] * 0.6 - green) * scalp
        blue += (palette[HAIR, 2] * 0.6 - blue) * scalp
    elif group == 2 or group == 3 or group == 7:
        is_skin = False
        # light enters between the lips: the further back, the darker, and red from its walls
        px, py, pz = x - frame[3, 0], y - frame[3, 1], z - frame[3, 2]
        depth = max(rz, px * frame[0, 2] + py * frame[1, 2] + pz * frame[2, 2] + PIVOT_Z)
        inside = step(4.5, 10.6, depth)
        occlusion = (0.02 + 0.86 * inside * inside) * (1 - covered)
        place, across = blend(attributes, i0, i1, i2, w0, w1, w2, 6), blend(attributes, i0, i1, i2, w0, w1, w2, 7)
        if group == 2:
            red, green, blue, specular = mouth_flesh(rx, rz, place)
            # the raised tip shows its underside, which the lower teeth and lip light
            tip = place * max(step(0.25, -0.45, ny), step(10.2, 11.0, depth))
            occlusion = max(occlusion, 0.62 * tip * (1 - 0.6 * covered))
            bx = 0.25 * (noise(rx * 9 + 40) - 0.5) * place
            dark = 0.22 + 0.6 * tip
            bz = 0.25 * (noise(rz * 9 + 90) - 0.5) * place + 0.9 * tip
        elif group == 3:
            red, green, blue, specular = enamel(place, across)
            dark = 0.10 + 0.45 * inside * inside
            specular *= inside
            bx = 0.22 * across
        else:
            red, green, blue, specular, dark = 0.30, 0.07, 0.06, 0.10, 0.15
        red *= dark + (1 - dark) * occlusion
        green *= dark + (1 - dark) * occlusion
        blue *= dark + (1 - dark) * occlusion
        # light that comes from red walls is red
        green *= 0.72 + 0.28 * occlusion
        blue *= 0.68 + 0.32 * occlusion
    elif group == 4 or group == 5:
        is_skin, is_eye = False, True
        red, green, blue = eyeball(rx, ry, palette[IRIS])
        # lids and lashes shade the eye along their borders, the upper one most
        lid = (1 - 0.80 * step(0.50, 1.02, lid_v)) * (1 - 0.40 * step(0.16, 0.0, lid_v))
        lid *= (1 - 0.5 * step(0.14, 0.02, lid_u)) * (1 - 0.5 * step(0.80, 0.97, lid_u))
        specular, occlusion = 0.4, 0.16 + 0.74 * lid
        corner = max(step(0.22, 0.03, lid_u), step(0.70, 0.95, lid_u)) * 0.55
        green *= 1 - 0.35 * corner
        blue *= 1 - 0.32 * corner
        bulge = 0.22 * step(0.85, 0.55, sqrt(rx * rx + ry * ry))
        bx, by = bulge * rx, bulge * ry
    elif group == 6:
        is_skin, specular = False, 0.0
        edge = blend(attributes, i0, i1, i2, w0, w1, w2, 6)
        strand = strand_lightness(blend(attributes, i0, i1, i2, w0, w1, w2, 7), edge)
        tone = 0.32 + 1.14 * strand
        red, green, blue = palette[HAIR, 0] * tone, palette[HAIR, 1] * tone, palette[HAIR, 2] * tone
        # the inner side of hanging hair; at the outline, interpolated normals may lean away a little
        away = (nx * (view[0] - x) + ny * (view[1] - y) + nz * (view[2] - z)) / (view[2] - z)
        if away < -0.15:
            nx, ny, nz = -nx, -ny, -nz
        occlusion *= 1 - 0.6 * step(-0.10, -0.35, away)
    if group < 6 or group == 7:
        nx += frame[0, 0] * bx + frame[0, 1] * by + frame[0, 2] * bz
        ny += frame[1, 0] * bx + frame[1, 1] * by + frame[1, 2] * bz
        nz += frame[2, 0] * bx + frame[2, 1] * by + frame[2, 2] * bz
        s = 1 / sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
        nx, ny, nz = nx * s, ny * s, nz * s
    if group < 2:
        cloth = step(0.06, -0.06, ry + 0.28 * rz + 0.05 * abs(rx) - NECKLINE)
        if cloth > 0:
            red += (palette[CLOTHES, 0] - red) * cloth
            green += (palette[CLOTHES, 1] - green) * cloth
            blue += (palette[CLOTHES, 2] - blue) * cloth
            specular += (0.03 - specular) * cloth
            is_skin = cloth < 0.5
    red, green, blue = light(
        x, y, z, nx, ny, nz, red, green, blue, specular, occlusion, is_skin, is_eye, strand, palette[HAIR], root, view,
        shadow,
    )  # fmt: skip
    if is_eye:
        # tears stand along the lower lid
        tear = 0.16 * step(0.15, 0.05, lid_v) * step(0.0, 0.04, lid_v)
        red, green, blue = red + tear * (1 - red), green + tear * (1 - green), blue + tear * (1 - blue)
    return red, green, blue
