"""Training of the LCU: windows lie where they say, a short run learns, stops and goes on."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES
from echo_runtime.errors import TrainingError
from echo_runtime.signals import FACE_DIM, MELS_PER_FRAME, MOTION_DIM, MOTION_INDEX, VOICE_DIM
from echo_runtime.training.context_evaluation import correlation, mood
from echo_runtime.training.context_stage import ContextSettings, train_context
from echo_runtime.training.context_windows import (
    WARM_SUMMARIES,
    WINDOW_SUMMARIES,
    ContextSampler,
    gathered,
    observed,
    window_at,
)
from echo_runtime.training.long_dialogues.dialogue import LongDialogue, save_dialogue
from echo_runtime.training.long_dialogues.labels import LABELS
from echo_runtime.training.long_dialogues.rapport import SLOW_STATES

SPANS = 60


def dialogue(seed: int) -> LongDialogue:
    """The player smiles now and then, and the NPC's smile is the player's."""
    random = np.random.default_rng(seed)
    frames = SPANS * SUMMARY_FRAMES
    smile = (np.convolve(random.random(frames) < 0.01, np.ones(60), "same") > 0) * 0.8
    face, motion = np.zeros((frames, FACE_DIM), np.float16), np.zeros((frames, MOTION_DIM), np.float16)
    for side in ("Left", "Right"):
        face[:, MOTION_INDEX[f"mouthSmile{side}"]] = motion[:, MOTION_INDEX[f"mouthSmile{side}"]] = smile
    face[:, -1] = 1
    voice = random.normal(-6, 1, (MELS_PER_FRAME * frames, VOICE_DIM)).astype(np.float16)
    labels = np.zeros((frames, len(LABELS)), np.uint8)
    labels[:, LABELS.index("smiles")] = smile > 0.5
    affect = np.zeros((frames, 10), np.float16)
    affect[:, 0] = 1
    return LongDialogue(
        face, voice, motion, random.random(frames) > 0.5, np.zeros(MELS_PER_FRAME * frames, np.int8), affect,
        np.zeros((frames, len(SLOW_STATES)), np.float16), labels, (), (), (), {}, seed, "tales", "warm", "none",
    )  # fmt: skip


@pytest.fixture
def data(tmp_path) -> Path:
    for folder, seeds in (("train", (1, 2)), ("held_out", (3,))):
        (tmp_path / "data" / folder).mkdir(parents=True)
        for seed in seeds:
            save_dialogue(tmp_path / "data" / folder / f"{seed}.npz", dialogue(seed))
    return tmp_path / "data"


def test_windows_lie_where_they_say():
    whole = observed(dialogue(1))
    assert whole.spans == SPANS
    span = 30
    window = window_at(whole, span)
    start = span * SUMMARY_FRAMES
    length, warm = WINDOW_SUMMARIES * SUMMARY_FRAMES, WARM_SUMMARIES * SUMMARY_FRAMES
    assert torch.equal(window["motion"], whole.motion[start : start + length].float())
    assert torch.equal(window["face"], whole.face[start - warm : start + length].float())
    assert torch.equal(window["voice"], whole.voice[4 * (start - warm) : 4 * (start + length)].float())
    early = window_at(whole, 2)
    assert early["face"].shape == window["face"].shape
    assert early["face"][: (WARM_SUMMARIES - 2) * SUMMARY_FRAMES, -1].max() == 0
    assert torch.equal(early["face"][(WARM_SUMMARIES - 2) * SUMMARY_FRAMES :][:50], whole.face[:50].float())


def test_summaries_belong_to_their_windows():
    whole = observed(dialogue(1))
    windows = gathered([whole, whole], [0, 20], [45, 60], [[10, 35], [50]])
    assert windows.source.tolist() == [0, 0, 1]
    assert windows.offset.tolist() == [10, 35, 30]
    assert windows.lengths.tolist() == [45, 40]
    assert torch.equal(windows.summaries[1, 30], whole.summaries[50])
    assert torch.equal(windows.summaries[0, 35], whole.summaries[35])


def test_the_sampler_stays_in_the_dialogue():
    whole = observed(dialogue(1))
    sampler = ContextSampler([whole], np.random.default_rng(0), span_limit=25, dialogues=3, windows=2)
    for _ in range(20):
        windows = sampler.draw()
        assert windows.lengths.max() <= 25
        assert (windows.offset >= 0).all()
        assert (windows.offset + WINDOW_SUMMARIES <= windows.lengths[windows.source]).all()
    with pytest.raises(TrainingError, match="ten seconds"):
        ContextSampler([], np.random.default_rng(0), 25)


def test_measures_on_cases_worked_by_hand():
    true = np.stack([np.sin(np.arange(200.0)), np.zeros(200)], 1)
    assert correlation(true * 3 + 1, true) == pytest.approx(1.0)
    assert correlation(-true, true) == pytest.approx(-1.0)
    assert mood(np.repeat([[1.0], [3.0]], 50, 0)).tolist() == [[1.0], [3.0]]


def test_a_short_run_learns_stops_and_goes_on(data, tmp_path):
    settings = ContextSettings(dialogues=1, windows=2, steps=24, evaluated=1, rate=6e-3)
    out = tmp_path / "out"
    scores = train_context(out, 60.0, data=data, settings=settings)
    assert scores["smile_r"] > 0.5
    line = json.loads((out / "training.json").read_text())
    assert line["steps"] == 24
    before = load_file(out / "context.safetensors")
    assert {name.partition(".")[0] for name in before} == {"phi", "context"}
    assert all(t.dtype == np.float16 for t in before.values())
    again = train_context(out, 60.0, data=data, settings=ContextSettings(dialogues=1, windows=2, steps=26, evaluated=1))
    assert json.loads((out / "training.json").read_text())["steps"] == 26
    assert set(again) == set(scores)


def test_missing_dialogues_are_said_with_the_line_that_makes_them(tmp_path):
    with pytest.raises(TrainingError, match="train long-dialogues"):
        train_context(tmp_path / "out", 1.0, data=tmp_path / "nothing")
