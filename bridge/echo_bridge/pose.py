"""The wire form of a motion frame's pose: quaternions from (pitch, yaw, roll) and back.

Axes as in `echo_runtime.signals`: right-handed, x to the picture's right, y up, z towards the viewer;
R = Ry(yaw) · Rx(pitch) · Rz(roll).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from echo_runtime.signals import FloatArray


def quaternion(rotation: Sequence[float] | FloatArray) -> tuple[float, float, float, float]:
    """(pitch, yaw, roll) in radians to a unit quaternion (x, y, z, w) with w ≥ 0."""
    pitch, yaw, roll = (0.5 * float(angle) for angle in rotation)
    cp, sp, cy, sy, cr, sr = (
        math.cos(pitch), math.sin(pitch), math.cos(yaw), math.sin(yaw), math.cos(roll), math.sin(roll),
    )  # fmt: skip
    x = cy * sp * cr + sy * cp * sr
    y = sy * cp * cr - cy * sp * sr
    z = cy * cp * sr - sy * sp * cr
    w = cy * cp * cr + sy * sp * sr
    return (x, y, z, w) if w >= 0.0 else (-x, -y, -z, -w)


def euler(rotation: Sequence[float]) -> tuple[float, float, float]:
    """A unit quaternion (x, y, z, w) to (pitch, yaw, roll) in radians; pitch in [-π/2, π/2]."""
    x, y, z, w = rotation
    sine = max(-1.0, min(1.0, 2.0 * (w * x - y * z)))
    pitch = math.asin(sine)
    if abs(sine) > 0.999999:  # looking straight up or down: yaw and roll are one turn, given to yaw
        return pitch, 2.0 * math.atan2(y, w), 0.0
    yaw = math.atan2(2.0 * (x * z + w * y), 1.0 - 2.0 * (x * x + y * y))
    roll = math.atan2(2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z))
    return pitch, yaw, roll
