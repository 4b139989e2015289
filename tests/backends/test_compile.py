"""Every backend computes what eager torch computes, on graphs with the operators of the real ones."""

from __future__ import annotations

import logging
import sys
import threading

import numpy as np
import pytest
import torch
from graph_modules import SteppedMotion, WarpedPicture, motion_example
from torch import Tensor, nn

from echo_runtime.backends import CompiledGraph, compare_graphs, compile_graph
from echo_runtime.backends.choice import varied_inputs
from echo_runtime.errors import BackendError, MissingDependencyError, UsageError

openvino_cpu = pytest.importorskip("echo_runtime.backends.openvino_cpu", reason="openvino is not installed")
PRECISIONS = [
    "f32",
    pytest.param(
        "bf16", marks=pytest.mark.skipif(not openvino_cpu.cpu_has_bf16(), reason="this CPU does not compute in bf16")
    ),
]


def _arrays(inputs: tuple[Tensor, ...]) -> list[np.ndarray]:
    return [x.numpy() for x in inputs]


@pytest.mark.parametrize("precision", PRECISIONS)
def test_openvino_steps_motion_as_eager_does(precision: str) -> None:
    module, example = SteppedMotion().eval(), motion_example()
    eager = compile_graph(module, example, "eager")
    graph = compile_graph(module, example, "openvino", precision)
    assert (graph.backend, graph.precision) == ("openvino", precision)
    answers, truth = graph(*_arrays(example)), eager(*_arrays(example))
    assert [a.dtype for a in answers] == [t.dtype for t in truth]
    assert [a.shape for a in answers] == [t.shape for t in truth]
    assert answers[4].dtype == bool
    assert answers[5] == 8
    parity = compare_graphs(eager, graph, varied_inputs(_arrays(example), 4))
    assert parity.within, str(parity)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_state_carried_through_forty_steps_stays_close(precision: str) -> None:
    module, example = SteppedMotion().eval(), motion_example()
    chance = np.random.default_rng(3)
    frames = [chance.standard_normal((1, 60)).astype(np.float32) for _ in range(40)]

    def roll(graph: CompiledGraph) -> np.ndarray:
        noise, speech, affect, keys, values, scan, fresh, count = _arrays(example)
        motions = []
        for noise in frames:
            motion, keys, values, scan, fresh, count, *_ = graph(
                noise, speech, affect, keys, values, scan, fresh, count
            )
            motions.append(motion)
        return np.concatenate(motions)

    truth = roll(compile_graph(module, example, "eager"))
    answer = roll(compile_graph(module, example, "openvino", precision))
    bound = {"f32": 1e-4, "bf16": 0.03}[precision]
    assert np.abs(truth - answer).max() < bound * np.abs(truth).max()


@pytest.mark.parametrize("precision", PRECISIONS)
def test_openvino_draws_as_eager_does(precision: str) -> None:
    module, example = WarpedPicture().eval(), (torch.randn(1, 60) * 0.3,)
    # canvases like pictures: neighbouring pixels are alike
    module.canvas.data = torch.nn.functional.avg_pool2d(module.canvas.data, 9, 1, 4)
    eager = compile_graph(module, example, "eager")
    graph = compile_graph(module, example, "openvino", precision)
    (picture,) = graph(example[0].numpy())
    assert picture.shape == (1, 64, 64, 4)
    assert picture.dtype == np.uint8
    assert np.ptp(picture) > 30
    parity = compare_graphs(eager, graph, varied_inputs(_arrays(example), 3))
    assert parity.within, str(parity)


def test_answers_are_the_callers_own() -> None:
    example = motion_example()
    for backend in ("eager", "openvino"):
        graph = compile_graph(SteppedMotion().eval(), example, backend)
        arrays = _arrays(example)
        before = [a.copy() for a in arrays]
        first = graph(*arrays)
        kept = [a.copy() for a in first]
        for answer in first:
            answer += answer.dtype.type(1) if answer.dtype != bool else answer.dtype.type(True)
        graph(*arrays)
        assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
        assert all(np.array_equal(a, b) for a, b in zip(graph(*arrays), kept, strict=True))


