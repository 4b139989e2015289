"""From sources to results: files through sessions and the command line, and players that something is wrong with."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from echo_calibration.avatar import find_face, read_picture
from echo_calibration.bystanders import Bystanders
from echo_calibration.guide import Guide
from echo_calibration.measuring import measure_microphone, measure_player
from echo_calibration.occlusion import MouthCover, MouthSight
from echo_calibration.profile_folder import ProfileFolder
from echo_calibration.selftest.syllables import speak_syllables
from echo_calibration.selftest.sync_selftest import Recited
from echo_calibration.selftest.synthetic_player import Film, Room
from echo_calibration.session import Session
from typer.testing import CliRunner

from echo_runtime.commands.calibrate import app
from echo_runtime.errors import CalibrationError, EchoError, MediaError, UsageError
from echo_runtime.signals import ByteArray


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProfileFolder:
    monkeypatch.setenv("ECHO_PROFILES", str(tmp_path / "profiles"))
    return ProfileFolder()


def guide() -> Guide:
    return Guide(quiet=True)


@pytest.fixture(scope="module")
def face() -> ByteArray:
    """(256, 256, 4) the shipped avatar, as somebody to calibrate."""
    return read_picture("mira")


def shots(face: ByteArray, count: int, seed: int = 0) -> list[ByteArray]:
    room = Room(np.random.default_rng(seed))
    return [room.photograph(face, sway=k % 3) for k in range(count)]


def with_hand(picture: ByteArray) -> ByteArray:
    """A flat hand of the skin's colour before the mouth."""
    rgba = np.concatenate([picture, np.full((*picture.shape[:2], 1), 255, np.uint8)], -1)
    landmarks = find_face(rgba)
    assert landmarks is not None
    height, width = picture.shape[:2]
    points = landmarks[:, :2] * [1, -1] + [width / 2, height / 2]
    (left, right), (top, bottom) = points[[61, 291], 0], points[[0, 17], 1]
    x, y = points[205].astype(int)
    out = picture.copy()
    out[int(top) - 5 : int(bottom) + 6, int(left) - 12 : int(right) + 13] = picture[y - 2 : y + 3, x - 2 : x + 3].mean(
        (0, 1)
    )
    return out


def test_a_still_player_is_measured_without_movement(face: ByteArray) -> None:
    measured = measure_player(guide(), lambda: Film(shots(face, 60), np.arange(60) / 15), movement=False)
    assert measured.result.frames == (60, 0)
    assert measured.result.quality > 0.7
    assert measured.notes == []


def test_nobody_before_the_camera(face: ByteArray) -> None:
    wall = [np.full((120, 160, 3), 90, np.uint8)] * 60
    with pytest.raises(CalibrationError, match="shows the face in 0 of 60 pictures"):
        measure_player(guide(), lambda: Film(wall, np.arange(60) / 15), movement=False)


def test_a_hand_before_the_mouth_is_noticed(face: ByteArray) -> None:
    pictures = shots(face, 60)
    covered = with_hand(pictures[0])
    with Session(Film([*pictures[:30], *[covered] * 25], np.arange(55) / 15), None) as session:
        seen = session.watch(4.0).faces
    assert not any(s.covered for s in seen[:30])
    assert all(s.covered for s in seen[30:])
    mixed = [*pictures[:35], *[covered] * 25]
    with pytest.raises(CalibrationError, match="covers the mouth in 25 of 60 pictures"):
        measure_player(guide(), lambda: Film(mixed, np.arange(60) / 15), movement=False)


def test_lips_that_cannot_be_told_from_skin_are_not_called_covered() -> None:
    assert not MouthSight(0.1).covered(0.4)
    assert MouthSight(0.1).covered(8.0)
    assert MouthSight(0.1, hand=True).covered(0.4)
    assert not MouthSight(float("nan")).covered(8.0)


def test_a_camera_without_colours_does_not_cover_the_mouth(face: ByteArray) -> None:
    grey = [np.repeat(p.mean(-1, keepdims=True), 3, -1).astype(np.uint8) for p in shots(face, 10)]
    with Session(Film(grey, np.arange(10) / 15), None) as session:
        assert not any(s.covered for s in session.watch(2.0).faces)
    cover = MouthCover()
    assert cover.usual == 0.0
    cover.close()


