"""Whether a calibrated player is tracked better than one who was not, on people that no training saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from echo_calibration.expressions import EXPRESSION_S, REST_S
from echo_calibration.player import CalibratedTracker, PlayerCalibration, calibrate_player
from echo_calibration.selftest.synthetic_player import (
    FIRST_SEED,
    RATE,
    Film,
    Posture,
    Room,
    SyntheticPlayer,
    conversation,
    guided_movement,
)
from echo_calibration.session import Session
from echo_runtime.capture.face_tracking import FaceTracker
from echo_runtime.capture.landmark_map import LEARNED, LEARNED_NAMES
from echo_runtime.signals import (
    FRAME_US,
    GAZE,
    MOTION_DIM,
    ROTATION,
    TRANSLATION,
    ByteArray,
    FloatArray,
    PictureObservation,
)

LARGEST_RESIDUAL = 0.05
RESTING_FRAMES, TALKING_FRAMES = 40, 110
CAMERA_MOVED = 0.03
"""Standard deviation in radians by which the player sits differently on the other day."""


def check_player(
    identities: int = 4, seed: int = 0, progress: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Draws people, calibrates them in one room, and tracks them in another light on another day.

    For each: the mean absolute error over the 44 coefficients that a picture is regressed to (the eight eyeLook follow
    from the gaze), with the shipped tracker as `run` starts it and with the profile; and the largest median of a
    coefficient over a resting face, for whom the truth is 0. Raises TrainingError without the head's data,
    MissingDependencyError without numba.
    """
    rows = []
    for i in range(identities):
        row = _one(FIRST_SEED + 1000 * seed + i)
        progress(
            f"identity {i + 1} of {identities}: error {row['error_uncalibrated']:.4f} → {row['error']:.4f}, "
            f"residual {row['residual_uncalibrated']:.3f} → {row['residual']:.3f} ({row['worst']})"
        )
        rows.append(row)
    residual = max(row["residual"] for row in rows)
    better = all(row["error"] < row["error_uncalibrated"] for row in rows)
    return {
        "identities": len(rows),
        "max_neutral_residual": residual,
        "max_neutral_residual_uncalibrated": max(row["residual_uncalibrated"] for row in rows),
        "mean_error": round(float(np.mean([row["error"] for row in rows])), 4),
        "mean_error_uncalibrated": round(float(np.mean([row["error_uncalibrated"] for row in rows])), 4),
        "better_on_every_identity": better,
        "each": rows,
        "passed": residual <= LARGEST_RESIDUAL and better,
    }


def _one(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng([seed, 1])
    person, posture = SyntheticPlayer(seed), Posture(rng)
    player = calibrated(person, posture, rng)
    posture.move(rng, CAMERA_MOVED)
    still = np.zeros((RESTING_FRAMES, MOTION_DIM), np.float32)
    truth = posture.seated(np.concatenate([still, conversation(rng, TALKING_FRAMES)]))
    truth[:, TRANSLATION] += rng.normal(0, 0.01, 3)
    pictures = person.filmed(truth, Room(rng))
    plain, own = (track(tracker, pictures) for tracker in (FaceTracker(), CalibratedTracker(player)))
    residuals = [np.abs(np.median(m[:RESTING_FRAMES, LEARNED], axis=0)) for m in (plain, own)]
    errors = [float(np.abs(m - truth)[:, LEARNED].mean()) for m in (plain, own)]
    turned = truth[:, ROTATION] - posture.usual_rotation
    return {
        "seed": seed,
        "quality": player.quality,
        "error_uncalibrated": round(errors[0], 4),
        "error": round(errors[1], 4),
        "residual_uncalibrated": round(float(residuals[0].max()), 4),
        "residual": round(float(residuals[1].max()), 4),
        "worst": LEARNED_NAMES[int(residuals[1].argmax())],
        "turn_error_deg": round(float(np.degrees(np.abs(own[:, ROTATION] - turned).mean())), 2),
        "gaze_residual_deg": round(float(np.degrees(np.abs(np.median(own[:RESTING_FRAMES, GAZE], axis=0)).max())), 2),
    }


def calibrated(
    person: SyntheticPlayer, posture: Posture, rng: np.random.Generator, every: int = 2
) -> PlayerCalibration:
    """The person goes through the guide before a camera of 25 / `every` pictures per second."""
    rest = posture.seated(np.zeros((round(REST_S * RATE), MOTION_DIM), np.float32))
    motion = np.concatenate([rest, posture.seated(guided_movement(rng))])[::every]
    film = Film(person.filmed(motion, Room(rng)), np.arange(len(motion)) * every / RATE)
    with Session(film, None) as session:
        neutral = session.watch(REST_S)
        movement = session.watch(EXPRESSION_S * 60)
    return calibrate_player(neutral.faces, movement.faces)


def track(tracker: FaceTracker, pictures: list[ByteArray]) -> FloatArray:
    """(n, 60) motion of pictures at 25 per second."""
    found = [tracker(PictureObservation(1_000_000 + i * FRAME_US, rgb)).motion for i, rgb in enumerate(pictures)]
    tracker.close()
    return np.stack(found)
