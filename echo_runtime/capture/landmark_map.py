"""The learned map from a tracked face to ARKit coefficients, gaze and head rotation.

Trained on renders of synthetic heads whose coefficients are known (training/tracker_stage.py). What it reads: principal
components of the aligned landmarks and named distances, both relative to a reference face; how much that reference is
the person's own (0: the mean face, 1: their own resting face); and the rotation of the rigid fit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from echo_runtime.capture.head_pose import HeadPose, rotation_angles
from echo_runtime.capture.landmark_features import LEFT_LID, RIGHT_LID, distances, shape
from echo_runtime.errors import PackageDamagedError
from echo_runtime.signals import ARKIT_NAMES, GAZE, MOTION_DIM, MOTION_INDEX, ROTATION, FloatArray, gaze_coefficients

WEIGHTS = Path(__file__).parent / "weights" / "landmark_map.safetensors"
LEARNED_NAMES = tuple(n for n in ARKIT_NAMES if not n.startswith("eyeLook"))
"""The eyeLook coefficients follow from the gaze."""
LEARNED = np.array([ARKIT_NAMES.index(n) for n in LEARNED_NAMES])
LEFT_BLINK, RIGHT_BLINK = MOTION_INDEX["eyeBlinkLeft"], MOTION_INDEX["eyeBlinkRight"]
LID_SHARE = 0.45
"""The share of the plain opening of the lids in eyeBlink. Synthetic lids are cleaner than people's: on filmed faces the
learned part alone stays at zero while lids visibly sink."""
WIDE, CLOSED = 1.15, 0.04
"""A wide eye's opening in resting openings; what mediapipe measures on a closed one."""
TENSORS = ("canonical", "mean", "basis", "rest", "spread", "person", "direct")
LOOKS = np.array([i for i, n in enumerate(ARKIT_NAMES) if n.startswith("eyeLook")])
OUTPUTS = len(LEARNED) + 2 + 3
"""Coefficients, gaze (yaw, pitch), and what to add to the rotation of the rigid fit."""


@dataclass(frozen=True)
class LandmarkMap:
    """`canonical` (478, 3) metres; `mean`, `basis` (1434,), (k, 1434): principal components; `rest` (k + d,): the mean
    resting face in features; `spread` (k + d,): their scale; `person` (k + d,): how far resting faces of people differ;
    `layers`: (weight, bias) of a SiLU network from k + d + 4 inputs to OUTPUTS; `direct` (OUTPUTS, k + d + 4): a linear
    path beside it."""

    canonical: FloatArray
    mean: FloatArray
    basis: FloatArray
    rest: FloatArray
    spread: FloatArray
    person: FloatArray
    direct: FloatArray
    layers: tuple[tuple[FloatArray, FloatArray], ...]

    def features(self, aligned: FloatArray) -> FloatArray:
        """(478, 3) aligned face → (k + d,)."""
        return np.concatenate([self.basis @ (shape(aligned) - self.mean), distances(aligned)]).astype(np.float32)

    def inputs(self, features: FloatArray, reference: FloatArray, trust: float, angles: FloatArray) -> FloatArray:
        """What the network reads. `reference` (k + d,) the person's resting face, `trust` in [0, 1] how far to use
        it.
        """
        base = self.rest + np.float32(trust) * (reference - self.rest)
        extra = np.append(angles * 2.0, np.float32(trust)).astype(np.float32)
        return np.concatenate([(features - base) / self.spread, extra])

    def regress(self, inputs: FloatArray) -> FloatArray:
        """(..., k + d + 4) → (..., OUTPUTS), not yet clipped."""
        x = inputs
        for i, (weight, bias) in enumerate(self.layers):
            x = x @ weight.T + bias
            if i + 1 < len(self.layers):
                x = x / (1.0 + np.exp(-x))
        return x + inputs @ self.direct.T

    def motion(self, features: FloatArray, pose: HeadPose, reference: FloatArray, trust: float) -> FloatArray:
        """(60,) motion frame without translation."""
        angles = rotation_angles(pose.rotation)
        out = self.regress(self.inputs(features, reference, trust, angles))
        motion = np.zeros(MOTION_DIM, np.float32)
        n = len(LEARNED)
        motion[LEARNED] = np.clip(out[:n], 0.0, 1.0)
        base = self.rest + np.float32(trust) * (reference - self.rest)
        for place, lid in ((LEFT_BLINK, LEFT_LID), (RIGHT_BLINK, RIGHT_LID)):
            k = len(self.basis) + lid
            seen = lid_closure(float(features[k]), float(base[k]))
            motion[place] += np.float32(LID_SHARE) * (seen - motion[place])
        motion[ROTATION] = angles + out[n + 2 :]
        turn_eyes(motion, out[n : n + 2])
        return motion

    def half_arrays(self) -> dict[str, npt.NDArray[np.float16]]:
        """Every array by its name in the file, as float16."""
        tensors = {n: getattr(self, n) for n in TENSORS}
        for i, (weight, bias) in enumerate(self.layers):
            tensors[f"layers.{i}.weight"], tensors[f"layers.{i}.bias"] = weight, bias
        return {n: np.ascontiguousarray(t, dtype=np.float16) for n, t in tensors.items()}

    def save(self, path: Path, information: dict[str, object]) -> None:
        """fp16 weights and, beside them, `information` on how they were made, as json."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(self.half_arrays(), path)
        path.chmod(0o644)  # the library writes for the owner alone
        path.with_suffix(".json").write_text(json.dumps(information, indent=1) + "\n")


def load_landmark_map(path: Path = WEIGHTS) -> LandmarkMap:
    """Raises PackageDamagedError when the file is missing or of another shape."""
    try:
        tensors = {n: t.astype(np.float32) for n, t in load_file(path).items()}
        count = sum(n.endswith(".weight") for n in tensors)
        layers = tuple((tensors[f"layers.{i}.weight"], tensors[f"layers.{i}.bias"]) for i in range(count))
        found = LandmarkMap(**{n: tensors[n] for n in TENSORS}, layers=layers)
    except (OSError, SafetensorError, KeyError) as error:
        raise PackageDamagedError(f"the landmark map {path} is missing or damaged ({error}); install again") from error
    if found.layers[-1][0].shape[0] != OUTPUTS or found.layers[0][0].shape[1] != len(found.rest) + 4:
        raise PackageDamagedError(f"the landmark map {path} has another shape than this version reads; train it again")
    return found


def lid_closure(opening: float, resting: float) -> float:
    """How far a lid is down, in [0, 1], from its opening and that of the resting eye (distances of the irises)."""
    wide = WIDE * resting
    return min(max((wide - opening) / max(wide - CLOSED, 1e-3), 0.0), 1.0)


def turn_eyes(motion: FloatArray, gaze: FloatArray) -> None:
    """Write a gaze (yaw, pitch) in radians into a motion frame, together with the eyeLook coefficients that it
    implies.
    """
    motion[GAZE] = np.clip(gaze, -0.8, 0.8)
    motion[LOOKS] = gaze_coefficients(motion[GAZE])[LOOKS]


@cache
def shipped_landmark_map() -> LandmarkMap:
    return load_landmark_map()
