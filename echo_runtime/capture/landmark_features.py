"""What the landmark map reads from an aligned face: named distances and the whole shape."""

from __future__ import annotations

import numpy as np

from echo_runtime.capture.head_pose import IRIS_DISTANCE_M
from echo_runtime.signals import FloatArray

# Pairs of mediapipe points; the subject's right is at the picture's left.
LIP_PAIRS = ((13, 14), (82, 87), (312, 317))
LIP_EDGES = ((0, 17),)
RIGHT_LID_PAIRS = ((159, 145), (158, 153), (160, 144))
LEFT_LID_PAIRS = ((386, 374), (385, 380), (387, 373))
_DISTANCES: tuple[tuple[tuple[int, int], ...], ...] = (
    LIP_PAIRS, RIGHT_LID_PAIRS, LEFT_LID_PAIRS,
    LIP_EDGES, ((61, 291),), ((78, 308),), ((13, 0),), ((14, 17),),  # lips: height, width, thickness
    ((2, 0),), ((17, 152),), ((2, 152),),  # nose to lip, lip to chin, nose to chin
    ((107, 133),), ((336, 362),), ((66, 159),), ((296, 386),), ((70, 33),), ((300, 263),), ((55, 285),),  # brows
    ((61, 33),), ((291, 263),), ((61, 98),), ((291, 327),),  # corners of the mouth to eyes and nose
    ((205, 145),), ((425, 374),), ((98, 133),), ((327, 362),),  # cheeks, wings of the nose
)  # fmt: skip
_SIDEWAYS = (152, 13, 14, 61, 291, 0, 17)
_DEPTHS = (152, 0, 17, 13, 14, 61, 291, 50, 280)
# iris centre, outer corner, inner corner, upper lid, lower lid
_IRISES = ((468, 33, 133, 159, 145), (473, 263, 362, 386, 374))

DISTANCES = len(_DISTANCES) + len(_SIDEWAYS) + len(_DEPTHS) + 6


def opening(landmarks: FloatArray, pairs: tuple[tuple[int, int], ...]) -> FloatArray:
    """Mean distance of `pairs` over the distance of the irises: (..., 478, 3) → (...); pose-free enough for a front
    view.
    """
    eyes = np.linalg.norm(landmarks[..., 468, :] - landmarks[..., 473, :], axis=-1)
    gaps = [np.linalg.norm(landmarks[..., a, :] - landmarks[..., b, :], axis=-1) for a, b in pairs]
    return np.mean(gaps, axis=0) / np.maximum(eyes, 1e-6)


_PAIRS = np.array([pair for pairs in _DISTANCES for pair in pairs])
_FIRST = np.cumsum([0, *(len(pairs) for pairs in _DISTANCES)])[:-1]
_COUNT = np.array([len(pairs) for pairs in _DISTANCES])
_EYES = np.array(_IRISES)
RIGHT_LID, LEFT_LID = 1, 2
"""Where the openings of the lids stand among the distances."""


def distances(aligned: FloatArray) -> FloatArray:
    """(..., 478, 3) aligned faces in metres → (..., DISTANCES) in units of the distance of the irises."""
    face = aligned / np.float32(IRIS_DISTANCE_M)
    gaps = np.linalg.norm(face[..., _PAIRS[:, 0], :] - face[..., _PAIRS[:, 1], :], axis=-1)
    named = np.add.reduceat(gaps, _FIRST, axis=-1) / _COUNT
    depths = face[..., _DEPTHS, 2] - face[..., 2:3, 2]
    iris, outer, inner, upper, lower = (face[..., _EYES[:, i], :] for i in range(5))
    width = np.linalg.norm(outer - inner, axis=-1) + 1e-6  # (..., 2)
    off = (iris - (outer + inner) / 2)[..., :2] / width[..., None]
    between = (iris - (upper + lower) / 2)[..., 1] / width
    eyes = np.concatenate([off, between[..., None]], axis=-1).reshape(*face.shape[:-2], 6)
    return np.concatenate([named, face[..., _SIDEWAYS, 0], depths, eyes], axis=-1).astype(np.float32)


def shape(aligned: FloatArray) -> FloatArray:
    """(..., 478, 3) → (..., 1434) all points in units of the distance of the irises; depth counts half, it is the least
    certain.
    """
    return (aligned / np.float32(IRIS_DISTANCE_M) * np.array([1.0, 1.0, 0.5], np.float32)).reshape(
        *aligned.shape[:-2], -1
    )
