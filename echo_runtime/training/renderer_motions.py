"""Motion frames to draw for a renderer's training: realistic ones with heavy tails, so that every face that the
generator can ask for has neighbours in the data.

Single shapes, speech postures of any strength, lips fully closed, asymmetric expressions, every level of the lids with
many closed, gaze, and head poses well beyond what the generator uses.
"""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import ARKIT_NAMES, GAZE, MOTION_DIM, MOTION_INDEX, ROTATION, TRANSLATION, FloatArray
from echo_runtime.training.speech.mouth import POSES

MAX_ROTATION = np.array([0.34, 0.45, 0.24], np.float32)
"""Pitch, yaw, roll in radians."""
MAX_TRANSLATION = np.array([0.025, 0.02, 0.03], np.float32)
"""Metres."""
MAX_GAZE = np.array([0.45, 0.32], np.float32)
"""Yaw, pitch in radians."""
EXPRESSIONS: tuple[dict[str, float], ...] = (
    {"mouthSmile": 0.9, "cheekSquint": 0.5, "eyeSquint": 0.25},
    {"mouthSmile": 0.7, "mouthUpperUp": 0.4, "mouthLowerDown": 0.3, "jawOpen": 0.1, "cheekSquint": 0.5},
    {"mouthSmile": 0.4, "mouthDimple": 0.4},
    {"mouthFrown": 0.8, "browInnerUp": 0.7, "mouthShrugLower": 0.4},
    {"browDown": 0.9, "eyeSquint": 0.5, "mouthPress": 0.5, "noseSneer": 0.3},
    {"browInnerUp": 0.8, "browOuterUp": 0.8, "eyeWide": 0.7, "jawOpen": 0.35},
    {"browInnerUp": 0.6, "browOuterUp": 0.4},
    {"noseSneer": 0.8, "mouthUpperUp": 0.6, "browDown": 0.5},
    {"mouthPress": 0.6, "mouthRollLower": 0.5, "mouthRollUpper": 0.5},
    {"mouthPucker": 0.8},
)
_SIDED = {name.removesuffix("Left") for name in ARKIT_NAMES if name.endswith("Left")} - {"mouth", "jaw"}
_MUSCLES = [i for i, name in enumerate(ARKIT_NAMES) if not name.startswith(("eyeLook", "eyeBlink"))]


def motion_of(**values: float) -> FloatArray:
    """(60,) motion from names; one without Left or Right sets both sides."""
    motion = np.zeros(len(MOTION_INDEX), np.float32)
    for name, value in values.items():
        for full in [name] if name in MOTION_INDEX else [name + "Left", name + "Right"]:
            motion[MOTION_INDEX[full]] = value
    return motion


SHOWCASE: tuple[FloatArray, ...] = tuple(
    motion_of(**values)
    for values in (
        {}, {"eyeBlink": 1.0}, {"jawOpen": 0.75}, {"mouthSmile": 0.9, "jawOpen": 0.12, "cheekSquint": 0.5},
        {"headYaw": 0.4}, {"headYaw": -0.4, "jawOpen": 0.3, "gazeYaw": 0.3}, {"headPitch": 0.28, "eyeBlink": 0.5},
        {"gazeYaw": 0.35, "gazePitch": 0.15}, {"browInnerUp": 0.8, "browOuterUp": 0.8, "eyeWide": 0.7, "jawOpen": 0.4},
        {"mouthPucker": 0.8, "mouthFunnel": 0.4, "jawOpen": 0.15}, {"eyeBlinkLeft": 1.0, "mouthSmileLeft": 0.8},
        {"jawOpen": 0.46, "mouthLowerDown": 0.3, "mouthUpperUp": 0.2, "mouthStretch": 0.2, "headYaw": 0.2},
        {"browDown": 0.9, "mouthPress": 0.6, "eyeSquint": 0.5, "headPitch": -0.2, "headRoll": 0.15},
        {"tongueOut": 0.5, "mouthUpperUp": 0.3, "mouthLowerDown": 0.3, "jawOpen": 0.15, "gazePitch": -0.25},
    )
)  # fmt: skip
"""Faces that show a renderer's strengths and faults: closed lids, open mouth, teeth, turned heads, one-sided shapes."""


def _add(motion: FloatArray, name: str, value: float, tilt: float = 0.0) -> None:
    """Adds to one shape; a two-sided one gets (1+tilt) on its left and (1-tilt) on its right."""
    if name in _SIDED:
        motion[MOTION_INDEX[name + "Left"]] += value * (1 + tilt)
        motion[MOTION_INDEX[name + "Right"]] += value * (1 - tilt)
    else:
        motion[MOTION_INDEX[name]] += value


