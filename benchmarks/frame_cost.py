"""What one frame costs: milliseconds per frame of every graph on every backend of this machine.

    python benchmarks/frame_cost.py [--avatar NAME] [--rounds 50] [--threads N] [--json]

A frame is 40 ms of playout. The motion graph and the speech encoder make a chunk of frames per call, so their time is
divided by the chunk. Times are medians of calls in turns, so that other load falls on all backends alike; p90 beside
them. `differs` marks a backend whose answers are not those of eager torch; the runtime never chooses it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from echo_runtime.errors import BackendError, EchoError, MissingDependencyError
from echo_runtime.signals import FRAME_US

if TYPE_CHECKING:
    from torch import Tensor, nn

BACKENDS = (("eager", "f32"), ("openvino", "f32"), ("openvino", "bf16"), ("cuda", "f32"))


@dataclass(frozen=True)
class Part:
    """One graph, and how many frames a call of it makes."""

    name: str
    module: nn.Module
    example: tuple[Tensor, ...]
    frames: int


@dataclass(frozen=True)
class Cost:
    """Milliseconds per frame; None where the backend cannot run the part, with the reason in `note`."""

    part: str
    backend: str
    precision: str
    median_ms: float | None
    p90_ms: float | None
    note: str


def shipped_parts(avatar: str | None) -> list[Part]:
    """The graphs of the shipped model and of one avatar. Raises PackageError when they are absent or damaged."""
    from echo_runtime.avatars import AvatarManifest, avatar_names, model_package
    from echo_runtime.errors import PackageError
    from echo_runtime.renderer import build_renderer
    from echo_runtime.runtime.graphs import renderer_graph, shared_graphs
    from echo_runtime.runtime.models import avatar_package, build_modules

    shared = shared_graphs(*build_modules(model_package()))
    if avatar is None and not avatar_names():
        raise PackageError("This installation holds no avatar; train one with `echo-runtime train renderer`.")
    package = avatar_package(avatar or avatar_names()[0])
    assert isinstance(package.manifest, AvatarManifest)
    renderer = renderer_graph(build_renderer(package.manifest.renderer, package.tensors("renderer")))
    return [Part(graph.name, graph.module, graph.example, graph.frames) for graph in (*shared, renderer)]


def measure(part: Part, rounds: int, threads: int | None) -> list[Cost]:
    """The cost of one part on every backend."""
    from echo_runtime.backends import compare_graphs, compile_graph
    from echo_runtime.backends.choice import interleaved_times, varied_inputs

    example = [x.numpy() for x in part.example]
    reference = compile_graph(part.module, part.example, "eager", "f32", threads=1)
    graphs, notes, costs = [], [], []
    for backend, precision in BACKENDS:
        try:
            graph = compile_graph(part.module, part.example, backend, precision, threads=threads)
        except (BackendError, MissingDependencyError, ImportError) as error:
            costs.append(Cost(part.name, backend, precision, None, None, str(error)))
            continue
        parity = compare_graphs(reference, graph, varied_inputs(example, 3))
        graphs.append(graph)
        notes.append("" if parity.within else f"differs: {parity}")
    for graph, note, spent in zip(graphs, notes, interleaved_times(graphs, example, rounds, seconds=60), strict=True):
        per_frame = [ms / part.frames for ms in spent]
        p90 = float(np.percentile(per_frame, 90))
        costs.append(Cost(part.name, graph.backend, graph.precision, statistics.median(per_frame), p90, note))
    return costs


def print_table(costs: Sequence[Cost], hardware: str) -> None:
    """For people. The last line sums the fastest backends that agree with eager torch."""
    print(hardware)
    print(f"{'part':<15} {'backend':<9} {'':<5} {'ms/frame':>9} {'p90':>9}")
    for cost in costs:
        if cost.median_ms is None or cost.p90_ms is None:
            print(f"{cost.part:<15} {cost.backend:<9} {cost.precision:<5} {'-':>9} {'-':>9}  {cost.note}")
        else:
            numbers = f"{cost.median_ms:9.2f} {cost.p90_ms:9.2f}"
            print(f"{cost.part:<15} {cost.backend:<9} {cost.precision:<5} {numbers}  {cost.note}")
    print(f"{'sum of fastest':<31} {fastest_sum(costs):9.2f}            of {FRAME_US / 1e3:.0f} ms per frame")


def fastest_sum(costs: Sequence[Cost]) -> float:
    """Milliseconds per frame when every part runs on its fastest backend that agrees with eager torch."""
    best: dict[str, float] = {}
    for cost in costs:
        if cost.median_ms is not None and not cost.note:
            best[cost.part] = min(best.get(cost.part, cost.median_ms), cost.median_ms)
    return sum(best.values())


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Milliseconds per frame of every graph on every backend.")
    parser.add_argument("--avatar", help="name or folder; the first shipped one by default")
    parser.add_argument("--rounds", type=int, default=50, help="calls per backend")
    parser.add_argument("--threads", type=int, help="cores to use; all by default")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    try:
        from echo_runtime.backends.choice import hardware_name

        costs = [
            cost for part in shipped_parts(options.avatar) for cost in measure(part, options.rounds, options.threads)
        ]
    except EchoError as error:
        print(f"frame_cost: {error}", file=sys.stderr)
        return 2
    hardware = hardware_name()
    if options.json:
        document = {"hardware": hardware, "costs": [asdict(c) for c in costs], "fastest_sum_ms": fastest_sum(costs)}
        print(json.dumps(document, indent=1))
    else:
        print_table(costs, hardware)
    return 0


if __name__ == "__main__":
    sys.exit(main())
