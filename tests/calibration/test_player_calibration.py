"""A player's resting face, offset and gain are found again, and correct what the tracker gives."""

from __future__ import annotations

import numpy as np
import pytest
from echo_calibration.player import CalibratedTracker, PlayerCalibration, calibrate_player, motions
from echo_calibration.session import SeenFace
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echo_runtime.capture.face_tracking import FaceTracker, KnownFace
from echo_runtime.capture.head_pose import HeadPose
from echo_runtime.capture.landmark_map import LOOKS, shipped_landmark_map
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import COEFFICIENTS, FaceObservation, PictureObservation

MAP = shipped_landmark_map()
FRONT = HeadPose(np.eye(3, dtype=np.float32), 1000.0, np.zeros(3, np.float32))


def known(**changes: object) -> KnownFace:
    return KnownFace(**{"features": MAP.rest.copy(), "rotation": np.zeros(3, np.float32), **changes})  # type: ignore[arg-type]


def observation(motion: np.ndarray, validity: float = 1.0, time_us: int = 0) -> FaceObservation:
    return FaceObservation(time_us, motion.astype(np.float32), validity, "camera")


def lowered(cm: float) -> np.ndarray:
    """Features of the mean face when everything under the upper lip is lowered."""
    face = MAP.canonical.copy()
    face[face[:, 1] < face[[13, 14], 1].mean(), 1] -= cm / 100
    return MAP.features(face)


class Person:
    """Landmark features of somebody who rests at `features`, and lowers jaw and lower lip by some centimetres."""

    def __init__(self, seed: int = 0, rotation: tuple[float, float, float] = (0.1, -0.2, 0.0)) -> None:
        self.chance = np.random.default_rng(seed)
        self.features = MAP.rest + self.chance.uniform(-1, 1, len(MAP.rest)) * MAP.person
        self.place = np.array([*rotation, 0, 0, 1, 0, 0], np.float32)

    def seen(self, lips: float = 0.0, noise: float = 0.02, covered: bool = False) -> SeenFace:
        features = self.features + noise * MAP.spread * self.chance.normal(0, 1, len(MAP.rest))
        features += lowered(lips) - lowered(0.0)
        place = self.place + self.chance.normal(0, 0.005, 8).astype(np.float32)
        return SeenFace(0, 0.5, features.astype(np.float32), FRONT, place, 0.1 + lips, covered=covered)

    def resting(self, frames: int = 60) -> list[SeenFace]:
        return [self.seen() for _ in range(frames)]

    def talking(self, frames: int = 120) -> list[SeenFace]:
        return [self.seen(1.2 * (1 - np.cos(i * 0.3))) for i in range(frames)]


def test_the_resting_face_is_found_again() -> None:
    person = Person()
    player = calibrate_player(person.resting())
    assert np.abs((player.known.features - person.features) / MAP.spread).max() < 0.02
    assert np.abs(player.known.rotation - person.place[:3]).max() < 0.01
    assert player.frames == (60, 0)
    assert (player.gain == 1).all()
    assert (player.offset[LOOKS] == 0).all()
    assert 0.5 < player.quality <= 1.0


def test_rest_is_zero_afterwards_and_was_not_before() -> None:
    person = Person(1)
    player = calibrate_player(person.resting())
    again = person.resting(100)
    plain = motions(again, MAP, MAP.rest, 0.0)
    own = motions(again, MAP, player.known.features, 1.0)
    corrected = np.stack([player.apply(observation(np.append(m, np.zeros(8)))).motion[COEFFICIENTS] for m in own])
    others = [i for i in range(52) if i not in set(LOOKS)]
    assert np.median(corrected, axis=0)[others].max() < 0.01
    assert np.median(plain, axis=0)[others].max() > 0.05


def test_what_moved_too_little_is_amplified_and_what_did_not_move_is_left() -> None:
    person = Person(2)
    gain = calibrate_player(person.resting(), person.talking()).gain
    moved = calibrate_player(person.resting(), [person.seen() for _ in range(100)]).gain
    assert (moved == 1).all()
    spans = np.percentile(motions(person.talking(), MAP, person.features, 1.0), 95, axis=0)
    clearly = (spans > 0.3) & ~np.isin(np.arange(52), LOOKS)
    assert clearly.any()
    assert np.abs(gain[clearly] - np.clip(np.sqrt(0.8 / spans[clearly]), 0.75, 1.5)).max() < 0.1
    assert (gain >= 0.75).all()
    assert (gain <= 1.5).all()


