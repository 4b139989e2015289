"""Hair on a shell: rays meet it where geometry says, from the front and from behind, however the head is turned."""

import pytest
import torch

from echo_runtime.renderer.config import SYNTHETIC_VIEW as VIEW
from echo_runtime.renderer.geometry import rotation
from echo_runtime.renderer.sampling import pixel_grid
from echo_runtime.renderer.shell import Shell, projected, shell_coordinates, unprojected

SHELL = Shell(centre_y=4.5, centre_z=0.5, wide=1.75, low=-2.3, high=1.75)
RADIUS = 9.0
CENTRE = torch.tensor([0.0, SHELL.centre_y, SHELL.centre_z])


def surface(place: torch.Tensor, side: float) -> torch.Tensor:
    normal, drop = unprojected(place, side, SHELL)
    return normal * RADIUS + torch.tensor([0.0, 1.0, 0.0]) * drop[..., None]


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_projection_and_its_inverse(side: float) -> None:
    place = torch.rand(200, 2) * 1.1 - 0.55
    point = surface(place, side)
    torch.testing.assert_close(projected(point, side, SHELL), place, atol=1e-4, rtol=1e-3)
    above = point[:, 1] > 0
    torch.testing.assert_close(point[above].norm(dim=1), torch.full((int(above.sum()),), RADIUS))
    torch.testing.assert_close(point[~above][:, [0, 2]].norm(dim=1), torch.full((int((~above).sum()),), RADIUS))


@pytest.mark.parametrize("angles", [(0.0, 0.0, 0.0), (0.2, 0.4, -0.1), (-0.2, -0.45, 0.2)])
def test_points_of_a_turned_shell_are_found(angles: tuple[float, float, float]) -> None:
    """Points on both sides are projected by the camera; the ray of each must come back to the same place."""
    turn, pivot = rotation(torch.tensor([angles]))[0], torch.tensor(VIEW.pivot)
    radius = torch.full((2, 1, 8, 8), RADIUS)
    pose = (torch.tensor([angles]), torch.tensor([[0.5, -0.3, 0.4]]))
    for which, side in enumerate((1.0, -1.0)):
        place = pixel_grid(21, 21)[0] * 0.45
        relative = surface(place, side)
        moved = (relative + CENTRE - pivot) @ turn.T + pivot + pose[1][0]
        normal = unprojected(place, side, SHELL)[0] @ turn.T
        facing = (
            normal * torch.nn.functional.normalize(torch.tensor([0.0, VIEW.height, VIEW.distance]) - moved, dim=-1)
        ).sum(-1)
        away = (VIEW.distance - moved[..., 2]) * VIEW.spread
        seen = torch.stack([moved[..., 0] / away, (VIEW.height - moved[..., 1]) / away], -1)
        found, through = shell_coordinates(seen[None], radius, *pose, VIEW, SHELL)
        sure = side * facing > 0.25
        assert sure.sum() > 100
        torch.testing.assert_close(found[0, which][sure], place[sure], atol=5e-3, rtol=1e-2)
        assert (through[0, which][sure] > 0).all()


def test_rays_beside_the_head_pass_by() -> None:
    edge = torch.tensor([[[[-0.95, -0.6], [0.95, -0.6]]]])
    still = torch.zeros(1, 3)
    _, through = shell_coordinates(edge, torch.full((2, 1, 8, 8), RADIUS), still, still, VIEW, SHELL)
    assert (through < -1.0).all()


def test_slopes_are_finite_where_rays_graze() -> None:
    radius = torch.full((2, 1, 8, 8), RADIUS, requires_grad=True)
    still = torch.zeros(1, 3)
    place, through = shell_coordinates(pixel_grid(32, 32), radius, still, still, VIEW, SHELL)
    (place.square().sum() + through.sum()).backward()
    assert radius.grad is not None
    assert torch.isfinite(radius.grad).all()
