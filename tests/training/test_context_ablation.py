"""The ablation of the LCU: its arithmetic by hand, and that runs are kept and gone on with."""

import json
from dataclasses import replace

import numpy as np
import pytest
from test_context_stage import dialogue

from echo_runtime.errors import TrainingError
from echo_runtime.training.evaluation import context_ablation
from echo_runtime.training.evaluation.context_ablation import (
    KEYS,
    AblationPlan,
    compared,
    interval,
    scores_of,
    variants,
)
from echo_runtime.training.long_dialogues.dialogue import BehaviouralCallback, save_dialogue
from echo_runtime.training.long_dialogues.felt_affect import Callback


def test_each_part_is_left_out_once():
    assert {name: len(parts) for name, parts in variants().items()} == {"whole": 3, "-lpe": 2, "-hbcu": 2, "-lau": 2}


def test_interval_by_hand():
    assert interval(np.array([1.0, 2.0, 3.0])) == pytest.approx(4.3027 / np.sqrt(3), rel=1e-3)
    assert interval(np.array([1.0])) == float("inf")


def test_worse_means_a_lower_correlation_or_a_larger_distance():
    same = dict.fromkeys(KEYS, 0.5)
    found = {
        "whole": [same, same],
        "-lpe": [same | {"reaction_r": 0.2}, same | {"reaction_r": 0.4}],
        "-hbcu": [same | {"situated": 0.7}, same | {"situated": 0.7}],
        "-lau": [same | {"mentioned": 0.4}, same | {"mentioned": 0.6}],
    }
    parts = compared(found)["parts"]
    assert parts["lpe"]["worse_by"] == pytest.approx(0.2)
    assert parts["hbcu"]["worse_by"] == pytest.approx(0.2)
    assert parts["hbcu"]["low"] == pytest.approx(0.2)
    assert parts["lau"]["worse_by"] == pytest.approx(0.0)
    assert parts["lau"]["low"] < 0 < parts["lau"]["high"]


def test_runs_are_kept(tmp_path, monkeypatch):
    trained = []

    def train(folder, minutes, seed, resume, threads, data, parts, settings, start):
        trained.append((seed, tuple(parts), settings.steps))
        folder.mkdir(parents=True)
        return dict.fromkeys(KEYS, 0.25)

    monkeypatch.setattr(context_ablation, "train_context", train)
    plan = AblationPlan(tmp_path, tmp_path / "data", steps=7, seeds=2)
    numbers = context_ablation.ablation(plan)
    assert len(trained) == len(set(trained)) == 8
    assert numbers["parts"]["lau"]["worse_by"] == 0.0
    context_ablation.ablation(plan)
    assert len(trained) == 8
    kept = tmp_path / "without_lau_1" / "ablation.json"
    assert json.loads(kept.read_text())["steps"] == 7
    kept.write_text("{")
    with pytest.raises(TrainingError, match="delete it"):
        context_ablation.ablation(plan)


def test_a_variant_is_really_trained(tmp_path):
    data = tmp_path / "data"
    for folder in ("train", "held_out"):
        (data / folder).mkdir(parents=True)
        save_dialogue(data / folder / "1.npz", dialogue(1))
    with pytest.raises(TrainingError, match="'mentioned'"):
        scores_of(AblationPlan(tmp_path / "nothing", data, steps=1, seeds=1), "-hbcu", 0)
    told = Callback(("a", "b", "c"), "happy", 1.0, 2.0, 5.0)
    back = BehaviouralCallback("mishap", "mocked", 1.0, 8.0, 14.0, -0.5)
    save_dialogue(data / "held_out" / "1.npz", replace(dialogue(1), callbacks=(told,), behavioural_callbacks=(back,)))
    scores = scores_of(AblationPlan(tmp_path / "out", data, steps=2, seeds=1), "-hbcu", 0)
    assert set(scores) == set(KEYS)
    assert json.loads((tmp_path / "out" / "without_hbcu_0" / "training.json").read_text())["parts"] == ["lau", "lpe"]
