"""Hair as a shell around the head: where the ray of an output pixel meets it, outside first and inside behind.

A picture of the hair from the front holds next to nothing of its sides, which a turn of the head brings out. So the
hair's layers are kept on the surface itself: a sphere above its centre and an upright cylinder below, whose radius is a
map. A ray meets sphere and cylinder in closed form; radius and place are brought to agree by fixed-point steps, as in
`geometry`. Places on the shell are coordinates of a stereographic projection (no seam and no pole where one looks):
    dome      (x, y) / (1 + z)                  of the unit direction from the centre
    below     (x, drop / UNIT) / (1 + z)        of the horizontal unit direction; drop in cm, negative
once around the front (+z, the outer side) and once around the back (-z, the inner side of the hair behind).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from echo_runtime.renderer.geometry import STEPS, STRIDE, View, rays
from echo_runtime.renderer.sampling import sample

UNIT = 9.0
"""Centimetres of drop that count as one radius."""
GRAZING = 0.05
"""Square centimetres of the discriminant that a ray passing by is given, so that slopes stay finite."""
AROUND = 0.4
"""Least 1 + z: the projection goes so far around to the other side."""


@dataclass(frozen=True)
class Shell:
    """`centre_y`, `centre_z` (cm) of dome and cylinder; `wide`, `low`, `high`: extent of the projected coordinates that
    the canvases hold, -wide…wide and low…high."""

    centre_y: float
    centre_z: float
    wide: float
    low: float
    high: float


def projected(point: Tensor, side: Tensor | float, shell: Shell) -> Tensor:
    """(…, 3) points relative to the centre (cm) -> (…, 2) canvas coordinates in [-1, 1]; `side` 1 front, -1 back."""
    x, y, z = point.unbind(-1)
    up = y.clamp(min=0.0)
    length = (x * x + up * up + z * z).clamp(min=1e-6).sqrt()
    scale = 1.0 / (1.0 + side * z / length).clamp(min=AROUND)
    across = x / length * scale / shell.wide
    height = (up / length + y.clamp(max=0.0) / UNIT) * scale
    return torch.stack([across, (shell.high + shell.low - 2.0 * height) / (shell.high - shell.low)], -1)


def unprojected(place: Tensor, side: float, shell: Shell) -> tuple[Tensor, Tensor]:
    """Canvas coordinates (…, 2) -> the outward unit direction (…, 3) there and the drop (…,) in cm, at most 0."""
    a = place[..., 0] * shell.wide
    b = (shell.high + shell.low - place[..., 1] * (shell.high - shell.low)) / 2.0
    up = b.clamp(min=0.0)
    z = (1.0 - a * a - up * up) / (1.0 + a * a + up * up)
    drop = b.clamp(max=0.0) * (1.0 + z) * UNIT
    return torch.stack([a * (1.0 + z), up * (1.0 + z), side * z], -1), drop


def shell_coordinates(
    grid: Tensor, radius: Tensor, angles: Tensor, shift: Tensor, view: View, shell: Shell
) -> tuple[Tensor, Tensor]:
    """Where the rays of `grid` (1, h, w, 2) meet the shell: outside (0) and on the inner side behind (1).

    `radius` (2, 1, s, s) cm over the two canvases; `angles` (B, 3) radians; `shift` (B, 3) cm.
    Returns canvas coordinates (B, 2, h, w, 2), and (B, 2, h, w) by how many cm a ray goes through, negative where it
    passes by.
    """
    eye, ray = rays(grid, angles, shift, view)
    batch = angles.shape[0]
    origin = eye - torch.tensor([0.0, shell.centre_y, shell.centre_z], device=grid.device)
    origin, ray = origin.repeat(2, 1, 1, 1), ray.repeat(2, 1, 1, 1)
    side = torch.tensor([1.0, -1.0], device=grid.device).repeat_interleave(batch)[:, None, None]
    maps = radius.repeat_interleave(batch, 0)
    ox, oy, oz = origin.unbind(-1)
    kx, ky, kz = ray.unbind(-1)
    flat, slant, far = kx * kx + kz * kz, ox * kx + oz * kz, ox * ox + oz * oz
    whole, lean, off = flat + ky * ky, slant + oy * ky, far + oy * oy
    r = maps.mean((2, 3))[:, :, None].expand(-1, *grid.shape[1:3])
    for step in range(STEPS):
        inside = r * r - far + slant * slant / flat
        t = (-slant - side * (flat * inside.clamp(min=GRAZING)).sqrt()) / flat
        dome = oy + t * ky > 0.0
        above = r * r - off + lean * lean / whole
        t = torch.where(dome, (-lean - side * (whole * above.clamp(min=GRAZING)).sqrt()) / whole, t)
        through = torch.where(dome, above, inside) / (2.0 * r)
        place = projected(origin + ray * t[..., None], side, shell)
        if step < STEPS - 1:
            r = r + STRIDE * (sample(maps, place)[:, 0] - r)
    return place.unflatten(0, (2, batch)).transpose(0, 1), through.unflatten(0, (2, batch)).transpose(0, 1)
