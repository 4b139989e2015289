"""A headset and a webcam as one player: what each gives, and that no number ever jumps."""

from __future__ import annotations

import numpy as np
import pytest
from capture_signals import motion

from echo_runtime.capture.curve_sets.observation import observed_face
from echo_runtime.capture.curve_sets.table import curve_table
from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.face_regions import seen_regions
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.capture.source import Source
from echo_runtime.capture.switch_over import CROSSFADE_TICKS, FaceSwitch, HeadsetRest
from echo_runtime.capture.validity import STALE_US
from echo_runtime.signals import (
    FRAME_US,
    MOTION_INDEX,
    PLAYER_REGIONS,
    ROTATION,
    TRANSLATION,
    CurvesObservation,
    FaceObservation,
    PictureObservation,
)

JAW, BROW, CHEEK = MOTION_INDEX["jawOpen"], MOTION_INDEX["browInnerUp"], MOTION_INDEX["cheekPuff"]


def camera(time_us: int, validity: float = 1.0, **values: float) -> FaceObservation:
    return FaceObservation(time_us, motion(**values) * np.float32(validity), validity)


def vive(time_us: int, regions: dict[str, float] | None = None, **values: float) -> FaceObservation:
    names = curve_table("htc51").names
    array = np.zeros(len(names), np.float32)
    for name, value in values.items():
        array[names.index(name)] = value
    return observed_face(CurvesObservation(time_us, "htc51", array, regions=regions or {}))


def run(switch: FaceSwitch, ticks: range, worn=None, seen=None) -> np.ndarray:
    """Pushes what the functions give for each tick, pulls, and returns the rows."""
    rows = []
    for tick in ticks:
        time_us = (tick + 1) * FRAME_US
        if worn is not None and (face := worn(time_us)) is not None:
            switch.push_headset(face)
        if seen is not None and (face := seen(time_us)) is not None:
            switch.push(face)
        rows.append(switch.pull(time_us))
    return np.concatenate(rows)


def test_a_headset_that_is_put_on_takes_over_without_a_jump_and_gives_back() -> None:
    switch = FaceSwitch(0)
    off, on, again = range(25), range(25, 75), range(75, 125)

    def seen(t: int) -> FaceObservation:
        return camera(t, jawOpen=0.2, browInnerUp=0.5)

    before = run(switch, off, seen=seen)
    during = run(switch, on, lambda t: vive(t, LIP_JAW_OPEN=0.8), seen)
    after = run(switch, again, seen=seen)
    face = np.concatenate([before, during, after])
    np.testing.assert_allclose(before[10:, JAW], 0.2, atol=1e-6)
    # 0.4 s later the jaw is the headset's; brows are behind it, and come back when it is taken off
    assert during[12:, JAW].min() > 0.55
    np.testing.assert_allclose(before[10:, BROW], 0.5, atol=1e-6)
    np.testing.assert_allclose(during[12:, BROW], 0.0, atol=1e-6)
    np.testing.assert_allclose(after[-10:, BROW], 0.5, atol=1e-6)
    assert np.abs(np.diff(face[10:, BROW])).max() <= 0.5 / CROSSFADE_TICKS + 1e-3
    np.testing.assert_allclose(after[-10:, JAW], 0.2, atol=1e-3)
    assert face[10:, -1].min() > 0.99, "somebody always sees the player"
    assert np.abs(np.diff(face[10:, JAW])).max() <= 0.6 / CROSSFADE_TICKS + 1e-3, "0.6 apart, a tenth of it a tick"


def test_no_step_is_larger_than_its_share_whatever_the_two_show() -> None:
    chance = np.random.default_rng(1)
    switch = FaceSwitch(0)
    levels = {"worn": False}

    def worn(t: int) -> FaceObservation | None:
        if chance.random() < 0.04:
            levels["worn"] = not levels["worn"]
        return vive(t, LIP_JAW_OPEN=1.0, EYE_LEFT_BLINK=1.0) if levels["worn"] else None

    rows = run(switch, range(750), worn, lambda t: camera(t))
    assert rows[:, JAW].max() > 0.99
    assert (rows[50:, JAW] < 0.01).any(), "it went both ways"
    assert np.abs(np.diff(rows, axis=0)).max() <= 1.0 / CROSSFADE_TICKS + 1e-3
    assert np.isfinite(rows).all()


def test_a_wavering_validity_switches_nothing() -> None:
    switch = FaceSwitch(0)
    run(switch, range(20), lambda t: vive(t, LIP_JAW_OPEN=0.8), camera)
    assert switch.worn[JAW]
    wavering = iter([0.55, 0.35, 0.58, 0.31] * 10)

    def worn(t: int) -> FaceObservation:
        face = vive(t, LIP_JAW_OPEN=0.8)
        return FaceObservation(t, face.motion, next(wavering), "engine", face.known)

    run(switch, range(20, 60), worn, camera)
    assert switch.worn[JAW]
    switch = FaceSwitch(0)
    wavering = iter([0.55, 0.35, 0.58, 0.31] * 10)
    run(switch, range(40), worn, camera)
    assert not switch.worn[JAW]


def test_a_stream_that_stops_times_out_and_the_webcam_takes_over() -> None:
    switch = FaceSwitch(0)
    run(switch, range(20), lambda t: vive(t, LIP_JAW_OPEN=0.8), lambda t: camera(t, jawOpen=0.1))
    later = run(switch, range(20, 60), seen=lambda t: camera(t, jawOpen=0.1))
    held = STALE_US // FRAME_US
    assert later[: held - 1, JAW].min() > 0.7, "held for a quarter of a second"
    assert np.abs(np.diff(later[:, JAW])).max() <= 0.7 / CROSSFADE_TICKS + 1e-3
    assert not switch.worn[JAW]
    assert later[-1, JAW] == pytest.approx(0.1, abs=0.01)


