"""Head rotation and position from landmarks: a weighted similarity fit of the points that expressions do not move.

Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991, under weak
perspective: mediapipe gives all three coordinates on one scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FloatArray

RIGID = np.array([
    10, 151, 9, 8, 67, 109, 338, 297, 103, 332,  # forehead
    168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 94, 19,  # nose
    33, 133, 263, 362,  # corners of the eyes
    127, 356, 162, 389, 234, 454, 21, 251, 116, 345, 123, 352,  # temples, cheek bones
])  # fmt: skip
"""Points on bone. Brows, lids, lips, cheeks and chin are left out."""
IRIS_DISTANCE_M = 0.063
"""Mean distance of human pupils; it makes pixels into metres (Dodgson, "Variation and extrema of human interpupillary
distance", 2004)."""

SITTING_DISTANCE_M = 0.6


@dataclass(frozen=True)
class HeadPose:
    """landmark ≈ `scale` · `rotation` · canonical + `centre`. `rotation` (3, 3), `scale` in pixels per metre,
    `centre` (3,) in pixels from the picture's middle."""

    rotation: FloatArray
    scale: float
    centre: FloatArray

    def aligned(self, landmarks: FloatArray) -> FloatArray:
        """(478, 3) pixels → the same face turned to the front, in metres around the canonical origin."""
        return ((landmarks - self.centre) @ self.rotation / self.scale).astype(np.float32)


def fit_pose(landmarks: FloatArray, canonical: FloatArray) -> HeadPose:
    """(478, 3) landmarks in pixels, (478, 3) canonical face in metres → the pose that fits RIGID best."""
    target, model = landmarks[RIGID].astype(np.float64), canonical[RIGID].astype(np.float64)
    target_mean, model_mean = target.mean(0), model.mean(0)
    a, b = target - target_mean, model - model_mean
    u, s, vt = np.linalg.svd(a.T @ b)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / (b**2).sum())
    centre = target_mean - scale * rotation @ model_mean
    return HeadPose(rotation.astype(np.float32), scale, centre.astype(np.float32))


def rotation_angles(rotation: FloatArray) -> FloatArray:
    """(3, 3) = Ry(yaw) · Rx(pitch) · Rz(roll) → (pitch, yaw, roll) in radians (signals.py's axes)."""
    r = rotation
    pitch = np.arcsin(np.clip(-r[1, 2], -1.0, 1.0))
    return np.array([pitch, np.arctan2(r[0, 2], r[2, 2]), np.arctan2(r[1, 0], r[1, 1])], np.float32)


def position(pose: HeadPose) -> FloatArray:
    """(3,) metres, meant for differences between two pictures of one camera: x to the right, y up, z nearer.

    Sideways, metres follow from the size of the face. How far away it is no picture tells without the lens; a player is
    taken to sit 0.6 m away, so that a face that is seen 10 % larger has come 6 cm nearer.
    """
    depth = SITTING_DISTANCE_M * np.log(max(pose.scale, 1e-6))
    return np.array([pose.centre[0] / pose.scale, pose.centre[1] / pose.scale, depth], np.float32)