def test_frames_without_a_face_or_with_a_covered_mouth_are_left_out() -> None:
    person = Person(3)
    covered = [person.seen(lips=2.0, covered=True) for _ in range(10)]
    blind = [SeenFace(0, 0.5) for _ in range(20)]
    player = calibrate_player([*person.resting(), *covered, *blind])
    assert player.frames == (60, 0)
    assert np.abs((player.known.features - person.features) / MAP.spread).max() < 0.02
    assert player.quality < calibrate_player(person.resting()).quality


def test_recordings_that_are_of_no_use_are_refused() -> None:
    person = Person(4)
    with pytest.raises(CalibrationError, match=r"resting face shows the face in 10 of 10 pictures, but 25 are needed"):
        calibrate_player(person.resting(10))
    with pytest.raises(CalibrationError, match=r"resting face shows the face in 0 of 40 pictures"):
        calibrate_player([SeenFace(i, 0.5) for i in range(40)])
    with pytest.raises(CalibrationError, match=r"movement shows the face in 0 of 30"):
        calibrate_player(person.resting(), [SeenFace(i, 0.5) for i in range(30)])
    with pytest.raises(CalibrationError, match=r"covers the mouth in 30 of 60 pictures of the resting face"):
        calibrate_player([*person.resting(30), *(person.seen(covered=True) for _ in range(30))])
    with pytest.raises(CalibrationError, match="moves too much for a resting face"):
        calibrate_player(person.talking())
    with pytest.raises(CalibrationError, match=r"is not relaxed for a resting face \(jawOpen"):
        calibrate_player([person.seen(lips=2.4) for _ in range(40)])
    with pytest.raises(CalibrationError, match="turned 46 degrees"):
        calibrate_player(Person(5, rotation=(0.0, 0.8, 0.0)).resting())


def test_a_lost_face_stays_neutral() -> None:
    player = PlayerCalibration(known(), np.full(52, 0.2, np.float32))
    assert (player.apply(observation(np.zeros(60), validity=0.0)).motion == 0).all()


def test_the_observation_itself_is_left_alone() -> None:
    motion = np.full(60, 0.4, np.float32)
    PlayerCalibration(known(), np.full(52, 0.1, np.float32)).apply(observation(motion))
    assert (motion == np.float32(0.4)).all()


@settings(max_examples=50, deadline=None)
@given(
    motion=arrays(np.float32, 60, elements=st.floats(-1, 2, width=32)),
    offset=arrays(np.float32, 52, elements=st.floats(-1, 1, width=32)),
    gain=arrays(np.float32, 52, elements=st.floats(0, 4, width=32)),
    validity=st.floats(0, 1),
)
def test_coefficients_stay_in_range(motion: np.ndarray, offset: np.ndarray, gain: np.ndarray, validity: float) -> None:
    out = PlayerCalibration(known(), offset, gain).apply(observation(motion, validity)).motion
    assert out.dtype == np.float32
    assert (out[COEFFICIENTS] >= 0).all()
    assert (out[COEFFICIENTS] <= 1).all()
    assert (out[52:] == motion[52:]).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"offset": np.zeros(60, np.float32)},
        {"gain": np.full(52, np.nan, np.float32)},
        {"known": known(features=np.zeros(3))},
    ],
)
def test_numbers_of_another_shape_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        PlayerCalibration(**{"known": known(), **wrong})


def test_a_known_face_is_not_learned_any_more_and_a_calibration_is_applied() -> None:
    """Without a face in the picture nothing changes; the tracker keeps what it was told."""
    player = PlayerCalibration(known(features=MAP.rest + MAP.person))
    tracker = CalibratedTracker(player)
    seen = tracker(PictureObservation(1_000, np.zeros((64, 64, 3), np.uint8)))
    assert seen.validity == 0
    tracker.close()
    plain = FaceTracker(known=player.known)
    assert plain._face.trust == 1.0
    assert (plain._face.reference == player.known.features).all()
    plain.reset()
    assert (plain._face.reference == player.known.features).all()
    plain.close()