def test_a_headset_alone_hides_what_it_does_not_see() -> None:
    switch = FaceSwitch(0)
    rows = run(switch, range(30), lambda t: vive(t, {"eyes": 0.0, "gaze": 0.0}, LIP_JAW_OPEN=0.8))
    seen = dict(zip(PLAYER_REGIONS, seen_regions(switch.known), strict=True))
    assert rows[-1, -1] == pytest.approx(1.0)
    assert seen["jaw"] == seen["lips"] == 1.0
    assert seen["brows"] == seen["eyes"] == seen["gaze"] == seen["nose"] == 0.0
    # a webcam does not see behind it either, whatever it takes the plastic for
    run(switch, range(30, 60), lambda t: vive(t, {"eyes": 0.0, "gaze": 0.0}, LIP_JAW_OPEN=0.8), camera)
    assert dict(zip(PLAYER_REGIONS, seen_regions(switch.known), strict=True))["brows"] == 0.0


def test_a_webcam_gives_the_mouth_to_a_headset_that_tracks_eyes_only() -> None:
    switch = FaceSwitch(0)
    regions = {"mouth": 0.0, "jaw": 0.0, "cheeks": 0.0}
    rows = run(
        switch,
        range(40),
        lambda t: vive(t, regions, EYE_LEFT_BLINK=0.9),
        lambda t: camera(t, jawOpen=0.5, browInnerUp=1.0),
    )
    assert rows[-1, JAW] == pytest.approx(0.5, abs=1e-3)
    assert rows[-1, MOTION_INDEX["eyeBlinkLeft"]] > 0.5
    assert rows[-1, BROW] == 0.0
    seen = dict(zip(PLAYER_REGIONS, seen_regions(switch.known), strict=True))
    assert seen["jaw"] == seen["lips"] == seen["eyes"] == 1.0
    assert seen["brows"] == 0.0


def test_a_webcam_gives_what_a_phone_lacks() -> None:
    """A phone is before nobody's eyes: the webcam sees the head that the phone does not send."""
    switch = FaceSwitch(0)
    head = np.ones(60, np.float32)
    head[ROTATION] = head[TRANSLATION] = 0.0

    def phone(t: int) -> FaceObservation:
        return FaceObservation(t, motion(jawOpen=0.8), 1.0, "livelink", head)

    rows = run(switch, range(40), phone, lambda t: camera(t, jawOpen=0.1, headYaw=0.3))
    assert rows[-1, JAW] > 0.7
    assert rows[-1, MOTION_INDEX["headYaw"]] == pytest.approx(0.3, abs=1e-3)
    assert (seen_regions(switch.known) == 1.0).all()


def test_nobody_sees_nobody() -> None:
    switch = FaceSwitch(0)
    rows = run(switch, range(10))
    assert not rows.any()
    rows = run(switch, range(10, 40), lambda t: vive(t, LIP_JAW_OPEN=0.8))
    rows = run(switch, range(40, 140))
    assert rows[-1, -1] < 0.02
    assert np.abs(rows[-1]).max() < 0.02
    assert np.isfinite(switch.known).all()


def test_each_source_is_relative_to_its_own_resting_face() -> None:
    """A headset that shows 0.1 of a jaw at rest, and is turned, rests where the webcam does."""
    rest = HeadsetRest()
    for i in range(400):
        talking = i % 100 > 80
        face = rest(vive(i * FRAME_US, LIP_JAW_OPEN=0.7 if talking else 0.1))
        if i > 200 and not talking:
            assert face.motion[JAW] < 0.03
        if i > 200 and talking:
            assert face.motion[JAW] > 0.6
    frown = HeadsetRest()
    for i in range(400):
        constant = frown(vive(i * FRAME_US, LIP_MOUTH_SAD_LEFT=0.9))
    assert constant.motion[MOTION_INDEX["mouthFrownLeft"]] > 0.8, "a lasting frown is no resting face"


class Blank(Source[PictureObservation]):
    """A camera before which nobody sits."""

    live = True

    def __init__(self) -> None:
        super().__init__()
        self._next = 0

    def start(self, start_us: int) -> None:
        self._next = start_us

    def read_until(self, time_us: int) -> list[PictureObservation]:
        self._next = max(self._next + FRAME_US, time_us)
        return [PictureObservation(time_us, np.zeros((48, 64, 3), np.uint8))]

    @property
    def ended(self) -> bool:
        return False

    def close(self) -> None:
        pass


def test_the_player_is_one_stream_with_the_regions_that_are_seen() -> None:
    engine = EngineSource()
    with PlayerCapture(Blank(), None, headset=engine.faces) as capture:
        capture.start(0)
        for tick in range(40):
            engine.push_face(vive((tick + 1) * FRAME_US, LIP_JAW_OPEN=0.8))
            window = capture.advance((tick + 1) * FRAME_US)
            assert window.face.shape == (1, 61)
            assert window.seen is not None
            assert window.seen.shape == (1, 9)
        assert window.face[0, JAW] > 0.5
        assert window.observed_us == 40 * FRAME_US
        seen = dict(zip(PLAYER_REGIONS, window.seen[0], strict=True))
        assert seen["jaw"] == 1.0
        assert seen["brows"] == 0.0
        assert capture.statistics.faces == 40
        assert not capture.statistics.notes, "an empty chair before the webcam is no fault while a headset is worn"
