"""What is particular to a player's face: where it rests, how far it moves, and how the head is held.

No two faces rest at the same coefficients: narrow eyes look half closed, a full lip looks pressed, a laptop's camera
looks up. A few seconds of the resting face give the resting features that the tracker compares with, the offset of each
coefficient that is still left then, and the dominant pose; a recording in which the player opens the mouth wide, raises
the brows, smiles and so on gives the gain of each coefficient.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from echo_calibration.session import SeenFace
from echo_runtime.capture.face_tracking import FaceTracker, KnownFace
from echo_runtime.capture.landmark_map import LOOKS, WEIGHTS, LandmarkMap, shipped_landmark_map
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import ARKIT_NAMES, COEFFICIENTS, FRAME_RATE, FaceObservation, FloatArray, PictureObservation

FEWEST_FRAMES = FRAME_RATE
"""Frames with a face that each part needs: a second of a slow camera."""
LARGEST_UNREST = 0.08
"""Median absolute deviation of a coefficient over a recording that is still to pass for rest."""
LARGEST_OFFSET = 0.5
"""A coefficient that rests above this is an expression, not a face."""
LARGEST_TURN = 0.6
"""Radians by which a resting head may be turned from the camera."""
SMALLEST_RANGE = 0.15
"""A coefficient that moved less was not exercised, or the tracker hardly sees it: its gain stays 1."""
USUAL_RANGE = 0.8
"""Where coefficients of an average player end who moves as far as they can; a range around it needs no gain."""
GAINS = (0.75, 1.5)
FULL = 95.0
"""Percentile that counts as the full movement; above it are the tracker's spikes."""
LARGEST_COVERED = 0.3
"""Share of pictures with something before the mouth; they are left out, but there must not be more."""
COUNT = len(ARKIT_NAMES)


@cache
def tracker_name() -> str:
    """Names the landmark map that resting features belong to: the first 16 digits of its file's SHA-256."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:16]


def _none() -> FloatArray:
    return np.zeros(COUNT, np.float32)


def _ones() -> FloatArray:
    return np.ones(COUNT, np.float32)


@dataclass(frozen=True)
class PlayerCalibration:
    """`known`: the resting face and pose for the tracker. `offset`, `gain` (52,) per coefficient of what it then gives.

    `frames`: how many frames of rest and of movement it was measured on. `quality` in [0, 1]. `tracker`: see
    `tracker_name`. Raises ValueError for other shapes or values that are not finite.
    """

    known: KnownFace
    offset: FloatArray = field(default_factory=_none)
    gain: FloatArray = field(default_factory=_ones)
    frames: tuple[int, int] = (0, 0)
    quality: float = 1.0
    tracker: str = field(default_factory=tracker_name)

    def __post_init__(self) -> None:
        shapes = (
            ("offset", self.offset, (COUNT,)),
            ("gain", self.gain, (COUNT,)),
            ("rotation", self.known.rotation, (3,)),
            ("features", self.known.features, shipped_landmark_map().rest.shape),
        )
        for name, array, shape in shapes:
            if array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"{name} must be {shape} finite numbers, not {array.shape}")

    def apply(self, observation: FaceObservation) -> FaceObservation:
        """The observation as an average face would have given it; coefficients stay in [0, 1].

        The offset fades with the validity, because a lost face decays to plain zero, which is neutral already.
        """
        motion = observation.motion.copy()
        shifted = motion[COEFFICIENTS] - np.float32(observation.validity) * self.offset
        motion[COEFFICIENTS] = np.clip(shifted * self.gain, 0.0, 1.0)
        return replace(observation, motion=motion.astype(np.float32))


class CalibratedTracker(FaceTracker):
    """The tracker of a player who was calibrated."""

    def __init__(self, player: PlayerCalibration, *, source: str = "camera") -> None:
        super().__init__(source=source, known=player.known)
        self._player: PlayerCalibration | None = player

    def __call__(self, picture: PictureObservation) -> FaceObservation:
        seen = super().__call__(picture)
        return seen if self._player is None else self._player.apply(seen)

    def forget_player(self) -> None:
        """Another person sits there, whom the calibration does not fit."""
        super().forget_player()
        self._player = None


def calibrate_player(
    neutral: Sequence[SeenFace], movement: Sequence[SeenFace] = (), landmark_map: LandmarkMap | None = None
) -> PlayerCalibration:
    """Measure a player.

    `neutral`: some seconds of the resting face, looking at the screen; blinks do no harm. `movement`: the player
    exercising every expression as far as it goes, or nothing, which leaves all gains at 1.
    Raises CalibrationError when a recording shows the face too rarely or covered, or `neutral` is not at rest.
    """
    landmark_map = landmark_map or shipped_landmark_map()
    rest = _usable(neutral, "resting face")
    features = np.median(np.stack([s.features for s in rest if s.features is not None]), axis=0).astype(np.float32)
    rotation = np.median(_rotations(rest), axis=0).astype(np.float32)
    if np.abs(rotation).max() > LARGEST_TURN:
        raise CalibrationError(
            f"The head is turned {np.degrees(np.abs(rotation).max()):.0f} degrees from the camera (at most "
            f"{np.degrees(LARGEST_TURN):.0f}); look at the screen, move the camera nearer to it and record again."
        )
    known = KnownFace(features, rotation)
    plain = motions(rest, landmark_map, landmark_map.rest, 0.0)
    own = motions(rest, landmark_map, features, 1.0)
    unrest = np.median(np.abs(own - np.median(own, axis=0)), axis=0)
    # a face that moves has its own middle for a reference, and is cut off at 0 on the other side of it
    moved_about = np.maximum(unrest, np.median(np.abs(plain - np.median(plain, axis=0)), axis=0))
    for trouble, values, bound in (
        ("moves too much", moved_about, LARGEST_UNREST),
        ("is not relaxed", np.median(plain, axis=0), LARGEST_OFFSET),
    ):
        worst = int(values.argmax())
        if values[worst] > bound:
            raise CalibrationError(
                f"The face {trouble} for a resting face ({ARKIT_NAMES[worst]} {values[worst]:.2f}, at most {bound}); "
                "relax, look at the screen and record again."
            )
    offset = (np.median(own, axis=0) + unrest).astype(np.float32)  # so that rest is rest half the time and more
    offset[LOOKS] = 0.0  # they follow from the gaze, whose resting place is learned anew each time
    gain, moved, exercised = np.ones(COUNT, np.float32), 0, 0.0
    if movement:
        usable = _usable(movement, "movement")
        moved = len(usable)
        gain, exercised = _gains(motions(usable, landmark_map, features, 1.0), offset)
    quality = _quality(neutral, movement, rest, unrest, exercised)
    return PlayerCalibration(known, offset, gain, (len(rest), moved), quality)


def _gains(moving: FloatArray, offset: FloatArray) -> tuple[FloatArray, float]:
    """(52,) and the share of MAIN that was exercised. Half of what is missing to the usual range is made up for: the
    tracker's noise grows with the gain."""
    span = np.percentile(moving, FULL, axis=0) - offset
    exercised = span >= SMALLEST_RANGE
    exercised[LOOKS] = False
    gain = np.ones(COUNT, np.float32)
    gain[exercised] = np.clip(np.sqrt(USUAL_RANGE / span[exercised]), *GAINS)
    return gain, float(np.mean([exercised[ARKIT_NAMES.index(name)] for name in MAIN]))


