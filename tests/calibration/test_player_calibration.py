"""A player's calibration finds a known resting face and range again, and its profile survives the file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from echo_calibration import PlayerCalibration, calibrate_player, load_profile, save_profile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echo_runtime.errors import CalibrationError
from echo_runtime.signals import COEFFICIENTS, MOTION_INDEX, ROTATION, FaceObservation

BLINKS = [MOTION_INDEX["eyeBlinkLeft"], MOTION_INDEX["eyeBlinkRight"]]
JAW = MOTION_INDEX["jawOpen"]


def _observation(motion: np.ndarray, validity: float = 1.0, time_us: int = 0) -> FaceObservation:
    return FaceObservation(time_us, motion.astype(np.float32), validity, "camera")


class Face:
    """A face as a tracker sees it: rests at `offset`, moves `span` where the true coefficient moves by 1, is noisy."""

    def __init__(self, seed: int = 0) -> None:
        self.chance = np.random.default_rng(seed)
        self.offset = np.zeros(60)
        self.offset[COEFFICIENTS] = self.chance.uniform(0, 0.25, 52)
        self.offset[ROTATION] = (0.2, -0.05, 0.02)
        self.span = self.chance.uniform(0.4, 0.7, 52)

    def seen(self, truth: np.ndarray, noise: float = 0.01) -> np.ndarray:
        motion = self.offset + truth + self.chance.normal(0, noise, 60)
        motion[COEFFICIENTS] = self.offset[COEFFICIENTS] + truth[COEFFICIENTS] * self.span
        motion[COEFFICIENTS] += self.chance.normal(0, noise, 52)
        motion[COEFFICIENTS] = motion[COEFFICIENTS].clip(0, 1)
        return motion

    def resting(self, frames: int = 75) -> list[FaceObservation]:
        truth = np.zeros((frames, 60))
        truth[10:14, BLINKS] = 1  # blinks, and frames without a face, do no harm
        observations = [_observation(self.seen(t)) for t in truth]
        return [*observations, *(_observation(np.full(60, 9.0), validity=0.1) for _ in range(40))]

    def moving(self, frames: int = 300) -> list[FaceObservation]:
        phases = self.chance.uniform(0, 2 * np.pi, 52)
        truth = np.zeros((frames, 60))
        truth[:, COEFFICIENTS] = 0.5 - 0.5 * np.cos(np.arange(frames)[:, None] * 0.15 + phases)
        return [_observation(self.seen(t)) for t in truth]


def test_a_known_face_is_found_again() -> None:
    face = Face()
    calibration = calibrate_player("Sam", face.resting(), face.moving())
    assert calibration.frames == (75, 300)
    # the tracker's values are cut off at 0, which lifts the median of a coefficient that rests near 0 a little
    assert np.abs(calibration.offset - face.offset).max() < 0.015
    assert np.abs(calibration.gain * face.span - 1).max() < 0.1

    truth = np.zeros(60)
    truth[COEFFICIENTS] = face.chance.uniform(0, 1, 52)
    truth[ROTATION] = (0.1, 0.3, -0.1)
    seen = face.seen(truth, noise=0.0)
    corrected = calibration.apply(_observation(seen, time_us=77))
    assert corrected.time_us == 77
    assert np.abs(corrected.motion - truth).max() < 0.12
    assert np.abs(corrected.motion - truth).mean() < 0.25 * np.abs(seen - truth).mean()


def test_without_movement_only_the_rest_is_corrected() -> None:
    face = Face(1)
    calibration = calibrate_player("Sam", face.resting())
    assert (calibration.gain == 1).all()
    rest = calibration.apply(_observation(face.seen(np.zeros(60), noise=0.0)))
    assert np.abs(rest.motion).max() < 0.02


def test_what_was_not_exercised_keeps_its_gain() -> None:
    face = Face(2)
    moving = [_observation(face.seen(np.zeros(60))) for _ in range(60)]
    jaw = np.zeros(60)
    jaw[JAW] = 1
    moving += [_observation(face.seen(jaw)) for _ in range(30)]
    gain = calibrate_player("Sam", face.resting(), moving).gain
    assert gain[JAW] > 1.3
    assert (np.delete(gain, JAW) == 1).all()


def test_a_lost_face_stays_neutral() -> None:
    calibration = calibrate_player("Sam", Face(3).resting())
    lost = calibration.apply(_observation(np.zeros(60), validity=0.0))
    assert (lost.motion == 0).all()


def test_the_observation_itself_is_left_alone() -> None:
    motion = np.full(60, 0.4, np.float32)
    PlayerCalibration("Sam", np.full(60, 0.1, np.float32)).apply(_observation(motion))
    assert (motion == np.float32(0.4)).all()


@settings(max_examples=50, deadline=None)
@given(
    motion=arrays(np.float32, 60, elements=st.floats(-1, 2, width=32)),
    offset=arrays(np.float32, 60, elements=st.floats(-1, 1, width=32)),
    gain=arrays(np.float32, 52, elements=st.floats(0, 4, width=32)),
    validity=st.floats(0, 1),
)
def test_coefficients_stay_in_range(motion: np.ndarray, offset: np.ndarray, gain: np.ndarray, validity: float) -> None:
    out = PlayerCalibration("Sam", offset, gain).apply(_observation(motion, validity)).motion
    assert out.dtype == np.float32
    assert (out[COEFFICIENTS] >= 0).all()
    assert (out[COEFFICIENTS] <= 1).all()


def test_recordings_that_are_no_use_are_refused() -> None:
    face = Face(4)
    with pytest.raises(CalibrationError, match=r"resting face shows the face in 10 frames, but 25 are needed"):
        calibrate_player("Sam", face.resting(10))
    with pytest.raises(CalibrationError, match="movement shows the face in 0 frames"):
        calibrate_player("Sam", face.resting(), [_observation(np.zeros(60), 0.0)])
    with pytest.raises(CalibrationError, match="moves too much for a resting face"):
        calibrate_player("Sam", face.moving())
    jaw = np.zeros(60)
    jaw[JAW] = 1
    with pytest.raises(CalibrationError, match=r"is not relaxed for a resting face \(jawOpen"):
        calibrate_player("Sam", [_observation(jaw) for _ in range(40)])


def test_the_profile_survives_the_file(tmp_path: Path) -> None:
    face = Face(5)
    calibration = calibrate_player("Zoë", face.resting(), face.moving())
    save_profile(calibration, tmp_path / "zoe.json")
    again = load_profile(tmp_path / "zoe.json")
    assert again.player == "Zoë"
    assert again.frames == calibration.frames
    assert np.allclose(again.offset, calibration.offset, atol=1e-5)
    assert np.allclose(again.gain, calibration.gain, atol=1e-5)
    lines = (tmp_path / "zoe.json").read_text("utf-8").splitlines()
    assert sum('"gain"' in line for line in lines) == 52  # one line for each, for people


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"format_version": 2}, "format version 2, but this runtime reads up to 1"),
        ({"format_version": None}, "not the profile of a player"),
        ({"kind": "microphone"}, "not the profile of a player"),
        ({"pose": {}}, r"None at pose\.headPitch"),
        ({"pose": 3}, r"None at pose\.headPitch"),
        ({"coefficients": []}, r"None at coefficients\.eyeBlinkLeft\.offset"),
        ({"frames": {"neutral": "many"}}, r"'many' at frames\.neutral"),
        ({"frames": {"neutral": True}}, r"True at frames\.neutral"),
        ({"frames": {"neutral": float("nan")}}, r"nan at frames\.neutral"),
        ({"frames": {"neutral": 1e308}}, r"1e\+308 at frames\.neutral"),
    ],
)
def test_a_damaged_profile_names_the_place(tmp_path: Path, change: dict, match: str) -> None:
    file = tmp_path / "sam.json"
    save_profile(PlayerCalibration("Sam"), file)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(CalibrationError, match=match):
        load_profile(file)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 5000, b" " * 200_000])
def test_garbage_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sam.json"
    file.write_bytes(content)
    with pytest.raises(CalibrationError, match=r"sam\.json"):
        load_profile(file)
    with pytest.raises(CalibrationError, match="cannot be read"):
        load_profile(tmp_path / "absent.json")
    with pytest.raises(CalibrationError, match="cannot be written"):
        save_profile(PlayerCalibration("Sam"), tmp_path / "no" / "folder.json")
