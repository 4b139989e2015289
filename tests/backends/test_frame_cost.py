"""The benchmark measures every backend, divides by the frames of a call, and says so when nothing is there."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks" / "frame_cost.py"


@pytest.fixture(scope="module")
def frame_cost() -> ModuleType:
    spec = importlib.util.spec_from_file_location("frame_cost", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["frame_cost"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_every_backend_is_measured(frame_cost: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    layer = nn.Linear(16, 16).eval()
    costs = frame_cost.measure(frame_cost.Part("layer", layer, (torch.zeros(1, 16),), 5), 5, threads=1)
    assert {(c.backend, c.precision) for c in costs} == set(frame_cost.BACKENDS)
    by_name = {(c.backend, c.precision): c for c in costs}
    assert by_name["eager", "f32"].median_ms > 0
    assert by_name["openvino", "f32"].note == ""
    if not torch.cuda.is_available():
        assert by_name["cuda", "f32"].median_ms is None
        assert "No CUDA device" in by_name["cuda", "f32"].note
    frame_cost.print_table(costs, "two cores")
    assert "sum of fastest" in capsys.readouterr().out


def test_the_sum_takes_the_fastest_that_agrees(frame_cost: ModuleType) -> None:
    cost = frame_cost.Cost
    costs = [
        cost("motion", "eager", "f32", 4.0, 5.0, ""), cost("motion", "openvino", "f32", 2.0, 3.0, ""),
        cost("motion", "openvino", "bf16", 1.0, 1.0, "differs"), cost("motion", "cuda", "f32", None, None, "no device"),
        cost("renderer", "eager", "f32", 9.0, 9.0, ""),
    ]  # fmt: skip
    assert frame_cost.fastest_sum(costs) == 11.0


def test_nothing_to_measure_is_a_sentence(
    frame_cost: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from echo_runtime.avatars import shipped_packages

    monkeypatch.setattr(shipped_packages, "shipped_folder", lambda: tmp_path)
    assert frame_cost.main([]) == 2
    assert capsys.readouterr().err.startswith("frame_cost: This installation holds no trained model; train one with")
