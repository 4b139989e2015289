"""Whose face it is, as far as bones tell: distances on a tracked face that expressions hardly change.

Good enough to doubt that the same person is still there, not to recognise anybody: fifteen numbers, kept nowhere but in
memory while the runtime runs and in a recording of a run.
"""

from __future__ import annotations

import numpy as np

from echo_runtime.capture.head_pose import IRIS_DISTANCE_M
from echo_runtime.signals import FloatArray

# pairs of mediapipe points
_PAIRS = np.array([
    (33, 263), (133, 362),  # outer and inner corners of the eyes
    (168, 4), (168, 2), (10, 168),  # bridge of the nose to its tip, to its base, to the top of the forehead
    (127, 356), (234, 454), (162, 389), (21, 251), (103, 332), (116, 345),  # widths: temples, cheek bones, forehead
    (4, 234), (4, 454),  # tip of the nose to the sides of the face
    (6, 33), (6, 263),  # bridge of the nose to the outer corners of the eyes
])  # fmt: skip
SHAPE_DIM = len(_PAIRS)
SHAPE_SPREAD: FloatArray = np.array(
    [0.012, 0.018, 0.015, 0.015, 0.015, 0.010, 0.010, 0.010, 0.010, 0.010, 0.010, 0.015, 0.015, 0.025, 0.025],
    np.float32,
)
"""How far each number strays within a minute of the same talking face, measured on films of five people (two of them
rendered), and never taken for less than a hundredth: cameras and distances differ."""
FRONTAL = 0.35
"""Radians of pitch and yaw beyond which the tracker guesses too much of a face."""


def face_shape(aligned: FloatArray) -> FloatArray:
    """(478, 3) aligned face in metres → (SHAPE_DIM,) logarithms of its distances, in units of a pupils' distance."""
    gaps = np.linalg.norm(aligned[_PAIRS[:, 0]] - aligned[_PAIRS[:, 1]], axis=-1)
    return np.log(np.maximum(gaps, 1e-6) / IRIS_DISTANCE_M).astype(np.float32)
