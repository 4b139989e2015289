"""The hair's shell for a renderer's training: its radius from the head's own hair, its canvases from turned views."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree
from torch import Tensor

from echo_runtime.renderer import NeuralRenderer
from echo_runtime.renderer.geometry import rotation
from echo_runtime.renderer.sampling import pixel_grid, sample
from echo_runtime.renderer.shell import AROUND, UNIT, Shell, projected, shell_coordinates, unprojected
from echo_runtime.renderer.warp import SHELL_SIZE
from echo_runtime.signals import FloatArray
from echo_runtime.training.head import HeadRenderer
from echo_runtime.training.head.hair import CENTRE_Y
from echo_runtime.training.head.hairline import AXIS_Z
from echo_runtime.training.renderer_motions import motion_of

if TYPE_CHECKING:
    from echo_runtime.training.renderer_pictures import RendererPictures

HAIR = 2
"""Region of `HeadPicture.region`."""
VIEWS: tuple[FloatArray, ...] = tuple(
    motion_of(headYaw=yaw, headPitch=pitch)
    for yaw, pitch in (
        (0, 0), (0.35, 0), (-0.35, 0), (0.7, 0), (-0.7, 0), (1.2, 0), (-1.2, 0), (1.9, 0), (-1.9, 0), (math.pi, 0),
        (0, 0.4), (0, -0.4), (2.5, 0), (-2.5, 0),
    )
)  # fmt: skip
"""Head turned all the way around: the hair is seen from every side once."""
FACING = 0.1
"""Least cosine between surface and view for a view to paint a place."""
FRONTAL = 0.6
"""Radians of yaw beyond which a view counts less, for its light falls otherwise than on heads that face the camera."""
CLEAR = 0.25
"""The hair in front must cover less than this for the inner side behind it to be seen."""
Views = tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]


def shell_of(head: HeadRenderer) -> tuple[Shell, FloatArray]:
    """The shell that holds the hair of `head`, and its radius (2, 1, SHELL_SIZE, SHELL_SIZE) in cm, front and back."""
    points = torch.from_numpy(head.rig.hair.vertices.copy()) - torch.tensor([0.0, CENTRE_Y, AXIS_Z])
    used = torch.from_numpy(np.unique(head.rig.hair.faces).astype(np.int64))
    points = points[used]
    flat = points[:, [0, 2]].norm(dim=1)
    radius = torch.where(points[:, 1] > 0, points.norm(dim=1), flat)
    # around the sides the projection doubles lengths, and goes on to the limit of what is ever seen
    least = float((points[:, 1] / UNIT / (1.0 + points[:, 2].abs() / flat - 2 * AROUND).clamp(min=1.0 - AROUND)).min())
    shell = Shell(CENTRE_Y, AXIS_Z, 1.75, min(least, -0.5) - 0.1, 1.75)
    maps = []
    own = pixel_grid(SHELL_SIZE, SHELL_SIZE)[0].reshape(-1, 2).numpy()
    for side in (1.0, -1.0):
        near = side * points[:, 2] / points.norm(dim=1) > -0.9
        place = projected(points[near], side, shell).numpy()
        away, index = cKDTree(place).query(own, k=6)
        weight = 1.0 / (away + 0.01) ** 2
        maps.append((radius[near].numpy()[index] * weight).sum(1) / weight.sum(1))
    return shell, np.stack(maps).reshape(2, 1, SHELL_SIZE, SHELL_SIZE).astype(np.float32)


def draw_views(head: HeadRenderer) -> Views:
    """Pictures (V, S, S, 4) and regions (V, S, S) of VIEWS."""
    drawn = [head.render(motion, detail=True) for motion in VIEWS]
    return np.stack([d.rgba for d in drawn]), np.stack([d.region for d in drawn if d.region is not None])


@torch.no_grad()
def paint_shell(renderer: NeuralRenderer, data: RendererPictures) -> None:
    """Fills the hair's canvases from the views of a data set: outside, then the inner side where it shows."""
    config = renderer.config
    assert config.shell is not None
    assert data.views is not None
    shell, view = config.shell, config.view
    radius = renderer.fields.hair_radius()
    pictures = torch.from_numpy(np.array(data.views[0])).permute(0, 3, 1, 2).float() / 255.0
    hair = torch.from_numpy(np.array(data.views[1]) == HAIR).float()[:, None] * pictures[:, 3:]
    inner = 1.0 - F.max_pool2d(1.0 - hair, 5, 1, 2)
    motion = torch.from_numpy(np.stack(VIEWS)) * renderer.input_gain
    frontal = torch.exp(-((motion[:, 53] / 5.0 / FRONTAL) ** 2)).clamp(min=1e-3)[:, None, None, None]
    turn = rotation(motion[:, 52:55] / 5.0)
    pivot, centre = torch.tensor(view.pivot), torch.tensor([0.0, shell.centre_y, shell.centre_z])
    camera = torch.tensor([0.0, view.height, view.distance])

    def seen(canvas: Tensor, side: float, which: int) -> tuple[Tensor, Tensor]:
        """Where each view sees the places of a canvas (V, h, w, 2), and the cosine to the outward normal (V, h, w)."""
        place = pixel_grid(*canvas.shape[2:])
        normal, drop = unprojected(place, side, shell)
        r = sample(radius[which : which + 1], place)[0, 0]
        point = centre + normal * r[..., None] + torch.tensor([0.0, 1.0, 0.0]) * drop[..., None]
        turned = torch.einsum("vij,abcj->vabci", turn, point - pivot)[:, 0] + pivot
        outward = torch.einsum("vij,abcj->vabci", turn, normal)[:, 0]
        ray = F.normalize(camera - turned, dim=-1)
        away = (view.distance - turned[..., 2]) * view.spread
        return torch.stack([turned[..., 0] / away, (view.height - turned[..., 1]) / away], -1), (outward * ray).sum(-1)

    for which, (side, canvas) in enumerate(((1.0, renderer.hair_canvas), (-1.0, renderer.behind_canvas))):
        at, cosine = seen(canvas, side, which)
        colour, is_hair = sample(pictures, at), sample(hair, at)
        weight = (cosine - FACING).clamp(min=0.0)[:, None] ** 2 * frontal
        alpha = (weight * is_hair).sum(0) / weight.sum(0).clamp(min=1e-9)
        alpha[:, weight.sum(0)[0] <= 1e-9] = 1.0  # the crown, which no view shows
        paint = weight * is_hair
        if which == 1:  # its colour is the inner side's, where nothing hides that
            grid = pixel_grid(data.size, data.size)
            front, _ = shell_coordinates(grid, radius, motion[:, 52:55] / 5.0, torch.zeros(len(motion), 3), view, shell)
            hidden = sample(sample(renderer.hair_canvas[:, 3:].expand(len(motion), -1, -1, -1), front[:, 0]), at)
            paint = (-cosine - FACING).clamp(min=0.0)[:, None] ** 2 * frontal
            paint = paint * sample(inner, at) * (hidden < CLEAR)
        total = paint.sum(0)
        mean = (paint * colour[:, :3]).sum(0) / total.clamp(min=1e-6)
        empty = (total[0] < (1e-6 if which == 0 else 0.02)).numpy()
        if empty.all():
            continue
        nearest = distance_transform_edt(empty, return_distances=False, return_indices=True)
        mean = mean[:, nearest[0], nearest[1]]
        canvas.copy_(torch.cat([mean * alpha, alpha], 0)[None])