def _mouth(motion: FloatArray, rng: np.random.Generator) -> None:
    kind = rng.random()
    if kind < 0.15:
        return
    if kind < 0.75:
        names = list(POSES)
        first, second = POSES[names[rng.integers(len(names))]], POSES[names[rng.integers(len(names))]]
        strength, share = rng.uniform(0.5, 1.6), rng.beta(0.6, 0.6)
        for name in first.keys() | second.keys():
            _add(motion, name, strength * (share * first.get(name, 0.0) + (1 - share) * second.get(name, 0.0)))
        if rng.random() < 0.3:
            _add(motion, "jawOpen", rng.uniform(0, 0.5))
    elif kind < 0.87:
        _add(motion, "jawOpen", rng.uniform(0, 1))
        _add(motion, "mouthLowerDown", rng.uniform(0, 0.6), rng.normal(0, 0.1))
        _add(motion, "mouthUpperUp", rng.uniform(0, 0.5), rng.normal(0, 0.1))
    else:
        # closed lips over a lowered jaw, pressed or rolled
        opened = rng.uniform(0, 0.25)
        closed = {
            "jawOpen": opened, "mouthClose": opened, "mouthPress": rng.uniform(0, 0.7),
            "mouthRollLower": rng.uniform(0, 0.6), "mouthRollUpper": rng.uniform(0, 0.5),
        }  # fmt: skip
        for name, value in closed.items():
            _add(motion, name, value)


def add_tongue(motion: FloatArray, rng: np.random.Generator) -> None:
    """The tongue's tip somewhere on its path (ridge 0.25, between the teeth 0.5, out 1), the jaw lowered to let it."""
    kind = rng.random()
    tip = rng.uniform(0.1, 0.3) if kind < 0.45 else rng.uniform(0.4, 0.6) if kind < 0.8 else rng.uniform(0, 1)
    motion[MOTION_INDEX["tongueOut"]] = tip
    if rng.random() < 0.85:
        opened = rng.uniform(0.06, 0.3) + 0.15 * max(0.0, tip - 0.5)
        motion[MOTION_INDEX["jawOpen"]] = max(float(motion[MOTION_INDEX["jawOpen"]]), opened)
        motion[MOTION_INDEX["mouthClose"]] = 0.0


def _lids(motion: FloatArray, rng: np.random.Generator) -> None:
    kind = rng.random()
    level = rng.beta(0.4, 6.0) if kind < 0.48 else rng.uniform(0, 1) if kind < 0.8 else rng.uniform(0.92, 1.0)
    left, right = level, np.clip(level + rng.normal(0, 0.03), 0, 1)
    if rng.random() < 0.06:
        left, right = rng.permutation([level, rng.uniform(0, 0.2)])
    motion[MOTION_INDEX["eyeBlinkLeft"]] += left
    motion[MOTION_INDEX["eyeBlinkRight"]] += right


def _pose(motion: FloatArray, rng: np.random.Generator) -> None:
    wide = rng.random()
    if wide < 0.12:
        return
    scale = 0.33 if wide < 0.62 else 0.6
    for part, limit in ((ROTATION, MAX_ROTATION), (TRANSLATION, MAX_TRANSLATION)):
        values = rng.uniform(-1, 1, 3) if wide > 0.86 else rng.normal(0, scale, 3)
        motion[part] = np.clip(values, -1, 1) * limit


def sampled_motion(seed: int, index: int) -> FloatArray:
    """(60,): motion frame `index` of the endless series `seed`; the same on every machine."""
    rng = np.random.default_rng((seed, index))
    motion = np.zeros(MOTION_DIM, np.float32)
    if rng.random() < 0.12:
        motion[_MUSCLES[rng.integers(len(_MUSCLES))]] = rng.uniform(0.2, 1.0)
    else:
        _mouth(motion, rng)
        if rng.random() < 0.6:
            tilt = rng.normal(0, 0.12) if rng.random() < 0.8 else rng.uniform(-0.8, 0.8)
            strength = rng.beta(1.2, 1.2)
            for name, value in EXPRESSIONS[rng.integers(len(EXPRESSIONS))].items():
                _add(motion, name, strength * value, tilt)
        if rng.random() < 0.35:
            for shape in rng.choice(_MUSCLES, rng.integers(1, 4), replace=False):
                motion[shape] += rng.beta(1, 1.5)
    if rng.random() < 0.2:
        add_tongue(motion, rng)
    _lids(motion, rng)
    if rng.random() < 0.85:
        gaze = rng.normal(0, 0.4, 2) if rng.random() < 0.75 else rng.uniform(-1, 1, 2)
        motion[GAZE] = np.clip(gaze, -1, 1) * MAX_GAZE
    _pose(motion, rng)
    motion[:52] = np.clip(motion[:52], 0, 1)
    return motion
