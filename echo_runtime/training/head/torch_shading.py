"""Colours of samples by what they see, for any torch device: the same as `shading`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from echo_runtime.training.head.shading import CLOTHES, HAIR, IRIS, NECKLINE, PIVOT_Z, SKIN, TAPS
from echo_runtime.training.head.torch_lighting import light, lit_by_key
from echo_runtime.training.head.torch_materials import (
    Colour3,
    enamel,
    eyeball,
    mouth_flesh,
    noise,
    strand_lightness,
    texel,
)
from echo_runtime.training.head.torch_posing import PosedBatch
from echo_runtime.training.head.torch_posing import smoothstep as step
from echo_runtime.training.head.torch_raster import Visible


@dataclass(frozen=True)
class Scene:
    """What shading needs besides the samples: `attributes` (N, 8), `texture` (T, T, 7), `palette` (4, 3), `view` (3,),
    `moments` (B, 2, S, S)."""

    posed: PosedBatch
    attributes: Tensor
    texture: Tensor
    palette: Tensor
    view: Tensor
    moments: Tensor


@dataclass(frozen=True)
class Points:
    """M samples: the `picture` (M,) that each is of, `place` and unit `normal` (M, 3), `own` attributes (M, 8)."""

    picture: Tensor
    place: Tensor
    normal: Tensor
    own: Tensor


def blend(values: Tensor, corners: Tensor, bary: Tensor) -> Tensor:
    """(M, ...) of `values` (N, ...) at triangles with `corners` (M, 3) and weights (M, 2) of the first two."""
    w0, w1 = bary[:, 0], bary[:, 1]
    weights = torch.stack([w0, w1, 1 - w0 - w1], 1)
    return (values[corners] * weights.reshape(*weights.shape, *([1] * (values.ndim - 1)))).sum(1)


def points(scene: Scene, picture: Tensor, corners: Tensor, bary: Tensor) -> Points:
    """The surface points that samples of `picture` (M,) see."""
    count = scene.posed.vertices.shape[1]
    at = corners + picture[:, None] * count
    place = blend(scene.posed.vertices.reshape(-1, 3), at, bary)
    normal = normalize(blend(scene.posed.normals.reshape(-1, 3), at, bary), dim=1)
    return Points(picture, place, normal, blend(scene.attributes, corners, bary))


def under_lips(body: Visible, groups: Tensor, where: tuple[Tensor, Tensor, Tensor], reach: float) -> Tensor:
    """(M,) share of light that lips take from samples `where` inside the mouth; `groups` (B, S, S), -1 for none."""
    picture, y, x = where
    size = groups.shape[1]
    depth = body.depth[picture, y, x]
    taken = torch.zeros_like(depth)
    for dx, dy, share in TAPS:
        ty, tx = y + int(dy * reach), x + int(dx * reach)
        inside = (ty >= 0) & (ty < size) & (tx >= 0) & (tx < size)
        ty, tx = ty.clamp(0, size - 1), tx.clamp(0, size - 1)
        group = groups[picture, ty, tx]
        near = (group >= 0) & (group < 2) & (body.depth[picture, ty, tx] > depth)
        taken += torch.where(inside & near, float(share), 0.0)
    return taken


def _bent(scene: Scene, p: Points, bend: Tensor) -> Tensor:
    """Normals with `bend` (M, 3), given in the head's axes, added."""
    rotation = scene.posed.frame[p.picture, :3]
    return normalize(p.normal + (rotation @ bend[..., None])[..., 0], dim=1)


def _lit(scene: Scene, p: Points) -> Tensor:
    return lit_by_key(p.place, p.picture, scene.moments)


def _baked(p: Points) -> Tensor:
    return 0.22 + 0.78 * p.own[:, 5].clamp(0, 1)


def skin(scene: Scene, p: Points, face: bool) -> Colour3:
    """Face (with texture) or neck and back of the head, and clothes."""
    x, y, z, edge = p.own[:, 0], p.own[:, 1], p.own[:, 2], p.own[:, 6]
    normal = p.normal
    if face:
        found = texel(scene.texture, p.own[:, 3], p.own[:, 4])
        colour, specular = found[:, :3], found[:, 3]
        normal = _bent(scene, p, found[:, 4:7])
    else:
        scalp = (0.7 * step(-0.5, 0.7, edge) * step(-4.5, -2.5, y))[:, None]
        colour = scene.palette[SKIN] + (scene.palette[HAIR] * 0.6 - scene.palette[SKIN]) * scalp
        specular = torch.full_like(x, 0.3)
    cloth = step(0.06, -0.06, y + 0.28 * z + 0.05 * x.abs() - NECKLINE)
    colour = colour + (scene.palette[CLOTHES] - colour) * cloth[:, None]
    specular = specular + (0.03 - specular) * cloth
    red, green, blue = colour.unbind(1)
    return light(p.place, normal, (red, green, blue), specular, _baked(p), cloth < 0.5, _lit(scene, p), scene.view)


