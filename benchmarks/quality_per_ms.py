"""What quality a millisecond buys: one table of motion models, flow steps, chunks and backends.

    python benchmarks/quality_per_ms.py --sessions build/dyads/held_out [--motion FOLDER]... [--steps 2,3,4]
        [--chunks 1,2,4,8] [--backends eager:f32,eager:bf16,openvino:f32,openvino:bf16] [--count 4] [--out table.md]

Every row is one setting of one model. It is timed (milliseconds per frame, calls of all rows in turns within one run,
so that other load falls on all alike: median and 95th percentile; `CPU ms`: the processor's time, which other load
lengthens little) and rolled out by the steps of the runtime over
held-out dialogues, whose measures stand beside the times (`echo_runtime.training.measures`). `off f32`: mean absolute
difference of the 52 coefficients from the roll-out of the same setting in eager float32, with the same noise. Without
`--motion` the shipped model is taken; `--speech` is the speech encoder's folder. Markdown, for docs/model.md.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_runtime.errors import BackendError, EchoError, MissingDependencyError, UsageError

if TYPE_CHECKING:
    from torch import nn

    from echo_runtime.backends import CompiledGraph
    from echo_runtime.context.low_level_perception import LowLevelPerception
    from echo_runtime.generator.speech_encoder import SpeechEncoder
    from echo_runtime.generator.streaming import MotionGenerator
    from echo_runtime.runtime.graphs import RuntimeGraph
    from echo_runtime.runtime.models import MotionRunner, PlayerPerception
    from echo_runtime.training.dyads.session import DyadSession

BACKENDS = "eager:f32,eager:bf16,openvino:f32,openvino:bf16"
QUALITIES = (
    "jaw_open_r", "pucker_funnel_r", "plosive_closure", "open_vowel_opening", "closed_in_silence", "smile_response_r",
    "nod_response_r", "blink_rate_ratio", "nod_rate_ratio", "var_ratio", "seam_ratio",
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One row: `model` names its folder, `steps` flow steps (evenly spaced; None: the model's own grid), frames of a
    `chunk`, and what computes it."""

    model: str
    steps: int | None
    chunk: int
    backend: str
    precision: str


@dataclass
class Row:
    """`motion_ms`, `speech_ms`: every timed call, per frame made: (by the clock, of the processor). `quality` by the
    names of QUALITIES. `off`: from eager float32. `problem` says why a row is empty."""

    setting: Setting
    motion_ms: list[np.ndarray] = field(default_factory=list)
    speech_ms: list[np.ndarray] = field(default_factory=list)
    quality: dict[str, float] = field(default_factory=dict)
    off: float = float("nan")
    problem: str = ""


@dataclass(frozen=True)
class Model:
    """The three modules of one model."""

    name: str
    encoder: SpeechEncoder
    generator: MotionGenerator
    perception: LowLevelPerception


def load_model(motion: Path | None, speech: Path | None) -> Model:
    """A folder of `train motion`, or the shipped model; with the encoder of a folder of `train speech`, or the shipped
    one. Raises EchoError when one of them cannot be loaded."""
    from echo_runtime.avatars import model_package
    from echo_runtime.generator.motion_weights import load_motion
    from echo_runtime.generator.speech_encoder import load_speech_encoder
    from echo_runtime.runtime.models import build_modules

    if speech is not None and motion is not None:
        encoder = load_speech_encoder(speech / "speech_encoder.safetensors")
        generator, perception = load_motion(motion)
    else:
        encoder, generator, perception = build_modules(model_package())
        if speech is not None:
            encoder = load_speech_encoder(speech / "speech_encoder.safetensors")
        if motion is not None:
            generator, perception = load_motion(motion)
    if encoder.feature_dim != generator.config.speech_dim:
        raise UsageError(
            f"The motion model reads {generator.config.speech_dim} speech features, the encoder gives "
            f"{encoder.feature_dim}; give --speech the folder that it was trained with."
        )
    return Model(motion.name if motion else "shipped", encoder, generator, perception)


