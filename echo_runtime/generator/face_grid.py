"""The face as a grid of 5 × 3 region tokens: which motion channels each region generates, and SDCM's masks drawn on it.

brow left     brow centre   brow right
eye left      gaze          eye right
cheek left    nose          cheek right
corner left   upper lip     corner right
jaw           lower lip     head pose
"""

from __future__ import annotations

import torch
from torch import Tensor

from echo_runtime.signals import MOTION_INDEX, MOTION_NAMES, POSE_NAMES

ROWS, COLUMNS = 5, 3
CELLS = ROWS * COLUMNS

REGIONS: dict[str, tuple[str, ...]] = {
    "brow_left": ("browDownLeft", "browOuterUpLeft"),
    "brow_centre": ("browInnerUp",),
    "brow_right": ("browDownRight", "browOuterUpRight"),
    "eye_left": ("eyeBlinkLeft", "eyeSquintLeft", "eyeWideLeft"),
    "gaze": ("gazeYaw", "gazePitch"),
    "eye_right": ("eyeBlinkRight", "eyeSquintRight", "eyeWideRight"),
    "cheek_left": ("cheekSquintLeft", "cheekPuff"),
    "nose": ("noseSneerLeft", "noseSneerRight"),
    "cheek_right": ("cheekSquintRight", "cheekPuff"),
    "corner_left": ("mouthSmileLeft", "mouthFrownLeft", "mouthDimpleLeft", "mouthStretchLeft", "mouthLeft"),
    "upper_lip": ("mouthPucker", "mouthFunnel", "mouthClose", "mouthPressLeft", "mouthPressRight", "mouthRollUpper",
                  "mouthShrugUpper", "mouthUpperUpLeft", "mouthUpperUpRight"),
    "corner_right": ("mouthSmileRight", "mouthFrownRight", "mouthDimpleRight", "mouthStretchRight", "mouthRight"),
    "jaw": ("jawOpen", "jawForward", "jawLeft", "jawRight"),
    "lower_lip": ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthRollLower", "mouthShrugLower", "tongueOut"),
    "head_pose": POSE_NAMES[:6],
}  # fmt: skip

GENERATED_NAMES: tuple[str, ...] = tuple(n for n in MOTION_NAMES if not n.startswith("eyeLook"))
"""The channels that the generator makes; the eight eyeLook* follow from gaze."""
GENERATED_DIM = len(GENERATED_NAMES)
GENERATED_IN_MOTION: tuple[int, ...] = tuple(MOTION_INDEX[n] for n in GENERATED_NAMES)
GENERATED_INDEX = {name: i for i, name in enumerate(GENERATED_NAMES)}
CELL_CHANNELS = max(len(names) for names in REGIONS.values())

LIP_SHARE = {"jaw": 1.0, "upper_lip": 1.0, "lower_lip": 1.0, "corner_left": 0.5, "corner_right": 0.5, "nose": 0.3,
             "cheek_left": 0.1, "cheek_right": 0.1}  # fmt: skip
"""M_lip: how far a region moves with the NPC's speech alone. Corners and cheeks belong to both, so a smile passes."""
LIP_CHANNELS: tuple[str, ...] = REGIONS["jaw"] + REGIONS["upper_lip"] + REGIONS["lower_lip"]


def lip_mask() -> Tensor:
    """M_lip, (15,)."""
    return torch.tensor([LIP_SHARE.get(name, 0.0) for name in REGIONS])


def face_mask() -> Tensor:
    """M_face, (15,): everything but a hole at the mouth."""
    return 1.0 - lip_mask()


def gather_index() -> tuple[Tensor, Tensor]:
    """Index (15, 9) of every cell's channels among the generated ones, and which of these places are real (0 or 1)."""
    index, real = torch.zeros(CELLS, CELL_CHANNELS, dtype=torch.long), torch.zeros(CELLS, CELL_CHANNELS)
    for cell, names in enumerate(REGIONS.values()):
        index[cell, : len(names)] = torch.tensor([GENERATED_INDEX[n] for n in names])
        real[cell, : len(names)] = 1.0
    return index, real


def scatter_matrix() -> Tensor:
    """(15 · 9, 52): from the places of all cells back to channels; a channel of two cells is their mean."""
    index, real = gather_index()
    matrix = torch.zeros(CELLS * CELL_CHANNELS, GENERATED_DIM)
    matrix[torch.arange(CELLS * CELL_CHANNELS), index.flatten()] = real.flatten()
    return matrix / matrix.sum(0)
