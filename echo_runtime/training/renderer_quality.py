"""How a renderer draws held-out motions, in decibels against the head that it learned from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from echo_runtime.renderer import NeuralRenderer
from echo_runtime.signals import ByteArray, FloatArray
from echo_runtime.training.head import HeadRenderer, identities
from echo_runtime.training.renderer_checks import box_mask_of_cells, on_grey, psnr
from echo_runtime.training.renderer_motion_sources import CONVERSATION, CONVERSATION_SHARE, WIDE, mixed_motions
from echo_runtime.training.renderer_motion_sources import conversation_motions as conversations_of
from echo_runtime.training.renderer_pictures import cell_of, detail_boxes

Draw = Callable[[FloatArray], ByteArray]
"""A motion frame (60,) -> a picture (H, W, 4) uint8, straight alpha."""
SEED = 900_001
"""Far from the seeds of training pictures."""


def renderer_quality(
    renderer: NeuralRenderer | Draw,
    identity: str = "mira",
    count: int = 96,
    seed: int = SEED,
    conversations: Path | None = None,
    size: int = 256,
) -> dict[str, float]:
    """PSNR in dB on `count` motions that no training picture shows, distributed as those of the training pictures:
    most are frames of the sessions (.npz) in the folder `conversations`, which must be held out, the others wide.

    Both pictures are laid over grey; PSNR = -10 log10(mean squared error) with values in [0, 1], the mean taken over
    all pictures, pixels and colours; for eyes and mouth over the pixels whose surface point lies in the box around them
    in the picture without head pose, by the head's true geometry. Keys: `renderer_psnr_db`, `renderer_psnr_eyes_db`,
    `renderer_psnr_mouth_db`; the same for each kind of motion alone with `_conversation` and `_wide` behind
    `renderer_psnr`, where there are at least two. Raises TrainingError when the head's data is missing.
    """
    draw = renderer if not isinstance(renderer, NeuralRenderer) else _drawing(renderer)
    head = HeadRenderer(identities()[identity], size)
    frames = None if conversations is None else conversations_of(conversations)
    motions, kinds = mixed_motions(count, seed, frames, CONVERSATION_SHARE)
    boxes = dict(zip(("eyes", "mouth"), detail_boxes(head), strict=True))
    errors = np.empty((count, size, size), np.float32)
    masks = {name: np.empty((count, size, size), np.bool_) for name in boxes}
    for i, motion in enumerate(motions):
        truth = on_grey(head.render(motion).rgba)
        rest, _, _ = head.cells(motion, cell_of(size))
        errors[i] = np.square(on_grey(draw(motion)) - truth).mean(-1)
        for name, box in boxes.items():
            masks[name][i] = box_mask_of_cells(rest[None], box, size)[0]
    out: dict[str, float] = {}
    for kind, rows in (("", kinds >= 0), ("_conversation", kinds == CONVERSATION), ("_wide", kinds == WIDE)):
        if rows.sum() > 1:
            out |= _scores("renderer_psnr" + kind, errors[rows], {name: m[rows] for name, m in masks.items()})
    return out


def _scores(name: str, errors: FloatArray, masks: dict[str, npt.NDArray[np.bool_]]) -> dict[str, float]:
    scores = {f"{name}_db": psnr(float(errors.mean()))}
    for region, mask in masks.items():
        scores[f"{name}_{region}_db"] = psnr(float(errors[mask].mean()))
    return scores


def _drawing(renderer: NeuralRenderer) -> Draw:
    @torch.no_grad()
    def draw(motion: FloatArray) -> ByteArray:
        picture = renderer(torch.from_numpy(np.array(motion))[None])[0]
        return (picture * 255.0 + 0.5).byte().permute(1, 2, 0).numpy()

    return draw
