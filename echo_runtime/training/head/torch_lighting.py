"""The light of `lighting`, for any torch device, on vectors of samples."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, normalize, pad

from echo_runtime.signals import FloatArray
from echo_runtime.training.head import lighting
from echo_runtime.training.head.lighting import LAMP_AXES, SHADOW_BIAS, SHADOW_BLUR, SHADOW_DEPTH, SHADOW_EXTENT
from echo_runtime.training.head.lighting import SHADOW_SIZE as SIZE
from echo_runtime.training.head.torch_materials import Colour3

FILL = (lighting._FILL_X, lighting._FILL_Y, lighting._FILL_Z)
RIM = (lighting._RIM_X, lighting._RIM_Y, lighting._RIM_Z)


def _axis(values: FloatArray | tuple[float, float, float], like: Tensor) -> Tensor:
    return torch.tensor([float(v) for v in values], device=like.device)


def shadow_view(vertices: Tensor) -> tuple[Tensor, Tensor]:
    """`vertices` (B, N, 3) as the key lamp sees them: (B, N, 2) texels and (B, N) depth."""
    axes = torch.from_numpy(LAMP_AXES).to(vertices.device)
    view = vertices @ axes
    flip = torch.tensor([1.0, -1.0], device=vertices.device)
    xy = (view[..., :2] - axes[1, :2]) * flip * (SIZE / SHADOW_EXTENT) + SIZE / 2
    return xy, view[..., 2] + SHADOW_DEPTH


def shadow_moments(depth: Tensor) -> Tensor:
    """(B, 2, S, S) blurred depth and squared depth of the lamp's pictures (B, S, S)."""
    d = depth.clamp(min=SHADOW_DEPTH - 14) - SHADOW_DEPTH
    moments = torch.stack([d, d * d], 1)
    for _ in range(2):
        moments = avg_pool2d(pad(moments, [SHADOW_BLUR] * 4, mode="replicate"), 2 * SHADOW_BLUR + 1, 1)
    return moments


def lit_by_key(place: Tensor, picture: Tensor, moments: Tensor) -> Tensor:
    """(M,) share of the key lamp that reaches points (M, 3) of pictures (M,) of the batch."""
    axes = torch.from_numpy(LAMP_AXES).to(place.device)
    scale = SIZE / SHADOW_EXTENT
    sx = (place @ axes[:, 0] - axes[1, 0]) * scale + SIZE / 2
    sy = SIZE / 2 - (place @ axes[:, 1] - axes[1, 1]) * scale
    d = place @ axes[:, 2] + SHADOW_BIAS
    sx, sy = (sx - 0.5).clamp(0, SIZE - 1.001), (sy - 0.5).clamp(0, SIZE - 1.001)
    xi, yi = sx.long(), sy.long()
    fx, fy = sx - xi, sy - yi

    def read(k: int) -> Tensor:
        m = moments[:, k]
        upper = m[picture, yi, xi] * (1 - fx) + m[picture, yi, xi + 1] * fx
        return upper * (1 - fy) + (m[picture, yi + 1, xi] * (1 - fx) + m[picture, yi + 1, xi + 1] * fx) * fy

    mean, square = read(0), read(1)
    variance = (square - mean * mean).clamp(min=0.04)
    chance = variance / (variance + (mean - d) ** 2)
    return torch.where(d >= mean, 1.0, ((chance - 0.25) / 0.75).clamp(min=0))


def _diffuse(facing: Tensor, wrap: Tensor) -> Tensor:
    d = ((facing + wrap) / (1 + wrap)).clamp(min=0)
    return d * d * (3 - 2 * d.clamp(max=1)) * 0.35 + d * 0.65


def light(
    place: Tensor, normal: Tensor, colour: Colour3, specular: Tensor, occlusion: Tensor, is_skin: Tensor, lit: Tensor,
    view: Tensor, *, eye: bool = False, strand: Tensor | None = None, hair: Tensor | None = None,
    root: Tensor | None = None,
) -> Colour3:  # fmt: skip
    """Linear RGB in [0, 1] of points (M, 3); see `lighting.light`. `strand`, `hair` (3,) and `root` (M, 3) for hair."""
    key, fill_way, rim_way = (_axis(v, place) for v in (lighting.KEY, FILL, RIM))
    facing = normal @ key
    v = normalize(view - place, dim=1)
    h = normalize(key + v, dim=1)
    half = (normal * h).sum(1).clamp(min=0)
    half_fill = (normal * normalize(fill_way + v, dim=1)).sum(1).clamp(min=0)
    fill = ((normal @ fill_way + 0.35) / 1.35).clamp(min=0)
    h18, h55, f20 = half**18, half**55, half_fill**20
    shine = facing.clamp(min=0) * lit * (0.55 * h18 + 0.75 * h55) + 0.25 * f20 * occlusion
    shine = specular * shine * 0.42 * occlusion
    away = 1 - (normal * v).sum(1).clamp(0, 1)
    rim = away**3 * ((normal @ rim_way + 0.35) / 1.35).clamp(min=0) * occlusion * 0.55
    if eye:
        shine = 0.10 * h55 * occlusion + ((half - 0.9895) / 0.005).clamp(0, 1) * (0.35 + 0.65 * occlusion)
        shine = shine + 0.16 * ((half_fill - 0.993) / 0.004).clamp(0, 1) * occlusion
        rim = torch.zeros_like(rim)
    elif strand is None:
        rim = torch.where(is_skin, rim, 0.0)
    else:
        rim = rim * 0.30
    open_ = 0.35 + 0.65 * occlusion
    sky, ground = 0.65 + 0.35 * normal[:, 1], 0.5 - 0.5 * normal[:, 1]
    wraps = (torch.where(is_skin, w, 0.12) for w in (0.42, 0.20, 0.13))
    lits = (torch.where(is_skin, torch.sqrt(lit), lit), lit, lit)
    gloss = None
    if strand is not None:
        assert hair is not None
        assert root is not None
        tangent = place - root
        tangent = tangent - (tangent * normal).sum(1, keepdim=True) * normal
        along = (tangent * h).sum(1) / torch.sqrt((tangent * tangent).sum(1) + 1e-9)
        first, second = along + 0.10 * (strand - 0.5) - 0.03, along + 0.22 * (strand - 0.5) + 0.12
        k, m = (1 - first * first).clamp(min=0), (1 - second * second).clamp(min=0)
        gloss = (k**70 * 0.20 * (0.3 + strand) + 0.26 * m**14 * strand) * (0.22 + 0.78 * lit) * occlusion
    out = []
    lamp, window, zenith, floor, edge = (
        (1.5, 1.41, 1.30), (0.231, 0.286, 0.378), (0.30, 0.33, 0.37), (0.10, 0.075, 0.05), (0.75, 0.85, 0.95)
    )  # fmt: skip
    for i, (c, wrap, key_lit) in enumerate(zip(colour, wraps, lits, strict=True)):
        value = c * (lamp[i] * _diffuse(facing, wrap) * key_lit * open_ + window[i] * fill * occlusion)
        value = value + c * (zenith[i] * sky + floor[i] * ground) * 1.1 * occlusion + shine
        value = value + rim * edge[i] * (c * 0.6 + 0.25)
        if gloss is not None and hair is not None:
            value = value + gloss * (hair[i] * 2.2 + 0.1)
        out.append((value / (1 + 0.22 * value) * 1.06).clamp(max=1))
    return out[0], out[1], out[2]
