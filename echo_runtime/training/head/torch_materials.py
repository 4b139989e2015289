"""What surfaces are made of, for any torch device: the same formulas as `materials`, on vectors of samples."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

from echo_runtime.training.head.materials import NOISE
from echo_runtime.training.head.torch_posing import smoothstep as step

Colour3 = tuple[Tensor, Tensor, Tensor]


@cache
def _noise_table(device: torch.device) -> Tensor:
    return torch.from_numpy(NOISE).to(device)


def noise(x: Tensor) -> Tensor:
    """Smooth noise in [0, 1] along a line."""
    table = _noise_table(x.device)
    whole = torch.floor(x)
    f = x - whole
    f = f * f * (3 - 2 * f)
    i = whole.long() & 4095
    return table[i] * (1 - f) + table[(i + 1) & 4095] * f


def texel(texture: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """(M, C) bilinear look-up in `texture` (T, T, C)."""
    size = texture.shape[0]
    x, y = u * size - 0.5, (1 - v) * size - 0.5
    xi, yi = x.long().clamp(0, size - 2), y.long().clamp(0, size - 2)
    fx, fy = (x - xi)[:, None], (y - yi)[:, None]
    upper = texture[yi, xi] * (1 - fx) + texture[yi, xi + 1] * fx
    return upper * (1 - fy) + (texture[yi + 1, xi] * (1 - fx) + texture[yi + 1, xi + 1] * fx) * fy


def eyeball(x: Tensor, y: Tensor, iris: Tensor) -> Colour3:
    """Colour of the eye at `x`, `y` cm from its axis."""
    rho, turn = torch.sqrt(x * x + y * y), torch.atan2(y, x)
    fibres = 0.62 + 0.55 * noise(turn * 9 + 60) * step(0.20, 0.45, rho) + 0.30 * noise(turn * 23 + 109)
    collar = step(0.27, 0.33, rho) * step(0.52, 0.38, rho)
    fibres = fibres * (1 + 0.75 * step(0.45, -0.6, y) * step(0.22, 0.4, rho))
    fibres = fibres * (1 - 0.90 * step(0.48, 0.69, rho)) * step(0.255, 0.30, rho)
    white, rim, warm = step(0.66, 0.76, rho), step(0.8, 1.6, rho), 0.35 * collar
    return (
        (iris[0] * (fibres + 1.6 * warm * fibres) + 0.006) * (1 - white) + (0.74 - 0.04 * rim) * white,
        (iris[1] * (fibres + 0.5 * warm * fibres) + 0.006) * (1 - white) + (0.70 - 0.17 * rim) * white,
        (iris[2] * (fibres - 0.2 * warm * fibres) + 0.007) * (1 - white) + (0.67 - 0.17 * rim) * white,
    )


def enamel(height: Tensor, across: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Colour and specular strength of a tooth."""
    gum, thin = step(0.50, 0.0, height), step(0.80, 1.0, height)
    gap = 1 - 0.45 * step(0.78, 1.0, across.abs()) * (0.4 + 0.6 * height)
    return (
        (0.80 - 0.10 * gum - 0.08 * thin) * gap,
        (0.735 - 0.17 * gum - 0.045 * thin) * gap * (0.92 + 0.08 * gap),
        (0.615 - 0.21 * gum + 0.01 * thin) * gap * (0.86 + 0.14 * gap),
        0.75 * gap,
    )


def mouth_flesh(x: Tensor, z: Tensor, tongue: Tensor) -> Colour3:
    """Colour of gums (`tongue` 0) and tongue (1); their specular strength is 0.45."""
    furrow = 1 - 0.22 * tongue * step(0.22, 0.0, x.abs()) * step(9.7, 8.6, z)
    shade = furrow * (0.90 + 0.20 * noise(x * 11 + 200) * noise(z * 9 + 300))
    return (0.50 + 0.10 * tongue) * shade, (0.17 + 0.03 * tongue) * shade, (0.16 + 0.02 * tongue) * shade


def lash_opacity(x: Tensor, y: Tensor, tip: Tensor, strength: float) -> Tensor:
    """Opacity of lashes at rest place (`x`, `y`) cm, `tip` from 0 at the lid to 1."""
    x = x.abs()
    clump = 0.55 + 0.45 * noise(x * 9 + tip * 1.5 + 400) + 0.25 * (noise(x * 21 + 900) - 0.5)
    thin, upper = 1 - tip, step(3.0, 3.45, y)
    opacity = strength * clump * (upper * 1.15 * thin * torch.sqrt(thin) + (1 - upper) * 0.16 * thin * thin)
    return opacity.clamp(0, 0.95)


def strand_lightness(strand: Tensor, edge: Tensor) -> Tensor:
    """Lightness in [0, 1] of the hair at a strand coordinate."""
    drift = edge * 0.06
    return (
        noise(strand * 0.9 + 300) * 0.20
        + noise(strand * 3.4 + drift + 700) * 0.38
        + noise(strand * 7.5 - drift + 1300) * 0.27
        + noise(strand * 14 + 2 * drift + 3100) * 0.15
    )


def hair_opacity(strand: Tensor, edge: Tensor) -> Tensor:
    """Opacity of hair around its border, where `edge` is 0."""
    uneven = noise(strand * 1.6 + 2100) * 0.45 + noise(strand * 5.5 + 2700) * 0.55
    return step(-0.30, 0.30, edge + uneven - 0.5)


def silhouette(facing: Tensor, strand: Tensor) -> Tensor:
    """What is left of the hair's opacity at its outline."""
    stray = noise(strand * 2.6 + 1700) * 0.5 + noise(strand * 8 + 3300) * 0.5
    return step(-0.06, 0.17, facing + 0.14 * (stray - 0.5))
