"""The region map of the shipped avatar, polygons drawn by hand, and the pattern that finds an engine's mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from echo_calibration.avatar import calibrate_avatar, read_picture, write_calibration
from echo_calibration.colour_pattern import colour_pattern, explanations, read_pattern
from echo_calibration.region_map import CELL_NAMES, NUMBER, map_from_polygons

from echo_runtime.errors import CalibrationError, PackageError
from echo_runtime.generator.face_grid import REGIONS
from echo_runtime.signals import MOTION_INDEX


def test_the_cells_are_those_of_the_face_grid() -> None:
    assert tuple(REGIONS) == CELL_NAMES


@pytest.fixture(scope="module")
def mira() -> np.ndarray:
    return read_picture("mira")


def test_every_cell_of_the_shipped_face_is_where_it_belongs(mira: np.ndarray, tmp_path: Path) -> None:
    found = calibrate_avatar(mira)
    cells = found.regions.cells
    assert (cells[mira[..., 3] < 128] == 0).all()
    assert (cells[mira[..., 3] >= 128] > 0).all()
    middle = {name: np.argwhere(cells == n).mean(0) for name, n in NUMBER.items()}  # row, column
    assert (
        middle["brow_centre"][0] < middle["gaze"][0] < middle["nose"][0] < middle["upper_lip"][0]
        < middle["lower_lip"][0] < middle["jaw"][0]
    )  # fmt: skip
    for name in ("brow", "eye", "cheek", "corner"):  # the subject's left is at the picture's right
        assert middle[f"{name}_left"][1] > middle["nose"][1] + 8 > middle[f"{name}_right"][1]
        assert abs(middle[f"{name}_left"][0] - middle[f"{name}_right"][0]) < 5
    assert all(share > 0.004 for share in found.regions.shares.values())
    assert found.pose is not None
    assert np.abs(found.pose[52:55]).max() < 0.2
    assert found.pose[MOTION_INDEX["jawOpen"]] < 0.1
    assert found.notes == []

    files = {file.name for file in write_calibration(found, mira, tmp_path / "out")}
    assert files == {"regions.png", "regions.json", "test_pattern.png", "preview.png"}
    again = cv2.imread(str(tmp_path / "out" / "regions.png"), cv2.IMREAD_UNCHANGED)
    assert (again == cells).all()
    document = json.loads((tmp_path / "out" / "regions.json").read_text("utf-8"))
    assert document["cells"] == NUMBER
    assert document["size"] == [256, 256]


def test_no_face_is_a_sentence_that_names_the_way_out(tmp_path: Path) -> None:
    wall = np.full((200, 200, 4), 255, np.uint8)
    with pytest.raises(CalibrationError, match="--polygons FILE"):
        calibrate_avatar(wall)
    (tmp_path / "no.png").write_bytes(b"no picture")
    with pytest.raises(CalibrationError, match="not a picture"):
        read_picture(tmp_path / "no.png")
    with pytest.raises(PackageError, match="no avatar package"):
        read_picture("nobody")


def test_polygons_by_hand(tmp_path: Path) -> None:
    picture = np.zeros((100, 120, 4), np.uint8)
    picture[10:90, 10:110, 3] = 255
    file = tmp_path / "beast.json"
    square = [[20, 20], [60, 20], [60, 60], [20, 60]]
    eyes = [[[30, 30], [40, 30], [35, 40]], [[70, 30], [80, 30], [75, 40]]]
    file.write_text(json.dumps({"size": [120, 100], "regions": {"jaw": square, "gaze": eyes}}))
    found = map_from_polygons(file, picture)
    assert found.cells[50, 25] == NUMBER["jaw"]
    assert found.cells[32, 35] == found.cells[32, 75] == NUMBER["gaze"]
    assert found.cells[80, 100] == NUMBER["head_pose"]
    assert found.cells[5, 5] == 0
    assert found.mask("jaw").sum() + found.mask("gaze")[20:60, 20:60].sum() == pytest.approx(1600, abs=90)
    assert calibrate_avatar(picture, file).pose is None


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("{", "not valid JSON"),
        ("[]", "JSON object, not list"),
        ("{}", 'no "regions"'),
        ('{"regions": {"snout": [[0, 0], [1, 1], [2, 0]]}}', "'snout', which is none of brow_left"),
        ('{"regions": {"jaw": [[0, 0], [1, 1]]}}', "no polygon at jaw"),
        ('{"regions": {"jaw": "all"}}', "no polygon at jaw"),
        ('{"regions": {"jaw": [[0, 0], ["x", 1], [2, 2]]}}', "no polygon at jaw"),
        ('{"regions": {"jaw": [[0, 0], [500, 1], [2, 2]]}}', "a point of jaw outside"),
        ('{"size": [9, 9], "regions": {"jaw": [[0, 0], [5, 1], [2, 2]]}}', "drawn for a picture of"),
        ('{"regions": {"jaw": [[]]}}', "no polygon at jaw"),
        ('{"regions": {"jaw": []}}', "no polygon at jaw"),
    ],
)
def test_damaged_polygons_name_the_place(tmp_path: Path, content: str, match: str) -> None:
    file = tmp_path / "beast.json"
    file.write_text(content)
    with pytest.raises(CalibrationError, match=match):
        map_from_polygons(file, np.full((100, 120, 4), 255, np.uint8))


@pytest.mark.parametrize("background", [0.25, 0.5, 1.0])
def test_every_mistake_of_an_engine_is_named(background: float) -> None:
    for name, (look, _) in explanations(background).items():
        shown = np.repeat(np.repeat(look, 31, 0), 23, 1) * 255 + np.random.default_rng(0).normal(0, 2, (155, 184, 3))
        assert read_pattern(shown.clip(0, 255).astype(np.uint8), background).name == name


def test_a_picture_that_is_no_pattern_is_unknown(mira: np.ndarray) -> None:
    assert read_pattern(mira).name == "unknown"
    with pytest.raises(CalibrationError, match="only 4 × 4 pixels"):
        read_pattern(np.zeros((4, 4, 3), np.uint8))


def test_the_pattern_blended_by_the_book_is_right() -> None:
    pattern = colour_pattern(256, 256).astype(np.float64)
    alpha = pattern[..., 3:] / 255
    blended = pattern[..., :3] * alpha + 0.5 * 255 * (1 - alpha)
    assert read_pattern(blended.astype(np.uint8), 0.5).good
    with pytest.raises(CalibrationError, match="64 × 64"):
        colour_pattern(32, 256)
