"""Results of slow work are adopted in a replay at the step in which they were adopted live."""

from __future__ import annotations

import shutil
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest
from live_run import recorded_run, smiling, until, voice

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.affect_endpoint import AffectAnswer, EndpointStatistics
from echo_runtime.context.lexicon_affect import TextAffect
from echo_runtime.recognition.listening import Recognised, RecognitionStatistics
from echo_runtime.recording.recording import Recording
from echo_runtime.runtime import npc_memories
from echo_runtime.runtime.replaying import ReplayConfig, replay

pytestmark = pytest.mark.usefixtures("beside_the_packages")


class Slow:
    """A recogniser or an endpoint whose results come when the test says so."""

    def __init__(self, statistics):
        self.statistics = statistics
        self.asked = 0
        self._results = deque()

    def come(self, result):
        self._results.append(result)

    def take(self):
        return [self._results.popleft() for _ in range(len(self._results))]

    def hear(self, *_):
        self.asked += 1

    def ask(self, _):
        self.asked += 1


@dataclass
class Replayed:
    frames: list
    report: dict


def replayed(path):
    with replay(Recording(path), ReplayConfig(backend="eager")) as replaying:
        return Replayed(list(replaying.frames()), replaying.report())


def assert_same(run, live):
    assert run.report["same"], run.report
    assert [f.motion.tobytes() for f in run.frames] == [f.motion.tobytes() for f in live]


def taken(path):
    kinds: dict[str, int] = {}
    for step in Recording(path).steps():
        for kind, answers in step.taken.items():
            kinds[kind] = kinds.get(kind, 0) + sum(map(len, answers))
    return kinds


def test_recognised_words_and_answers_of_a_language_model(untrained, untrained_models, tmp_path):
    path = tmp_path / "words.echo"
    listening = Slow(RecognitionStatistics(0, 0, 0, 0.0, ""))
    endpoint = Slow(EndpointStatistics(0, 0, 0, 0, 0, ""))
    with recorded_run(untrained, untrained_models, path, listening=listening, endpoint=endpoint) as live:
        live.client.open_npc("bo")
        until(lambda: any(f.origin == "generated" for f in live.frames))
        count = len(live.frames)
        listening.come(Recognised("My dog died, I am so sad.", 1_000_000, 2_000_000))
        until(lambda: len(live.frames) > count + 8)
        until(lambda: endpoint.asked > 0)
        emotions = np.zeros(8, np.float32)
        emotions[EMOTIONS.index("happy")] = 1.0
        endpoint.come(AffectAnswer("bo", 1, TextAffect(emotions, 0.9, 0.4)))
        until(lambda: len(live.frames) > count + 30)
    assert taken(path)["recognised"] == taken(path)["affect"] == 1
    run = replayed(path)
    assert_same(run, live.frames)


def test_answers_of_the_understanding_model(untrained, untrained_models, tmp_path):
    if untrained_models.player_context("bo", True) is None:
        pytest.skip("the untrained package has no understanding model")
    path = tmp_path / "understood.echo"
    with recorded_run(untrained, untrained_models, path) as live:
        live.client.open_npc("bo")
        until(lambda: any(f.origin == "generated" for f in live.frames))
        for smile in (0.0, 1.0, 0.3):
            live.client.player_face(smiling(smile))
            live.client.player_audio(voice(0.2), 16_000)
            count = len(live.frames)
            until(lambda count=count: len(live.frames) > count + 15)
        until(lambda: live.runtime.observation.contexts["bo"].adopted_us is not None)
        count = len(live.frames)
        until(lambda: len(live.frames) > count + 20)
    assert taken(path)["understood bo"] >= 1
    assert_same(replayed(path), live.frames)


def test_memories_that_are_written_now_and_then_are_written_at_the_same_steps(
    untrained, untrained_models, tmp_path, monkeypatch
):
    monkeypatch.setattr(npc_memories, "SAVE_EVERY_US", 3_000_000)
    path = tmp_path / "often.echo"
    with recorded_run(untrained, untrained_models, path, virtual=True, memory=tmp_path / "memory") as live:
        live.client.open_npc("bo")
        live.client.say_text("player", "My dog died, I am so very sad.", npc="bo")
        live.client.advance(2.0)
        live.client.say_text("player", "What a wonderful happy day!", npc="bo")
        live.client.advance(2.0)
        live.client.say_text("player", "Now I must go.", npc="bo")
        live.client.advance(3.0)
    assert taken(path)["wall"] >= 2  # a memory is dated when it is written
    assert_same(replayed(path), live.frames)


def test_memories_are_in_the_recording_and_need_no_folder(untrained, untrained_models, tmp_path):
    folder = tmp_path / "memory"
    with recorded_run(untrained, untrained_models, tmp_path / "first.echo", virtual=True, memory=folder) as live:
        live.client.open_npc("bo")
        live.client.advance(0.3)
        live.client.say_text("player", "My dog died, I am so very sad.", npc="bo")
        live.client.advance(0.3)
        live.client.save_memory("bo", "sad.memory")
    path = tmp_path / "second.echo"
    with recorded_run(untrained, untrained_models, path, memory=folder) as live:
        live.client.open_npc("bo")
        until(lambda: any(f.origin == "generated" for f in live.frames))
        live.client.say_text("player", "What a wonderful happy day!", npc="bo")
        count = len(live.frames)
        until(lambda: len(live.frames) > count + 10)
        live.client.load_memory("bo", "sad.memory")
        count = len(live.frames)
        until(lambda: len(live.frames) > count + 20)
    assert taken(path)["remembered"] == taken(path)["loaded"] == 1
    shutil.rmtree(folder)
    assert_same(replayed(path), live.frames)
    assert not folder.exists()
