"""The skin's texture: base tone, blush, lips, lid line, brows, stubble and freckles, painted in texture space.

Painting is guided by two maps: for each texel the point of the neutral face that it covers, and the 68 landmarks.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import distance_transform_edt, gaussian_filter

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.hairline import GROWTH, around, hair_cut, inside_border
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.mesh import LANDMARKS, HeadMesh
from echo_runtime.training.head.raster import VisibilityBuffer
from echo_runtime.training.head.smoothstep import smoothstep

TEXELS = 512
_FINE = 4 * TEXELS


def face_uvs(mesh: HeadMesh) -> tuple[FloatArray, np.ndarray]:
    """(V, 2) texture coordinates of the face's vertices, and a (V,) mask of which vertices those are."""
    skin = mesh.of_material("M_Face")
    uvs = np.zeros((len(mesh.vertices), 2), np.float32)
    uvs[mesh.faces[skin].reshape(-1)] = mesh.uvs[mesh.face_uvs[skin].reshape(-1)]
    mask = np.zeros(len(mesh.vertices), bool)
    mask[np.unique(mesh.faces[skin])] = True
    return uvs, mask


@lru_cache(maxsize=2)
def _texel_points(mesh: HeadMesh) -> tuple[FloatArray, np.ndarray]:
    uvs, _ = face_uvs(mesh)
    xy = np.stack([uvs[:, 0] * TEXELS, (1 - uvs[:, 1]) * TEXELS], 1).astype(np.float32)
    faces = mesh.faces[mesh.of_material("M_Face")]
    buffer = VisibilityBuffer(TEXELS)
    one = np.ones(len(xy), np.float32)
    buffer.draw(xy, one, faces)
    if (buffer.triangle >= 0).mean() < 0.3:  # the texture is wound the other way
        faces = np.ascontiguousarray(faces[:, ::-1])
        buffer.draw(xy, one, faces)
    covered = buffer.triangle >= 0
    corners = faces[np.maximum(buffer.triangle, 0)]
    weights = np.stack([buffer.bary0, buffer.bary1, 1 - buffer.bary0 - buffer.bary1], -1)[..., None]
    points = (mesh.vertices[corners] * weights).sum(2)
    points[~covered] = 0
    return points.astype(np.float32), covered


class _Canvas:
    """A mask drawn with lines at four times the texture's size, then blurred and brought down."""

    def __init__(self, uvs: FloatArray) -> None:
        self.image = Image.new("L", (_FINE, _FINE), 0)
        self.draw = ImageDraw.Draw(self.image)
        self.uvs = uvs

    def landmark(self, i: int) -> tuple[float, float]:
        u, v = self.uvs[LANDMARKS[i]]
        return float(u * _FINE), float((1 - v) * _FINE)

    def mask(self, blur: float) -> np.ndarray:
        """(T, T, 1) in [0, 1]."""
        small = self.image.filter(ImageFilter.GaussianBlur(blur)).resize((TEXELS, TEXELS), Image.Resampling.BOX)
        return np.asarray(small, np.float32)[..., None] / 255


def _brows(canvas: _Canvas, width: float, r: np.random.Generator) -> np.ndarray:
    """Single strokes along the brow, rising at its inner end and falling at its outer one."""
    for side in (range(17, 22), range(26, 21, -1)):
        points = np.array([canvas.landmark(i) for i in side])  # outer to inner
        along = np.linspace(0, 1, 5)

        def at(t: float, points: np.ndarray = points, along: np.ndarray = along) -> np.ndarray:
            return np.array([np.interp(t, along, points[:, 0]), np.interp(t, along, points[:, 1])])

        for _ in range(460):
            t = r.random()
            direction = at(min(t + 0.08, 1)) - at(max(t - 0.08, 0))
            direction /= np.linalg.norm(direction) + 1e-6
            across = np.array([direction[1], -direction[0]])
            across = across if across[1] < 0 else -across
            half = _FINE * 0.0105 * width * (0.45 + 0.75 * min(t * 1.6, 1)) * (1 - 0.5 * np.clip((t - 0.9) / 0.1, 0, 1))
            offset = r.uniform(-1, 1)
            start = at(t) + across * (offset * half + _FINE * 0.004)
            way = -direction * 0.9 + across * (0.55 * min(t * 1.2, 1) - 0.35 * offset)
            end = start + way / np.linalg.norm(way) * _FINE * 0.016 * (0.7 + 0.5 * r.random())
            canvas.draw.line([tuple(start), tuple(end)], fill=int(150 + 90 * r.random()), width=3)
    strokes = canvas.mask(1.8)
    return np.clip((strokes + 0.30 * gaussian_filter(strokes[..., 0], 2.5)[..., None]) * 1.05, 0, 0.86)


