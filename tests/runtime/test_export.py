"""Every graph of the runtime goes through torch.export into a file and comes back as the same function."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from echo_runtime.avatars import avatar_names, load_package, model_package
from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionConfig
from echo_runtime.errors import BackendError
from echo_runtime.generator.flow_transformer import FlowConfig
from echo_runtime.generator.speech_encoder import SpeechEncoder, SpeechEncoderConfig
from echo_runtime.generator.streaming import CHUNK_SIZES, MotionGenerator, SamplingConfig
from echo_runtime.renderer import build_renderer
from echo_runtime.runtime.graphs import (
    RuntimeGraph,
    load_graph,
    motion_graph,
    renderer_graph,
    save_graph,
    shared_graphs,
)
from echo_runtime.runtime.models import build_modules

NAMES = ("speech encoder", "motion", "perception", "renderer")


def moved(module: nn.Module) -> nn.Module:
    """Untrained outputs are zero by construction: a little of everything, so that every input counts."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return module.eval()


@pytest.fixture(scope="module")
def small_modules() -> tuple[SpeechEncoder, MotionGenerator, LowLevelPerception]:
    """The real ones, in small."""
    torch.manual_seed(0)
    encoder = SpeechEncoder(SpeechEncoderConfig(16, (1, 2), (True, False), 13))
    perception = LowLevelPerception(PerceptionConfig(width=16, layers=1, heads=2))
    flow = FlowConfig(
        encoder.feature_dim, user_width=16, width=32, layers=1, heads=2, speech_inner=16, context_frames=10
    )
    generator = MotionGenerator(flow, SamplingConfig(grid=(0.0, 0.5, 1.0)))
    for module in (encoder, perception, generator):
        moved(module)
    return encoder, generator, perception


@pytest.fixture(scope="module")
def small_graphs(
    small_modules: tuple[SpeechEncoder, MotionGenerator, LowLevelPerception], untrained: Path
) -> dict[str, RuntimeGraph]:
    blank = load_package(untrained / "blank")
    renderer = build_renderer(blank.manifest.renderer, blank.tensors("renderer"))
    return {graph.name: graph for graph in (*shared_graphs(*small_modules), renderer_graph(renderer))}


def random_like(example: tuple[Tensor, ...], seed: int) -> tuple[Tensor, ...]:
    random = torch.Generator().manual_seed(seed)
    return tuple(torch.rand(x.shape, generator=random) * 2 - 0.5 for x in example)


def outputs(answer: Tensor | tuple[Tensor, ...] | list[Tensor]) -> list[Tensor]:
    return [answer] if isinstance(answer, Tensor) else list(answer)


def assert_same_function(graph: RuntimeGraph, back: nn.Module) -> None:
    answers = []
    for seed in (1, 2):
        inputs = random_like(graph.example, seed)
        with torch.no_grad():
            here, there = outputs(graph.module(*inputs)), outputs(back(*inputs))
        assert len(here) == len(there)
        for a, b in zip(here, there, strict=True):
            assert a.shape == b.shape
            assert a.dtype == b.dtype
            torch.testing.assert_close(b, a, rtol=1e-5, atol=1 if a.dtype == torch.uint8 else 1e-6)
        answers.append(here[0].float())
    assert not torch.equal(*answers), "other inputs must give another answer, or the comparison says nothing"


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_comes_back_from_a_file(small_graphs: dict[str, RuntimeGraph], name: str, tmp_path: Path) -> None:
    graph = small_graphs[name]
    save_graph(graph, tmp_path / "graph.pt2")
    program = torch.export.load(tmp_path / "graph.pt2")
    assert not program.range_constraints, "a shape is not static"
    assert_same_function(graph, load_graph(tmp_path / "graph.pt2"))


@pytest.mark.parametrize("frames", CHUNK_SIZES)
def test_every_chunk_has_a_graph_of_its_own(
    small_modules: tuple[SpeechEncoder, MotionGenerator, LowLevelPerception], frames: int, tmp_path: Path
) -> None:
    """Static shapes: one graph per size of chunk, on the same weights."""
    _, small, perception = small_modules
    generator = MotionGenerator(small.config, SamplingConfig(chunk_frames=frames, grid=(0.0, 1.0))).eval()
    generator.load_state_dict(small.state_dict())
    graph = motion_graph(generator, perception.config.tokens)
    assert graph.frames == graph.example[0].shape[1] == frames
    save_graph(graph, tmp_path / "graph.pt2")
    assert_same_function(graph, load_graph(tmp_path / "graph.pt2"))


def test_the_list_is_complete(small_graphs: dict[str, RuntimeGraph]) -> None:
    assert tuple(small_graphs) == NAMES
    assert small_graphs["motion"].frames == SamplingConfig().chunk_frames


@pytest.mark.soak
def test_what_is_shipped_comes_back_from_files(tmp_path: Path) -> None:
    avatar = load_package(avatar_names()[0])
    renderer = build_renderer(avatar.manifest.renderer, avatar.tensors("renderer"))
    for number, graph in enumerate((*shared_graphs(*build_modules(model_package())), renderer_graph(renderer))):
        path = tmp_path / f"{number}.pt2"
        save_graph(graph, path)
        assert_same_function(graph, load_graph(path))


def test_what_cannot_be_exported_is_a_sentence(tmp_path: Path, small_graphs: dict[str, RuntimeGraph]) -> None:
    class Branching(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x if x.sum() > 0 else -x

    with pytest.raises(BackendError, match="The graph branching cannot be exported"):
        save_graph(RuntimeGraph("branching", Branching(), (torch.zeros(3),)), tmp_path / "x.pt2")
    (tmp_path / "x.pt2").write_bytes(b"nothing")
    with pytest.raises(BackendError, match="holds no exported graph"):
        load_graph(tmp_path / "x.pt2")
    wrong = replace(small_graphs["renderer"], example=(torch.zeros(1, 59),))
    with pytest.raises(BackendError, match="renderer"):
        save_graph(wrong, tmp_path / "y.pt2")
