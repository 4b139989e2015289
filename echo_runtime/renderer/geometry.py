"""How turning the head moves a surface in the picture: from output pixel to rest picture, by depth.

The head turns rigidly about a pivot before a fixed camera. Where a pixel's surface point lies at rest follows from its
depth, and its depth is kept as a map of the rest picture; the two are brought to agree by a few fixed-point steps, as
relief mapping does (Policarpo, Oliveira & Comba 2005). Polynomials of the pose leave errors of several pixels here.

Lengths are centimetres in the axes of `echo_runtime.signals`; coordinates are normalised to [-1, 1], y downwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from echo_runtime.renderer.sampling import sample

STEPS = 6
STRIDE = 0.6
"""Fixed-point steps, and how far each goes; shorter than whole ones, which swing at steep places."""


@dataclass(frozen=True)
class View:
    """The camera at (0, height, distance) looking along -z, and the point that the head turns about."""

    distance: float
    height: float
    field_of_view: float
    """Degrees, over the picture's side."""
    pivot: tuple[float, float, float]

    @property
    def spread(self) -> float:
        """Half the picture's side at distance 1."""
        return math.tan(math.radians(self.field_of_view) / 2.0)


def rotation(angles: Tensor) -> Tensor:
    """(B, 3) pitch, yaw, roll in radians -> (B, 3, 3), Ry(yaw) · Rx(pitch) · Rz(roll)."""
    sp, sy, sr = angles.sin().unbind(1)
    cp, cy, cr = angles.cos().unbind(1)
    rows = [
        torch.stack([cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp], 1),
        torch.stack([cp * sr, cp * cr, -sp], 1),
        torch.stack([cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp], 1),
    ]
    return torch.stack(rows, 1)


def rays(grid: Tensor, angles: Tensor, shift: Tensor, view: View) -> tuple[Tensor, Tensor]:
    """The camera (B, 1, 1, 3) and the rays (B, h, w, 3) of the pixels `grid` (1, h, w, 2) in the resting head's space.

    Rays have length 1 along the camera's axis. `angles` (B, 3) radians; `shift` (B, 3) centimetres.
    """
    turn = rotation(angles)
    pivot = torch.tensor(view.pivot, device=grid.device)
    ray = (
        torch.cat([grid[..., :1], -grid[..., 1:], torch.full_like(grid[..., :1], -1.0 / view.spread)], -1) * view.spread
    )
    origin = torch.tensor([0.0, view.height, view.distance], device=grid.device)
    # the camera and its rays, brought into the resting head's space (a row vector times R is R transposed)
    # (products are written out: compilers run matrix products in bfloat16, which coordinates do not bear)
    ray = (ray[..., None] * turn[:, None, None]).sum(-2)
    eye = (((origin - pivot - shift)[..., None] * turn).sum(-2) + pivot)[:, None, None]
    return eye, ray


def rest_coordinates(grid: Tensor, depth: Tensor, angles: Tensor, shift: Tensor, view: View) -> Tensor:
    """(B, h, w, 2): where in the rest picture the points lie that are seen at `grid` (1, h, w, 2).

    `depth` (B, 1, s, s): z of the rest picture's surface; `angles` (B, 3) radians; `shift` (B, 3) centimetres.
    """
    eye, ray = rays(grid, angles, shift, view)
    z = depth.mean((2, 3))[:, :, None].expand(-1, *grid.shape[1:3])
    place = grid
    for step in range(STEPS):
        reach = (z - eye[..., 2]) / ray[..., 2]
        point = eye + ray * reach[..., None]
        away = (view.distance - point[..., 2]) * view.spread
        place = torch.stack([point[..., 0] / away, (view.height - point[..., 1]) / away], -1)
        if step < STEPS - 1:
            z = z + STRIDE * (sample(depth, place)[:, 0] - z)
    return place
