"""A run on the real clock, with everything that a game and a busy machine do to it, is lived through again."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pytest
from live_run import recorded_run, smiling, until, voice

from echo_runtime.recording.recording import Recording
from echo_runtime.runtime.replaying import ReplayConfig, replay


def again(path, **config):
    """(frames, report) of a replay."""
    recording = Recording(path)
    with replay(recording, ReplayConfig(backend="eager", **config)) as replaying:
        return list(replaying.frames()), replaying.report()


def assert_same(frames, live):
    assert len(frames) == len(live)
    for a, b in zip(frames, live, strict=True):
        assert (a.npc, a.pts_us, a.origin, a.epoch, a.utterance) == (b.npc, b.pts_us, b.origin, b.epoch, b.utterance)
        assert a.motion.tobytes() == b.motion.tobytes()
        assert np.array_equal(a.rgba, b.rgba)


@pytest.fixture(scope="module", autouse=True)
def _beside_the_packages(untrained):
    with contextlib.chdir(untrained):  # over the wire an avatar is a plain name, so that the folder is one here
        yield


@pytest.fixture(scope="module")
def lively(untrained, untrained_models, tmp_path_factory):
    """(recording, frames as they were published) of two NPCs that are spoken for, interrupted, paused and slowed."""
    path = tmp_path_factory.mktemp("recorded") / "lively.echo"
    stall = {"left": 0, "s": 0.0}

    def slow(_):  # in the loop's thread, as a machine that is busy with a game
        if stall["left"]:
            stall["left"] -= 1
            time.sleep(stall["s"])

    with recorded_run(untrained, untrained_models, path) as live:
        client, frames = live.client, live.frames
        live.runtime.listeners.append(slow)
        client.open_npc("bo")
        until(lambda: any(f.origin == "generated" for f in frames))
        client.open_npc("mo", "blank")
        client.player_face(smiling(1.0))
        client.player_audio(voice(0.3), 16_000)
        client.say_text("player", "I am so sorry, my dog died yesterday.", npc="bo")
        client.speak("bo", voice(1.0), utt=5, text="What a terrible, sad day!")
        until(lambda: frames[-1].utterance == 5 or any(f.utterance == 5 for f in frames[-20:]))
        client.interrupt("bo")
        client.emotion("mo", "happy", 0.8)
        client.thinking("mo", True)
        client.speak("mo", voice(0.6, 1), utt=9)
        count = len(frames)
        until(lambda: len(frames) > count + 10)
        client.pause("bo")
        until(lambda: live.runtime.npcs["bo"].session.paused)
        stall.update(left=4, s=0.25)  # held frames
        count = len(frames)
        until(lambda: len(frames) > count + 20)
        client.player_face(smiling(0.0))
        client.resume("bo")
        stall.update(left=1, s=1.6)  # frames that are left out
        count = len(frames)
        until(lambda: len(frames) > count + 20)
        client.close_npc("mo")
        client.open_npc("mo", "blank")
        count = len(frames)
        until(lambda: len(frames) > count + 10)
    assert not live.recorder.problem
    return path, frames


def test_the_live_run_held_what_makes_a_replay_hard(lively):
    path, frames = lively
    recording = Recording(path)
    assert recording.problem == ""
    assert recording.frames == len(frames)
    assert {f.origin for f in frames} >= {"generated", "held"}
    assert {f.npc for f in frames} == {"bo", "mo"}
    events = [event for step in recording.steps() for event in step.events]
    told = {name for _, name, _ in events}
    assert told >= {"turn", "degraded", "paused", "player_started"}
    assert any(name == "degraded" and detail["step"] == "skipped" for _, name, detail in events)
    assert any(frame.begins_chunk for step in recording.steps() for frame in step.frames)


def test_a_replay_publishes_the_same_values_and_pictures_to_the_last_bit(lively):
    path, live = lively
    frames, report = again(path)
    assert_same(frames, live)
    assert report["same"]
    assert report["differing_bytes"] == report["differing_values"] == report["differing_events"] == 0
    assert report["frames"] == len(live)
    assert report["compared_values"] == 60 * len(live)


def test_other_weights_are_named_and_their_difference_is_counted(lively, untrained, tmp_path):
    import torch
    from untrained import write_untrained_avatar

    write_untrained_avatar(tmp_path / "other", "blank")
    import json

    from echo_runtime.avatars import load_package, write_package

    package = load_package(untrained / "blank")
    tensors = {name: tensor.clone() for name, tensor in package.tensors("renderer").items()}
    first = next(name for name in tensors if tensors[name].is_floating_point())
    tensors[first] = tensors[first] + torch.tensor(0.25, dtype=tensors[first].dtype)
    manifest = json.loads((untrained / "blank" / "avatar.json").read_text())
    manifest.pop("files")
    write_package(tmp_path / "changed", manifest, {"renderer": tensors}, package.reference())
    frames, report = again(lively[0], avatar=str(tmp_path / "changed"))
    assert not report["same"]
    assert report["differing_pictures"] > 0
    assert report["differing_values"] == 0  # the motion is made by the same model
    assert any(note.startswith("weights of blank:") for note in report["differences"])
    assert len(frames) == len(lively[1])


def test_a_replay_in_real_time_takes_the_recorded_time_and_shows_watchers_the_run(lively):
    import threading

    from echo_bridge import EchoClient

    from echo_runtime.errors import CommandFailedError

    path, _ = lively
    recording = Recording(path)
    with replay(recording, ReplayConfig(backend="eager", fast=False)) as replaying:
        thread = threading.Thread(target=replaying.run)
        thread.start()
        try:
            with EchoClient.connect(replaying.address, timeout=60) as client:
                client.timeout = 120.0
                client.open_npc("bo")
                until(lambda: client.statistics("bo")["frames_received"] > 5)
                with pytest.raises(CommandFailedError, match="replays a recording"):
                    client.interrupt("bo")
                assert {npc["name"] for npc in client.list_npcs()} <= {"bo", "mo"}
        finally:
            thread.join(120)
        assert not thread.is_alive()
        report = replaying.report()
    assert report["same"]
    assert report["took_s"] >= 0.9 * recording.seconds
