"""From what each sample sees to a picture with straight alpha. Compiled by numba.

A pixel holds several samples. In each, the opaque body lies under the lashes and the hair, blended by their opacity.
Colours are summed weighted by coverage, and divided by the coverage in the end: a pixel at the border has the head's
colour, never a share of some background.
"""

from __future__ import annotations

from math import sin, sqrt

from numba import njit

from echo_runtime.training.head.lighting import light
from echo_runtime.training.head.materials import eyeball, hair_opacity, step, strand_lightness, texel

# rows of the palette (4, 3)
HAIR, IRIS, SKIN, CLOTHES = range(4)
NECKLINE = -12.4
"""Where clothes begin (cm): y + 0.28 z + 0.05 |x|."""


@njit(cache=True, nogil=True, fastmath=True)
def _at(attributes, i0, i1, i2, w0, w1, w2, k):
    return w0 * attributes[i0, k] + w1 * attributes[i1, k] + w2 * attributes[i2, k]


@njit(cache=True, nogil=True, fastmath=True)
def deep_hair(hair, hair_faces, attributes, y, x):
    """Whether a sample sees hair so far inside the border that it is opaque."""
    c = hair[0][y, x]
    w0, w1 = hair[2][y, x], hair[3][y, x]
    return _at(attributes, hair_faces[c, 0], hair_faces[c, 1], hair_faces[c, 2], w0, w1, 1 - w0 - w1, 6) > 0.75


@njit(cache=True, nogil=True, fastmath=True)
def _shade(group, i0, i1, i2, w0, w1, vertices, normals, attributes, texture, palette, root, view, shadow):
    """Linear RGB of one point."""
    w2 = 1 - w0 - w1
    x = _at(vertices, i0, i1, i2, w0, w1, w2, 0)
    y = _at(vertices, i0, i1, i2, w0, w1, w2, 1)
    z = _at(vertices, i0, i1, i2, w0, w1, w2, 2)
    nx = _at(normals, i0, i1, i2, w0, w1, w2, 0)
    ny = _at(normals, i0, i1, i2, w0, w1, w2, 1)
    nz = _at(normals, i0, i1, i2, w0, w1, w2, 2)
    s = 1 / sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
    nx, ny, nz = nx * s, ny * s, nz * s
    rx = _at(attributes, i0, i1, i2, w0, w1, w2, 0)
    ry = _at(attributes, i0, i1, i2, w0, w1, w2, 1)
    rz = _at(attributes, i0, i1, i2, w0, w1, w2, 2)
    occlusion = 0.22 + 0.78 * min(max(_at(attributes, i0, i1, i2, w0, w1, w2, 5), 0.0), 1.0)
    red, green, blue = palette[SKIN, 0], palette[SKIN, 1], palette[SKIN, 2]
    specular, is_skin, is_eye, strand = 0.3, True, False, -1.0
    if group == 0:
        u, v = _at(attributes, i0, i1, i2, w0, w1, w2, 3), _at(attributes, i0, i1, i2, w0, w1, w2, 4)
        red, green, blue, specular = texel(texture, u, v)
    elif group == 1:
        scalp = 0.7 * step(-0.5, 0.7, _at(attributes, i0, i1, i2, w0, w1, w2, 6)) * step(-4.5, -2.5, ry)
        red += (palette[HAIR, 0] * 0.6 - red) * scalp
        green += (palette[HAIR, 1] * 0.6 - green) * scalp
        blue += (palette[HAIR, 2] * 0.6 - blue) * scalp
    elif group == 2 or group == 3 or group == 7:
        is_skin = False
        # light enters between the lips: the further back, the darker, and red from its walls
        inside = step(5.5, 11.0, rz)
        occlusion = 0.03 + 0.75 * inside * inside
        if group == 2:
            red, green, blue, specular = 0.60, 0.19, 0.17, 0.25
        elif group == 3:
            red, green, blue, specular = 0.88, 0.80, 0.66, 0.6
        else:
            red, green, blue, specular = 0.36, 0.10, 0.09, 0.2
    elif group == 4 or group == 5:
        is_skin, is_eye = False, True
        red, green, blue = eyeball(rx, ry, palette[IRIS])
        # the upper lid and its lashes shade the eye
        specular, occlusion = 0.5, 0.35 + 0.45 * step(0.55, -0.15, ry)
    elif group == 6:
        is_skin, specular = False, 0.0
        edge = _at(attributes, i0, i1, i2, w0, w1, w2, 6)
        strand = strand_lightness(_at(attributes, i0, i1, i2, w0, w1, w2, 7), edge)
        shade = 0.40 + 1.0 * strand
        red, green, blue = palette[HAIR, 0] * shade, palette[HAIR, 1] * shade, palette[HAIR, 2] * shade
        if nx * (view[0] - x) + ny * (view[1] - y) + nz * (view[2] - z) < 0:  # the inner side of hanging hair
            nx, ny, nz, occlusion = -nx, -ny, -nz, occlusion * 0.45
    if group < 2:
        cloth = step(0.06, -0.06, ry + 0.28 * rz + 0.05 * abs(rx) - NECKLINE)
        if cloth > 0:
            red += (palette[CLOTHES, 0] - red) * cloth
            green += (palette[CLOTHES, 1] - green) * cloth
            blue += (palette[CLOTHES, 2] - blue) * cloth
            specular += (0.03 - specular) * cloth
            is_skin = cloth < 0.5
    return light(
        x, y, z, nx, ny, nz, red, green, blue, specular, occlusion, is_skin, is_eye, strand, palette[HAIR], root, view,
        shadow,
    )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=True)