def _bend(points: FloatArray, covered: np.ndarray, relief: np.ndarray) -> np.ndarray:
    """(T, T, 3): minus the gradient along the surface `points` (T, T, 3) of a `relief` (T, T) in cm."""
    along, down = np.gradient(points, axis=1), np.gradient(points, axis=0)
    h_along, h_down = np.gradient(relief, axis=1), np.gradient(relief, axis=0)
    e, f, g = (along**2).sum(-1), (along * down).sum(-1), (down**2).sum(-1)
    area = e * g - f * f
    # texels at a seam or of no area have no gradient
    whole = distance_transform_edt(covered) > 2
    whole &= (e < 0.25) & (g < 0.25) & (area > 1e-8)
    area = np.where(whole, area, 1)
    a, b = (g * h_along - f * h_down) / area, (e * h_down - f * h_along) / area
    bend = -(a[..., None] * along + b[..., None] * down)
    size = np.sqrt((bend**2).sum(-1, keepdims=True))
    return np.where(whole[..., None], bend / np.maximum(size / 0.5, 1), 0)


def fine_texture(texture: FloatArray, size: int) -> FloatArray:
    """`texture` (T, T, C) for pictures of `size` pixels: relief finer than a pixel is smoothed, lest it flickers."""
    out = texture.copy()
    blur = 0.9 * max(256 / size, 0.5)
    for k in range(4, 7):
        out[..., k] = gaussian_filter(texture[..., k], blur)
    return np.ascontiguousarray(out)


