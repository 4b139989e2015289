"""What `run --profile` changes: devices, the tracker, the threshold of speech, and what is held back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from echo_calibration import CalibratedTracker, MicrophoneCalibration, PlayerCalibration, Profile, SyncCalibration
from echo_calibration.profile_folder import ProfileFolder
from echo_calibration.selftest.sync_selftest import Recited
from echo_calibration.selftest.synthetic_player import Film

from echo_runtime.capture.delayed import Delayed
from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.face_tracking import KnownFace
from echo_runtime.capture.landmark_map import shipped_landmark_map
from echo_runtime.capture.neutral import RestingPlace
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.errors import CalibrationError
from echo_runtime.runtime.calibrated_player import CalibratedPlayer
from echo_runtime.runtime.player_inputs import PlayerInputs

PROFILE = Profile(
    "me",
    PlayerCalibration(KnownFace(shipped_landmark_map().rest.copy(), np.array([0.1, 0.2, 0.0], np.float32))),
    MicrophoneCalibration(-60.0, -24.0, -8.0, 0.0, 0.7, "microphone:USB", 0.9),
    SyncCalibration(0.08, camera="camera:1", microphone="microphone:USB"),
    "camera:1",
)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProfileFolder:
    monkeypatch.setenv("ECHO_PROFILES", str(tmp_path))
    folder = ProfileFolder()
    folder.save(PROFILE)
    return folder


def inputs(face: object = None, voice: object = None) -> PlayerInputs:
    film = Film([np.full((64, 64, 3), 90, np.uint8)] * 10, np.arange(10) / 25)
    return PlayerInputs(face or film, voice or Recited(np.zeros(16_000, np.float32)), EngineSource(), None)  # type: ignore[arg-type]


def test_devices_of_the_profile_where_no_others_are_asked_for(stored: ProfileFolder) -> None:
    me = CalibratedPlayer("me")
    assert me.devices("camera", "microphone") == ("camera:1", "microphone:USB")
    assert me.devices("camera:0", "none") == ("camera:0", "none")
    assert me.devices("film.mp4", "film.mp4") == ("film.mp4", "film.mp4")
    assert CalibratedPlayer("").devices("camera", "microphone") == ("camera", "microphone")


def test_what_is_ahead_is_held_back(stored: ProfileFolder) -> None:
    me, given = CalibratedPlayer("me"), inputs()
    late = me.brought_together(given, "camera:1", "microphone:USB")
    assert isinstance(late.voice, Delayed)
    assert late.face is given.face
    assert me.brought_together(given, "film.mp4", "film.mp4") is given  # a file's delay is another one
    assert me.brought_together(inputs(EngineSource().faces), "engine", "microphone").voice is not late.voice
    stored.save(replace(PROFILE, sync=SyncCalibration(-0.05)))  # measured on files
    early = CalibratedPlayer("me").brought_together(given, "film.mp4", "film.mp4")
    assert isinstance(early.face, Delayed)
    assert early.voice is given.voice
    stored.save(replace(PROFILE, sync=SyncCalibration(0.004, camera="camera", microphone="microphone")))
    assert CalibratedPlayer("me").brought_together(given, "camera", "microphone") is given


def test_a_delayed_source_gives_the_same_later_and_no_sooner() -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    plain, late = Recited(samples), Delayed(Recited(samples), 80_000)
    plain.start(1_000_000)
    late.start(1_000_000)
    first = plain.read_until(3_000_000)
    early = late.read_until(1_079_000)
    later = late.read_until(3_000_000)
    assert early == []
    assert [s.time_us for s in later] == [s.time_us + 80_000 for s in first]
    assert (np.concatenate([s.samples for s in later]) == samples).all()
    assert late.ended
    late.close()
    assert (late.origin, late.live, late.tracked, late.notes) == (plain.origin, plain.live, plain.tracked, [])


def test_the_runtime_sees_and_hears_by_the_profile(stored: ProfileFolder) -> None:
    me = CalibratedPlayer("me")
    tracker = me.tracker(inputs())
    assert isinstance(tracker, CalibratedTracker)
    assert me.tracker(inputs(EngineSource().faces)) is None
    assert CalibratedPlayer("").tracker(inputs()) is None
    voice = np.random.default_rng(1).normal(0, 0.1, 16_000).astype(np.float32)
    given = me.brought_together(inputs(voice=Recited(voice)), "camera:1", "microphone:USB")
    with PlayerCapture(given.face, given.voice, tracker=tracker, analyser=me.analyser()) as capture:
        capture.start(0)
        heard = capture.advance(1_000_000).sound
    assert (heard[:1280] == 0).all()  # 80 ms
    assert np.allclose(heard[1280:16_000], voice[: 16_000 - 1280])


def test_a_known_place_is_where_the_head_begins_and_what_is_not_known_is_where_it_is_seen() -> None:
    bound = np.full(3, 10.0, np.float32)
    place, fresh = RestingPlace(bound), RestingPlace(bound)
    place.settle(np.array([0.2, np.nan, 0.0], np.float32))
    turned = np.array([0.5, 0.5, 0.0], np.float32)
    assert place(1_000_000, turned).tolist() == pytest.approx([0.3, 0.0, 0.0], abs=1e-6)
    assert fresh(1_000_000, turned).tolist() == [0.0, 0.0, 0.0]
    for k in range(1, 750):  # half a minute later the new place is the usual one
        relative = place(1_000_000 + 40_000 * k, turned)
    assert abs(relative[0]) < 0.1


def test_a_runtime_starts_with_a_profile_and_not_with_an_unknown_one(stored: ProfileFolder, untrained: Path) -> None:
    from echo_runtime.runtime.serving import ServingConfig, serve

    config = ServingConfig(
        player="none", voice="none", profile="me", avatar=str(untrained / "blank"), model=str(untrained / "model"),
        virtual_clock=True, backend="eager", control_port=0,
    )  # fmt: skip
    with serve(config) as serving:
        assert serving.runtime.capture._analyser._odds == pytest.approx(0.7 / 0.3)
    with pytest.raises(CalibrationError, match=r"no profile 'you' \(me\)"), serve(replace(config, profile="you")):
        pass
