from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from echo_runtime.capture.head_pose import IRIS_DISTANCE_M, fit_pose, rotation_angles
from echo_runtime.capture.landmark_map import OUTPUTS, load_landmark_map
from echo_runtime.errors import TrainingError
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, ROTATION, TRANSLATION
from echo_runtime.training.head.posing import rotation_matrix
from echo_runtime.training.tracker_pictures import TrackedPictures, photograph, random_motion
from echo_runtime.training.tracker_stage import canonical_face, train_tracker

JAW, BLINK = MOTION_INDEX["jawOpen"], MOTION_INDEX["eyeBlinkLeft"]


def made_up_people(folder: Path, seeds: range, pictures: int) -> None:
    """Landmarks of a face whose every motion is known exactly, as the tracker's files hold them."""
    face = np.random.default_rng(0).normal(0, 0.05, (478, 3))
    face[468], face[473] = (-0.0315, 0, 0), (0.0315, 0, 0)
    opens, closes = np.zeros((478, 3)), np.zeros((478, 3))
    opens[[14, 17, 87, 317, 152], 1] = -0.03
    closes[[386, 385, 387], 1] = -0.01
    folder.mkdir(parents=True)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        person = face + rng.normal(0, 0.001, face.shape)
        person[[468, 473]] = face[[468, 473]]
        motions, landmarks, calm = [], [], []
        for i in range(pictures):
            resting = i % 6 == 0
            motion = np.zeros(MOTION_DIM, np.float32)
            motion[ROTATION], motion[TRANSLATION] = rng.normal(0, 0.15, 3), rng.normal(0, 0.02, 3)
            if not resting:
                motion[[JAW, BLINK]] = rng.uniform(0, 1, 2)
            shape = person + motion[JAW] * opens + motion[BLINK] * closes
            turn = rotation_matrix(*(float(x) for x in motion[ROTATION]))
            landmarks.append(1000 * (shape @ turn.T + motion[TRANSLATION] * [1, 1, 0]))
            motions.append(motion)
            calm.append(resting)
        TrackedPictures(
            np.array(motions, np.float32), np.array(landmarks, np.float32), np.array(calm), 0
        ).save(folder / f"{seed}-{pictures}.npz")  # fmt: skip


def test_the_stage_learns_what_can_be_known_and_resumes(tmp_path: Path) -> None:
    made_up_people(tmp_path / "pictures", range(50_000, 50_008), 40)
    made_up_people(tmp_path / "more", range(60_000, 60_002), 40)
    for path in (tmp_path / "more").iterdir():
        path.rename(tmp_path / "pictures" / path.name)
    said = train_tracker(tmp_path, minutes=0.08, identities=8, held_out=2, pictures=40)
    table = said["held_out_with_own_resting_face"]
    assert isinstance(table, dict)
    assert table["jawOpen"]["r"] > 0.9
    assert table["eyeBlinkLeft"]["r"] > 0.8
    assert table["jawOpen"]["mae"] < 0.15
    path = tmp_path / "landmark_map.safetensors"
    assert path.stat().st_size < 1_000_000
    assert json.loads(path.with_suffix(".json").read_text())["sha256"] == said["sha256"]
    found = load_landmark_map(path)
    assert found.direct.shape[0] == OUTPUTS
    again = train_tracker(tmp_path, minutes=0.08, identities=8, held_out=2, pictures=40)
    assert again["steps"] == said["steps"]  # nothing left to do
    assert again["sha256"] == said["sha256"]


def test_the_canonical_face_faces_the_front_and_turns_about_the_neck(tmp_path: Path) -> None:
    made_up_people(tmp_path / "pictures", range(4), 60)
    people = [TrackedPictures.load(path) for path in sorted((tmp_path / "pictures").iterdir())]
    face = canonical_face(people)
    assert np.linalg.norm(face[468] - face[473]) == pytest.approx(IRIS_DISTANCE_M, rel=0.01)
    for person in people:
        for motion, landmarks in zip(person.motion, person.landmarks, strict=True):
            if motion[JAW] > 0:
                continue
            pose = fit_pose(landmarks, face)
            np.testing.assert_allclose(rotation_angles(pose.rotation), motion[ROTATION], atol=0.02)
            np.testing.assert_allclose(pose.centre[:2] / pose.scale, motion[TRANSLATION][:2], atol=0.004)


def test_too_few_faces_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    nobody = TrackedPictures(
        np.zeros((0, 60), np.float32), np.zeros((0, 478, 3), np.float32), np.zeros(0, bool), missed=6
    )
    for seed in (50_000, 60_000):
        nobody.save(folder / f"{seed}-6.npz")
    with pytest.raises(TrainingError, match="too few faces"):
        train_tracker(tmp_path, minutes=0.01, identities=1, held_out=1, pictures=6)


def test_random_motions_stay_in_range_and_calm_ones_are_calm() -> None:
    rng = np.random.default_rng(0)
    for calm in (True, False):
        motions = np.stack([random_motion(rng, calm) for _ in range(200)])
        assert motions[:, :52].min() >= 0
        assert motions[:, :52].max() <= (0.4 if calm else 1)  # the mirror image of a small value wobbles
        assert np.abs(motions[:, ROTATION]).max() <= 0.55
    assert (motions[:, :52].max(0) > 0.3).sum() > 35  # nearly every coefficient is met


def test_a_photograph_says_where_the_render_went() -> None:
    rng = np.random.default_rng(1)
    for _ in range(10):
        rgba = np.zeros((256, 256, 4), np.uint8)
        rgba[60:70, 180:190] = (255, 255, 255, 255)
        rgba[60:70, 180:190, :3] = 255
        rgb, scale, offset = photograph(rgba, np.random.default_rng(rng.integers(99)))
        plain, *_ = photograph(rgba * np.uint8(0), np.random.default_rng(0))
        assert plain.dtype == np.uint8
        x, y = (np.array([185 - 128, 128 - 65]) * scale + offset[:2]) + [rgb.shape[1] / 2, -rgb.shape[0] / 2]
        patch = rgb[int(-y) - 2 : int(-y) + 3, int(x) - 2 : int(x) + 3].astype(float)
        assert patch.std(axis=(0, 1)).max() < 40  # inside the square it is one colour
