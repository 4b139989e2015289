"""How a renderer's pictures compare with the truth on held-out motion: PSNR, contact sheet, an independent judge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from scipy.ndimage import distance_transform_edt

from echo_runtime.renderer import NeuralRenderer
from echo_runtime.renderer.config import Box
from echo_runtime.signals import MOTION_INDEX, ByteArray, FloatArray
from echo_runtime.training.measures.pictures import read_faces
from echo_runtime.training.renderer_losses import premultiplied
from echo_runtime.training.renderer_motions import SHOWCASE
from echo_runtime.training.renderer_pictures import RendererPictures

GREY = 0.42
"""Background that pictures are judged on."""
FRONTAL = 0.25
"""Radians of yaw within which the judge measures distances."""
SETTLE = 3
NEAR = 1.5
"""Cells."""


@torch.no_grad()
def drawn_on_grey(renderer: NeuralRenderer, motion: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(N, 60) motion -> (N, H, W, 3) in [0, 1]."""
    parts = []
    for frame in motion:
        x = renderer(torch.from_numpy(np.array(frame))[None])[0]
        parts.append((x[:3] * x[3:] + GREY * (1.0 - x[3:])).permute(1, 2, 0).numpy())
    return np.stack(parts)


def truth_on_grey(data: RendererPictures, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """(N, H, W, 3) in [0, 1]."""
    x = premultiplied(torch.from_numpy(np.asarray(data.pictures[rows])))
    return (x[:, :3] + GREY * (1.0 - x[:, 3:])).permute(0, 2, 3, 1).numpy()


def on_grey(rgba: ByteArray) -> FloatArray:
    """(..., 4) uint8 straight alpha -> (..., 3) in [0, 1] over grey."""
    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    return rgba[..., :3].astype(np.float32) / 255.0 * alpha + np.float32(GREY) * (1.0 - alpha)


def box_mask_of_cells(rest: npt.NDArray[np.floating], box: Box, size: int) -> npt.NDArray[np.bool_]:
    """(N, size, size): pixels whose surface point lies in `box` of the rest picture, by cells' offsets (N, f, f, 2).

    Cells that show several things, and have no offset, take that of the nearest cell at most NEAR away: the edges of
    lids and lips, where pictures are hardest, are counted.
    """
    side = rest.shape[1]
    cell = size // side
    own = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1) + 0.5) * cell
    inside = np.empty(rest.shape[:3], np.bool_)
    for i, offsets in enumerate(np.asarray(rest, np.float32)):
        unknown = ~np.isfinite(offsets[..., 0])
        away, nearest = distance_transform_edt(unknown, return_indices=True)
        place = offsets[nearest[0], nearest[1]] + own
        inside[i] = (place >= box[:2]).all(-1) & (place < box[2:]).all(-1) & (away <= NEAR)
    return inside.repeat(cell, 1).repeat(cell, 2)


def region_masks(data: RendererPictures, rows: npt.NDArray[np.int64], box: Box) -> npt.NDArray[np.bool_]:
    """(N, H, W): pixels of pictures whose surface point lies in `box` of the rest picture."""
    return box_mask_of_cells(np.asarray(data.rest[rows]), box, data.size)


def psnr(mean_square: float) -> float:
    """Peak signal-to-noise ratio in dB of values in [0, 1], from their mean squared error."""
    return float(-10.0 * np.log10(max(mean_square, 1e-12)))


def picture_scores(renderer: NeuralRenderer, data: RendererPictures) -> dict[str, float]:
    """PSNR on held-out pictures over grey: `whole`, `eyes`, `mouth`."""
    rows = data.held_out_rows()
    drawn, truth = drawn_on_grey(renderer, data.motion[rows]), truth_on_grey(data, rows)
    errors = np.square(drawn - truth).mean(-1)
    scores = {"whole": psnr(float(errors.mean()))}
    for name, box in (("eyes", data.eyes_box), ("mouth", data.mouth_box)):
        scores[name] = psnr(float(errors[region_masks(data, rows, box)].mean()))
    return scores


def judged_scores(renderer: NeuralRenderer, data: RendererPictures) -> dict[str, float]:
    """What mediapipe reads in held-out pictures: does the mouth open with jawOpen, do the lids close with eyeBlink?

    Correlations of the drawn pictures, and of the true ones with `_truth`; `found`: share of pictures with a face.
    Only heads within FRONTAL of the front count, and lips that mouthClose does not hold together.
    """
    rows = data.held_out_rows()
    rows = rows[np.abs(data.motion[rows][:, MOTION_INDEX["headYaw"]]) < FRONTAL]
    motion = np.asarray(data.motion[rows])
    jaw = motion[:, MOTION_INDEX["jawOpen"]] * (motion[:, MOTION_INDEX["mouthClose"]] < 0.02)
    open_lids = 1.0 - 0.5 * (motion[:, MOTION_INDEX["eyeBlinkLeft"]] + motion[:, MOTION_INDEX["eyeBlinkRight"]])
    scores = {}
    for name, pictures in (("", drawn_on_grey(renderer, motion)), ("_truth", truth_on_grey(data, rows))):
        enlarged = (pictures.repeat(2, 1).repeat(2, 2) * 255).astype(np.uint8)
        # the judge follows a face over time: it is shown every picture until it has settled
        read = read_faces(picture for single in enlarged for picture in [single] * SETTLE)
        lips, lids = (read[key][SETTLE - 1 :: SETTLE] for key in ("lips", "lids"))
        found = np.isfinite(lips)
        free = found & (motion[:, MOTION_INDEX["mouthClose"]] < 0.02)
        scores["found" + name] = float(found.mean())
        scores["mouth_r" + name] = float(np.corrcoef(lips[free], jaw[free])[0, 1])
        scores["lids_r" + name] = float(np.corrcoef(lids[found], open_lids[found])[0, 1])
    return scores


def contact_sheet(renderer: NeuralRenderer, data: RendererPictures, columns: int = 7) -> npt.NDArray[np.uint8]:
    """Pairs of rows of held-out faces, truth above, drawn below."""
    rows = data.held_out_rows()[: max(columns, len(SHOWCASE))]
    columns = min(columns, len(rows))
    drawn, truth = drawn_on_grey(renderer, data.motion[rows]), truth_on_grey(data, rows)
    lines = []
    for first in range(0, len(rows) - columns + 1, columns):
        for pictures in (truth, drawn):
            lines.append(np.concatenate(list(pictures[first : first + columns]), 1))
    return (np.concatenate(lines, 0) * 255 + 0.5).astype(np.uint8)
