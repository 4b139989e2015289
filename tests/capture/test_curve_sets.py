"""Curve sets of headsets and phones: complete tables, and what a smile, a blink or a jaw becomes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from echo_bridge.curves import CURVE_SETS as ON_THE_WIRE
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.capture.curve_sets.observation import observed_face
from echo_runtime.capture.curve_sets.table import CURVE_SETS, curve_table, read_table
from echo_runtime.capture.face_regions import seen_regions
from echo_runtime.errors import PackageDamagedError, ProtocolError, UsageError
from echo_runtime.signals import (
    ARKIT_NAMES,
    COEFFICIENTS,
    GAZE,
    MOTION_INDEX,
    PLAYER_REGIONS,
    CurvesObservation,
    FaceObservation,
    gaze_coefficients,
    gaze_of_coefficients,
)


def worn(
    curves: str, regions: dict[str, float] | None = None, validity: float = 1.0, **values: float
) -> FaceObservation:
    names = curve_table(curves).names
    array = np.zeros(len(names), np.float32)
    for name, value in values.items():
        array[names.index(name)] = value
    return observed_face(CurvesObservation(1_000, curves, array, validity=validity, regions=regions or {}))


def shown(face: FaceObservation) -> dict[str, float]:
    values = face.motion[COEFFICIENTS]
    return {ARKIT_NAMES[i]: round(float(values[i]), 4) for i in np.flatnonzero(values)}


def seen(face: FaceObservation) -> dict[str, float]:
    known = np.ones(60, np.float32) if face.known is None else face.known
    return dict(zip(PLAYER_REGIONS, np.round(seen_regions(known), 2).tolist(), strict=True))


@pytest.mark.parametrize("name", CURVE_SETS)
def test_every_expression_is_mapped_or_listed_without_counterpart(name: str) -> None:
    table = curve_table(name)
    assert table.names == ON_THE_WIRE[name], "the order of the protocol"
    mapped = {n for i, n in enumerate(table.names) if table.matrix[:, i].any()}
    assert mapped | set(table.without) == set(table.names)
    assert not mapped & set(table.without)
    assert all(len(reason) > 20 for reason in table.without.values())
    assert table.sources
    assert table.worn == (name != "arkit52")
    assert all(source.startswith("https://") for source in table.sources)


def test_the_order_is_that_of_openxr() -> None:
    xr = pytest.importorskip(
        "xr.enums", reason="pip install pyopenxr PyOpenGL to compare with OpenXR's own enumerations"
    )
    for enum, names in (
        (xr.FaceExpression2FB, curve_table("fb70").names),
        (xr.FaceParameterIndicesANDROID, curve_table("androidxr68").names),
    ):
        assert {n: getattr(enum, n).value for n in names} == {n: i for i, n in enumerate(names)}
    htc = curve_table("htc51").names
    places = {f"EYE_{n}": xr.EyeExpressionHTC[n].value for n in xr.EyeExpressionHTC.__members__}
    places |= {f"LIP_{n}": 14 + xr.LipExpressionHTC[n].value for n in xr.LipExpressionHTC.__members__}
    assert {n: places[n] for n in htc} == {n: i for i, n in enumerate(htc)}


def test_what_a_set_does_not_cover_is_as_documented() -> None:
    def missing(name: str) -> set[str]:
        return {n for n, c in zip(ARKIT_NAMES, curve_table(name).covered, strict=True) if not c}

    assert missing("arkit52") == missing("fb70") == missing("androidxr68") == set()
    assert missing("htc51") == {
        *(n for n in ARKIT_NAMES if n.startswith(("brow", "nose", "cheekSquint", "mouthDimple", "mouthPress"))),
        *("mouthStretchLeft", "mouthStretchRight", "mouthShrugUpper"),
    }


@pytest.mark.parametrize("name", CURVE_SETS)
def test_a_full_face_stays_within_range_and_an_empty_one_is_neutral(name: str) -> None:
    table = curve_table(name)
    full = table.to_arkit(np.full(len(table.names), 3.0, np.float32))
    assert full.min() >= 0.0
    np.testing.assert_array_equal(full, table.covered)
    assert not table.to_arkit(np.zeros(len(table.names), np.float32)).any()
    assert not table.to_arkit(np.full(len(table.names), -1.0, np.float32)).any()


@pytest.mark.parametrize("name", CURVE_SETS)
def test_any_face_is_monotone_and_in_range(name: str) -> None:
    table, chance = curve_table(name), np.random.default_rng(0)
    for _ in range(100):
        values = chance.random(len(table.names), np.float32)
        out = table.to_arkit(values)
        assert ((out >= 0.0) & (out <= 1.0)).all()
        assert (table.to_arkit(np.minimum(values + 0.1, 1.0)) >= out - 1e-6).all()


@pytest.mark.parametrize(("curves", "given_values", "expected"), [
    ("fb70", {"LIP_CORNER_PULLER_L": 0.7, "LIP_CORNER_PULLER_R": 0.5}, {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.5}),
    ("androidxr68", {"LIP_CORNER_PULLER_L": 0.75}, {"mouthSmileLeft": 0.75}),
    ("htc51", {"LIP_MOUTH_SMILE_LEFT": 0.75}, {"mouthSmileLeft": 0.75}),
    ("arkit52", {"mouthSmileLeft": 0.75}, {"mouthSmileLeft": 0.75}),
    ("fb70", {"EYES_CLOSED_L": 1.0, "EYES_CLOSED_R": 1.0}, {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}),
    ("htc51", {"EYE_RIGHT_BLINK": 0.9}, {"eyeBlinkRight": 0.9}),
    ("fb70", {"JAW_DROP": 0.4}, {"jawOpen": 0.4}),
    ("androidxr68", {"JAW_DROP": 0.4, "TONGUE_OUT": 1.0}, {"jawOpen": 0.4, "tongueOut": 1.0}),
    ("htc51", {"LIP_JAW_OPEN": 0.4}, {"jawOpen": 0.4}),
    # what is made of several
    ("fb70", {"INNER_BROW_RAISER_L": 0.8, "INNER_BROW_RAISER_R": 0.4}, {"browInnerUp": 0.6}),
    ("fb70", {f"LIP_FUNNELER_{p}": 0.8 for p in ("LB", "LT", "RB", "RT")}, {"mouthFunnel": 0.8}),
    ("htc51", {"LIP_MOUTH_APE_SHAPE": 0.6}, {"jawOpen": 0.6, "mouthClose": 0.6}),
    ("htc51", {"LIP_MOUTH_APE_SHAPE": 0.6, "LIP_JAW_OPEN": 0.7}, {"jawOpen": 1.0, "mouthClose": 0.6}),
    ("htc51", {"LIP_TONGUE_LONGSTEP1": 1.0}, {"tongueOut": 0.5}),
    # an eye looks in when it looks to the other side
    ("fb70", {"EYES_LOOK_LEFT_L": 0.5, "EYES_LOOK_LEFT_R": 0.5}, {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5}),
    ("fb70", {"CHEEK_SUCK_L": 1.0, "LIP_TIGHTENER_R": 1.0, "TONGUE_RETREAT": 1.0}, {}),
])  # fmt: skip
def test_a_movement_is_that_movement_alone(curves: str, given_values: dict, expected: dict) -> None:
    assert shown(worn(curves, **given_values)) == expected


def test_the_gaze_follows_from_the_eyes_unless_it_is_given() -> None:
    face = worn("fb70", EYES_LOOK_LEFT_L=0.5, EYES_LOOK_LEFT_R=0.5, EYES_LOOK_UP_L=0.2, EYES_LOOK_UP_R=0.2)
    # to the subject's own left, which is the picture's right, and up
    np.testing.assert_allclose(face.motion[GAZE], np.radians([15.0, 6.0]), atol=1e-6)
    values = np.zeros(70, np.float32)
    given_gaze = observed_face(CurvesObservation(0, "fb70", values, gaze=(0.1, -0.2)))
    np.testing.assert_allclose(given_gaze.motion[GAZE], [0.1, -0.2])


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_gaze_and_its_coefficients_are_inverse(yaw: float, pitch: float) -> None:
    gaze = np.array([yaw, pitch], np.float32)
    np.testing.assert_allclose(gaze_of_coefficients(gaze_coefficients(gaze)), gaze, atol=1e-6)


def test_parts_that_a_headset_lacks_are_not_known() -> None:
    everything = worn("fb70", JAW_DROP=1.0)
    assert everything.known is None
    assert set(seen(everything).values()) == {1.0}
    vive = seen(worn("htc51", LIP_JAW_OPEN=1.0))
    assert vive["brows"] == vive["nose"] == 0.0
    assert all(vive[r] == 1.0 for r in ("eyes", "gaze", "jaw", "mouth_corners", "head_pose")), vive
    assert vive["lips"] == 1.0
    assert vive["cheeks"] < 0.5, "puffed cheeks only"
    lips_only = seen(worn("htc51", {"eyes": 0.0, "gaze": 0.0, "head": 0.0}, LIP_JAW_OPEN=1.0))
    assert lips_only["eyes"] == lips_only["gaze"] == lips_only["head_pose"] == lips_only["brows"] == 0.0
    assert lips_only["jaw"] == 1.0
    eyes_only = seen(worn("htc51", {"mouth": 0.0, "jaw": 0.0, "cheeks": 0.0}, EYE_LEFT_BLINK=1.0))
    assert eyes_only["lips"] == eyes_only["mouth_corners"] == eyes_only["jaw"] == 0.0
    assert eyes_only["eyes"] == 1.0


def test_validity_of_regions_is_relative_to_the_whole() -> None:
    half = worn("fb70", {"mouth": 0.25, "words": 1.0}, validity=0.5)
    assert half.validity == 0.5
    assert half.known is not None
    assert half.known[MOTION_INDEX["mouthFunnel"]] == 0.5
    assert half.known[MOTION_INDEX["jawOpen"]] == 1.0
    unseen = worn("fb70", {"mouth": 0.0}, LIP_CORNER_PULLER_L=1.0, JAW_DROP=1.0)
    assert shown(unseen) == {"jawOpen": 1.0}, "whatever is sent of what is not seen"
    nothing = worn("htc51", dict.fromkeys(("brows", "eyes", "gaze", "cheeks", "mouth", "jaw", "head"), 0.0))
    assert nothing.validity == 0.0, "a headset on a table"
    assert worn("fb70", {"mouth": 1.0}, validity=0.0).validity == 0.0


def test_a_wrong_number_of_values_is_refused() -> None:
    with pytest.raises(ProtocolError, match="fb70 has 70 values"):
        observed_face(CurvesObservation(0, "fb70", np.zeros(63, np.float32)))
    with pytest.raises(UsageError, match="'pico' is not known"):
        curve_table("pico")


@pytest.mark.parametrize("content", [
    "", "sources = []", "no toml [", "sources = []\n[expressions]\nA = 5\n",
    "sources = []\n[expressions]\nA = { jaw = 1.0 }\n",
    "sources = []\n[expressions]\nA = { jawOpen = -1.0 }\n", "sources = []\n[expressions]\nA = { jawOpen = nan }\n",
    "sources = []\n[expressions]\nA = { jawOpen = 'wide' }\n",
])  # fmt: skip
def test_a_damaged_table_is_said_to_be_one(tmp_path, content: str) -> None:
    file = tmp_path / "some.toml"
    file.write_text(content)
    with pytest.raises(PackageDamagedError, match=r"some\.toml"):
        read_table(file)
    with pytest.raises(PackageDamagedError, match="absent"):
        read_table(tmp_path / "absent.toml")


def test_tables_are_part_of_the_wheel() -> None:
    """They lie beside the module, where the wheel takes everything from."""
    from echo_runtime.capture.curve_sets.table import FOLDER

    assert sorted(p.stem for p in FOLDER.glob("*.toml")) == sorted(CURVE_SETS)
    assert json.dumps(curve_table("fb70").sources)