def test_of_several_faces_the_largest_is_taken_and_it_is_said(face: ByteArray) -> None:
    small = face[::2, ::2]
    scene = np.full((256, 460, 3), 90, np.uint8)
    for rgba, left in ((face, 0), (small, 300)):
        height, width = rgba.shape[:2]
        alpha = rgba[..., 3:] / 255
        place = scene[256 - height :, left : left + width]
        place[:] = rgba[..., :3] * alpha + place * (1 - alpha)
    bystanders = Bystanders()
    hidden = bystanders.hidden(scene, 0)
    assert bystanders.notes == [
        "2 faces are seen; the largest is taken. Ask the others to step aside for a better result."
    ]
    assert (hidden[:, :200] == scene[:, :200]).all()
    assert (hidden[190, 340:380] == 128).all()
    assert bystanders.hidden(scene, 100_000) is not scene
    assert len(bystanders.notes) == 1
    bystanders.close()
    measured = measure_player(guide(), lambda: Film([scene] * 60, np.arange(60) / 15), movement=False)
    assert any("largest" in note for note in measured.notes)


def test_a_microphone_from_sound(tmp_path: Path, profiles: ProfileFolder) -> None:
    chance = np.random.default_rng(0)
    room = chance.normal(0, 10 ** (-60 / 20), 48_000)
    samples = np.concatenate([room, 0.5 * speak_syllables(chance, 7.0).samples]).astype(np.float32)
    measured = measure_microphone(guide(), lambda: Recited(samples), "")
    assert measured.result.noise_db == pytest.approx(-60, abs=1)
    soundfile.write(tmp_path / "me.wav", samples, 16_000)
    done = CliRunner().invoke(app, ["microphone", "--voice", str(tmp_path / "me.wav"), "--profile", "me", "--json"])
    assert done.exit_code == 0, done.output
    document = json.loads(done.stdout)
    assert document["noise_db"] == pytest.approx(-60, abs=1)
    stored = profiles.load("me")
    assert stored.microphone is not None
    assert stored.microphone.speech_db == pytest.approx(measured.result.speech_db, abs=0.5)
    assert stored.microphone.device == ""
    assert document["file"] == str(profiles.path("me"))


def test_a_player_from_a_video_and_what_the_profiles_say(
    tmp_path: Path, face: ByteArray, profiles: ProfileFolder
) -> None:
    path = tmp_path / "me.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=15, options={"crf": "12"})
        pictures = [np.ascontiguousarray(p[: p.shape[0] // 2 * 2, : p.shape[1] // 2 * 2]) for p in shots(face, 62)]
        video.height, video.width, video.pix_fmt = *pictures[0].shape[:2], "yuv420p"
        for picture in pictures:
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
    run = CliRunner()
    done = run.invoke(app, ["player", "--player", str(path), "--no-movement", "--profile", "me"])
    assert done.exit_code == 0, done.output
    assert "run --profile me" in done.stdout
    assert profiles.load("me").parts == ("player",)
    assert profiles.load("me").camera == ""
    listed = json.loads(run.invoke(app, ["profiles", "list", "--json"]).stdout)
    assert [(p["name"], p["parts"]) for p in listed["profiles"]] == [("me", ["player"])]
    assert "resting_features" in run.invoke(app, ["profiles", "show", "me"]).stdout
    assert run.invoke(app, ["profiles", "export", "me", str(tmp_path / "mine.json")]).exit_code == 0
    assert run.invoke(app, ["profiles", "delete", "me"]).exit_code == 0
    assert run.invoke(app, ["profiles", "import", str(tmp_path / "mine.json"), "--name", "again"]).exit_code == 0
    assert "again" in run.invoke(app, ["profiles", "list"]).stdout


@pytest.mark.parametrize(
    ("words", "kind", "match"),
    [
        (["player", "--player", "no.mp4"], MediaError, "there is no file no.mp4"),
        (["player", "--player", "engine"], UsageError, "gives no pictures"),
        (["player", "--player", "none"], UsageError, "gives no pictures"),
        (["sync", "--player", "none", "--voice", "none"], UsageError, "gives no pictures"),
        (["microphone", "--voice", "engine"], UsageError, "gives no sound"),
        (["avatar"], UsageError, "Give a picture"),
        (["avatar", "--check", "no.png"], EchoError, r"no\.png"),
        (["profiles", "delete", "nobody"], CalibrationError, "no profile 'nobody'"),
        (["profiles", "import", "nothing.json"], CalibrationError, "cannot be read"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    words: list[str],
    kind: type[EchoError],
    match: str,
    profiles: ProfileFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, words)
    assert done.exit_code != 0
    assert isinstance(done.exception, kind)
    with pytest.raises(kind, match=match):
        raise done.exception
    assert "\n" not in str(done.exception)
