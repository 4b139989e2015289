"""The tracker on renders whose truth is known, of a person whom the landmark map never saw."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from capture_signals import motion

from echo_runtime.capture.face_tracking import FaceTracker
from echo_runtime.capture.landmark_map import load_landmark_map, shipped_landmark_map
from echo_runtime.capture.landmarks import LandmarkDetector
from echo_runtime.errors import MediaError, PackageDamagedError
from echo_runtime.signals import ARKIT_NAMES, GAZE, MOTION_INDEX, ROTATION, TRANSLATION, PictureObservation

I = MOTION_INDEX


@pytest.fixture(scope="module")
def see(draw_face):
    """see(**coefficients) -> tracked motion, without adaptation."""
    tracker = FaceTracker(adapt=False)
    times = iter(range(0, 10**9, 40_000))

    def track(**values: float) -> np.ndarray:
        picture = draw_face(motion(**values))
        for _ in range(12):  # the head jumps between two calls; let the tracker settle and validity rise
            seen = tracker(PictureObservation(next(times), picture))
        assert seen.validity == 1.0
        return seen.motion

    yield track
    tracker.close()


def test_mouth_and_lids_are_read(see) -> None:
    rest, jaw, blink, smile = (
        see(),
        see(jawOpen=0.7),
        see(eyeBlinkLeft=1, eyeBlinkRight=1),
        see(mouthSmileLeft=0.8, mouthSmileRight=0.8),
    )
    assert jaw[I["jawOpen"]] - rest[I["jawOpen"]] > 0.35
    for side in ("Left", "Right"):
        assert blink[I[f"eyeBlink{side}"]] - rest[I[f"eyeBlink{side}"]] > 0.4
        assert smile[I[f"mouthSmile{side}"]] - rest[I[f"mouthSmile{side}"]] > 0.3
    assert abs(smile[I["jawOpen"]] - rest[I["jawOpen"]]) < 0.25


def test_left_is_the_subjects_left(see) -> None:
    wink = see(eyeBlinkLeft=1)
    assert wink[I["eyeBlinkLeft"]] > wink[I["eyeBlinkRight"]] + 0.25


@pytest.mark.parametrize(("name", "turn"), [("headYaw", 0.3), ("headPitch", 0.2), ("headRoll", 0.2)])
def test_turning_has_the_sign_and_size_of_the_signals(see, name: str, turn: float) -> None:
    plus, minus = see(**{name: turn}), see(**{name: -turn})
    difference = (plus - minus)[ROTATION]
    axis = I[name] - ROTATION.start
    assert difference[axis] == pytest.approx(2 * turn, rel=0.3)
    assert np.abs(np.delete(difference, axis)).max() < 0.15


def test_gaze_has_the_sign_of_the_signals_and_brings_its_coefficients(see) -> None:
    right, left = see(gazeYaw=0.35), see(gazeYaw=-0.35)
    assert (right - left)[GAZE][0] > 0.35
    assert right[I["eyeLookOutLeft"]] > 0.2
    up, down = see(gazePitch=0.25), see(gazePitch=-0.25)
    assert (up - down)[GAZE][1] > 0.15


def test_place_is_relative_to_where_the_player_sits(draw_face) -> None:
    tracker = FaceTracker()
    still = [draw_face(motion())] * 25
    for i, picture in enumerate(still):
        rest = tracker(PictureObservation(i * 40_000, picture))
    assert np.abs(rest.motion[TRANSLATION]).max() < 0.02
    for axis, name in enumerate(("headX", "headY", "headZ")):
        moved = draw_face(motion(**{name: 0.03}))
        for i in range(6):
            seen = tracker(PictureObservation(1_000_000 + (axis * 6 + i) * 40_000, moved))
        assert int(np.argmax(np.abs(seen.motion[TRANSLATION]))) == axis, name
        assert seen.motion[TRANSLATION][axis] > 0.01
    tracker.close()


def test_lost_face_decays_and_recovers(draw_face) -> None:
    tracker = FaceTracker(adapt=False)
    smiling, wall = draw_face(motion(mouthSmileLeft=1, mouthSmileRight=1)), np.full((288, 288, 3), 90, np.uint8)
    seen = [tracker(PictureObservation(i * 40_000, smiling)) for i in range(25)]
    lost = [tracker(PictureObservation((25 + i) * 40_000, wall)) for i in range(40)]
    back = [tracker(PictureObservation((65 + i) * 40_000, smiling)) for i in range(15)]
    smile = I["mouthSmileLeft"]
    assert seen[-1].validity == 1.0
    falling = [f.validity for f in lost]
    assert all(b < a for a, b in pairwise(falling))
    assert falling[8] < 0.4  # after 0.36 s
    assert falling[-1] < 0.02
    assert abs(lost[-1].motion[smile]) < 0.02
    assert lost[0].motion[smile] > 0.5 * seen[-1].motion[smile]  # no jump
    assert back[-1].validity == 1.0
    assert back[-1].motion[smile] == pytest.approx(seen[-1].motion[smile], abs=0.1)
    assert (tracker.pictures, tracker.tracked) == (80, 40)
    tracker.close()


def test_a_picture_without_a_face_from_the_start() -> None:
    tracker = FaceTracker()
    seen = tracker(PictureObservation(0, np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)))
    assert seen.validity == 0.0
    assert not seen.motion.any()
    tracker.close()


def test_the_shipped_map_is_small_learned_and_says_how() -> None:
    import hashlib
    import json

    from echo_runtime.capture.landmark_map import WEIGHTS

    assert WEIGHTS.stat().st_size < 1_000_000
    said = json.loads(WEIGHTS.with_suffix(".json").read_text())
    assert said["sha256"] == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    table = said["held_out_with_own_resting_face"]
    assert {n for n in ARKIT_NAMES if not n.startswith("eyeLook")} <= set(table)
    for name in ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight"):
        assert table[name]["r"] > table[name]["r_raw_distance"]
        assert table[name]["r"] > 0.9


def test_a_damaged_map_is_named(tmp_path: Path) -> None:
    path = tmp_path / "landmark_map.safetensors"
    with pytest.raises(PackageDamagedError, match="landmark_map"):
        load_landmark_map(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(PackageDamagedError, match="landmark_map"):
        load_landmark_map(path)
    found = shipped_landmark_map()
    replace(found, layers=found.layers[:1]).save(path, {})
    with pytest.raises(PackageDamagedError, match="another shape"):
        load_landmark_map(path)


def test_a_landmark_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no face landmark model"):
        LandmarkDetector(model=tmp_path / "face_landmarker.task")
    (tmp_path / "face_landmarker.task").write_bytes(b"nonsense")
    with pytest.raises(MediaError, match="no face landmark model that"):
        LandmarkDetector(model=tmp_path / "face_landmarker.task")
