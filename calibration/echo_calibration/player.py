"""What is particular to a player's face: where it rests, and how far it moves.

No two faces rest at the same coefficients: narrow eyes look half closed, a full lip looks pressed, a laptop's camera
looks up. A second of the resting face gives the offset of each coefficient and of the pose; a recording in which the
player opens the mouth wide, raises the brows, smiles, frowns and closes the eyes gives the gain of each coefficient.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from echo_runtime.errors import CalibrationError
from echo_runtime.signals import ARKIT_NAMES, COEFFICIENTS, FRAME_RATE, MOTION_DIM, FaceObservation, FloatArray

_SMALLEST_VALIDITY = 0.5
_FEWEST_FRAMES = FRAME_RATE  # one second
_LARGEST_UNREST = 0.08
"""Median absolute deviation of a coefficient over a recording that is still to pass for rest."""
_LARGEST_OFFSET = 0.5
"""A coefficient that rests above this is an expression, not a face."""
_SMALLEST_RANGE = 0.15
"""A coefficient that moved less was not exercised, or the tracker hardly sees it: its gain stays 1."""
_GAINS = (0.7, 3.0)
_FULL = 98.0
"""Percentile that counts as the full movement; above it are the tracker's spikes."""


def _zeros() -> FloatArray:
    return np.zeros(MOTION_DIM, np.float32)


def _ones() -> FloatArray:
    return np.ones(len(ARKIT_NAMES), np.float32)


@dataclass(frozen=True)
class PlayerCalibration:
    """`offset` (60,): the motion frame of the resting face, in the units of `signals`. `gain` (52,) per coefficient.

    `frames`: how many frames of rest and of movement it was measured on. Raises ValueError for other shapes or values
    that are not finite.
    """

    player: str
    offset: FloatArray = field(default_factory=_zeros)
    gain: FloatArray = field(default_factory=_ones)
    frames: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        for name, array, shape in (("offset", self.offset, (MOTION_DIM,)), ("gain", self.gain, (len(ARKIT_NAMES),))):
            if array.shape != shape or not np.isfinite(array).all():
                raise ValueError(f"{name} must be {shape} finite numbers, not {array.shape}")

    def apply(self, observation: FaceObservation) -> FaceObservation:
        """The observation as an average face would have given it; coefficients stay in [0, 1].

        The offset fades with the validity, because a lost face decays to plain zero, which is neutral already.
        """
        motion = observation.motion - np.float32(observation.validity) * self.offset
        motion[COEFFICIENTS] = np.clip(motion[COEFFICIENTS] * self.gain, 0.0, 1.0)
        return replace(observation, motion=motion.astype(np.float32))


def calibrate_player(
    player: str, neutral: Iterable[FaceObservation], movement: Iterable[FaceObservation] = ()
) -> PlayerCalibration:
    """Measure a player.

    `neutral`: at least a second of the resting face, looking at the screen; blinks do no harm. `movement`: the player
    exercising every expression as far as it goes, or nothing, which leaves all gains at 1.
    Raises CalibrationError when a recording shows the face too rarely, or `neutral` is not at rest.
    """
    rest = _valid_motions(neutral, "resting face")
    offset = np.median(rest, axis=0)
    unrest = np.median(np.abs(rest - offset), axis=0)[COEFFICIENTS]
    for trouble, values, bound in (
        ("moves too much", unrest, _LARGEST_UNREST),
        ("is not relaxed", offset[COEFFICIENTS], _LARGEST_OFFSET),
    ):
        worst = int(values.argmax())
        if values[worst] > bound:
            raise CalibrationError(
                f"The face {trouble} for a resting face ({ARKIT_NAMES[worst]} {values[worst]:.2f}, at most {bound}); "
                "relax, look at the screen and record again."
            )

    observations = list(movement)
    gain = np.ones(len(ARKIT_NAMES))
    moved = 0
    if observations:
        motions = _valid_motions(observations, "movement")
        moved = len(motions)
        span = np.percentile(motions[:, COEFFICIENTS], _FULL, axis=0) - offset[COEFFICIENTS]
        exercised = span >= _SMALLEST_RANGE
        gain[exercised] = np.clip(1.0 / span[exercised], *_GAINS)
    return PlayerCalibration(player, offset.astype(np.float32), gain.astype(np.float32), (len(rest), moved))


def _valid_motions(observations: Iterable[FaceObservation], what: str) -> FloatArray:
    """(n, 60): the motions of frames in which the face was seen."""
    motions = [o.motion for o in observations if o.validity >= _SMALLEST_VALIDITY and np.isfinite(o.motion).all()]
    if len(motions) < _FEWEST_FRAMES:
        raise CalibrationError(
            f"The recording of the {what} shows the face in {len(motions)} frames, but {_FEWEST_FRAMES} are needed; "
            "check light and camera and record again."
        )
    return np.stack(motions).astype(np.float32)
