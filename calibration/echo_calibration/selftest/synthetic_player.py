"""A player whose every coefficient is known: a synthetic head before a camera, as a source of pictures.

Identities that the face tracker was trained on have seeds from 50,000, those it was tested on from 60,000; the heads
here are others.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from echo_calibration.expressions import EXPRESSION_S, EXPRESSIONS
from echo_runtime.capture.source import Source
from echo_runtime.signals import (
    GAZE,
    MOTION_DIM,
    MOTION_INDEX,
    ROTATION,
    TRANSLATION,
    ByteArray,
    FloatArray,
    PictureObservation,
)

FIRST_SEED = 71_000
RATE = 25
SIZE = 256
LEVELS = 25
"""Renders of lips that open; pictures between two of them are taken for the nearer."""
INSIDE_OF_MOUTH, SEEN_PIXELS = 4, 2
"""The renderer's number of that region; so many pixels of it may be seen between closed lips."""
_BLINKS = [MOTION_INDEX["eyeBlinkLeft"], MOTION_INDEX["eyeBlinkRight"]]
_CONVERSATION: tuple[tuple[str, float], ...] = (
    ("jawOpen", 0.5), ("mouthSmileLeft", 0.7), ("mouthPucker", 0.6), ("mouthFunnel", 0.5), ("browInnerUp", 0.6),
    ("browDownLeft", 0.6), ("noseSneerLeft", 0.5), ("mouthStretchLeft", 0.4), ("mouthFrownLeft", 0.4),
    ("mouthLowerDownLeft", 0.5), ("browOuterUpLeft", 0.6), ("mouthPressLeft", 0.5),
)  # fmt: skip


