"""How a renderer's pictures compare with the truth on held-out motion: PSNR, contact sheet, an independent judge."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from echo_runtime.renderer import NeuralRenderer
from echo_runtime.renderer.config import Box
from echo_runtime.signals import MOTION_INDEX
from echo_runtime.training.measures.pictures import read_faces
from echo_runtime.training.renderer_losses import premultiplied
from echo_runtime.training.renderer_motions import SHOWCASE
from echo_runtime.training.renderer_pictures import CELL, RendererPictures

GREY = 0.42
"""Background that pictures are judged on."""
FRONTAL = 0.25
"""Radians of yaw within which the judge measures distances."""
SETTLE = 3


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


def region_masks(data: RendererPictures, rows: npt.NDArray[np.int64], box: Box) -> npt.NDArray[np.bool_]:
    """(N, H, W): pixels whose surface point lies in `box` of the rest picture, by the true correspondence."""
    side = data.rest.shape[1]
    own = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1) + 0.5) * CELL
    place = np.asarray(data.rest[rows], np.float32) + own
    inside = (place[..., 0] >= box[0]) & (place[..., 0] < box[2]) & (place[..., 1] >= box[1]) & (place[..., 1] < box[3])
    return inside.repeat(CELL, 1).repeat(CELL, 2)


def psnr(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32]) -> float:
    """Peak signal-to-noise ratio in dB of values in [0, 1]."""
    return float(-10.0 * np.log10(max(float(np.mean((a - b) ** 2)), 1e-12)))


def picture_scores(renderer: NeuralRenderer, data: RendererPictures) -> dict[str, float]:
    """PSNR on held-out pictures over grey: `whole`, `eyes`, `mouth`."""
    rows = data.held_out_rows()
    drawn, truth = drawn_on_grey(renderer, data.motion[rows]), truth_on_grey(data, rows)
    scores = {"whole": psnr(drawn, truth)}
    for name, box in (("eyes", data.eyes_box), ("mouth", data.mouth_box)):
        mask = region_masks(data, rows, box)
        scores[name] = psnr(drawn[mask], truth[mask])
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
