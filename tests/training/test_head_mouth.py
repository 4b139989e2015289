"""The synthetic head's mouth and lids: tongue, teeth, lip on teeth, gaze. Needs the ICT-FaceKit data."""

from __future__ import annotations

import numpy as np
import pytest

from echo_runtime.errors import TrainingError
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, FloatArray

pytest.importorskip("numba", reason="the synthetic head is drawn by numba: pip install 'echo-runtime[train]'")

from scipy.ndimage import maximum_filter, minimum_filter

from echo_runtime.training.head import HeadRenderer, find_head, identities
from echo_runtime.training.head.mesh import LANDMARKS
from echo_runtime.training.head.posing import pose, shape_weights
from echo_runtime.training.head.rig import TEETH

try:
    find_head()
    MISSING = ""
except TrainingError as error:
    MISSING = str(error)

pytestmark = [pytest.mark.head, pytest.mark.skipif(bool(MISSING), reason=MISSING)]

SIZE = 128


def motion(**values: float) -> FloatArray:
    frame = np.zeros(MOTION_DIM, np.float32)
    for name, value in values.items():
        frame[[MOTION_INDEX[n] for n in ((name,) if name in MOTION_INDEX else (name + "Left", name + "Right"))]] = value
    return frame


@pytest.fixture(scope="module")
def mira() -> HeadRenderer:
    return HeadRenderer(identities()["mira"], SIZE)


@pytest.mark.parametrize("jaw", [0.15, 0.3])
def test_the_tongue_goes_to_the_ridge_between_the_teeth_and_out(mira: HeadRenderer, jaw: float) -> None:
    tongue = mira.rig.tongue

    def places(amount: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        head = pose(mira.rig, motion(jawOpen=jaw, tongueOut=amount)).vertices
        return head[tongue.vertices[tongue.tip]], head[tongue.upper], head[tongue.lower]

    rest, upper, lower = places(0.0)
    assert rest[1] < lower[1]  # on the floor, below the lower edge
    ridge, *_ = places(0.25)
    assert ridge[1] > upper[1] + 0.4  # above the upper edge and behind it
    assert upper[2] - 1.2 < ridge[2] < upper[2] - 0.4
    between, *_ = places(0.5)
    assert lower[1] < between[1] < upper[1]
    assert between[2] > upper[2]
    out, *_ = places(1.0)
    assert out[2] > upper[2] + 1.5
    steps = np.array([places(a)[0] for a in np.linspace(0, 1, 41)])
    assert np.linalg.norm(np.diff(steps, axis=0), axis=1).max() < 0.25  # cm: no jumps


def test_the_tongue_leaves_the_rest_of_the_head_alone(mira: HeadRenderer) -> None:
    rest = pose(mira.rig, motion(jawOpen=0.3)).vertices
    out = pose(mira.rig, motion(jawOpen=0.3, tongueOut=1)).vertices
    moved = np.flatnonzero(np.abs(out - rest).max(1) > 1e-5)
    assert len(moved) > 100
    assert np.isin(moved, mira.rig.tongue.vertices).all()


def test_for_f_the_lower_lip_meets_the_upper_teeth(mira: HeadRenderer) -> None:
    def gap(frame: FloatArray) -> float:
        head = pose(mira.rig, frame).vertices
        return float(head[mira.rig.tongue.upper, 1] - head[LANDMARKS[[65, 66, 67]], 1].mean())

    assert gap(motion(jawOpen=0.05, mouthRollLower=0.5, mouthUpperUp=0.4)) == pytest.approx(-0.10, abs=0.12)
    assert gap(motion(jawOpen=0.6, mouthUpperUp=0.4)) > 0.5


def test_both_rows_of_teeth_are_seen(mira: HeadRenderer) -> None:
    mira.render(motion(jawOpen=0.25, mouthLowerDown=0.5, mouthUpperUp=0.4, mouthStretch=0.4))
    triangles = mira._body.triangle[mira._body.triangle >= 0]
    teeth = mira.rig.body[triangles[mira.rig.groups[triangles] == TEETH]][:, 0]
    lower = teeth >= 19247
    assert lower.sum() > 15
    assert (~lower).sum() > 30
    crown = mira.rig.attributes[np.unique(teeth), 6]
    assert crown.min() >= 0
    assert 0.9 < crown.max() <= 1  # biting edges are bare


def test_lids_follow_the_gaze_and_a_closed_lid_does_not(mira: HeadRenderer) -> None:
    upper_lid = LANDMARKS[[37, 38, 43, 44]]

    def height(frame: FloatArray) -> float:
        return float(pose(mira.rig, frame).vertices[upper_lid, 1].mean())

    down, level, up = (height(motion(gazePitch=p)) for p in (-0.4, 0.0, 0.3))
    assert down < level - 0.25 < up - 0.25
    shut = [height(motion(eyeBlink=1, gazePitch=p)) for p in (-0.4, 0.0, 0.3)]
    assert np.ptp(shut) < 0.02
    assert shape_weights(motion(eyeBlink=1, gazePitch=-0.4)).max() <= 1


@pytest.mark.parametrize("background", [(0, 0, 0), (255, 255, 255), (0, 255, 0)], ids=["black", "white", "green"])
def test_no_fringe_over_any_background(mira: HeadRenderer, background: tuple[int, int, int]) -> None:
    """What is seen at the border lies between the head's own colours nearby and the background."""
    rgba = mira.render(motion(headYaw=0.2, headRoll=-0.1)).rgba.astype(np.float64)
    alpha = rgba[..., 3:] / 255
    seen = rgba[..., :3] * alpha + np.array(background) * (1 - alpha)
    opaque = rgba[..., 3:] == 255
    low = minimum_filter(np.where(opaque, rgba[..., :3], 1e3), (7, 7, 1))
    high = maximum_filter(np.where(opaque, rgba[..., :3], -1e3), (7, 7, 1))
    border = (alpha[..., 0] > 0) & (alpha[..., 0] < 1) & (high[..., 0] >= 0)
    assert border.sum() > 100
    low, high = (f(a, np.array(background)) for f, a in ((np.minimum, low), (np.maximum, high)))
    astray = ((seen < low - 12) | (seen > high + 12)).any(-1)[border]
    assert astray.mean() < 0.03
