"""From a motion frame to posed vertices: expression, lids that follow the gaze, eyeballs, neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from echo_runtime.signals import COEFFICIENTS, GAZE, MOTION_INDEX, ROTATION, TRANSLATION, FloatArray, gaze_coefficients
from echo_runtime.training.head.rig import Rig

PIVOT = np.array([0.0, -5.0, -1.0], np.float32)
"""Where the head turns on the neck (cm)."""
CM_PER_METRE = 100.0
_LOOK = [i for name, i in MOTION_INDEX.items() if name.startswith("eyeLook")]
LIDS = (
    (MOTION_INDEX["eyeBlinkLeft"], MOTION_INDEX["eyeLookDownLeft"], MOTION_INDEX["eyeLookUpLeft"]),
    (MOTION_INDEX["eyeBlinkRight"], MOTION_INDEX["eyeLookDownRight"], MOTION_INDEX["eyeLookUpRight"]),
)
_WIDE = (MOTION_INDEX["eyeWideLeft"], MOTION_INDEX["eyeWideRight"])
TONGUE_OUT = MOTION_INDEX["tongueOut"]
LID_DOWN, LID_UP = 0.22, 0.25
"""Share of a lowered or raised gaze that closes or widens the lids besides."""


@dataclass(frozen=True)
class PosedHead:
    """`vertices` (N, 3) posed, `rested` (N, 3) the same expression without head pose, `normals` (N, 3) posed,
    `strand_root` (3,) where strands of hair run from, posed; `frame` (4, 3): the head's rotation, and in the last row
    the place that the neck's pivot went to."""

    vertices: FloatArray
    rested: FloatArray
    normals: FloatArray
    strand_root: FloatArray
    frame: FloatArray


def rotation_matrix(pitch: float, yaw: float, roll: float) -> FloatArray:
    """(3, 3) Ry(yaw) · Rx(pitch) · Rz(roll), radians; the order and signs of `echo_runtime.signals`."""
    cp, sp, cy, sy, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rx = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    rz = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (ry @ rx @ rz).astype(np.float32)


@njit(cache=True, nogil=True)
def _add_deltas(base, weights, deltas, out):
    out[:] = base
    for k in range(weights.shape[0]):
        w = weights[k]
        if abs(w) > 1e-4:
            for i in range(out.shape[0]):
                out[i] += w * deltas[k, i]


def shape_weights(motion: FloatArray) -> FloatArray:
    """(52,) weights of the shapes: the coefficients, with eyeLook* taken from the gaze so that lids follow it.

    A closed lid is not lowered further by looking down, nor lifted by looking up. Beyond the model's own eyeLook
    shapes the upper lid keeps its distance to the iris: it closes a little over a lowered eye, and widens over a raised
    one.
    """
    weights = np.clip(motion[COEFFICIENTS], 0, 1).astype(np.float32)
    weights[_LOOK] = gaze_coefficients(motion[GAZE])[_LOOK]
    for (blink, *looks), wide in zip(LIDS, _WIDE, strict=True):
        weights[looks] *= 1 - weights[blink]
        down, up = weights[looks]
        weights[blink] += LID_DOWN * down * (1 - weights[blink])
        weights[wide] = min(weights[wide] + LID_UP * up, 1.0)
    return weights


def pose(rig: Rig, motion: FloatArray) -> PosedHead:
    """Poses `rig` by a motion frame (60,)."""
    head = np.empty(rig.base.size, np.float32)
    weights = shape_weights(motion)
    _add_deltas(rig.base.reshape(-1), weights, rig.deltas, head)
    head = head.reshape(-1, 3)
    rig.tongue.move(head, float(weights[TONGUE_OUT]))
    rig.lip_contact.move(head, weights)
    yaw, pitch = motion[GAZE]
    turn = rotation_matrix(-float(pitch), float(yaw), 0.0)
    for eye, sclera, (blink, *_) in zip(rig.eyes, rig.scleras, LIDS, strict=True):
        centre = (head[sclera].min(0) + head[sclera].max(0)) / 2
        # lids travel on straight lines, so the round eyeball makes room for them
        back = np.array([0, 0, 0.15 * min(2.0 * float(motion[blink]), 1.0)], np.float32)
        head[eye] = (head[eye] - centre) @ turn.T + centre - back
    rested = rig.with_hair(head)
    rotation = rotation_matrix(*(float(x) for x in motion[ROTATION]))
    moved = (rested - PIVOT) @ rotation.T + PIVOT + motion[TRANSLATION].astype(np.float32) * CM_PER_METRE
    vertices = rested + (moved - rested) * rig.head_weight
    root = (rig.hair.root - PIVOT) @ rotation.T + PIVOT
    pivot = PIVOT + motion[TRANSLATION].astype(np.float32) * np.float32(CM_PER_METRE)
    frame = np.concatenate([rotation, pivot[None]]).astype(np.float32)
    return PosedHead(vertices, rested, rig.normals(vertices, rotation), root, frame)