def paint_skin(mesh: HeadMesh, identity: Identity) -> FloatArray:
    """(512, 512, 7): linear RGB albedo and specular strength of the face's skin, and what pores, lines of the lips and
    unevenness add to its normal (x, y, z, in the head's axes)."""
    points, covered = _texel_points(mesh)
    uvs, _ = face_uvs(mesh)
    r = np.random.default_rng(identity.seed)

    def spot(centre: tuple[float, float, float], reach: tuple[float, float, float]) -> np.ndarray:
        return np.exp(-(((points - np.array(centre)) / np.array(reach)) ** 2).sum(-1))

    def both(centre: tuple[float, float, float], reach: tuple[float, float, float]) -> np.ndarray:
        return spot(centre, reach) + spot((-centre[0], centre[1], centre[2]), reach)

    def noise(scale: float) -> np.ndarray:
        field = gaussian_filter(r.standard_normal((TEXELS, TEXELS)), scale, mode="wrap")
        return (field / field.std())[..., None]

    albedo = np.ones((TEXELS, TEXELS, 3)) * np.array(identity.skin)
    albedo *= (
        1
        + 0.025 * noise(24)
        + 0.018 * noise(6) * np.array([0.6, 1, 1])
        + 0.022 * noise(0.8) * smoothstep(-12, -7, points[..., 1])[..., None]
    )
    # blood: cheeks, tip of the nose, chin, ears
    red = 0.55 * both((4.6, 0.2, 8.6), (2.4, 2.2, 3.5)) + 0.6 * spot((0, 0.6, 13), (1.7, 1.4, 2))
    red += 0.35 * spot((0, -6.8, 11), (2.0, 1.4, 2.5)) + 0.6 * smoothstep(7.6, 9, np.abs(points[..., 0]))
    albedo *= 1 - red[..., None] * np.array([0.01, 0.17, 0.15])
    albedo *= 1 + 0.05 * spot((0, 8.5, 10), (5, 2.5, 4))[..., None] * np.array([0.6, 0.6, 0.2])
    lids = 0.6 * both((3.1, 2.2, 9.4), (1.7, 0.75, 3)) + 0.45 * both((3.1, 4.7, 9.4), (1.9, 0.7, 3))
    albedo *= 1 - lids[..., None] * np.array([0.13, 0.2, 0.16])
    if identity.makeup:
        shadow = identity.makeup * both((3.1, 4.5, 9.4), (1.9, 0.6, 3))
        albedo *= 1 - shadow[..., None] * np.array([0.22, 0.36, 0.28])
    if identity.stubble:
        y, z = points[..., 1], points[..., 2]
        beard = smoothstep(0.2, -4.0, y) * smoothstep(-12.5, -9, y) * smoothstep(1, 4, z)
        beard = np.maximum(
            beard * (1 - 0.9 * spot((0, -3.6, 11), (2.6, 1, 3))), 0.9 * spot((0, -1.7, 11.5), (2.4, 0.8, 3))
        )
        grain = gaussian_filter(np.clip(0.7 + 0.6 * r.standard_normal((TEXELS, TEXELS)), 0, 1.6), 0.6)
        albedo *= 1 - identity.stubble * (gaussian_filter(beard, 4) * grain)[..., None] * np.array([0.55, 0.5, 0.42])
    if identity.freckles:
        spots = gaussian_filter((r.random((TEXELS, TEXELS)) > 0.9975).astype(np.float32), 0.9)
        spots = spots / spots.max() * spot((0, 1, 10.5), (6, 2.2, 5))
        albedo *= 1 - identity.freckles * spots[..., None] * np.array([0.3, 0.45, 0.5])

    canvas = _Canvas(uvs)
    canvas.draw.polygon([canvas.landmark(i) for i in range(48, 60)], fill=255)
    lips = canvas.mask(6.5) * 0.9
    streaks = gaussian_filter(r.standard_normal((TEXELS, TEXELS)), (5, 0.7), mode="wrap")[..., None]
    streaks = streaks / streaks.std()
    albedo = albedo * (1 - lips) + np.array(identity.lips) * (1 + 0.05 * noise(1.0) + 0.05 * streaks) * lips
    canvas = _Canvas(uvs)
    for lip in ((48, 60, 61, 62, 63, 64, 54), (48, 60, 67, 66, 65, 64, 54)):
        canvas.draw.line([canvas.landmark(i) for i in lip], fill=255, width=14)
    albedo *= 1 - canvas.mask(6) * np.array([0.35, 0.45, 0.42])

    canvas = _Canvas(uvs)
    for eye in (range(36, 42), range(42, 48)):
        outline = [canvas.landmark(i) for i in eye]
        canvas.draw.line([*outline, outline[0]], fill=255, width=10 + int(14 * identity.makeup))
        canvas.draw.line(outline[:4], fill=255, width=18 + int(24 * identity.makeup))
    albedo *= 1 - canvas.mask(7) * np.array([0.70, 0.76, 0.75])

    brows = _brows(_Canvas(uvs), identity.brow_width, r)
    albedo = albedo * (1 - brows) + np.array(identity.hair) * 0.55 * brows

    # the scalp takes the hair's colour, with an uneven border, so that thin hair has no bright skin under it
    turn = around(points)
    inside = inside_border(GROWTH, turn, points[..., 1]) - identity.hairline * smoothstep(9, 7, np.abs(turn))
    inside -= 1.8 if hair_cut(identity).falls else 0.0  # a parting or fringe covers the front
    column, row = np.meshgrid((np.arange(TEXELS) + 0.5) / TEXELS, 1 - (np.arange(TEXELS) + 0.5) / TEXELS)
    inside -= 3.0 * smoothstep(-2.5, -4.5, points[..., 1])  # no hair grows far down the neck
    inside[((column < 0.115) | (column > 0.885)) & (row > 0.40) & (row < 0.72)] = -5  # ears
    scalp = (
        smoothstep(-0.5, 0.7, inside + 0.12 * noise(2)[..., 0] + 0.15 * noise(8)[..., 0])[..., None]
        * covered[..., None]
    )
    albedo = albedo * (1 - 0.7 * scalp) + np.array(identity.hair) * 0.6 * 0.7 * scalp

    # hair that hangs over the skin keeps light from it
    cut = hair_cut(identity)
    under = smoothstep(
        -1.5 if cut.falls else -0.9, 0.5, inside_border(cut, turn, points[..., 1]) - 0.1 * noise(3)[..., 0]
    )
    under *= smoothstep(-9.5, -6.0, points[..., 1])
    under[((column < 0.115) | (column > 0.885)) & (row > 0.40) & (row < 0.72)] *= 0.5
    albedo *= 1 - (0.50 if cut.falls else 0.25) * under[..., None] * np.array([0.80, 1.0, 1.05])

    specular = 0.35 + 0.25 * spot((0, 1, 12.6), (1.5, 3, 2.5)) + 0.15 * spot((0, 8.5, 10), (4, 2.2, 3))
    specular = specular * (1 - 0.6 * under) + (0.70 * lips - 0.2 * brows - 0.3 * scalp)[..., 0]
    specular *= 1 + 0.12 * noise(1.2)[..., 0]
    pores = gaussian_filter(np.maximum(r.standard_normal((TEXELS, TEXELS)) - 1.2, 0), 0.8)
    rough = (0.4 + 0.6 * smoothstep(7, 10, points[..., 2])) * smoothstep(-11, -8, points[..., 1])
    relief = 0.0028 * noise(3.2)[..., 0] - 0.030 * pores * rough
    relief = relief * (1 - lips[..., 0]) + (0.0045 * streaks - 0.0015 * streaks**2)[..., 0] * lips[..., 0]
    bend = _bend(points, covered, relief) * (1 - 0.8 * scalp)
    out = np.concatenate([np.clip(albedo, 0, 1), np.clip(specular, 0.02, 1.3)[..., None], bend], -1).astype(np.float32)
    out[~covered] = out[covered].mean(0)
    return np.ascontiguousarray(out)
