"""Runs that end before their time: killed at any moment, stopped by a signal, met by numbers that are not finite."""

import json
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from small_stage import Running, train

from echo_runtime.errors import TrainingError
from echo_runtime.training import progress


def parts(out: Path) -> list[str]:
    return [path.name for path in out.iterdir() if path.name.endswith(".part")]


@pytest.mark.parametrize("moment", ["step 17", "kept 15"])
def test_a_killed_run_goes_on_from_its_last_checkpoint(tmp_path: Path, moment: str) -> None:
    run = Running(tmp_path, 5.0)
    run.wait_for(moment)
    assert run.end(signal.SIGKILL)[0] == -signal.SIGKILL
    state = json.loads((tmp_path / "checkpoint.json").read_text())
    assert state["step"] >= 15
    steps, weight = train(tmp_path, state["minutes"] + 0.0005)
    assert steps > 15
    assert torch.isfinite(weight).all()


def test_a_run_killed_while_it_writes_keeps_the_checkpoint_of_before(tmp_path: Path) -> None:
    train(tmp_path, 0.0005)
    before = load_file(tmp_path / "checkpoint.safetensors")
    step = json.loads((tmp_path / "checkpoint.json").read_text())["step"]
    run = Running(tmp_path, 5.0, slow=30.0)
    run.wait_for("writing")
    assert parts(tmp_path) == ["checkpoint.safetensors.part"]
    run.end(signal.SIGKILL)
    after = load_file(tmp_path / "checkpoint.safetensors")
    assert all(torch.equal(after[name], before[name]) for name in before)
    again, _ = train(tmp_path, json.loads((tmp_path / "checkpoint.json").read_text())["minutes"] + 0.0005)
    assert again > step
    assert parts(tmp_path) == []


def test_a_run_killed_at_its_first_write_begins_anew(tmp_path: Path) -> None:
    run = Running(tmp_path, 5.0, slow=30.0)
    run.wait_for("writing")
    run.end(signal.SIGKILL)
    assert not progress.Checkpoint(tmp_path).exists()
    steps, _ = train(tmp_path, 0.0005)
    assert steps > 0


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_says_how_to_go_on(tmp_path: Path, number: signal.Signals, status: int) -> None:
    run = Running(tmp_path, 5.0)
    run.wait_for("step 3")
    found, said, errors = run.end(number)
    assert found == status
    assert "the same command goes on from here" in errors
    assert "Traceback" not in errors
    last = max([3, *(int(line.split()[1]) for line in said.splitlines() if line.startswith("step"))])
    assert json.loads((tmp_path / "checkpoint.json").read_text())["step"] == last


def test_signals_are_the_callers_again_after_a_stage(tmp_path: Path) -> None:
    earlier = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    train(tmp_path, 0.0002)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == earlier


def test_a_resumed_run_makes_the_very_steps_that_a_whole_one_makes(tmp_path: Path) -> None:
    def steps(out: Path, first: int, last: int) -> torch.Tensor:
        torch.manual_seed(0)
        random = np.random.default_rng(0)
        net = torch.nn.Linear(5, 5)
        optimizer, average = torch.optim.AdamW(net.parameters(), 1e-2), progress.Ema(net)
        checkpoint = progress.Checkpoint(out)
        if checkpoint.exists():
            groups, state = checkpoint.load(random)
            checkpoint.load_into(net, groups["model"])
            checkpoint.load_average(average.shadow, groups["ema"])
            progress.load_optimizer_tensors(optimizer, groups["optimizer"])
            average.steps = state["ema_steps"]
        for _ in range(first, last):
            x = torch.from_numpy(random.standard_normal((4, 5), np.float32))
            (net(x) - torch.randn(4, 5)).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
            average.update(net)
        groups = {"model": net.state_dict(), "ema": average.shadow}
        groups["optimizer"] = progress.optimizer_tensors(optimizer)
        checkpoint.save(groups, {"ema_steps": average.steps}, random)
        return torch.cat([net.weight.detach().flatten(), average.shadow["weight"].flatten()])

    whole = steps(tmp_path / "whole", 0, 20)
    steps(tmp_path / "two", 0, 11)
    assert torch.equal(steps(tmp_path / "two", 11, 20), whole)


def test_one_bad_step_is_left_out_and_three_in_a_row_stop(tmp_path: Path) -> None:
    train(tmp_path, 0.0002)
    guard = progress.FiniteLoss("line", progress.Checkpoint(tmp_path))
    nan = torch.tensor(float("nan"), requires_grad=True)
    assert guard.passes(1, torch.tensor(0.5), 1.0)
    assert not guard.passes(2, nan)
    assert not guard.passes(3, 0.5, float("inf"))
    assert guard.passes(4, 0.5)
    assert guard.skipped == 2
    assert not guard.passes(5, nan)
    assert not guard.passes(6, nan)
    with pytest.raises(TrainingError, match=r"loss of the line is nan at step 7.*last good checkpoint is .*checkpoint"):
        guard.passes(7, nan)


def test_weights_that_are_not_finite_replace_nothing(tmp_path: Path) -> None:
    checkpoint, random = progress.Checkpoint(tmp_path), np.random.default_rng(0)
    good = {"model": {"weight": torch.ones(3)}}
    checkpoint.save(good, {"step": 1}, random)
    with pytest.raises(TrainingError, match=r"model/weight holds values that are not finite.*of before is kept"):
        checkpoint.save({"model": {"weight": torch.tensor([1.0, float("inf"), 0.0])}}, {"step": 2}, random)
    groups, state = checkpoint.load(random)
    assert state["step"] == 1
    assert torch.equal(groups["model"]["weight"], torch.ones(3))
    assert parts(tmp_path) == []


def test_a_checkpoint_of_other_sizes_is_said(tmp_path: Path) -> None:
    checkpoint, random = progress.Checkpoint(tmp_path), np.random.default_rng(0)
    checkpoint.save({"model": torch.nn.Linear(3, 2).state_dict()}, {}, random)
    groups, _ = checkpoint.load(random)
    with pytest.raises(TrainingError, match=r"other sizes \(weight is \[2, 3\] there and is \[2, 4\] here\).*--from"):
        checkpoint.load_into(torch.nn.Linear(4, 2), groups["model"])
    with pytest.raises(TrainingError, match="holds no optimizer"):
        checkpoint.load(random, ("model", "optimizer"))


def test_a_damaged_checkpoint_is_said(tmp_path: Path) -> None:
    checkpoint = progress.Checkpoint(tmp_path)
    checkpoint.save({"model": {"weight": torch.ones(300)}}, {}, np.random.default_rng(0))
    data = checkpoint.tensors_path.read_bytes()
    for cut in (0, 7, len(data) // 2):
        checkpoint.tensors_path.write_bytes(data[:cut])
        with pytest.raises(TrainingError, match=r"cannot be read.*--no-resume"):
            checkpoint.load(np.random.default_rng(0))


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan")])
def test_minutes_that_are_none_are_said(minutes: float) -> None:
    with pytest.raises(TrainingError, match="--minutes"):
        progress.Minutes("line", minutes)


def test_the_clock_stands_still_while_paused() -> None:
    with progress.Minutes("line", 1.0) as clock:
        clock.pause()
        at = clock.elapsed
        time.sleep(0.02)
        assert clock.elapsed == at
        clock.go_on()
        assert clock.elapsed >= at
