"""Measures read from drawn pictures by mediapipe's face mesh, a judge that knows nothing of the generator."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from echo_runtime.signals import ByteArray, FloatArray

# Landmark numbers of mediapipe's canonical face model: inner lips, lids, forehead and chin.
_UPPER_LIP, _LOWER_LIP, _FOREHEAD, _CHIN = 13, 14, 10, 152
_LIDS = ((159, 145, 33, 133), (386, 374, 362, 263))
GREY = 110


def over_grey(rgba: ByteArray, enlarge: int = 2) -> ByteArray:
    """(H, W, 4) straight alpha over grey → (H·enlarge, W·enlarge, 3); small pictures are read better when enlarged."""
    alpha = rgba[..., 3:].astype(np.float32) / 255.0
    flat = (rgba[..., :3] * alpha + GREY * (1.0 - alpha)).astype(np.uint8)
    return np.ascontiguousarray(flat.repeat(enlarge, 0).repeat(enlarge, 1))


def read_faces(pictures: Iterable[ByteArray]) -> dict[str, FloatArray]:
    """Lip and lid distances as fractions of face height and eye width, per picture; NaN where no face is found.

    `pictures`: (H, W, 3) uint8 in temporal order. Returns {"lips": (n,), "lids": (n,)}.
    """
    from mediapipe.python.solutions.face_mesh import FaceMesh

    lips, lids = [], []
    with FaceMesh(static_image_mode=False, max_num_faces=1, refine_landmarks=True) as mesh:
        for picture in pictures:
            found = mesh.process(picture).multi_face_landmarks
            if not found:
                lips.append(np.nan)
                lids.append(np.nan)
                continue
            height, width = picture.shape[:2]
            points = np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32)

            def distance(a: int, b: int, points: np.ndarray = points) -> float:
                return float(np.linalg.norm(points[a] - points[b]))

            lips.append(distance(_UPPER_LIP, _LOWER_LIP) / max(distance(_FOREHEAD, _CHIN), 1e-6))
            lids.append(float(np.mean([distance(t, b) / max(distance(i, o), 1e-6) for t, b, i, o in _LIDS])))
    return {"lips": np.array(lips, np.float32), "lids": np.array(lids, np.float32)}
