"""From what each sample sees to a picture with straight alpha. Compiled by numba.

A pixel holds several samples. In each, the opaque body lies under the lashes and the hair, blended by their opacity.
Colours are summed weighted by coverage, and divided by the coverage in the end: a pixel at the border has the head's
colour, never a share of some background.
"""

from __future__ import annotations

from numba import njit

from echo_runtime.training.head.materials import hair_opacity, lash_opacity, silhouette
from echo_runtime.training.head.shading import blend, shade, under_lips


@njit(cache=True, nogil=True, fastmath=True)
def deep_hair(hair, hair_faces, attributes, facing, y, x):
    """Whether a sample sees hair so far inside the border and the outline that it is opaque."""
    c = hair[0][y, x]
    i0, i1, i2 = hair_faces[c, 0], hair_faces[c, 1], hair_faces[c, 2]
    w0, w1 = hair[2][y, x], hair[3][y, x]
    w2 = 1 - w0 - w1
    return w0 * facing[i0] + w1 * facing[i1] + w2 * facing[i2] > 0.45 and (
        blend(attributes, i0, i1, i2, w0, w1, w2, 6) > 0.75
    )


@njit(cache=True, nogil=True, fastmath=True)
def composite(
    n, body, hair, lashes, eyes, body_faces, hair_faces, lash_faces, eye_faces, groups, vertices, normals, facing,
    attributes, texture, palette, lash_strength, root, view, shadow, frame, reach, out,
):  # fmt: skip
    """Fills `out` (H, W, 4) with straight colour (linear) and coverage, from `n` × `n` samples per pixel.

    `body`, `hair`, `lashes`, `eyes` (their openings): (triangle, depth, bary0, bary1) of n·H × n·W samples; `facing`
    (N,) cosine between normal and view; `frame` see PosedHead; `reach` samples per TAP_CM.
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
                    or not deep_hair(hair, hair_faces, attributes, facing, y, x)
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
                            blend(attributes, h0, h1, h2, u0, u1, 1 - u0 - u1, 7),
                            blend(attributes, h0, h1, h2, u0, u1, 1 - u0 - u1, 6),
                        )
                        hair_alpha *= silhouette(
                            u0 * facing[h0] + u1 * facing[h1] + (1 - u0 - u1) * facing[h2],
                            blend(attributes, h0, h1, h2, u0, u1, 1 - u0 - u1, 7),
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
                    covered, lid_u, lid_v = 0.0, 0.5, 0.97
                    if opacity > 0.005 and group > 1 and group != 6:
                        if group == 4 or group == 5:
                            c = eyes[0][y, x]
                            if c >= 0:
                                e0, e1, e2 = eye_faces[c, 0], eye_faces[c, 1], eye_faces[c, 2]
                                v0, v1 = eyes[2][y, x], eyes[3][y, x]
                                lid_u = blend(attributes, e0, e1, e2, v0, v1, 1 - v0 - v1, 3)
                                lid_v = blend(attributes, e0, e1, e2, v0, v1, 1 - v0 - v1, 4)
                        else:
                            covered = under_lips(body, groups, y, x, reach)
                    if opacity > 0.005:
                        r2, g2, b2 = shade(
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
                            frame,
                            covered,
                            lid_u,
                            lid_v,
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
                            tip = min(max(blend(attributes, i0, i1, i2, w0, w1, w2, 6), 0.0), 1.0)
                            lx = blend(attributes, i0, i1, i2, w0, w1, w2, 0)
                            ly = blend(attributes, i0, i1, i2, w0, w1, w2, 1)
                            la = lash_opacity(lx, ly, tip, lash_strength)
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
