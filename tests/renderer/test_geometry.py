"""Turning a surface of known depth: the warp must find the points that a camera would see."""

import numpy as np
import pytest
import torch

from echo_runtime.renderer.config import SYNTHETIC_VIEW as VIEW
from echo_runtime.renderer.geometry import rest_coordinates, rotation


def project(points: torch.Tensor) -> torch.Tensor:
    away = (VIEW.distance - points[..., 2]) * VIEW.spread
    return torch.stack([points[..., 0] / away, (VIEW.height - points[..., 1]) / away], -1)


def bump(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return 8.0 - 0.03 * (x * x + y * y)


def test_rotation_is_the_order_of_the_signals() -> None:
    pitch, yaw, roll = 0.2, -0.3, 0.1
    cp, sp, cy, sy, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rx = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    rz = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    turn = rotation(torch.tensor([[pitch, yaw, roll]]))[0].numpy()
    np.testing.assert_allclose(turn, ry @ rx @ rz, atol=1e-6)


@pytest.mark.parametrize(
    ("angles", "shift"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((0.2, 0, 0), (1, 0, 0)),
        ((0, 0.35, 0), (0, -1, 2)),
        ((-0.15, -0.3, 0.2), (0.5, 0.5, -1)),
    ],
)
def test_points_of_a_turned_surface_are_found(angles: tuple[float, ...], shift: tuple[float, ...]) -> None:
    side = 96
    ys, xs = torch.meshgrid(torch.linspace(-7, 7, 15), torch.linspace(-7, 7, 15), indexing="ij")
    points = torch.stack([xs, ys, bump(xs, ys)], -1)
    # the depth map that belongs to this surface, by solving for the point on each pixel's ray
    line = (torch.arange(side) * 2 + 1) / side - 1
    gy, gx = torch.meshgrid(line, line, indexing="ij")
    z = torch.full((side, side), 8.0)
    for _ in range(20):
        away = (VIEW.distance - z) * VIEW.spread
        z = bump(gx * away, VIEW.height - gy * away)
    turn, pivot = rotation(torch.tensor([angles]).float())[0], torch.tensor(VIEW.pivot)
    moved = (points - pivot) @ turn.T + pivot + torch.tensor(shift).float()
    found = rest_coordinates(
        project(moved)[None], z[None, None], torch.tensor([angles]).float(), torch.tensor([shift]).float(), VIEW
    )
    pixels = (found[0] - project(points)) * 128.0
    assert pixels.abs().max() < 0.6


def test_without_pose_nothing_moves() -> None:
    grid = torch.rand(1, 5, 6, 2) - 0.5
    depth = torch.rand(1, 1, 8, 8) * 10
    still = rest_coordinates(grid, depth, torch.zeros(1, 3), torch.zeros(1, 3), VIEW)
    torch.testing.assert_close(still, grid, atol=1e-5, rtol=0)
