"""Lids that meet: how far an identity's blink shapes must go.

The model's blink was made for the mean face. On a face with larger eyes it stops short and a closed eye still shows the
iris, so the shape is lengthened until nothing of the eyeball is visible from the front.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from echo_runtime.signals import MOTION_INDEX, FloatArray
from echo_runtime.training.head.mesh import IntArray
from echo_runtime.training.head.raster import VisibilityBuffer

BLINKS = (MOTION_INDEX["eyeBlinkLeft"], MOTION_INDEX["eyeBlinkRight"])
GAINS = np.arange(1.0, 1.75, 0.06)
CLOSED = 0.02
"""Share of the open eyes' samples that may remain visible."""
_SAMPLES, _SAMPLES_PER_CM = 768, 32.0


def lid_gain(base: FloatArray, deltas: FloatArray, faces: IntArray, on_eye: npt.NDArray[np.bool_]) -> float:
    """The smallest factor of GAINS on the blink shapes that hides the eyeballs.

    `base` (V, 3) cm; `deltas` (52, V, 3); `faces` (F, 3), of which `on_eye` (F,) bool belong to an eyeball.
    """
    near = base[:, 2] > base[:, 2].max() - 9.0  # no need to draw the back of the head
    front = near[faces].all(1)
    faces, on_eye = np.ascontiguousarray(faces[front]), on_eye[front]
    middle = base[np.unique(faces[on_eye])].mean(0)
    buffer = VisibilityBuffer(_SAMPLES)

    def visible(gain: float) -> int:
        head = base + np.float32(gain) * deltas[list(BLINKS)].sum(0)
        flat = (head[:, :2] - middle[:2]) * np.array([1, -1]) * _SAMPLES_PER_CM + _SAMPLES / 2
        buffer.draw(flat.astype(np.float32), (head[:, 2] + 100).astype(np.float32), faces)
        return int(on_eye[buffer.triangle[buffer.triangle >= 0]].sum())

    allowed = CLOSED * visible(0.0)
    return float(next((gain for gain in GAINS if visible(gain) <= allowed), GAINS[-1]))