def mouth(scene: Scene, p: Points, group: int, covered: Tensor) -> Colour3:
    """Gums and tongue (2), teeth (3) and the bag behind the lips (7)."""
    x, z, place, across = p.own[:, 0], p.own[:, 2], p.own[:, 6], p.own[:, 7]
    frame = scene.posed.frame[p.picture]
    depth = torch.maximum(z, ((p.place - frame[:, 3]) * frame[:, :3, 2]).sum(1) + PIVOT_Z)
    inside = step(4.5, 10.6, depth)
    occlusion = (0.02 + 0.86 * inside * inside) * (1 - covered)
    zero = torch.zeros_like(x)
    bend = torch.stack([zero, zero, zero], 1)
    if group == 2:
        colour, specular = mouth_flesh(x, z, place), zero + 0.45
        tip = place * torch.maximum(step(0.25, -0.45, p.normal[:, 1]), step(10.2, 11.0, depth))
        occlusion = torch.maximum(occlusion, 0.62 * tip * (1 - 0.6 * covered))
        dark = 0.22 + 0.6 * tip
        side = 0.25 * (noise(x * 9 + 40) - 0.5) * place
        bend = torch.stack([side, zero, 0.25 * (noise(z * 9 + 90) - 0.5) * place + 0.9 * tip], 1)
    elif group == 3:
        *enamels, specular = enamel(place, across)
        colour = (enamels[0], enamels[1], enamels[2])
        dark = 0.10 + 0.45 * inside * inside
        specular = specular * inside
        bend = torch.stack([0.22 * across, zero, zero], 1)
    else:
        colour, specular, dark = (zero + 0.30, zero + 0.07, zero + 0.06), zero + 0.10, zero + 0.15
    shade = dark + (1 - dark) * occlusion
    red, green, blue = (c * shade for c in colour)
    colour = (red, green * (0.72 + 0.28 * occlusion), blue * (0.68 + 0.32 * occlusion))
    never = torch.zeros_like(x, dtype=torch.bool)
    normal = _bent(scene, p, bend)
    return light(p.place, normal, colour, specular, occlusion, never, _lit(scene, p), scene.view)


def eye(scene: Scene, p: Points, lid_u: Tensor, lid_v: Tensor) -> Colour3:
    """Eyeballs; `lid_u`, `lid_v` (M,) the place in the eye's opening."""
    x, y = p.own[:, 0], p.own[:, 1]
    red, green, blue = eyeball(x, y, scene.palette[IRIS])
    lid = (1 - 0.80 * step(0.50, 1.02, lid_v)) * (1 - 0.40 * step(0.16, 0.0, lid_v))
    lid = lid * (1 - 0.5 * step(0.14, 0.02, lid_u)) * (1 - 0.5 * step(0.80, 0.97, lid_u))
    occlusion = 0.16 + 0.74 * lid
    corner = torch.maximum(step(0.22, 0.03, lid_u), step(0.70, 0.95, lid_u)) * 0.55
    green, blue = green * (1 - 0.35 * corner), blue * (1 - 0.32 * corner)
    bulge = 0.22 * step(0.85, 0.55, torch.sqrt(x * x + y * y))
    normal = _bent(scene, p, torch.stack([bulge * x, bulge * y, torch.zeros_like(x)], 1))
    never = torch.zeros_like(x, dtype=torch.bool)
    lit = _lit(scene, p)
    found = light(p.place, normal, (red, green, blue), never.float() + 0.4, occlusion, never, lit, scene.view, eye=True)
    tear = 0.16 * step(0.15, 0.05, lid_v) * step(0.0, 0.04, lid_v)
    red, green, blue = (c + tear * (1 - c) for c in found)
    return red, green, blue


def hair(scene: Scene, p: Points) -> Colour3:
    """Hair, from outside and from within."""
    strand = strand_lightness(p.own[:, 7], p.own[:, 6])
    shade = 0.32 + 1.14 * strand
    colour = scene.palette[HAIR]
    way = scene.view - p.place
    away = (p.normal * way).sum(1) / way[:, 2]
    normal = torch.where(away[:, None] < -0.15, -p.normal, p.normal)
    occlusion = _baked(p) * (1 - 0.6 * step(-0.10, -0.35, away))
    never = torch.zeros_like(strand, dtype=torch.bool)
    return light(
        p.place, normal, (colour[0] * shade, colour[1] * shade, colour[2] * shade), torch.zeros_like(strand), occlusion,
        never, _lit(scene, p), scene.view, strand=strand, hair=colour, root=scene.posed.strand_root[p.picture],
    )  # fmt: skip
