"""The synthetic head: sides, lids, jaw, alpha, correspondence, determinism. Needs the ICT-FaceKit data."""

from __future__ import annotations

import numpy as np
import pytest

from echo_runtime.errors import TrainingError
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, FloatArray

pytest.importorskip("numba", reason="the synthetic head is drawn by numba: pip install 'echo-runtime[train]'")

from echo_runtime.training.head import HeadRenderer, find_head, identities, random_identity
from echo_runtime.training.head.face_shape import shape_face
from echo_runtime.training.head.mesh import LANDMARKS, load_head
from echo_runtime.training.head.posing import pose

try:
    find_head()
    MISSING = ""
except TrainingError as error:
    MISSING = str(error)

pytestmark = [pytest.mark.head, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

SKIN, HAIR, EYE, MOUTH, NECK = 1, 2, 3, 4, 5
SIZE = 256


def motion(**values: float) -> FloatArray:
    frame = np.zeros(MOTION_DIM, np.float32)
    for name, value in values.items():
        frame[MOTION_INDEX[name]] = value
    return frame


@pytest.fixture(scope="module")
def mira() -> HeadRenderer:
    return HeadRenderer(identities()["mira"], SIZE)


def region(head: HeadRenderer, frame: FloatArray) -> np.ndarray:
    found = head.render(frame, detail=True).region
    assert found is not None
    return found


def eye_pixels(head: HeadRenderer, frame: FloatArray) -> tuple[int, int]:
    """Visible eye pixels in the picture's (left, right) half."""
    eyes = region(head, frame) == EYE
    return int(eyes[:, : SIZE // 2].sum()), int(eyes[:, SIZE // 2 :].sum())


def test_the_subjects_left_is_at_the_pictures_right(mira: HeadRenderer) -> None:
    left, right = eye_pixels(mira, motion())
    assert min(left, right) > 100
    closed_left, closed_right = eye_pixels(mira, motion(eyeBlinkLeft=1))
    assert closed_left == left
    assert closed_right < 0.05 * right
    lip = LANDMARKS[57]
    rest = pose(mira.rig, motion()).vertices[lip, 0]
    assert pose(mira.rig, motion(jawLeft=1)).vertices[lip, 0] > rest + 0.3
    assert pose(mira.rig, motion(mouthRight=1)).vertices[lip, 0] < rest - 0.3
    corner = LANDMARKS[54]  # at the picture's right
    smile = pose(mira.rig, motion(mouthSmileLeft=1)).vertices - pose(mira.rig, motion()).vertices
    assert np.linalg.norm(smile[corner]) > 5 * np.linalg.norm(smile[LANDMARKS[48]])


@pytest.mark.parametrize("name", ["mira", "tomas", "kofi"])
def test_a_blink_hides_the_eyes_and_lips_rest_closed(name: str, mira: HeadRenderer) -> None:
    head = mira if name == "mira" else HeadRenderer(identities()[name], SIZE)
    for gaze in (-0.3, 0.0, 0.3):
        looking = region(head, motion(gazePitch=gaze))
        shut = region(head, motion(eyeBlinkLeft=1, eyeBlinkRight=1, gazePitch=gaze))
        assert (shut == EYE).sum() <= 0.04 * (looking == EYE).sum()
    assert (region(head, motion()) == MOUTH).sum() < 12


def test_the_jaw_opens_the_mouth(mira: HeadRenderer) -> None:
    areas = [int((region(mira, motion(jawOpen=v)) == MOUTH).sum()) for v in (0.0, 0.3, 0.6, 1.0)]
    assert areas == sorted(areas)
    assert areas[1] > areas[0] + 40
    assert areas[3] > 400


def test_lids_follow_the_gaze(mira: HeadRenderer) -> None:
    level, down, up = (sum(eye_pixels(mira, motion(gazePitch=p))) for p in (0.0, -0.4, 0.3))
    assert down < 0.85 * level
    assert up > 0.95 * level


def test_the_iris_turns_with_the_gaze(mira: HeadRenderer) -> None:
    def iris_column(yaw: float) -> float:
        picture = mira.render(motion(gazeYaw=yaw), detail=True)
        green = picture.rgba[..., 1].astype(float) - picture.rgba[..., 0]
        assert picture.region is not None
        _, columns = np.nonzero((picture.region == EYE) & (green > 15))
        return float(columns[columns > SIZE // 2].mean())

    assert iris_column(0.25) > iris_column(0.0) + 1 > iris_column(-0.25) + 2


def test_pose_signs(mira: HeadRenderer) -> None:
    nose = LANDMARKS[30]
    chin = LANDMARKS[8]
    rest = pose(mira.rig, motion()).vertices
    assert pose(mira.rig, motion(headYaw=0.3)).vertices[nose, 0] > rest[nose, 0] + 1
    assert pose(mira.rig, motion(headPitch=0.3)).vertices[nose, 1] < rest[nose, 1] - 1
    assert pose(mira.rig, motion(headRoll=0.2)).vertices[chin, 0] > rest[chin, 0] + 0.2
    assert pose(mira.rig, motion(headX=0.02)).vertices[nose, 0] == pytest.approx(rest[nose, 0] + 2, abs=1e-3)
    shoulders = rest[: len(mira.rig.base), 1] < -16.5
    assert shoulders.any()
    np.testing.assert_allclose(
        pose(mira.rig, motion(headYaw=0.3, headX=0.02)).vertices[: len(mira.rig.base)][shoulders],
        rest[: len(mira.rig.base)][shoulders],
        atol=0.3,
    )


def test_alpha_is_straight(mira: HeadRenderer) -> None:
    rgba = mira.render(motion(headYaw=0.2)).rgba.astype(int)
    alpha = rgba[..., 3]
    assert alpha[0, 0] == alpha[0, -1] == alpha[SIZE // 2, 2] == 0
    assert alpha[SIZE // 2 - 30 : SIZE // 2 + 30, SIZE // 2 - 15 : SIZE // 2 + 15].min() == 255
    rows, columns = np.nonzero((alpha > 0) & (alpha < 255))
    assert len(rows) > 200
    # the colour of a partly covered pixel lies in the range of the covered pixels around it: no background is mixed in
    astray = 0
    for y, x in zip(rows, columns, strict=True):
        around = rgba[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3].reshape(-1, 4)
        full = around[around[:, 3] == 255][:, :3]
        if len(full):
            astray += bool((rgba[y, x, :3] < full.min(0) - 30).any() or (rgba[y, x, :3] > full.max(0) + 30).any())
    assert astray < 0.08 * len(rows)
    # empty pixels next to the head carry its colour
    empty = (alpha == 0) & (np.roll(alpha, 1, 1) > 0)
    difference = np.abs(rgba[empty][:, :3] - np.roll(rgba, 1, 1)[empty][:, :3]).max(1)
    assert np.median(difference) < 20


def test_rest_xy(mira: HeadRenderer) -> None:
    rest = mira.render(motion(), detail=True)
    assert rest.rest_xy is not None
    assert rest.region is not None
    assert rest.rest_xy.shape == (SIZE, SIZE, 2)
    rows, columns = np.nonzero(rest.region)
    own = np.stack([columns, rows], -1)
    np.testing.assert_allclose(rest.rest_xy[rows, columns], own, atol=1e-3)
    assert np.isnan(rest.rest_xy[rest.region == 0]).all()

    turned = mira.render(motion(headYaw=0.25, headPitch=0.1), detail=True)
    assert turned.rest_xy is not None
    assert turned.region is not None
    rows, columns = np.nonzero(turned.region)
    there = turned.rest_xy[rows, columns]
    assert np.linalg.norm(there - np.stack([columns, rows], -1), axis=1).max() > 5
    x, y = np.clip(np.round(there), 0, SIZE - 1).astype(int).T
    agree = rest.region[y, x] == turned.region[rows, columns]
    assert agree.mean() > 0.85
    skin = turned.region[rows, columns] == SKIN
    # the same points have about the same colour, though the light falls on them otherwise
    colours = np.abs(rest.rgba[y, x, :3].astype(int) - turned.rgba[rows, columns, :3])[skin & agree].mean()
    unrelated = np.abs(rest.rgba[rows, columns, :3].astype(int) - turned.rgba[rows, columns, :3])[skin].mean()
    assert colours < unrelated


def test_cells_are_the_coarse_rest_xy(mira: HeadRenderer) -> None:
    frame = motion(headYaw=0.2, jawOpen=0.4)
    fine = mira.render(frame, detail=True)
    assert fine.rest_xy is not None
    offsets, neutral, regions = mira.cells(frame, 4)
    assert offsets.shape == (SIZE // 4, SIZE // 4, 2)
    assert neutral.shape == offsets.shape
    full = fine.rest_xy - np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), -1)
    # a cell's middle lies between its second and third pixel
    middle = np.stack([full[1 + i :: 4, 1 + j :: 4] for i in (0, 1) for j in (0, 1)]).mean(0)
    both = (regions > 0) & ~np.isnan(middle[..., 0])
    assert np.abs(offsets - middle)[both].mean() < 0.1


def test_drawing_is_deterministic(mira: HeadRenderer) -> None:
    frame = motion(jawOpen=0.3, headYaw=-0.2)
    first = mira.render(frame).rgba
    mira.render(motion(mouthSmileLeft=1))
    np.testing.assert_array_equal(first, mira.render(frame).rgba)
    assert random_identity(7) == random_identity(7)
    assert random_identity(7) != random_identity(8)


def test_random_identities_differ_and_stay_plausible() -> None:
    mesh = load_head()
    shapes = [shape_face(mesh, random_identity(seed))[LANDMARKS] for seed in range(6)]
    mean = mesh.vertices[LANDMARKS]
    for i, shape in enumerate(shapes):
        assert np.linalg.norm(shape - mean, axis=1).max() < 3.0  # cm
        for other in shapes[:i]:
            assert np.linalg.norm(shape - other, axis=1).mean() > 0.1


def test_a_wrong_shape_is_refused(mira: HeadRenderer) -> None:
    with pytest.raises(ValueError, match=r"\(60,\)"):
        mira.render(np.zeros(52, np.float32))
