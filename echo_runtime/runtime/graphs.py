"""Every torch graph that the runtime calls, with inputs of the shapes that it is compiled for.

One list for loading, for the export to files, and for the benchmarks. All shapes are static; state goes in and comes
out as tensors. The map of landmarks and the speech detector are plain numpy and no graphs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES
from echo_runtime.context.behaviour_transformer import BehaviourGraph, BehaviourTransformer
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionGraph
from echo_runtime.errors import BackendError
from echo_runtime.generator.flow_transformer import SPEECH_REACH
from echo_runtime.generator.speech_encoder import SpeechEncoder
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.generator.voice_readings import VoiceReadings
from echo_runtime.renderer import NeuralRenderer, PictureGraph
from echo_runtime.signals import MEL_BANDS, MELS_PER_FRAME, MOTION_DIM

QUIET = -8.0
"""A log-mel value of a quiet room."""


@dataclass(frozen=True)
class RuntimeGraph:
    """`module` takes tensors like `example`, in order, and answers a tensor or a flat tuple; a call makes `frames`."""

    name: str
    module: nn.Module
    example: tuple[Tensor, ...]
    frames: int = 1


def speech_graph(encoder: SpeechEncoder, chunk_frames: int) -> RuntimeGraph:
    """The sound around one chunk: mel (1, n, 80) → features (1, chunk + 2 · reach, F)."""
    reach = MELS_PER_FRAME * (chunk_frames + 2 * SPEECH_REACH)
    mel = torch.full((1, encoder.past_frames + reach + encoder.future_frames, MEL_BANDS), QUIET)
    return RuntimeGraph("speech encoder", VoiceReadings(encoder), (mel,), chunk_frames)


def motion_graph(generator: MotionGenerator, user_tokens: int) -> RuntimeGraph:
    """`user_tokens`: K, how many tokens perception gives of the player."""
    example = generator.graph.example_inputs(1, user_tokens)
    return RuntimeGraph("motion", generator.graph, example, generator.chunk_frames)


def perception_graph(perception: LowLevelPerception) -> RuntimeGraph:
    graph = PerceptionGraph(perception)
    return RuntimeGraph("perception", graph, graph.example_inputs(1, frames=1))


def renderer_graph(renderer: NeuralRenderer) -> RuntimeGraph:
    return RuntimeGraph("renderer", PictureGraph(renderer), (torch.zeros(1, MOTION_DIM),))


def behaviour_graph(phi: BehaviourTransformer) -> RuntimeGraph:
    """The shipped understanding model, one summary a call. Not in `shared_graphs`: a package may be without."""
    graph = BehaviourGraph(phi)
    return RuntimeGraph("understanding", graph, graph.example_inputs(), SUMMARY_FRAMES)


def fusion_graph(context: HighLevelContext, user_tokens: int) -> RuntimeGraph:
    """HBCU's gated cross-attention for one chunk: P_usr, S_usr, its age in seconds, whether it is known → f_pu."""
    tokens, hidden = torch.zeros(1, user_tokens, context.width), torch.zeros(1, 1, context.hidden_width)
    return RuntimeGraph("context", context, (tokens, hidden, torch.zeros(1), torch.ones(1)))


def shared_graphs(
    encoder: SpeechEncoder, generator: MotionGenerator, perception: LowLevelPerception
) -> tuple[RuntimeGraph, ...]:
    """What all NPCs share, for the generator's own chunk."""
    return (
        speech_graph(encoder, generator.chunk_frames),
        motion_graph(generator, perception.config.tokens),
        perception_graph(perception),
    )


def save_graph(graph: RuntimeGraph, path: Path) -> None:
    """Writes `graph` as a torch.export program (.pt2; docs.pytorch.org, torch.export.save). Raises BackendError when it
    cannot be exported with static shapes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with torch.no_grad():
            program = torch.export.export(graph.module.eval(), graph.example, strict=False)
        torch.export.save(program, path)
    except OSError:
        raise
    except Exception as error:  # the exporter raises plain errors of many kinds
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise BackendError(f"The graph {graph.name} cannot be exported to {path}: {reason}") from error


def load_graph(path: Path) -> nn.Module:
    """The program that `save_graph` wrote, as a module for inference. Raises BackendError when it cannot be read."""
    try:
        return torch.export.load(path).module()
    except Exception as error:
        raise BackendError(f"{path} holds no exported graph ({type(error).__name__}); export it again.") from error
