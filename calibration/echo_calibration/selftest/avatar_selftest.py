"""Whether the region map finds the lips where the head's renderer painted them, and the pattern what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from echo_calibration.avatar import find_face
from echo_calibration.colour_pattern import explanations, read_pattern
from echo_calibration.region_map import RegionMap, map_from_landmarks
from echo_calibration.selftest.synthetic_player import FIRST_SEED, SyntheticPlayer
from echo_runtime.signals import MOTION_DIM, ROTATION, ByteArray, FloatArray

SMALLEST_IOU = 0.8
BACKGROUND = 0.5
PAINTED = 0.45
"""Share of a pixel's skin that must be painted as lip; the paint fades at the border."""


def check_avatar(
    identities: int = 4, seed: int = 0, size: int = 256, progress: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Portraits of people that no training saw, front and a little turned. Raises TrainingError without the head's
    data, MissingDependencyError without numba."""
    rows: list[dict[str, Any]] = []
    for i in range(identities):
        person = SyntheticPlayer(FIRST_SEED + 300 + 1000 * seed + i, size)
        painted = PaintedLips(person)
        turned = np.zeros(MOTION_DIM, np.float32)
        turned[ROTATION] = (0.05, (0.15, -0.15)[i % 2], 0.03)
        for name, motion in (("front", np.zeros(MOTION_DIM, np.float32)), ("turned", turned)):
            rgba = person.head.render(motion).rgba
            found = regions_of(rgba)
            overlap = iou(found.lips, painted(motion)) if found is not None else 0.0
            rows.append({"seed": person.identity.seed, "pose": name, "lip_iou": round(overlap, 4)})
            progress(f"identity {i + 1} of {identities}, {name}: overlap of the lips {overlap:.3f}")
    named = {name: read_pattern(_shown(look), BACKGROUND).name for name, (look, _) in explanations(BACKGROUND).items()}
    smallest = min(row["lip_iou"] for row in rows)
    return {
        "min_lip_iou": smallest,
        "mean_lip_iou": round(float(np.mean([row["lip_iou"] for row in rows])), 4),
        "faults_named": sum(name == found for name, found in named.items()),
        "faults": len(named),
        "each": rows,
        "passed": smallest >= SMALLEST_IOU and all(name == found for name, found in named.items()),
    }


def regions_of(rgba: ByteArray) -> RegionMap | None:
    landmarks = find_face(rgba)
    return None if landmarks is None else map_from_landmarks(landmarks, rgba)


class PaintedLips:
    """The renderer's own lip region: where a picture changes when the lips are painted in another colour, compared with
    how much it changes when lips and skin are."""

    def __init__(self, person: SyntheticPlayer) -> None:
        from echo_runtime.training.head import HeadRenderer

        plain = replace(person.identity, stubble=0.0, freckles=0.0, makeup=0.0)
        black, white = (0.02, 0.02, 0.02), (0.6, 0.6, 0.6)
        self._heads = [
            HeadRenderer(replace(plain, skin=skin, lips=lips), person.head.size)
            for skin, lips in ((black, black), (black, white), (white, white))
        ]

    def __call__(self, motion: FloatArray) -> npt.NDArray[np.bool_]:
        """(60,) → (H, W)"""
        dark, lips, skin = (head.render(motion).rgba[..., :3].astype(np.float32) for head in self._heads)
        change, most = np.abs(lips - dark).sum(-1), np.abs(skin - dark).sum(-1)
        return np.asarray(change > PAINTED * np.maximum(most, 30.0))


def iou(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    """Intersection over union."""
    return float((a & b).sum() / max((a | b).sum(), 1))


def _shown(look: FloatArray, side: int = 200) -> ByteArray:
    """(R, C, 3) patches as a screenshot, a little noisy."""
    rows, columns = look.shape[:2]
    picture = np.repeat(np.repeat(look, side // rows, 0), side // columns, 1) * 255
    return np.asarray((picture + np.random.default_rng(0).normal(0, 2, picture.shape)).clip(0, 255), np.uint8)