class Posture:
    """How one person sits before one camera: the dominant rotation and gaze, and how still the head is held."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rotation = rng.normal(0, [0.12, 0.15, 0.05]).clip(-0.3, 0.3)
        self.gaze = -self.rotation[[1, 0]] * np.array([0.6, -0.6])  # looks at the screen, not into the camera
        self._rng = rng
        self.usual_rotation = self.rotation.copy()

    def move(self, rng: np.random.Generator, size: float) -> None:
        """Sit down on another day: turned by `size` radians or so."""
        self.rotation = self.rotation + rng.normal(0, size, 3)
        self.gaze = self.gaze + rng.normal(0, size, 2)

    def seated(self, motion: FloatArray, restless: float = 1.0) -> FloatArray:
        """(n, 60) motion → the same in this posture: sways, looks about a little, blinks."""
        out = motion.copy()
        n = len(out)
        out[:, ROTATION] += self.rotation + restless * self._drift(n, 3, 0.02)
        out[:, TRANSLATION] += restless * self._drift(n, 3, 0.004)
        out[:, GAZE] += self.gaze + restless * self._drift(n, 2, 0.03)
        for start in range(int(self._rng.integers(10, 60)), n - 6, int(self._rng.integers(55, 110))):
            out[start : start + 5, _BLINKS] = np.maximum(
                out[start : start + 5, _BLINKS], np.array([0.5, 1, 1, 0.7, 0.3])[:, None]
            )
        return out.astype(np.float32)

    def _drift(self, n: int, width: int, size: float) -> FloatArray:
        steps = self._rng.normal(0, 1, (n, width))
        smooth = cv2.GaussianBlur(steps, (1, 0), 0, sigmaY=8, borderType=cv2.BORDER_REFLECT) if n > 1 else steps
        return np.asarray(smooth * size / max(float(smooth.std()), 1e-6), np.float32)


def guided_movement(rng: np.random.Generator, rate: int = RATE) -> FloatArray:
    """(n, 60): the expressions of the guide, each going there, holding and coming back, none of them perfectly."""
    per = round(EXPRESSION_S * rate)
    shape = np.clip(1.25 * np.sin(np.pi * (np.arange(per) + 0.5) / per), 0, 1)
    rows = []
    for expression in EXPRESSIONS:
        block = np.zeros((per, MOTION_DIM), np.float32)
        for name, value in expression.coefficients.items():
            block[:, MOTION_INDEX[name]] = shape * np.clip(value * rng.uniform(0.75, 1.1), 0, 1)
        rows.append(block)
    return np.concatenate(rows)


def conversation(rng: np.random.Generator, frames: int) -> FloatArray:
    """(n, 60): single and mixed expressions of a talk, with rests between them; sides move together."""
    out = np.zeros((frames, MOTION_DIM), np.float32)
    at = 5
    while at < frames - 8:
        length = int(rng.integers(10, 26))
        bump = np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 0.7
        for k in rng.choice(len(_CONVERSATION), int(rng.integers(1, 4)), replace=False):
            name, most = _CONVERSATION[k]
            value = most * rng.uniform(0.5, 1.3)
            span = slice(at, min(at + length, frames))
            for side in {name, name.replace("Left", "Right")}:
                column = out[span, MOTION_INDEX[side]]
                column[:] = np.maximum(column, (bump * value)[: len(column)])
        at += length + int(rng.integers(0, 12))
    return out.clip(0, 1)


class Room:
    """One camera, light and background, the same for a whole recording; (S, S, 4) renders become pictures."""

    def __init__(self, rng: np.random.Generator, size: int = SIZE) -> None:
        self._rng = rng
        height, width = size + 24, size + 84
        cells = rng.uniform(20, 235, (int(rng.integers(2, 9)), int(rng.integers(2, 9)), 3)).astype(np.float32)
        self._wall = np.asarray(cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
        self._left, self._width = int(rng.integers(10, width - size - 10)), width
        self._tint = (rng.uniform(0.8, 1.1) * rng.uniform(0.94, 1.06, 3)).astype(np.float32)
        self._gamma, self._noise = float(rng.uniform(0.85, 1.2)), float(rng.uniform(1, 4))

    def photograph(self, rgba: ByteArray, sway: int = 0) -> ByteArray:
        """(H, W, 3) as a webcam gives it: noise, and the blocks of its JPEG. `sway`: pixels to the right."""
        size = rgba.shape[0]
        picture = self._wall.copy()
        left = min(max(self._left + sway, 0), self._width - size)
        place = picture[-size:, left : left + size]
        alpha = rgba[..., 3:].astype(np.float32) / 255.0
        place[:] = place * (1 - alpha) + rgba[..., :3] * alpha
        picture = 255.0 * (picture * self._tint / 255.0).clip(0, 1) ** self._gamma
        picture += self._rng.normal(0, self._noise, picture.shape)
        packed = cv2.imencode(".jpg", picture.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


class SyntheticPlayer:
    """One identity. Raises TrainingError without the head's data, MissingDependencyError without numba."""

    def __init__(self, seed: int, size: int = SIZE) -> None:
        from echo_runtime.errors import MissingDependencyError

        try:
            from echo_runtime.training.head import HeadRenderer, random_identity
        except ImportError as error:
            raise MissingDependencyError(
                f"The self-test draws a synthetic head, which needs {error.name}: pip install 'echo-runtime[train]'"
            ) from error
        self.identity = random_identity(seed)
        self.head = HeadRenderer(self.identity, size=size)

    def filmed(self, motion: Sequence[FloatArray] | FloatArray, room: Room) -> list[ByteArray]:
        """(n, 60) → n pictures."""
        return [room.photograph(self.head.render(frame).rgba) for frame in motion]

    def filmed_lips(
        self, opened: FloatArray, posture: FloatArray, room: Room, rng: np.random.Generator
    ) -> list[ByteArray]:
        """(n,) how far the lips are open, in [0, 1], and a pose (60,) → n pictures of a head that sways a little."""
        closed = self._parting(posture)
        renders = [
            self.head.render(_mouth(posture, closed + (1 - closed) * level)).rgba for level in np.linspace(0, 1, LEVELS)
        ]
        sway = np.cumsum(rng.normal(0, 0.5, len(opened))).round().astype(int)
        levels = np.round(opened * (LEVELS - 1)).astype(int)
        return [room.photograph(renders[k], int(s)) for k, s in zip(levels, sway, strict=True)]

    def _parting(self, posture: FloatArray) -> float:
        """The most that this mouth can be moved before its inside is seen: full lips part later than thin ones."""
        shut, apart = 0.0, 0.6
        for _ in range(5):
            middle = (shut + apart) / 2
            region = self.head.render(_mouth(posture, middle), detail=True).region
            assert region is not None
            shut, apart = (shut, middle) if (region == INSIDE_OF_MOUTH).sum() > SEEN_PIXELS else (middle, apart)
        return shut


def _mouth(posture: FloatArray, level: float) -> FloatArray:
    """A pose (60,) with the mouth of an "ah" that is open by `level`."""
    motion = posture.copy()
    for name, most in (("jawOpen", 0.42), ("mouthLowerDown", 0.22), ("mouthUpperUp", 0.14)):
        for side in (name, name + "Left", name + "Right"):
            if side in MOTION_INDEX:
                motion[MOTION_INDEX[side]] = most * level
    return motion


class Film(Source[PictureObservation]):
    """Pictures at given times in seconds, as a file would give them."""

    def __init__(self, pictures: Sequence[ByteArray], times_s: Sequence[float] | FloatArray) -> None:
        super().__init__()
        self._pictures, self._times = list(pictures), [round(t * 1e6) for t in times_s]
        self._next = self._start_us = 0

    def start(self, start_us: int) -> None:
        self._start_us = start_us

    def read_until(self, time_us: int) -> list[PictureObservation]:
        out = []
        while not self.ended and self._start_us + self._times[self._next] <= time_us:
            out.append(PictureObservation(self._start_us + self._times[self._next], self._pictures[self._next]))
            self._next += 1
        return out

    @property
    def ended(self) -> bool:
        return self._next >= len(self._pictures)

    def close(self) -> None:
        self._next = len(self._pictures)
