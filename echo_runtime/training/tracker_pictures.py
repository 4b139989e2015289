"""Pictures with known truth for the face tracker: synthetic heads in random moods, light and surroundings, and their
landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from echo_runtime.capture.landmarks import LandmarkDetector
from echo_runtime.signals import (
    ARKIT_NAMES,
    GAZE,
    MOTION_DIM,
    MOTION_INDEX,
    ROTATION,
    TRANSLATION,
    ByteArray,
    FloatArray,
)
from echo_runtime.training.atomic_writing import write_arrays
from echo_runtime.training.head import HeadRenderer, random_identity

SIZE = 256
"""Pixels of a render."""
CALM_EVERY = 6
"""One picture in so many shows the resting face: the map learns what a person's own neutral is worth."""
_SINGLE = [n for n in ARKIT_NAMES if not n.startswith("eyeLook") and n != "mouthClose"]
# What mouths do in speech and faces in moods, in the coefficients' words; sides that are not named move together.
_SPEECH: tuple[dict[str, float], ...] = (
    {"jawOpen": 0.75, "mouthLowerDownLeft": 0.25, "mouthUpperUpLeft": 0.1},
    {"jawOpen": 0.45, "mouthLowerDownLeft": 0.2},
    {"jawOpen": 0.25, "mouthStretchLeft": 0.4, "mouthSmileLeft": 0.25},
    {"jawOpen": 0.3, "mouthFunnel": 0.6, "mouthPucker": 0.2},
    {"jawOpen": 0.12, "mouthPucker": 0.8, "mouthFunnel": 0.2},
    {"jawOpen": 0.12, "mouthRollLower": 0.6, "mouthUpperUpLeft": 0.3},
    {"jawOpen": 0.1, "mouthClose": 0.1, "mouthPressLeft": 0.5, "mouthRollLower": 0.2, "mouthRollUpper": 0.2},
    {"jawOpen": 0.12, "mouthShrugUpper": 0.3, "mouthShrugLower": 0.2},
    {"jawOpen": 0.2, "mouthUpperUpLeft": 0.3, "mouthLowerDownLeft": 0.4, "tongueOut": 0.1},
)
_MOODS: tuple[dict[str, float], ...] = (
    {"mouthSmileLeft": 0.8, "cheekSquintLeft": 0.5, "eyeSquintLeft": 0.3},
    {"mouthSmileLeft": 0.5, "mouthDimpleLeft": 0.3},
    {"browInnerUp": 0.9, "browOuterUpLeft": 0.8, "eyeWideLeft": 0.6, "jawOpen": 0.3},
    {"browInnerUp": 0.8, "mouthFrownLeft": 0.6, "mouthShrugLower": 0.4},
    {"browDownLeft": 0.9, "noseSneerLeft": 0.4, "mouthPressLeft": 0.3, "eyeSquintLeft": 0.3},
    {"noseSneerLeft": 0.8, "mouthUpperUpLeft": 0.5, "browDownLeft": 0.4},
    {"browOuterUpLeft": 0.8},
    {"browInnerUp": 0.8},
    {"browDownLeft": 0.8},
)


@dataclass(frozen=True)
class TrackedPictures:
    """n pictures of one identity in which a face was found: `motion` (n, 60) true, `landmarks` (n, 478, 3) in pixels
    of the render from its middle (x right, y up, z to the viewer), `calm` (n,) bool, `missed`: pictures without a
    face."""

    motion: FloatArray
    landmarks: FloatArray
    calm: npt.NDArray[np.bool_]
    missed: int

    def save(self, path: Path) -> None:
        write_arrays(path, motion=self.motion, landmarks=self.landmarks, calm=self.calm, missed=np.array(self.missed))

    @staticmethod
    def load(path: Path) -> TrackedPictures:
        with np.load(path, allow_pickle=False) as data:
            return TrackedPictures(data["motion"], data["landmarks"], data["calm"], int(data["missed"]))


def _set(motion: FloatArray, name: str, value: float, rng: np.random.Generator, alone: float = 0.2) -> None:
    """One coefficient, and mostly its mirror image with it."""
    motion[MOTION_INDEX[name]] = value
    for side, other in (("Left", "Right"), ("Right", "Left")):
        # what moves sideways has no mirror image at the same time
        if name.endswith(side) and name[: -len(side)] not in ("jaw", "mouth") and rng.random() > alone:
            motion[MOTION_INDEX[name[: -len(side)] + other]] = np.clip(value + rng.normal(0, 0.08), 0, 1)