def with_setting(model: Model, setting: Setting) -> Model:
    """The model with a setting's flow steps and chunk. Raises UsageError where the generator cannot make that chunk."""
    from echo_runtime.generator.streaming import CHUNK_SIZES, MotionGenerator

    if setting.chunk not in CHUNK_SIZES:
        raise UsageError(f"The weights are trained for chunks of {CHUNK_SIZES} frames, not of {setting.chunk}.")
    sampling = replace(model.generator.sampling, chunk_frames=setting.chunk)
    if setting.steps is not None:
        sampling = replace(sampling, grid=tuple(np.linspace(0.0, 1.0, setting.steps + 1).round(4).tolist()))
    generator = MotionGenerator(model.generator.config, sampling)
    generator.load_state_dict(model.generator.state_dict())
    return replace(model, generator=generator.eval())


def compiled(graph: RuntimeGraph, backend: str, precision: str) -> CompiledGraph:
    """One thread, as at run time. `eager:bf16` is torch's autocast."""
    from echo_runtime.backends import compile_graph

    module: nn.Module = graph.module
    if (backend, precision) == ("eager", "bf16"):
        module, precision = in_bfloat16(module), "f32"
    return compile_graph(module, graph.example, backend, precision, threads=1)


def in_bfloat16(module: nn.Module) -> nn.Module:
    """The module under bfloat16 autocast, with float32 answers."""
    import torch
    from torch import Tensor, nn

    class Autocast(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
            with torch.autocast("cpu", torch.bfloat16):
                answer = self.inner(*inputs)
            return tuple(a.float() for a in (answer if isinstance(answer, tuple) else (answer,)))

    return Autocast().eval()


@dataclass(frozen=True)
class Prepared:
    """A row's graphs, compiled, and what rolls out with them."""

    row: Row
    motion: CompiledGraph
    speech: CompiledGraph
    examples: tuple[list[np.ndarray], list[np.ndarray]]
    mover: MotionRunner
    perception: PlayerPerception


def prepare(model: Model, row: Row) -> Prepared:
    """Compiles the graphs of a row. Raises BackendError, MissingDependencyError or UsageError."""
    from echo_runtime.runtime.graphs import motion_graph, perception_graph, speech_graph
    from echo_runtime.runtime.models import MotionRunner, PlayerPerception

    setting = row.setting
    model = with_setting(model, setting)
    motion = motion_graph(model.generator, model.perception.config.tokens)
    speech = speech_graph(model.encoder, setting.chunk)
    seen = perception_graph(model.perception)
    graphs = [compiled(graph, setting.backend, setting.precision) for graph in (motion, speech)]
    initial = tuple(t.numpy().copy() for t in model.generator.initial_state(1).tensors)
    mover = MotionRunner(graphs[1], graphs[0], model.encoder, initial, setting.chunk)
    # the player is seen alike by all rows
    still = np.zeros((1, model.perception.config.tokens, model.perception.config.width), np.float32)
    state = tuple(t.numpy().copy() for t in model.perception.initial_state(1).tensors)
    player = PlayerPerception(compiled(seen, "eager", "f32"), state, still)
    examples = ([x.numpy() for x in motion.example], [x.numpy() for x in speech.example])
    return Prepared(row, graphs[0], graphs[1], examples, mover, player)


def time_in_turns(prepared: Sequence[Prepared], rounds: int, seed: int = 0) -> None:
    """Fills the times of all rows: in every round each row's graphs are called once, in another order."""
    order, chance = list(prepared), random.Random(seed)
    for number in range(rounds + 2):
        chance.shuffle(order)
        for one in order:
            frames = one.row.setting.chunk
            for graph, example, times in (
                (one.motion, one.examples[0], one.row.motion_ms), (one.speech, one.examples[1], one.row.speech_ms),
            ):  # fmt: skip
                begin = np.array([time.perf_counter(), time.process_time()])
                graph(*example)
                spent = np.array([time.perf_counter(), time.process_time()]) - begin
                if number >= 2:  # the first calls warm caches
                    times.append(spent * 1e3 / frames)


def judge(prepared: Sequence[Prepared], sessions: Sequence[DyadSession], seed: int) -> None:
    """Rolls every row out over the sessions and fills its quality; all rows draw the same noise."""
    from echo_runtime.training.evaluation import scene_of
    from echo_runtime.training.evaluation.roll_outs import roll_out_scene

    rolled: dict[Setting, list[np.ndarray]] = {}
    for one in prepared:
        scenes = [scene_of(session) for session in sessions]
        motions = [roll_out_scene(one.mover, one.perception, scene, seed + i) for i, scene in enumerate(scenes)]
        rolled[one.row.setting] = motions
        one.row.quality = measured(sessions, motions, one.row.setting.chunk)
        print(f"rolled out {one.row.setting}", file=sys.stderr, flush=True)
    for one in prepared:
        setting = one.row.setting
        plain = rolled.get(replace(setting, backend="eager", precision="f32"))
        if plain is not None:
            pairs = zip(rolled[setting], plain, strict=True)
            one.row.off = float(np.mean([np.abs(a[:, :52] - b[:, :52]).mean() for a, b in pairs]))


def measured(sessions: Sequence[DyadSession], motions: Sequence[np.ndarray], chunk: int) -> dict[str, float]:
    """Those of the measures that need one roll-out only, by the names of QUALITIES."""
    from echo_runtime.training.evaluation.dialogues import lip_measures
    from echo_runtime.training.measures.distribution import var_ratio
    from echo_runtime.training.measures.events import rate_ratios
    from echo_runtime.training.measures.reactions import nod_response, smile_response
    from echo_runtime.training.measures.stability import seam_ratio

    truths = [s.motion[: len(m)] for s, m in zip(sessions, motions, strict=True)]
    speaking = [s.npc_speaking.astype(bool) for s in sessions]
    found = {**lip_measures(motions, truths, sessions), **rate_ratios(motions, truths)}
    found["smile_response_r"] = smile_response(
        motions, [s.player_face for s in sessions], speaking, [s.affect for s in sessions]
    ).r
    found["nod_response_r"] = nod_response(motions, [s.player_activity for s in sessions], speaking).r
    found["var_ratio"] = var_ratio([m[:, :52] for m in motions], [t[:, :52] for t in truths])
    found["seam_ratio"] = float(np.nanmean([seam_ratio(m, chunk) for m in motions]))
    return {name: float(found[name]) for name in QUALITIES}


def markdown(rows: Sequence[Row], hardware: str, remark: str) -> str:
    """The table, with the machine above it."""
    times = ("motion ms/frame", "p95", "CPU ms", "speech CPU ms")
    head = ["model", "steps", "chunk", "backend", *times, "off f32", *QUALITIES]
    lines = [f"{hardware}, one thread. {remark}", "", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for row in rows:
        s = row.setting
        cells = [s.model, str(s.steps or "own"), str(s.chunk), f"{s.backend} {s.precision}"]
        if row.problem:
            cells += [row.problem.replace("|", "/"), *[""] * (len(head) - len(cells) - 1)]
        else:
            motion, speech = np.array(row.motion_ms), np.array(row.speech_ms)
            cells += [f"{np.median(motion[:, 0]):.2f}", f"{np.percentile(motion[:, 0], 95):.2f}"]
            cells += [f"{np.median(motion[:, 1]):.2f}", f"{np.median(speech[:, 1]):.2f}", f"{row.off:.4f}"]
            cells += [f"{row.quality[name]:.3f}" if name in row.quality else "" for name in QUALITIES]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def held_out(folder: Path, count: int, seconds: float) -> list[DyadSession]:
    """The first `count` sessions of a folder. Raises UsageError when there are none."""
    from echo_runtime.training.dyads.session import load_session

    paths = sorted(folder.glob("*.npz"))[:count]
    if not paths:
        raise UsageError(f"{folder} holds no conversations; make some with `echo-runtime train dyads`.")
    return [shortened(load_session(path), seconds) for path in paths]


def shortened(session: DyadSession, seconds: float) -> DyadSession:
    """The beginning of a session, at most `seconds` of it."""
    from echo_runtime.signals import FRAME_RATE

    frames, whole = round(seconds * FRAME_RATE), len(session.motion)
    if frames >= whole:
        return session
    cut: dict[str, Any] = {}
    for name, value in vars(session).items():
        # arrays of any rate: what is per frame, per mel frame or per sample is a multiple of the frames long
        if isinstance(value, np.ndarray) and len(value) >= whole:
            cut[name] = value[: len(value) * frames // whole]
    return replace(session, **cut)


def numbers_of(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part]
    except ValueError as error:
        raise UsageError(f"{text!r} is not a list of whole numbers like 2,3,4.") from error


def settings_of(model: Model, steps: str, chunks: str, backends: str) -> list[Setting]:
    """Every combination. Raises UsageError for a list that cannot be read."""
    pairs = []
    for text in backends.split(","):
        backend, _, precision = text.partition(":")
        if not precision:
            raise UsageError(f"{text!r} is not a backend with its precision, like openvino:bf16.")
        pairs.append((backend, precision))
    return [
        Setting(model.name, step, chunk, backend, precision)
        for step in (numbers_of(steps) or [None])
        for chunk in (numbers_of(chunks) or [model.generator.chunk_frames])
        for backend, precision in pairs
    ]


def compare(
    models: Sequence[Model], sessions: Sequence[DyadSession], steps: str, chunks: str, backends: str, rounds: int,
    seed: int,
) -> list[Row]:  # fmt: skip
    """All rows of all models, timed and judged."""
    rows: list[Row] = []
    ready: list[Prepared] = []
    for model in models:
        for setting in settings_of(model, steps, chunks, backends):
            row = Row(setting)
            rows.append(row)
            try:
                ready.append(prepare(model, row))
            except (BackendError, MissingDependencyError, UsageError) as error:
                row.problem = str(error)
    time_in_turns(ready, rounds)
    judge(ready, sessions, seed)
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Quality per millisecond of motion models, steps, chunks, backends.")
    parser.add_argument("--sessions", type=Path, required=True, help="folder of held-out conversations")
    parser.add_argument("--motion", type=Path, action="append", default=[], help="folder of `train motion`; repeatable")
    parser.add_argument("--speech", type=Path, help="folder of `train speech`; the shipped encoder by default")
    parser.add_argument("--steps", default="", help="flow steps, as 2,3,4; the model's own by default")
    parser.add_argument("--chunks", default="", help="frames of a chunk, as 1,2,4,8; the model's own by default")
    parser.add_argument("--backends", default=BACKENDS)
    parser.add_argument("--count", type=int, default=4, help="conversations")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each conversation")
    parser.add_argument("--rounds", type=int, default=60, help="timed calls of each row")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="markdown file; also printed")
    options = parser.parse_args(arguments)
    try:
        import torch

        from echo_runtime.backends.choice import hardware_name

        torch.set_num_threads(1)
        sessions = held_out(options.sessions, options.count, options.seconds)
        models = [load_model(folder, options.speech) for folder in (options.motion or [None])]
        lists = (options.steps, options.chunks, options.backends)
        rows = compare(models, sessions, *lists, options.rounds, options.seed)
    except EchoError as error:
        print(f"quality_per_ms: {error}", file=sys.stderr)
        return 2
    seconds = sum(len(session.motion) for session in sessions) / 25
    remark = f"{options.rounds} calls of every row in turns; roll-outs over {seconds:.0f} s of held-out dialogue."
    table = markdown(rows, hardware_name(), remark)
    print(table)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
