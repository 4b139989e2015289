"""Where a renderer's training starts: layers from the neutral picture, flows by least squares from true correspondence.

All of it is solved in seconds, and leaves to gradient descent what it is good at.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from scipy.ndimage import distance_transform_edt, gaussian_filter
from torch import Tensor

from echo_runtime.renderer import NeuralRenderer
from echo_runtime.renderer.geometry import View, rotation
from echo_runtime.renderer.warp import FLOW_UNIT, POSE_GRID, expression_features, pose_features
from echo_runtime.signals import ROTATION, TRANSLATION
from echo_runtime.training.renderer_hair import paint_shell
from echo_runtime.training.renderer_pictures import RendererPictures

REGIONS = {"neck": (5,), "face": (1, 3, 4), "hair": (2,)}
"""Which regions of `HeadPicture.region` a layer shows."""
SKIN, HAIR = 1, 2
ROWS = 2000
"""Correspondence of so many pictures is enough; more changes nothing visible."""
RIDGE = 2.0
FRONT_Z, BEHIND_Z = -2.5, -4.0
"""Hair nearer than the one (cm) hangs beside the face, deeper than the other behind it."""
LEAST_PARALLAX = 1e-3
"""Squared parallax per centimetre under which a single point says nothing about its depth."""


@torch.no_grad()
def start_from_rest(renderer: NeuralRenderer, data: RendererPictures) -> None:
    """Fills a new renderer's layers, depth and flow bases from a data set."""
    rows = data.training_rows()[:ROWS]
    motion = torch.from_numpy(np.array(data.motion[rows])) * renderer.input_gain
    maps = (torch.from_numpy(np.array(m[rows], np.float32)) for m in (data.rest, data.neutral))
    # offsets as the renderer has them: in halves of the picture
    rest, neutral = (m * (2.0 / data.size) for m in maps)
    region = torch.from_numpy(np.array(data.region[rows]))
    fields, view = renderer.fields, renderer.config.view
    face = torch.isin(region, torch.tensor(REGIONS["face"]))
    fields.depth[0, 0], _ = triangulated_depth(motion, rest, face, view)
    if renderer.config.shell is not None:
        fields.shell_radius.copy_(torch.from_numpy(np.array(data.shell_radius)))
        paint_layers(renderer, data, None)
        paint_shell(renderer, data)
    else:
        fields.depth[0, 1], front = triangulated_depth(motion, rest, region == HAIR, view, nearest=FRONT_Z)
        fields.depth[0, 2], back = triangulated_depth(motion, rest, region == HAIR, view, farthest=BEHIND_Z)
        paint_layers(renderer, data, (back > 4.0 * front).numpy())
    fields.neck_basis.weight.copy_(neck_basis(motion, rest, torch.isin(region, torch.tensor(REGIONS["neck"]))))
    fields.expression_basis.weight.copy_(
        expression_basis(motion, rest, neutral, region == SKIN, renderer.config.expression_size)
    )