def random_motion(rng: np.random.Generator, calm: bool) -> FloatArray:
    """(60,) a resting face, or one that speaks, feels, blinks, looks and turns about as people before a camera do."""
    motion = np.zeros(MOTION_DIM, np.float32)
    motion[ROTATION] = np.clip(rng.normal(0, [0.14, 0.2, 0.1]), -0.55, 0.55)
    motion[TRANSLATION] = rng.uniform([-0.03, -0.02, -0.12], [0.03, 0.02, 0.12])
    motion[GAZE] = np.clip(rng.normal(0, [0.2, 0.14]), -0.5, 0.5)
    if calm:
        motion[GAZE] *= 0.4
        for name in rng.choice(_SINGLE, 4, replace=False):
            _set(motion, str(name), float(rng.uniform(0, 0.06)), rng)
        return motion
    if rng.random() < 0.65:
        _mix(motion, _SPEECH[rng.integers(len(_SPEECH))], float(rng.uniform(0.3, 1.3)), rng)
    if rng.random() < 0.6:
        _mix(motion, _MOODS[rng.integers(len(_MOODS))], float(rng.uniform(0.2, 1.2)), rng)
    for name in rng.choice(_SINGLE, rng.integers(0, 3), replace=False):
        _mix(motion, {str(name): 1.0}, float(rng.uniform(0.1, 0.9)), rng)
    if rng.random() < 0.35:
        blink = rng.uniform(0.6, 1.0) if rng.random() < 0.65 else rng.uniform(0, 0.6)
        _set(motion, "eyeBlinkLeft" if rng.random() < 0.5 else "eyeBlinkRight", float(blink), rng, alone=0.12)
    return motion


def _mix(motion: FloatArray, coefficients: dict[str, float], amount: float, rng: np.random.Generator) -> None:
    for name, value in coefficients.items():
        before = float(motion[MOTION_INDEX[name]])
        _set(motion, name, float(np.clip(max(before, amount * value * rng.uniform(0.7, 1.3)), 0, 1)), rng, alone=0.1)


def _background(rng: np.random.Generator, height: int, width: int) -> FloatArray:
    """(height, width, 3): plain, a gradient, or soft clutter."""
    kind = rng.integers(3)
    cells = (1, 2, int(rng.integers(3, 24)))[kind]
    colours = rng.uniform(0, 255, (cells, cells, 3)).astype(np.float32)
    return np.asarray(cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def photograph(rgba: ByteArray, rng: np.random.Generator) -> tuple[ByteArray, float, FloatArray]:
    """A render as a camera might show it: before a background, at another size and place, in other light, with noise
    and JPEG blocks. Returns (rgb, scale, offset): a render's pixel from its middle, times scale plus offset (x right,
    y up), is that of the picture from its middle."""
    size = round(rgba.shape[0] * rng.uniform(0.85, 1.3))
    interpolation = cv2.INTER_AREA if size < rgba.shape[0] else cv2.INTER_LINEAR
    head = cv2.resize(rgba, (size, size), interpolation=interpolation).astype(np.float32)
    height, width = size + int(rng.integers(0, 60)), size + int(rng.integers(0, 160))
    top, left = height - size, int(rng.integers(0, width - size + 1))
    picture: npt.NDArray[Any] = _background(rng, height, width)
    alpha = head[..., 3:] / 255.0
    place = picture[top : top + size, left : left + size]
    place[:] = place * (1 - alpha) + head[..., :3] * alpha
    picture = 255.0 * (picture / 255.0) ** rng.uniform(0.75, 1.35) * rng.uniform(0.7, 1.15)
    picture *= rng.uniform(0.9, 1.1, 3).astype(np.float32)
    if rng.random() < 0.15:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.4, 1.0)))
    picture = picture + rng.normal(0, rng.uniform(0, 4), picture.shape)
    encoded = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [1, int(rng.integers(70, 97))])[1]
    rgb = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    offset = np.array([left + (size - width) / 2, -(top + (size - height) / 2), 0.0], np.float32)
    return np.asarray(rgb, np.uint8), size / rgba.shape[0], offset


def track_identity(seed: int, pictures: int, detector: LandmarkDetector) -> TrackedPictures:
    """Render, photograph and track `pictures` pictures of random_identity(seed). Raises TrainingError without head
    data.
    """
    rng = np.random.default_rng([seed, 478])
    head = HeadRenderer(random_identity(seed), size=SIZE)
    motions, found, calm, missed = [], [], [], 0
    for i in range(pictures):
        resting = i % CALM_EVERY == 0
        motion = random_motion(rng, resting)
        rgb, scale, offset = photograph(head.render(motion).rgba, rng)
        detector(rgb)  # the first look finds the face, the second sees it as in the middle of a video
        landmarks = detector(rgb)
        if landmarks is None:
            missed += 1
            continue
        motions.append(motion)
        found.append((landmarks - offset) / np.float32(scale))
        calm.append(resting)
    shape = (len(found), 478, 3)
    return TrackedPictures(
        np.array(motions, np.float32).reshape(-1, MOTION_DIM), np.array(found, np.float32).reshape(shape),
        np.array(calm, bool), missed,
    )  # fmt: skip
