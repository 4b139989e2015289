"""Profiles survive the file, say what is wrong with one, and are kept by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from echo_calibration import MicrophoneCalibration, PlayerCalibration, Profile, ProfileFolder, SyncCalibration
from echo_calibration.profile import load_profile, save_profile

from echo_runtime.capture.face_tracking import KnownFace
from echo_runtime.capture.landmark_map import shipped_landmark_map
from echo_runtime.errors import CalibrationError, CalibrationVersionError

REST = shipped_landmark_map().rest


def whole(name: str = "zoe") -> Profile:
    chance = np.random.default_rng(3)
    known = KnownFace(REST + chance.normal(0, 1, len(REST)).astype(np.float32), np.array([0.1, -0.2, 0], np.float32))
    offset, gain = chance.uniform(0, 0.3, 52).astype(np.float32), chance.uniform(0.8, 1.4, 52).astype(np.float32)
    return Profile(
        name,
        PlayerCalibration(known, offset, gain, (75, 300), 0.81),
        MicrophoneCalibration(-61.5, -24.0, -8.1, 0.0, 0.45, "microphone:Überschall USB", 0.9),
        SyncCalibration(0.083, 0.004, 17, "camera:1", "microphone"),
        "camera:1",
    )


def test_a_profile_survives_the_file(tmp_path: Path) -> None:
    profile = whole()
    save_profile(profile, tmp_path / "zoe.json")
    again = load_profile(tmp_path / "zoe.json")
    assert again.player is not None
    assert profile.player is not None
    for a, b in (
        (again.player.known.features, profile.player.known.features),
        (again.player.known.rotation, profile.player.known.rotation),
        (again.player.offset, profile.player.offset),
        (again.player.gain, profile.player.gain),
    ):
        assert np.allclose(a, b, atol=1e-5)
    assert (again.player.frames, again.player.quality) == ((75, 300), 0.81)
    assert (again.microphone, again.sync, again.camera) == (profile.microphone, profile.sync, "camera:1")
    assert again.parts == ("player", "microphone", "sync")
    assert again.written.endswith("+00:00")
    lines = (tmp_path / "zoe.json").read_text("utf-8").splitlines()
    assert sum('"gain"' in line for line in lines) == 52  # one line for each, for people


def test_parts_may_be_missing(tmp_path: Path) -> None:
    save_profile(Profile("new"), tmp_path / "new.json")
    again = load_profile(tmp_path / "new.json")
    assert again.parts == ()
    assert (again.player, again.microphone, again.sync) == (None, None, None)


def changed(document: dict, place: str, value: object) -> dict:
    *path, last = place.split(".")
    part = document
    for key in path:
        part = part[key]
    part[last] = value
    return document


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        ("name", 3, "3 at name"),
        ("player.pose", {}, r"None at player\.pose\.headPitch"),
        ("player.pose", 3, r"None at player\.pose\.headPitch"),
        ("player.pose.headYaw", 2.0, r"2\.0 at player\.pose\.headYaw, where a number from -1\.6 to 1\.6"),
        ("player.coefficients", [], r"None at player\.coefficients\.eyeBlinkLeft\.offset"),
        ("player.coefficients.jawOpen.gain", -1, r"-1 at player\.coefficients\.jawOpen\.gain"),
        ("player.frames.neutral", "many", r"'many' at player\.frames\.neutral"),
        ("player.frames.neutral", True, r"True at player\.frames\.neutral"),
        ("player.frames.neutral", float("nan"), r"nan at player\.frames\.neutral"),
        ("player.resting_features", [1, 2], r"at player\.resting_features, where a list of"),
        ("player.resting_features", [float("inf")] * len(REST), "a list of"),
        ("microphone.threshold", 1.5, r"1\.5 at microphone\.threshold"),
        ("microphone.device", 5, r"5 at microphone\.device"),
        ("sync.delay_s", 3, r"3 at sync\.delay_s"),
        ("sync", 7, r"None at sync\.delay_s"),
    ],
)
def test_a_damaged_profile_names_the_place(tmp_path: Path, place: str, value: object, match: str) -> None:
    file = tmp_path / "zoe.json"
    save_profile(whole(), file)
    file.write_text(json.dumps(changed(json.loads(file.read_text("utf-8")), place, value)), "utf-8")
    with pytest.raises(CalibrationError, match=match):
        load_profile(file)


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        ("format_version", 2, "format version 2, but this runtime reads 1; update echo-runtime"),
        ("format_version", 0, "format version 0, but this runtime reads 1; calibrate again"),
        ("player.tracker", "0123456789abcdef", "face tracker 0123456789abcdef, but this runtime has"),
    ],
)
def test_a_profile_of_another_version_says_which(tmp_path: Path, place: str, value: object, match: str) -> None:
    file = tmp_path / "zoe.json"
    save_profile(whole(), file)
    file.write_text(json.dumps(changed(json.loads(file.read_text("utf-8")), place, value)), "utf-8")
    with pytest.raises(CalibrationVersionError, match=match):
        load_profile(file)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b"[" * 5000, b" " * 200_000])
def test_garbage_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "sam.json"
    file.write_bytes(content)
    with pytest.raises(CalibrationError, match=r"sam\.json"):
        load_profile(file)
    with pytest.raises(CalibrationError, match="cannot be read"):
        load_profile(tmp_path / "absent.json")
    (tmp_path / "file").write_text("")
    with pytest.raises(CalibrationError, match="cannot be written"):
        save_profile(Profile("sam"), tmp_path / "file" / "sam.json")


def test_a_folder_of_profiles(tmp_path: Path) -> None:
    folder = ProfileFolder(tmp_path / "profiles")
    assert folder.listed() == []
    with pytest.raises(CalibrationError, match=r"no profile 'zoe' \(there are none yet\)"):
        folder.load("zoe")
    folder.save(whole())
    folder.save(replace(whole("sam"), player=None))
    (folder.folder / "broken.json").write_text("{")
    listed = {entry.name: entry for entry in folder.listed()}
    assert list(listed) == ["broken", "sam", "zoe"]
    assert "not valid JSON" in listed["broken"].trouble
    assert listed["sam"].profile is not None
    assert listed["sam"].profile.parts == ("microphone", "sync")

    exported = folder.export("zoe", tmp_path)
    assert exported == tmp_path / "zoe.json"
    assert folder.load(str(exported)).name == "zoe"
    with pytest.raises(CalibrationError, match="a profile 'zoe' already"):
        folder.take_in(exported)
    assert folder.take_in(exported, "zoe2").name == "zoe2"
    assert folder.load("zoe2").name == "zoe2"
    assert folder.take_in(exported, replacing=True).name == "zoe"
    folder.delete("zoe")
    with pytest.raises(CalibrationError, match="no profile 'zoe' in"):
        folder.delete("zoe")
    assert folder.load_or_new("zoe").parts == ()


def test_a_profile_of_another_tracker_is_measured_anew_and_keeps_its_other_parts(tmp_path: Path) -> None:
    folder = ProfileFolder(tmp_path)
    path = folder.save(whole())
    path.write_text(json.dumps(changed(json.loads(path.read_text("utf-8")), "player.tracker", "old")), "utf-8")
    assert folder.load_or_new("zoe").parts == ("microphone", "sync")
    path.write_text("{")
    assert folder.load_or_new("zoe") == Profile("zoe")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a b", ".hidden", "x" * 61, "zoë", "con\n"])
def test_a_name_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(CalibrationError, match="cannot name a profile"):
        ProfileFolder(tmp_path).path(name)
