"""A long conversation costs what a short one costs, and the benchmark that says so runs."""

import importlib.util
import json
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "benchmarks" / "linguistic_affect.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("linguistic_affect_benchmark", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_cost_and_memory_stay_bounded(benchmark):
    numbers = benchmark.measure(hours=2.0, rounds=10)
    assert numbers["cost_ratio"] < 1.5  # 1.05 is measured where nothing else runs
    assert numbers["memory_growth_mb"] < 3.0
    assert numbers["tick_us_p50"] < 2000
    assert numbers["file_kb"] < 1000


def test_it_prints_json(benchmark, capsys):
    assert benchmark.main(["--hours", "0.2", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["linguistic_affect"]) >= {"cost_ratio", "tick_us_p50"}