class _Awkward(nn.Module):
    """An unused input, an input handed back, the same output twice, an attribute called `graph`."""

    def __init__(self) -> None:
        super().__init__()
        self.graph = nn.Linear(3, 3)

    def forward(self, used: Tensor, unused: Tensor, passed: Tensor) -> dict[str, Tensor]:
        twice = self.graph(used)
        return {"a": twice, "b": passed, "c": twice, "d": (used > 0).to(torch.uint8)}


@pytest.mark.parametrize("backend", ["eager", "openvino"])
def test_awkward_signatures_keep_their_order(backend: str) -> None:
    graph = compile_graph(_Awkward().eval(), (torch.ones(1, 3), torch.ones(2), torch.ones(1, 4)), backend, "f32")
    used, passed = np.array([[-1, 0, 2]], np.float32), np.arange(4, dtype=np.float32)[None]
    a, b, c, d = graph(used, np.zeros(2, np.float32), passed)
    assert np.array_equal(a, c)
    assert np.array_equal(b, passed)
    assert d.tolist() == [[0, 0, 1]]
    b[:] = 9
    assert passed.max() == 3


def test_arrays_are_checked_and_converted() -> None:
    graph = compile_graph(nn.Linear(3, 2).eval(), (torch.zeros(1, 3),), "eager")
    assert np.allclose(graph([[1, 2, 3]])[0], graph(np.array([[1.0, 2.0, 3.0]]))[0])
    assert np.allclose(graph(np.asfortranarray(np.ones((1, 3), np.float32)))[0], graph(np.ones((1, 3)))[0])
    with pytest.raises(BackendError, match=r"Input 0 of this graph must be float32\[1, 3\], but its shape is \[2, 3\]"):
        graph(np.zeros((2, 3)))
    with pytest.raises(BackendError, match="takes 1 arrays, but 2"):
        graph(np.zeros((1, 3)), np.zeros((1, 3)))


def test_threads_take_turns() -> None:
    graph = compile_graph(nn.Linear(64, 64).eval(), (torch.zeros(1, 64),), "openvino", "f32")
    inputs = np.random.default_rng(0).standard_normal((8, 1, 64)).astype(np.float32)
    truth = [graph(x)[0] for x in inputs]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(50):
            if not np.array_equal(graph(inputs[i])[0], truth[i]):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_wrong_names_are_refused_in_a_sentence() -> None:
    module, example = nn.Linear(3, 2), (torch.zeros(1, 3),)
    with pytest.raises(BackendError, match="Backend 'abacus' is unknown; choose one of eager, openvino"):
        compile_graph(module, example, "abacus")
    with pytest.raises(UsageError, match="Precision 'f8' is unknown"):
        compile_graph(module, example, "eager", "f8")
    with pytest.raises(UsageError, match="threads is 0"):
        compile_graph(module, example, "eager", threads=0)


class _CannotBeExported(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.linalg.eigvals(x).real  # no converter knows this operator


def test_a_graph_that_cannot_be_converted_says_what_to_use() -> None:
    root = logging.getLogger()
    before = root.level, list(root.filters), list(root.handlers)
    with pytest.raises(BackendError, match="use the backend eager") as caught:
        compile_graph(_CannotBeExported().eval(), (torch.rand(3, 3),), "openvino", "f32")
    assert "\n" not in str(caught.value)
    assert (root.level, root.filters, root.handlers) == before, "later warnings must be heard"


def test_tensorrt_that_is_absent_is_named_with_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch_tensorrt", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'echo-runtime\[tensorrt\]'"):
        compile_graph(nn.Linear(3, 2).eval(), (torch.zeros(1, 3),), "tensorrt")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is present")
def test_cuda_without_a_device_is_a_sentence() -> None:
    with pytest.raises(BackendError, match="No CUDA device"):
        compile_graph(nn.Linear(3, 2).eval(), (torch.zeros(1, 3),), "cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_computes_as_eager_does() -> None:
    module, example = SteppedMotion().eval(), motion_example()
    arrays = varied_inputs(_arrays(example), 3)
    reference = compile_graph(module, example, "eager")
    truth = [reference(*trial) for trial in arrays]
    graph = compile_graph(module, example, "cuda")
    for trial, answers in zip(arrays, truth, strict=True):
        for a, b in zip(graph(*trial), answers, strict=True):
            assert np.allclose(a, b, atol=1e-3)
