"""Faces of emotions, and symmetric groups → left and right coefficients.

Which muscles an emotion uses follows EMFACS (Ekman & Friesen 1983), translated from action units to ARKit names.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.signals import MOTION_INDEX, FloatArray

_REST = {"mouthSmile": 0.05, "browInnerUp": 0.05}

FACES: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"mouthSmile": 0.4, "cheekSquint": 0.4, "eyeSquint": 0.1, "browInnerUp": 0.08, "mouthDimple": 0.1},
    "sad": {"mouthFrown": 0.5, "browInnerUp": 0.6, "eyeBlink": 0.12, "mouthShrugLower": 0.18, "browDown": 0.08},
    "angry": {"browDown": 0.75, "eyeSquint": 0.25, "mouthPress": 0.3, "noseSneer": 0.15, "mouthFrown": 0.12},
    "surprised": {"browInnerUp": 0.55, "browOuterUp": 0.6, "eyeWide": 0.5},
    "afraid": {"browInnerUp": 0.7, "browOuterUp": 0.25, "eyeWide": 0.45, "mouthStretch": 0.25, "browDown": 0.12},
    "disgusted": {"noseSneer": 0.6, "browDown": 0.4, "mouthFrown": 0.25, "eyeSquint": 0.3, "mouthShrugUpper": 0.2},
    "tender": {"mouthSmile": 0.2, "browInnerUp": 0.25, "eyeSquint": 0.12, "cheekSquint": 0.12},
}
# pitch, yaw, roll in radians; z in metres (towards the viewer)
POSTURES: dict[str, tuple[float, float, float, float]] = {
    "neutral": (0.0, 0.0, 0.0, 0.0), "happy": (-0.02, 0.0, 0.02, 0.004), "sad": (0.09, 0.03, 0.03, -0.004),
    "angry": (0.05, 0.0, 0.0, 0.01), "surprised": (-0.04, 0.0, 0.0, -0.006), "afraid": (-0.02, 0.04, 0.0, -0.014),
    "disgusted": (-0.04, 0.08, 0.02, -0.008), "tender": (0.02, 0.0, 0.07, 0.004),
}  # fmt: skip
MIRRORING: dict[str, float] = {
    "neutral": 0.7, "happy": 0.95, "sad": 0.3, "angry": 0.12, "surprised": 0.7, "afraid": 0.3, "disgusted": 0.2,
    "tender": 0.8,
}  # fmt: skip
"""How much of the player's smile the NPC gives back."""


def mixed(table: Mapping[str, Mapping[str, float]], group: str, affect: FloatArray) -> np.ndarray:
    """(T,) value of one group under a course of affect (T, 10): the faces weighted by their distribution."""
    column = np.array([table[emotion].get(group, 0.0) for emotion in EMOTIONS])
    return affect[:, : len(EMOTIONS)] @ column


def faces(affect: FloatArray, size: float = 1.0) -> dict[str, np.ndarray]:
    """Group → (T,) under a course of affect, `size` times as strong as average, the resting face included."""
    groups = {name for face in FACES.values() for name in face} | set(_REST)
    return {name: size * mixed(FACES, name, affect) + _REST.get(name, 0.0) for name in sorted(groups)}


def mirroring(affect: FloatArray) -> np.ndarray:
    """(T,) gain of the answered smile."""
    return affect[:, : len(EMOTIONS)] @ np.array([MIRRORING[e] for e in EMOTIONS])


def posture(affect: FloatArray) -> np.ndarray:
    """(T, 4) pitch, yaw, roll, z."""
    return affect[:, : len(EMOTIONS)] @ np.array([POSTURES[e] for e in EMOTIONS])


def left_and_right(groups: Mapping[str, np.ndarray], asymmetry: Mapping[str, float], frames: int) -> FloatArray:
    """(T, 52) coefficients in [0, 1]. `asymmetry` a of a pair: its left is 1 + a, its right 1 − a times as large."""
    out = np.zeros((frames, 52))
    for group, values in groups.items():
        if group in MOTION_INDEX:
            out[:, MOTION_INDEX[group]] = values
        else:
            lean = asymmetry.get(group, 0.0)
            out[:, MOTION_INDEX[f"{group}Left"]] = values * (1 + lean)
            out[:, MOTION_INDEX[f"{group}Right"]] = values * (1 - lean)
    return np.clip(out, 0.0, 1.0).astype(np.float32)


def character_asymmetry(random: np.random.Generator, spread: float = 0.06) -> dict[str, float]:
    """A face's lasting asymmetry per pair. Lids and the mouth in speech stay even; smiles, brows and cheeks do not."""
    uneven = ("mouthSmile", "browDown", "browOuterUp", "cheekSquint", "mouthFrown", "mouthDimple", "noseSneer")
    return {name: float(random.normal(0, spread)) for name in uneven}