def composite(
    n, body, hair, lashes, body_faces, hair_faces, lash_faces, groups, vertices, normals, attributes, texture, palette,
    lash_strength, root, view, shadow, out,
):  # fmt: skip
    """Fills `out` (H, W, 4) with straight colour (linear) and coverage, from `n` × `n` samples per pixel.

    `body`, `hair`, `lashes`: (triangle, depth, bary0, bary1) of n·H × n·W samples.
    """
    height, width = out.shape[0], out.shape[1]
    for py in range(height):
        for px in range(width):
            red, green, blue, coverage = 0.0, 0.0, 0.0, 0.0
            # where all samples see one kind of plain surface, one shading serves them all
            plain, all_hair = True, True
            first = -2
            for k in range(n * n):
                y, x = py * n + k // n, px * n + k % n
                t = body[0][y, x]
                g = groups[t] if t >= 0 else -1
                if first == -2:
                    first = g
                if (
                    hair[0][y, x] < 0
                    or hair[1][y, x] <= body[1][y, x]
                    or not deep_hair(hair, hair_faces, attributes, y, x)
                ):
                    all_hair = False
                if g != first or (g > 1 and g != 7) or hair[0][y, x] >= 0 or lashes[0][y, x] >= 0:
                    plain = False
                    if not all_hair:
                        break
            if plain and first < 0:
                out[py, px, 0] = out[py, px, 1] = out[py, px, 2] = out[py, px, 3] = 0.0
                continue
            # inside the hair every other sample is enough
            stride = n + 1 if all_hair and not plain else 1
            count = 0
            for k in range(0, 1 if plain else n * n, stride):
                count += 1
                y, x = py * n + k // n, px * n + k % n
                r, g, b, a, depth, hair_alpha = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
                h0, h1, h2, u0, u1 = 0, 0, 0, 0.0, 0.0
                t = body[0][y, x]
                if not plain:
                    depth = body[1][y, x]
                    c = hair[0][y, x]
                    if c >= 0 and hair[1][y, x] > depth:
                        h0, h1, h2, u0, u1 = (
                            hair_faces[c, 0],
                            hair_faces[c, 1],
                            hair_faces[c, 2],
                            hair[2][y, x],
                            hair[3][y, x],
                        )
                        hair_alpha = hair_opacity(
                            _at(attributes, h0, h1, h2, u0, u1, 1 - u0 - u1, 7),
                            _at(attributes, h0, h1, h2, u0, u1, 1 - u0 - u1, 6),
                        )
                a = 1.0 if t >= 0 else 0.0
                # one place calls the shader, for the body and then for the hair, so that it is compiled into the loop
                for layer in range(2):
                    if layer == 0:
                        opacity = 1.0 if t >= 0 and hair_alpha < 0.995 else 0.0
                        if opacity > 0:
                            group, i0, i1, i2 = groups[t], body_faces[t, 0], body_faces[t, 1], body_faces[t, 2]
                            w0, w1 = body[2][y, x], body[3][y, x]
                    else:
                        opacity = hair_alpha
                        group, i0, i1, i2, w0, w1 = 6, h0, h1, h2, u0, u1
                    if opacity > 0.005:
                        r2, g2, b2 = _shade(
                            group,
                            i0,
                            i1,
                            i2,
                            w0,
                            w1,
                            vertices,
                            normals,
                            attributes,
                            texture,
                            palette,
                            root,
                            view,
                            shadow,
                        )
                        under = (1.0 - opacity) * (a if layer == 1 else 0.0)
                        a = opacity + under
                        r, g, b = (
                            (r2 * opacity + r * under) / a,
                            (g2 * opacity + g * under) / a,
                            (b2 * opacity + b * under) / a,
                        )
                    if layer == 0 and not plain:
                        c = lashes[0][y, x]
                        # lashes stand a little proud of the lid that they are seen against
                        if c >= 0 and lashes[1][y, x] > depth - 2e-6:
                            i0, i1, i2 = lash_faces[c, 0], lash_faces[c, 1], lash_faces[c, 2]
                            w0, w1 = lashes[2][y, x], lashes[3][y, x]
                            w2 = 1 - w0 - w1
                            tip = min(max(_at(attributes, i0, i1, i2, w0, w1, w2, 6), 0.0), 1.0)
                            lx = _at(attributes, i0, i1, i2, w0, w1, w2, 0)
                            ly = _at(attributes, i0, i1, i2, w0, w1, w2, 1)
                            single = 0.35 + 0.65 * (min(max(sin(lx * 34 + tip * 2), -0.4), 1.0) * 0.7 + 0.3)
                            la = lash_strength * single * (1 - tip) * (1 - 0.75 * step(3.3, 2.95, ly))
                            la = min(max(la, 0.0), 0.95)
                            r, g, b = r * (1 - la) + 0.03 * la, g * (1 - la) + 0.022 * la, b * (1 - la) + 0.02 * la
                            a = a + (1 - a) * la
                red += r * a
                green += g * a
                blue += b * a
                coverage += a
            if coverage > 0:
                out[py, px, 0], out[py, px, 1], out[py, px, 2] = red / coverage, green / coverage, blue / coverage
            else:
                out[py, px, 0] = out[py, px, 1] = out[py, px, 2] = 0.0
            out[py, px, 3] = coverage / count