MAIN = (
    "jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "browInnerUp", "browDownLeft", "browDownRight",
    "eyeBlinkLeft", "eyeBlinkRight",
)  # fmt: skip
"""What a conversation's expressions are made of; movement that lacks them is of no use."""


def _quality(
    neutral: Sequence[SeenFace],
    movement: Sequence[SeenFace],
    rest: Sequence[SeenFace],
    unrest: FloatArray,
    exercised: float,
) -> float:
    """In [0, 1], the product of: how often the face was seen uncovered, how calm the rest was, how steadily the head
    was held, and (with movement) how much of MAIN was exercised."""
    everything = [*neutral, *movement]
    seen = sum(s.usable for s in everything) / max(len(everything), 1)
    calm = 1.0 - 0.5 * float(unrest.max()) / LARGEST_UNREST
    turns = _rotations(rest)
    steady = 1.0 - min(float(np.median(np.abs(turns - np.median(turns, axis=0)), axis=0).max()) / 0.2, 0.5)
    moved = 0.4 + 0.6 * exercised if movement else 1.0
    return round(float(np.clip(seen * calm * steady * moved, 0.0, 1.0)), 3)


def motions(seen: Sequence[SeenFace], landmark_map: LandmarkMap, reference: FloatArray, trust: float) -> FloatArray:
    """(n, 52) coefficients that the tracker gives when it compares with `reference`."""
    rows = []
    for s in seen:
        assert s.features is not None
        assert s.pose is not None
        rows.append(landmark_map.motion(s.features, s.pose, reference, trust)[COEFFICIENTS])
    return np.stack(rows)


def _rotations(seen: Sequence[SeenFace]) -> FloatArray:
    """(n, 3)"""
    return np.stack([s.place[:3] for s in seen if s.place is not None])


def _usable(seen: Sequence[SeenFace], what: str) -> list[SeenFace]:
    """The pictures in which the face was seen, and nothing before it."""
    found = [s for s in seen if s.found]
    covered = sum(s.covered for s in found)
    if found and covered > LARGEST_COVERED * len(found):
        raise CalibrationError(
            f"Something covers the mouth in {covered} of {len(found)} pictures of the {what}; "
            "take the hand, cup or microphone away and record again."
        )
    usable = [s for s in found if not s.covered]
    if len(usable) < FEWEST_FRAMES:
        raise CalibrationError(
            f"The recording of the {what} shows the face in {len(usable)} of {len(seen)} pictures, but "
            f"{FEWEST_FRAMES} are needed; sit in front of the camera, in light, and record again."
        )
    return usable


def advice(player: PlayerCalibration) -> list[str]:
    """Sentences about what would make a poor calibration better."""
    said = []
    if player.frames[1] and (player.gain == 1.0).mean() > 0.8:
        said.append("Few expressions were made: follow every instruction, as far as the face goes.")
    if player.quality < 0.6:
        said.append("Hold the head still while resting, look at the screen, and have light on the face.")
    return said