def paint_layers(renderer: NeuralRenderer, data: RendererPictures, hair_behind: npt.NDArray[np.bool_] | None) -> None:
    """Puts the neutral rest picture into the layers. What one hides of another gets that one's nearest colour.

    `hair_behind` (f, f): where the hair that is seen at rest lies behind the head; None leaves the hair's layers alone.
    """
    region = np.asarray(data.rest_region)
    config, large = renderer.config, region.shape[0]
    behind = np.zeros_like(region, bool)
    if hair_behind is not None:
        behind = hair_behind.repeat(large // hair_behind.shape[0], 0).repeat(large // hair_behind.shape[1], 1)
    face, hair, neck = np.isin(region, REGIONS["face"]), (region == HAIR) & ~behind, region == 5
    hidden_hair = (region == HAIR) & behind
    # how far layers go on under those in front of them: skin under hair, neck under the chin, hair behind the neck
    columns = np.arange(large)[:, None]
    lowest = np.where(neck.any(0), neck.argmax(0), large)[None]
    seen_rows = hidden_hair.any(1, keepdims=True)
    first, last = hidden_hair.argmax(1)[:, None], large - 1 - hidden_hair[:, ::-1].argmax(1)[:, None]
    solid = {
        "face": face | (region == HAIR), "hair": hair,
        "neck": neck | (face & (columns > lowest - large // 8)),
        "behind": seen_rows & (first <= columns.T) & (last >= columns.T),
    }  # fmt: skip
    own = {"face": face, "hair": hair, "neck": neck, "behind": hidden_hair}
    layers = {name: _painted(np.asarray(data.rest_picture), own[name], solid[name]) for name in own}
    sizes = [("face", config.canvas_size), ("neck", config.back_size)]
    if hair_behind is not None:
        sizes += [("hair", config.hair_size), ("behind", config.back_size)]
    for name, size in sizes:
        getattr(renderer, f"{name}_canvas").copy_(F.interpolate(layers[name], size=size, mode="area"))
    for decoder, box in ((renderer.eyes, config.eyes_box), (renderer.mouth, config.mouth_box)):
        left, top, right, bottom = (round(side * large / config.size) for side in box)
        crop = layers["face"][:, :, top:bottom, left:right]
        decoder.picture.copy_(F.interpolate(crop, size=decoder.picture.shape[2:], mode="area"))


def _painted(picture: npt.NDArray[np.uint8], own: npt.NDArray[np.bool_], solid: npt.NDArray[np.bool_]) -> Tensor:
    """(1, 4, S, S) premultiplied: the colours of `own` pixels, spread to their surroundings; opaque where `solid`."""
    if not own.any():
        return torch.zeros(1, 4, *own.shape)
    nearest = distance_transform_edt(~own, return_distances=False, return_indices=True)
    colour = picture[nearest[0], nearest[1]].astype(np.float32) / 255.0
    alpha = np.where(own, picture[..., 3] / 255.0, 1.0) * solid
    layer = np.concatenate([colour[..., :3] * alpha[..., None], alpha[..., None]], -1).astype(np.float32)
    return torch.from_numpy(layer).permute(2, 0, 1)[None]


def _cells(place: Tensor, side: int) -> Tensor:
    """Normalised coordinates (…, 2) -> flat index of the cell of a side × side grid."""
    cell = ((place + 1.0) * (side / 2.0)).long().clamp(0, side - 1)
    return cell[..., 1] * side + cell[..., 0]


def triangulated_depth(
    motion: Tensor, rest: Tensor, inside: Tensor, view: View, nearest: float = -1e3, farthest: float = 1e3
) -> tuple[Tensor, Tensor]:
    """z (f, f) in centimetres of a layer's surface over the rest picture, and the weight (f, f) of what is known of it.

    Depth follows from how far points move when the head turns. Only points with `nearest` < z < `farthest` count.
    `motion` (N, 60) scaled, `rest` (N, f, f, 2) offsets, `inside` (N, f, f) bool. Each seen point gives two
    equations for its depth; those of one cell of the rest picture are solved together.
    """
    side = rest.shape[1]
    turn = rotation(motion[:, ROTATION] / 5.0)
    shift = motion[:, TRANSLATION] * (100.0 / 60.0)
    y, x = torch.meshgrid(*[(torch.arange(side) * 2 + 1) / side - 1] * 2, indexing="ij")
    own = torch.stack([x, y], -1)
    picture, ry, rx = torch.nonzero(inside, as_tuple=True)
    seen, place = own[ry, rx], own[ry, rx] + rest[picture, ry, rx]
    pivot, k = torch.tensor(view.pivot), view.spread
    # a rest point is base + z·slope; so is its turned image
    base = torch.stack(
        [place[:, 0] * k * view.distance, view.height - place[:, 1] * k * view.distance, 0 * place[:, 0]], 1
    )
    slope = torch.stack([-place[:, 0] * k, place[:, 1] * k, torch.ones_like(place[:, 0])], 1)
    base = (turn[picture] @ (base - pivot)[..., None])[..., 0] + pivot + shift[picture]
    slope = (turn[picture] @ slope[..., None])[..., 0]
    # seen.x · k · (distance - Z) = X, and likewise for y: one linear equation in z each
    weight, moment = torch.zeros(len(seen)), torch.zeros(len(seen))
    for axis, sign in ((0, 1.0), (1, -1.0)):
        ray = sign * seen[:, axis] * k
        height = 0.0 if axis == 0 else view.height
        a = slope[:, axis] + ray * slope[:, 2]
        b = height + ray * (view.distance - base[:, 2]) - base[:, axis]
        weight, moment = weight + a * a, moment + a * b
    z = moment / weight.clamp(min=1e-9)
    weight = weight * ((z > nearest) & (z < farthest) & (weight > LEAST_PARALLAX))
    total, index = torch.zeros(side * side), _cells(place, side)
    total.index_add_(0, index, weight)
    depth = torch.zeros(side * side).index_add_(0, index, weight * z) / total.clamp(min=1e-6)
    total, depth = total.view(side, side), depth.view(side, side)
    known = (total > 0.3).numpy()
    if not known.any():
        return depth, total
    source = distance_transform_edt(~known, return_distances=False, return_indices=True)
    return torch.from_numpy(gaussian_filter(depth.numpy()[source[0], source[1]], 0.6).astype(np.float32)), total


def neck_basis(motion: Tensor, rest: Tensor, inside: Tensor) -> Tensor:
    """(2 · POSE_GRID², POSE_FEATURES): the neck's offsets as a quadratic polynomial of the pose, per block of cells."""
    count, block = rest.shape[0], rest.shape[1] // POSE_GRID
    features = pose_features(motion[:, 52:58])
    weight = inside.float()[:, None]
    target = torch.nan_to_num(rest).permute(0, 3, 1, 2) * weight
    seen = F.avg_pool2d(weight, block).view(count, -1)
    sums = F.avg_pool2d(target, block).view(count, 2, -1)
    return _solved(features, seen, sums)


def expression_basis(motion: Tensor, rest: Tensor, neutral: Tensor, skin: Tensor, side: int) -> Tensor:
    """(2 · side², 54): the offsets from the rest picture to the neutral face, linear in the coefficients."""
    count, cells = rest.shape[0], rest.shape[1]
    y, x = torch.meshgrid(*[(torch.arange(cells) * 2 + 1) / cells - 1] * 2, indexing="ij")
    picture, ry, rx = torch.nonzero(skin, as_tuple=True)
    place = torch.stack([x, y], -1)[ry, rx] + rest[picture, ry, rx]
    index = picture * side * side + _cells(place, side)
    seen = torch.zeros(count * side * side).index_add_(0, index, torch.ones(len(index)))
    offset = neutral[picture, ry, rx] - rest[picture, ry, rx]
    sums = [torch.zeros(count * side * side).index_add_(0, index, offset[:, axis]) for axis in (0, 1)]
    stacked = torch.stack([s.view(count, -1) for s in sums], 1)
    return _solved(expression_features(motion), seen.view(count, -1), stacked)


def _solved(features: Tensor, seen: Tensor, sums: Tensor) -> Tensor:
    """Ridge regression per cell.

    `features` (N, F), `seen` (N, C) weights, `sums` (N, 2, C) weighted targets -> (2C, F).
    """
    count, width = features.shape
    products = (features[:, :, None] * features[:, None]).view(count, -1)
    left = (seen.T @ products).view(-1, width, width) + RIDGE * torch.eye(width)
    right = torch.einsum("nac,nf->acf", sums, features)
    solution = torch.linalg.solve(left[None].expand(2, -1, -1, -1), right[..., None])[..., 0]
    return (solution / FLOW_UNIT).reshape(-1, width)
