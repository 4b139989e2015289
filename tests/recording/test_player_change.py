"""Two people one after the other before the camera: noticed, kept apart in memory, replayed byte by byte."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

import numpy as np
import pytest
from echo_bridge.streams import Event
from live_run import recorded_run
from test_replay import again, assert_same

from echo_runtime.capture.face_shape import SHAPE_DIM, SHAPE_SPREAD
from echo_runtime.capture.player import PlayerWindow
from echo_runtime.context.memory import load
from echo_runtime.context.player_identity import PlayerIdentity
from echo_runtime.demo.performance import FOLDER
from echo_runtime.log_mel import SILENCE
from echo_runtime.recording.recording import Recording
from echo_runtime.runtime.clock import VirtualClock
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.npc_memories import NpcMemories
from echo_runtime.runtime.observation import Observation
from echo_runtime.signals import FACE_DIM, FRAME_RATE, MEL_BANDS, MELS_PER_FRAME, VOICE_DIM

FIRST_S, GAP_S, SECOND_S = 15.0, 2.6, 8.0


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """The first player, an empty room, another player."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    path = tmp_path_factory.mktemp("film") / "two.mp4"
    join = "[0:v][0:a][1:v][2:a][3:v][3:a]concat=n=3:v=1:a=1[v][a]"
    run = ["ffmpeg", "-v", "error", "-t", str(FIRST_S), "-i", FOLDER / "player.mp4"]
    run += ["-f", "lavfi", "-t", str(GAP_S), "-i", "color=black:s=320x320:r=25"]
    run += ["-f", "lavfi", "-t", str(GAP_S), "-i", "anullsrc=r=16000:cl=mono"]
    run += ["-i", FOLDER / "other_player.mp4", "-filter_complex", join, "-map", "[v]", "-map", "[a]", path]
    subprocess.run(run, check=True, timeout=300)
    return path


@dataclass
class Change:
    path: object
    frames: list
    events: list
    before: dict
    statistics: dict
    memory: object
    window: PlayerWindow


@pytest.fixture(scope="module")
def change(film, untrained, untrained_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("change")
    events = []
    with recorded_run(
        untrained, untrained_models, folder / "two.echo", virtual=True, memory=folder / "memory", film=film
    ) as live:
        client = live.client
        client.on_receive(lambda item: events.append(item) if isinstance(item, Event) else None)
        client.open_npc("bo")
        client.say_text("player", "I am so sorry, my dog died yesterday.", npc="bo")
        client.advance(0.5)
        client.pause("bo")  # what is seen and heard does not need the NPC's pictures
        client.advance(FIRST_S + 1.5)
        lost = client.stats()
        client.advance(GAP_S - 2.0 + SECOND_S - 1.5)
        client.resume("bo")
        client.advance(1.0)
        statistics = client.stats()
        client.say_text("player", "I play the trombone.", npc="bo")
        client.advance(0.2)
    assert not live.recorder.problem
    windows = [v for step in Recording(folder / "two.echo").steps() for calls in [step.taken.get("player", [])]
               for call in calls for v in call]  # fmt: skip
    none = np.full((1, SHAPE_DIM), np.nan, np.float32)
    shape = np.concatenate([none.repeat(w.ticks, 0) if w.shape is None else w.shape for w in windows])
    whole = PlayerWindow(
        0, np.concatenate([w.face for w in windows]), np.concatenate([w.voice for w in windows]),
        np.zeros(0, np.float32), 0, None, shape,
    )  # fmt: skip
    return Change(folder / "two.echo", live.frames, events, lost, statistics, folder / "memory" / "bo.memory", whole)


def test_another_person_is_told_once_and_after_they_sat_down(change):
    told = [e for e in change.events if e.name == "player_changed"]
    assert [e.detail["player"] for e in told] == [2]
    assert told[0].detail["by"] in ("face", "voice", "both")
    assert change.before["players"] == 1
    assert 1.0 < change.before["player_lost_s"] < 2.1
    assert (change.statistics["players"], change.statistics["player_lost_s"]) == (2, 0.0)


def test_the_memory_of_the_first_is_kept_as_it_was(change):
    said = str(load(change.memory).linguistic)
    assert "dog" in said
    assert "trombone" not in said


def test_a_recording_of_it_is_lived_through_again_byte_by_byte(change):
    frames, report = again(change.path)
    assert_same(frames, change.frames)
    assert report["same"], report


def test_the_same_person_after_a_gap_is_no_other(change):
    first = round(FIRST_S * FRAME_RATE)
    half = first // 2
    identity = PlayerIdentity(SHAPE_SPREAD)
    signs = []
    for begin, end in ((0, half), (None, 1500), (half, first)):
        for tick in range(begin or 0, end):
            here = begin is not None
            face = change.window.face[tick] if here else np.zeros(FACE_DIM, np.float32)
            voice = change.window.voice.reshape(-1, MELS_PER_FRAME, VOICE_DIM)[tick] if here else silence(1)
            signs.append(identity.observe(face, voice, change.window.shape[tick] if here else None, False))
    assert [s for s in signs if s] == ["left", "same"]
    assert identity.lost_s == 0.0


def silence(ticks):
    voice = np.full((MELS_PER_FRAME * ticks, VOICE_DIM), SILENCE, np.float32)
    voice[:, MEL_BANDS] = 0.0
    return voice


def test_a_face_that_is_lost_for_a_minute_leaves_everything_finite_and_comes_back(change, untrained_models):
    observation = Observation(NpcMemories(Linguistics(), VirtualClock()), immediate=True)
    observation.wake("bo", untrained_models)
    window, us = change.window, 0

    def see(face, voice, shape):
        nonlocal us
        found = []
        for begin in range(0, len(face), 25):
            piece = slice(begin, begin + 25)
            us += 40_000 * len(face[piece])
            mels = voice[MELS_PER_FRAME * begin : MELS_PER_FRAME * (begin + 25)]
            assert not observation.take(face[piece], mels, us, [], None, None if shape is None else shape[piece])
            found.append(observation.f_pu("bo").copy())
            assert np.isfinite(found[-1]).all()
        return found

    see(window.face[:150], window.voice[:600], window.shape[:150])
    away = see(np.zeros((1500, FACE_DIM), np.float32), silence(1500), None)
    assert observation.identity.lost_s == pytest.approx(60.0)
    back = see(window.face[150:300], window.voice[600:1200], window.shape[150:300])
    assert np.abs(away[-1] - away[-2]).max() < np.abs(back[-1] - away[-1]).max()
    assert observation.identity.phase == "known"
    assert observation.identity.players == 1
