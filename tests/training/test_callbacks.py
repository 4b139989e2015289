"""The measure of what an NPC remembers: by hand, and that it cannot be fooled by a model that forgets."""

import numpy as np
import pytest
from test_context_stage import dialogue

from echo_runtime.errors import TrainingError
from echo_runtime.training.evaluation.callbacks import (
    EXPRESSION,
    distances,
    held_expression,
    remember,
    significance,
    summary,
    tail_scene,
)


def test_distances_by_hand():
    right = np.array([[0.4, 0.0], [0.0, 0.0]], np.float32)
    perfect = distances(right, right)
    assert perfect.true == 0.0
    assert perfect.swapped == pytest.approx(0.4 / np.sqrt(2))
    assert perfect.made == pytest.approx(perfect.right)
    forgetful = distances(np.array([[0.2, 0.1], [0.2, 0.1]], np.float32), right)
    assert forgetful.true == pytest.approx(forgetful.swapped)
    assert forgetful.made == 0.0
    wrong = distances(right[::-1].copy(), right)
    assert wrong.true > wrong.swapped
    assert wrong.made == pytest.approx(-wrong.right)


def test_summary_knows_chance_from_memory():
    random = np.random.default_rng(0)
    right = np.stack([random.normal(0, 0.1, (2, 20)) for _ in range(16)]).astype(np.float32)
    noise = random.normal(0, 0.05, right.shape).astype(np.float32)
    remembers = summary(distances(0.5 * r + n, r) for r, n in zip(right, noise, strict=True))
    assert remembers["p"] < 0.01
    assert remembers["nearer_low"] > 0
    assert 0.3 < remembers["followed"] < 0.7
    same = right.mean(1, keepdims=True)
    forgets = summary(distances(s + n, r) for r, n, s in zip(right, noise, same, strict=True))
    assert forgets["p"] > 0.02
    assert abs(forgets["followed"]) < 0.25


def test_significance_of_one_sign():
    p, (low, high) = significance(np.full(12, 0.1))
    assert p < 0.002
    assert low == pytest.approx(0.1)
    assert high == pytest.approx(0.1)


def test_only_what_speech_leaves_alone_is_compared():
    motion = np.zeros((10, 60), np.float32)
    motion[:, 17] = 1.0  # jawOpen
    assert not held_expression(motion).any()
    assert len(EXPRESSION) > 10


def test_the_context_remembers_all_before_the_tail(monkeypatch):
    monkeypatch.setattr("echo_runtime.training.evaluation.callbacks.tail_frames", lambda: 100)
    long = dialogue(5)

    class Recorder:
        def __init__(self):
            self.frames, self.speaking, self.ends = 0, [], []

        def observe(self, face, voice, speaking, observed_us):
            assert len(voice) == 4 * len(face)
            self.frames += len(face)
            self.speaking += [speaking] * len(face)
            self.ends.append(observed_us)

    seen = Recorder()
    remember(seen, long)
    assert seen.frames == long.frames - 100
    assert seen.speaking == [bool(s) for s in long.npc_speaking[:-100]]
    assert seen.ends[-1] == 0
    with pytest.raises(TrainingError, match="--sound"):
        tail_scene(long, 50)
