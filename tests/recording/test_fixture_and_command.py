"""What developers use: the pytest fixture on a recording, and the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest
from live_run import smiling

from echo_runtime.capture.player import PlayerWindow
from echo_runtime.recording.player_clip import PlayerClip
from echo_runtime.recording.recording import Recording
from echo_runtime.signals import MELS_PER_FRAME, SAMPLES_PER_FRAME


def test_the_fixture_gives_frames_motion_events_and_the_verdict(echo_replay, short):
    path, live = short
    run = echo_replay(path, backend="eager")
    first = next(run.frames())
    assert first.motion.tobytes() == live[0].motion.tobytes()
    assert np.array_equal(first.rgba, live[0].rgba)
    motion = run.motion("bo")
    np.testing.assert_array_equal(motion, np.array([f.motion for f in live]))
    np.testing.assert_array_equal(run.pts_us("bo"), [f.pts_us for f in live])
    assert run.npcs == ["bo"]
    assert run.motion("nobody").shape == (0, 60)
    assert any(name == "turn" and detail == {"state": "speaking"} for _, name, detail in run.events)
    assert run.report["same"]


def run_command(*options, timeout=240):
    return subprocess.run(
        [sys.executable, "-m", "echo_runtime", "run", *map(str, options)],
        capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def recorded(untrained, tmp_path_factory):
    """A recording that the command line made, and the motion it wrote."""
    folder = tmp_path_factory.mktemp("command")
    done = run_command(
        "--player", "none", "--voice", "none", "--model", untrained / "model", "--avatar", untrained / "blank",
        "--npc", "bo", "--backend", "eager", "--fast", "--seconds", "1", "--control-port", "0", "--headless",
        "--seed", "5", "--record", folder / "a.echo", "--motion-out", folder / "a.npz",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def test_the_command_replays_what_it_recorded(recorded, tmp_path):
    replayed = run_command("--replay", recorded / "a.echo", "--fast", "--json", "--motion-out", tmp_path / "b.npz")
    assert replayed.returncode == 0, replayed.stderr
    report = json.loads(replayed.stdout)
    assert report["same"]
    assert report["complete"]
    assert report["differing_bytes"] == 0
    assert report["frames"] >= 25
    assert report["differences"] == []
    with np.load(recorded / "a.npz") as a, np.load(tmp_path / "b.npz") as b:
        assert a["motion"].tobytes() == b["motion"].tobytes()
        np.testing.assert_array_equal(a["pts_us"], b["pts_us"])
        np.testing.assert_array_equal(a["picture_sum"], b["picture_sum"])


def test_another_seed_of_motion_is_told_by_the_exit_status(recorded, untrained, tmp_path):
    from echo_runtime.recording.container import RecordFile, RecordReader
    from echo_runtime.recording.values import pack, unpack

    reader = RecordReader(recorded / "a.echo")
    first, *rest = list(reader)
    reader.close()
    other = RecordFile(tmp_path / "other.echo")
    for payload in (pack({**unpack(first), "seed": 6}), *rest):
        other.append(payload)
    other.close()
    done = run_command("--replay", tmp_path / "other.echo", "--fast", "--json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert not report["same"]
    assert report["differing_values"] > 0
    assert report["first_difference"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--replay", "missing.echo"], "There is no recording missing.echo"),
        (["--replay", "A", "--seed", "3"], "--seed stands in the recording already"),
        (["--replay", "A", "--record", "b.echo"], "--record stands in the recording already"),
        (["--record", "A"], "exists already"),
        (["--record-video"], "--record-video needs --record FILE"),
        (["--record", "player.mp4", "--record-video"], "another ending than .mp4"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(recorded, options, sentence, tmp_path):
    named = [str(recorded / "a.echo") if option == "A" else option for option in options]
    rest = [] if "--replay" in named else ["--player", "none", "--voice", "none", "--control-port", "0", "--headless"]
    done = subprocess.run(
        [sys.executable, "-m", "echo_runtime", "run", *named, *rest],
        capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_of_the_players_sound_and_pictures_is_in_a_recording(short):
    """What `conftest.short` sent as the player's face is there as numbers; sound goes in as log-mel only."""
    windows = [
        window for step in Recording(short[0]).steps() for answers in step.taken.get("player", ()) for window in answers
    ]
    assert windows
    assert any(np.allclose(window.face[:, :60].max(), smiling(0.7).max(), atol=0.3) for window in windows)
    assert all(not window.sound.any() for window in windows)


def test_the_clip_holds_the_players_pictures_and_sound(tmp_path):
    av = pytest.importorskip("av", reason="PyAV is not installed")
    shown = [np.zeros((48, 65, 3), np.uint8)]
    clip = PlayerClip(tmp_path / "player.mp4", lambda: shown[0])
    time_s = np.arange(50 * SAMPLES_PER_FRAME, dtype=np.float32) / 16_000
    sound = (0.5 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    sound[: 25 * SAMPLES_PER_FRAME] = 0.0
    for tick in range(50):
        shown[0] = np.full((48, 65, 3), 200 if tick >= 25 else 20, np.uint8)  # it lights up as the tone begins
        piece = sound[tick * SAMPLES_PER_FRAME : (tick + 1) * SAMPLES_PER_FRAME]
        face, voice = np.zeros((1, 61), np.float32), np.zeros((MELS_PER_FRAME, 81), np.float32)
        clip.see([PlayerWindow(tick, face, voice, piece, 0)])
        time.sleep(0.005)  # so that the encoder keeps up and leaves no picture out
    clip.close()
    with av.open(str(tmp_path / "player.mp4")) as container:
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    with av.open(str(tmp_path / "player.mp4")) as container:
        pieces = [(frame.time, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    assert len(frames) + clip.dropped == 50
    assert frames[0][1].shape == (48, 64, 3)
    assert frames[-1][0] - frames[0][0] == pytest.approx(49 * 0.04, abs=0.005)
    heard = np.concatenate([piece for _, piece in pieces])
    onset_s = pieces[0][0] + np.argmax(np.abs(heard) > 0.1) / 16_000
    lit_s = next(at for at, picture in frames if picture.mean() > 100)
    assert lit_s - onset_s == pytest.approx(0.04, abs=0.03)  # a picture stands at the end of the tick that saw it
    spectrum = np.abs(np.fft.rfft(heard[20_000:28_000]))
    assert 2 * np.argmax(spectrum) == pytest.approx(440, abs=4)  # half a second: bins are two hertz


def test_a_clip_that_was_cut_can_be_played(tmp_path):
    av = pytest.importorskip("av", reason="PyAV is not installed")
    clip = PlayerClip(tmp_path / "player.mp4", lambda: np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    for tick in range(260):
        face, voice = np.zeros((1, 61), np.float32), np.zeros((MELS_PER_FRAME, 81), np.float32)
        clip.see([PlayerWindow(tick, face, voice, np.zeros(SAMPLES_PER_FRAME, np.float32), 0)])
    clip.close()
    content = (tmp_path / "player.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) * 2 // 3])
    with av.open(str(tmp_path / "cut.mp4")) as container:
        frames = []
        try:
            for frame in container.decode(video=0):
                frames.append(frame)
        except av.error.FFmpegError:
            pass
    assert len(frames) > 30
