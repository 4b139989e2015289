"""Drawn roll-outs: what a judge reads in them, and how far they are from true renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_runtime.signals import ByteArray, FloatArray
from echo_runtime.training.measures.frechet import frechet_distance
from echo_runtime.training.measures.judged_faces import judged, rounded
from echo_runtime.training.measures.picture_difference import psnr_db, ssim
from echo_runtime.training.measures.picture_probe import probe_features, probe_view
from echo_runtime.training.measures.pictures import over_grey, read_faces

if TYPE_CHECKING:
    from echo_runtime.training.dyads.session import DyadSession

Draw = Callable[[FloatArray], ByteArray]
"""Motion (60,) → picture (H, W, 4) uint8, straight alpha."""

KEPT_BYTES = 300_000_000
"""No further dialogue's pictures are kept beyond this."""


@dataclass(frozen=True)
class DrawnDialogue:
    """The roll-out of session number `session` as it was drawn: `pictures` (n, H, W, 3) over grey, from frame 0."""

    session: int
    pictures: ByteArray


@dataclass(frozen=True)
class PicturePair:
    """One frame of a roll-out, drawn and truly rendered from the same motion, (H, W, 3) both; `ssim` of the two."""

    session: int
    frame: int
    drawn: ByteArray
    true: ByteArray
    ssim: float


@dataclass(frozen=True)
class DrawnPictures:
    """What is kept for people to look at. `openings`: (n, 2) lip opening of the motion and lip gap read, speaking."""

    dialogues: list[DrawnDialogue] = field(default_factory=list)
    pairs: list[PicturePair] = field(default_factory=list)
    openings: FloatArray = field(default_factory=lambda: np.zeros((0, 2), np.float32))


def compared(
    draw: Draw, true_draw: Draw, motions: Sequence[FloatArray], truths: Sequence[FloatArray], per_session: int
) -> tuple[dict[str, Any], list[PicturePair]]:
    """Pictures against true renders, over grey, at `per_session` moments of every dialogue; and eight pairs to see.

    psnr_db, ssim: drawn against the true render of the same motion, so the renderer's share; means over pictures.
    frechet, on the features of the probe (measures/picture_probe.py): drawn roll-outs against true renders of the true
    motion. frechet_renderer: against those of the same motion. frechet_floor: even against odd moments of the truth,
    which is what so few pictures can show at best.
    """
    likeness: list[tuple[float, int, int]] = []
    levels: list[float] = []
    views: tuple[list[ByteArray], ...] = ([], [], [])
    for number, (motion, truth) in enumerate(zip(motions, truths, strict=True)):
        for frame in np.unique(np.linspace(0, len(motion) - 1, per_session).round().astype(int)):
            drawn, same, true = (
                over_grey(p, 1) for p in (draw(motion[frame]), true_draw(motion[frame]), true_draw(truth[frame]))
            )
            levels.append(min(psnr_db(drawn, same), 99.0))
            likeness.append((ssim(drawn, same), number, int(frame)))
            for seen, picture in zip(views, (drawn, same, true), strict=True):
                seen.append(probe_view(picture))
    drawn_f, same_f, true_f = (probe_features(np.stack(v)) for v in views)
    numbers = {
        "psnr_db": rounded(float(np.mean(levels)), 2),
        "ssim": rounded(float(np.mean([found[0] for found in likeness])), 4),
        "frechet": rounded(frechet_distance(drawn_f, true_f)),
        "frechet_renderer": rounded(frechet_distance(drawn_f, same_f)),
        "frechet_floor": rounded(frechet_distance(true_f[::2], true_f[1::2])),
        "compared": len(likeness),
    }
    likeness.sort()
    pairs = []
    for i in np.unique(np.linspace(0, len(likeness) - 1, 8).round().astype(int)):
        level, number, frame = likeness[i]
        drawn, same = (over_grey(by(motions[number][frame]), 1) for by in (draw, true_draw))
        pairs.append(PicturePair(number, frame, drawn, same, level))
    return numbers, pairs


def picture_measures(
    draw: Draw,
    motions: Sequence[FloatArray],
    truths: Sequence[FloatArray],
    sessions: Sequence[DyadSession],
    frames: int = 250,
    true_draw: Draw | None = None,
    *,
    keep: int = 4,
    compare: int = 240,
) -> tuple[dict[str, Any], DrawnPictures]:
    """Draws the first `frames` of every roll-out, lets mediapipe read them, and compares some with true renders.

    `motions`, `truths`: (T, 60) per session. `true_draw`: the synthetic head of the same identity, when its data is
    there; about `compare` pictures are compared. The pictures of `keep` dialogues are kept, as far as memory allows.
    Returns the measures of `judged` and `compared`. A frame costs the renderer's time and 4 … 10 ms of reading, a
    compared one two renders.
    """
    counts = [min(frames, len(m)) for m in motions]
    motions = [m[:n] for m, n in zip(motions, counts, strict=True)]
    truths = [t[:n] for t, n in zip(truths, counts, strict=True)]
    readings: list[dict[str, FloatArray]] = []
    kept: list[DrawnDialogue] = []
    for number, motion in enumerate(motions):
        pictures = [draw(m) for m in motion]
        readings.append(read_faces(over_grey(p) for p in pictures))
        if len(kept) < keep and sum(d.pictures.nbytes for d in kept) < KEPT_BYTES:
            kept.append(DrawnDialogue(number, np.stack([over_grey(p, 1) for p in pictures])))
    numbers: dict[str, Any] = {}
    judged_numbers, openings = judged(readings, motions, truths, sessions)
    numbers |= judged_numbers
    pairs: list[PicturePair] = []
    if true_draw is not None:
        compared_numbers, pairs = compared(draw, true_draw, motions, truths, max(2, compare // len(motions)))
        numbers |= compared_numbers
    return numbers, DrawnPictures(kept, pairs, openings)
