"""The choice is measured, refuses what computes something else, and is remembered only where it still holds."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from echo_runtime.backends import choice as choice_module
from echo_runtime.backends import choose_backend, compile_graph
from echo_runtime.backends.cache_folder import cache_folder
from echo_runtime.backends.eager import EagerGraph
from echo_runtime.backends.fingerprint import graph_fingerprint
from echo_runtime.backends.graph import Array, CompiledGraph
from echo_runtime.backends.parity import TOLERANCES, compare_graphs
from echo_runtime.errors import BackendError


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_CACHE_DIR", str(tmp_path / "cache"))


EXAMPLE = (torch.linspace(-1, 1, 4)[None],)


class _Altered(EagerGraph):
    """Another backend: eager, with a known delay and a known error."""

    def __init__(self, module: nn.Module, delay: float, error: float, precision: str) -> None:
        super().__init__(module, EXAMPLE, precision, threads=1)
        self.backend, self.precision = "openvino", precision
        self._delay, self._error = delay, error

    def _run(self, arrays: list[Array]) -> tuple[Array, ...]:
        time.sleep(self._delay)
        return tuple(answer * (1 + self._error) for answer in super()._run(arrays))


def _with_candidates(monkeypatch: pytest.MonkeyPatch, delays: dict, errors: dict) -> list[tuple[str, str]]:
    """Replace the backends by ones of known speed and accuracy; answers a list of what was compiled."""
    compiled: list[tuple[str, str]] = []

    def compile_known(module: nn.Module, example: tuple, backend: str, precision: str, **_: object) -> CompiledGraph:
        compiled.append((backend, precision))
        graph = _Altered(module, delays[backend, precision], errors.get((backend, precision), 0.0), "f32")
        graph.backend, graph.precision = backend, precision
        return graph

    monkeypatch.setattr(choice_module, "compile_graph", compile_known)
    monkeypatch.setattr(choice_module, "_candidates", lambda precision: list(delays))
    return compiled


KNOWN = {("eager", "f32"): 4e-3, ("openvino", "f32"): 2e-3, ("openvino", "bf16"): 0.5e-3}


def test_the_fastest_is_chosen_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = _with_candidates(monkeypatch, KNOWN, {})
    module = nn.Linear(4, 4)
    graph = choose_backend("lips", module, EXAMPLE, rounds=7)
    assert (graph.backend, graph.precision) == ("openvino", "bf16")
    assert graph.choice is not None
    assert not graph.choice.remembered
    medians = [c.median_ms for c in graph.choice.candidates]
    assert all(
        median is not None and median >= 1e3 * delay for median, delay in zip(medians, KNOWN.values(), strict=True)
    )
    assert "* lips" in graph.choice.table()

    # eager takes part twice: as the reference on one thread, and as a candidate
    assert compiled == [("eager", "f32"), ("openvino", "f32"), ("openvino", "bf16"), ("eager", "f32")]
    compiled.clear()
    again = choose_backend("lips", module, EXAMPLE)
    assert compiled == [("openvino", "bf16")]
    assert again.choice is not None
    assert again.choice.remembered
    assert again.choice.candidates == graph.choice.candidates


def test_a_hopeless_backend_is_called_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = {("eager", "f32"): 0.1, ("openvino", "f32"): 1e-3}
    _with_candidates(monkeypatch, slow, {})
    graph = choose_backend("lips", nn.Linear(4, 4), EXAMPLE, rounds=20, trials=[[EXAMPLE[0].numpy()]], cache=False)
    begin = time.perf_counter()
    times = choice_module.interleaved_times(
        [_Altered(nn.Linear(4, 4), delay, 0.0, "f32") for delay in slow.values()], [EXAMPLE[0].numpy()], 20, 1.0
    )
    assert len(times[0]) == 1
    assert len(times[1]) == 20
    assert time.perf_counter() - begin < 1.0
    assert graph.backend == "openvino"


def test_a_fast_backend_that_computes_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_candidates(monkeypatch, KNOWN, {("openvino", "bf16"): 0.3, ("openvino", "f32"): 1e-4})
    graph = choose_backend("lips", nn.Linear(4, 4), EXAMPLE, rounds=5)
    assert (graph.backend, graph.precision) == ("openvino", "f32")
    assert graph.choice is not None
    refused = [c for c in graph.choice.candidates if c.problem]
    assert [c.precision for c in refused] == ["bf16"]
    assert "OUT OF TOLERANCE" in refused[0].problem


def test_other_weights_are_measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = _with_candidates(monkeypatch, KNOWN, {})
    module = nn.Linear(4, 4)
    choose_backend("lips", module, EXAMPLE, rounds=5)
    compiled.clear()
    module.weight.data[0, 0] += 1
    choose_backend("lips", module, EXAMPLE, rounds=5)
    assert len(compiled) == len(KNOWN) + 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 99, "choices": {}}', '{"format_version": 1}'])
def test_an_unreadable_memory_is_measured_anew(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    _with_candidates(monkeypatch, KNOWN, {})
    module = nn.Linear(4, 4)
    first = choose_backend("lips", module, EXAMPLE, rounds=5)
    file = cache_folder() / "backends.json"
    assert json.loads(file.read_text())["choices"]
    file.write_text(text)
    again = choose_backend("lips", module, EXAMPLE, rounds=5)
    assert first.choice is not None
    assert again.choice is not None
    assert not again.choice.remembered
    assert json.loads(file.read_text())["choices"]


def test_a_remembered_backend_that_fails_now_is_measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_candidates(monkeypatch, KNOWN, {})
    module = nn.Linear(4, 4)
    choose_backend("lips", module, EXAMPLE, rounds=5)

    def broken(module: nn.Module, example: tuple, backend: str, precision: str, **_: object) -> CompiledGraph:
        if backend == "openvino":
            raise BackendError("gone")
        return _Altered(module, 0.0, 0.0, "f32")

    monkeypatch.setattr(choice_module, "compile_graph", broken)
    graph = choose_backend("lips", module, EXAMPLE, rounds=5)
    assert graph.choice is not None
    assert [c.problem for c in graph.choice.candidates if c.problem] == ["gone", "gone"]


def test_the_environment_and_the_argument_name_a_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_BACKEND", "openvino:f32")
    graph = choose_backend("lips", nn.Linear(4, 4), EXAMPLE)
    assert (graph.backend, graph.precision) == ("openvino", "f32")
    assert choose_backend("lips", nn.Linear(4, 4), EXAMPLE, backend="eager").backend == "eager"
    assert not (cache_folder() / "backends.json").exists()
    with pytest.raises(BackendError, match="'abacus' is unknown"):
        choose_backend("lips", nn.Linear(4, 4), EXAMPLE, backend="abacus")


def test_a_read_only_cache_costs_only_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _with_candidates(monkeypatch, KNOWN, {})
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("ECHO_CACHE_DIR", str(tmp_path / "file"))
    assert choose_backend("lips", nn.Linear(4, 4), EXAMPLE, rounds=5).choice is not None


class _Offset(nn.Module):
    def __init__(self, offset: float) -> None:
        super().__init__()
        self.offset = offset
        self.register_buffer("hidden", torch.full((4,), offset), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.offset + self.hidden


def test_a_converted_graph_is_used_again_only_for_the_same_computation() -> None:
    x = EXAMPLE[0].numpy()
    for offset in (1.0, 2.0, 1.0):
        graph = compile_graph(_Offset(offset), EXAMPLE, "openvino", "f32")
        assert np.allclose(graph(x)[0], x + 2 * offset)
    kept = list((cache_folder() / "openvino").glob("*/*/graph.xml"))
    assert len(kept) == 2
    for file in kept:
        file.write_bytes(file.read_bytes()[:100])
    assert np.allclose(compile_graph(_Offset(1.0), EXAMPLE, "openvino", "f32")(x)[0], x + 2)


def test_what_cannot_be_judged_has_no_fingerprint() -> None:
    module = _Offset(1.0)
    assert graph_fingerprint(module, EXAMPLE) == graph_fingerprint(_Offset(1.0), EXAMPLE)
    module.rule = lambda x: x  # type: ignore[assignment]
    assert graph_fingerprint(module, EXAMPLE) is None


def _known(answer: np.ndarray) -> CompiledGraph:
    class _Known(CompiledGraph):
        def _run(self, arrays: list[Array]) -> tuple[Array, ...]:
            return (answer,)

    return _Known("known", "f32", ())


@pytest.mark.parametrize(
    ("truth", "answer", "kind", "mean", "within"),
    [
        (np.array([1.0, -2.0]), np.array([1.0, -2.0]), "relative", 0.0, True),
        (np.array([1.0, -2.0]), np.array([1.02, -2.0]), "relative", 0.005, False),
        (np.array([1e-6, 0.0]), np.array([2e-6, 0.0]), "relative", 5e-4, True),
        (np.array([1.0, np.nan]), np.array([1.0, 1.0]), "not finite", np.inf, False),
        (np.array([10, 250], np.uint8), np.array([10, 6], np.uint8), "levels", 122.0, False),
        (np.array([[9, 9, 9, 0]], np.uint8), np.array([[200, 9, 9, 0]], np.uint8), "levels", 0.0, True),
        (np.array([[9, 9, 9, 255]], np.uint8), np.array([[11, 9, 9, 255]], np.uint8), "levels", 0.5, False),
        (np.array([True, False]), np.array([True, True]), "flips", 0.5, False),
        (np.array([3, 4]), np.array([3, 4]), "flips", 0.0, True),
        (np.zeros(2), np.zeros(3), "shape", np.inf, False),
        (np.zeros(2), np.zeros(2, int), "shape", np.inf, False),
    ],
)
def test_differences_by_hand(truth: np.ndarray, answer: np.ndarray, kind: str, mean: float, within: bool) -> None:
    parity = compare_graphs(_known(truth), _known(answer), [()], TOLERANCES["f32"])
    assert parity.outputs[0].kind == kind
    assert parity.outputs[0].mean == pytest.approx(mean)
    assert parity.within == within
