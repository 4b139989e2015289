"""Which backend runs a graph: measured at the first start on this hardware, remembered afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from echo_runtime import __version__
from echo_runtime.backends.cache_folder import cache_folder
from echo_runtime.backends.compile import available_cores, compile_graph
from echo_runtime.backends.graph import Array, CompiledGraph
from echo_runtime.backends.parity import Parity, Tolerance, compare_graphs
from echo_runtime.errors import BackendError, MissingDependencyError

if TYPE_CHECKING:
    from torch import Tensor, nn

log = logging.getLogger(__name__)

_CHOICES_FORMAT = 1
_FEWEST_ROUNDS = 4
_HOPELESS = 4.0
"""How many times slower than the fastest a backend must be to drop out of the race."""
_PARITY_TRIALS = 3


@dataclass(frozen=True)
class Candidate:
    """One backend as it was measured. Times in milliseconds per call; `problem` says why it was not eligible."""

    backend: str
    precision: str
    median_ms: float | None = None
    p90_ms: float | None = None
    parity: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Choice:
    """`backend` and `precision` were chosen among `candidates`; `remembered` when an earlier start measured them."""

    name: str
    backend: str
    precision: str
    candidates: tuple[Candidate, ...]
    remembered: bool = False

    def table(self) -> str:
        """One line per candidate, for people."""
        lines = []
        for c in self.candidates:
            mark = "*" if (c.backend, c.precision) == (self.backend, self.precision) else " "
            speed = f"{c.median_ms:8.2f} ms  p90 {c.p90_ms:8.2f} ms" if c.median_ms is not None else " " * 25
            lines.append(f"{mark} {self.name:<12} {c.backend:<9} {c.precision:<5} {speed}  {c.problem or c.parity}")
        return "\n".join(lines)


def choose_backend(
    name: str,
    module: nn.Module,
    example_inputs: tuple[Tensor, ...],
    *,
    backend: str = "auto",
    precision: str = "auto",
    threads: int | None = None,
    tolerance: Tolerance | None = None,
    trials: Sequence[Sequence[Array]] | None = None,
    rounds: int = 25,
    seconds: float = 1.0,
    cache: bool = True,
) -> CompiledGraph:
    """The fastest backend on this machine whose answers agree with eager torch.

    `name` is for people (logs and tables). `example_inputs` should be like real ones: they are timed and compared,
    together with two seeded variations; `trials` (sequences of arrays, one sequence per call) replace those for the
    comparison. `backend` other than auto, or ECHO_BACKEND in the environment (`eager`, `openvino:f32`), skips the
    measurement. `precision` other than auto leaves only that one. `tolerance` replaces the default of each precision.
    Candidates are timed in turns, at most `rounds` calls each and about `seconds` in all, and compared by their median.
    The choice is kept in the cache folder per hardware, versions, weights and shapes; the graph's `choice` tells the
    numbers.
    Raises BackendError when the named backend cannot be used; auto falls back to eager.
    """
    wanted = os.environ.get("ECHO_BACKEND", "auto") if backend == "auto" else backend
    if wanted != "auto":
        kind, _, named_precision = wanted.partition(":")
        graph = compile_graph(module, example_inputs, kind, named_precision or precision, threads=threads, cache=cache)
        graph.choice = Choice(name, graph.backend, graph.precision, ())
        return graph

    key = _choice_key(module, example_inputs, precision, threads) if cache else ""
    if remembered := _recall(key, name):
        try:
            graph = compile_graph(
                module, example_inputs, remembered.backend, remembered.precision, threads=threads, cache=cache
            )
        except (BackendError, MissingDependencyError) as error:
            log.warning("%s: %s was chosen before and fails now (%s); measuring again", name, remembered.backend, error)
        else:
            graph.choice = remembered
            return graph

    graph = _measure(name, module, example_inputs, precision, threads, tolerance, trials, rounds, seconds, cache)
    assert graph.choice is not None
    log.info("%s: %s %s chosen\n%s", name, graph.backend, graph.precision, graph.choice.table())
    if cache:
        _remember(key, graph.choice)
    return graph


def _candidates(precision: str) -> list[tuple[str, str]]:
    """Backend and precision of everything that may run here; eager, the reference, first."""
    import torch

    found = [("eager", "f32")]
    if torch.cuda.is_available():
        found.append(("cuda", "f32"))
    with contextlib.suppress(ImportError):
        from echo_runtime.backends.openvino_cpu import cpu_has_bf16

        found.append(("openvino", "f32"))
        if cpu_has_bf16():
            found.append(("openvino", "bf16"))
    return [c for c in found if precision in ("auto", c[1]) or c[0] == "eager"]


def _measure(
    name: str,
    module: nn.Module,
    example_inputs: tuple[Tensor, ...],
    precision: str,
    threads: int | None,
    tolerance: Tolerance | None,
    trials: Sequence[Sequence[Array]] | None,
    rounds: int,
    seconds: float,
    cache: bool,
) -> CompiledGraph:
    example = [x.detach().cpu().numpy() for x in example_inputs]
    trials = trials or varied_inputs(example, _PARITY_TRIALS)
    # one thread: where other programs hold the cores, torch's threads wait for each other up to seconds
    reference = compile_graph(module, example_inputs, "eager", "f32", threads=1)
    eligible: list[tuple[CompiledGraph, str]] = []
    rejected: list[Candidate] = []
    for kind, kind_precision in _candidates(precision)[1:]:
        try:
            graph = compile_graph(module, example_inputs, kind, kind_precision, threads=threads, cache=cache)
            parity = _parity(reference, graph, trials, tolerance)
        except (BackendError, MissingDependencyError) as error:
            rejected.append(Candidate(kind, kind_precision, problem=str(error)))
            continue
        if parity.within:
            eligible.append((graph, str(parity)))
        else:
            rejected.append(Candidate(kind, kind_precision, parity=str(parity), problem=f"differs: {parity}"))

    timed = [compile_graph(module, example_inputs, "eager", "f32", threads=threads), *(graph for graph, _ in eligible)]
    parities = ["the reference", *(parity for _, parity in eligible)]
    times = interleaved_times(timed, example, rounds, seconds)
    measured = [
        Candidate(
            graph.backend, graph.precision, statistics.median(spent), float(np.percentile(spent, 90)), parity=parity
        )
        for graph, spent, parity in zip(timed, times, parities, strict=True)
    ]
    best = min(range(len(measured)), key=lambda i: measured[i].median_ms or 0.0)
    graph = timed[best]
    graph.choice = Choice(name, graph.backend, graph.precision, (*measured, *rejected))
    return graph


def _parity(
    reference: CompiledGraph, graph: CompiledGraph, trials: Sequence[Sequence[Array]], tolerance: Tolerance | None
) -> Parity:
    try:
        return compare_graphs(reference, graph, trials, tolerance)
    except RuntimeError as error:  # a graph that compiles may still fail when it runs
        raise BackendError(f"{graph.backend} fails when run: {error}") from error


def varied_inputs(example: Sequence[Array], count: int, seed: int = 0) -> list[list[Array]]:
    """The example, and `count` - 1 copies whose real numbers are moved by seeded noise of a tenth."""
    chance = np.random.default_rng(seed)
    trials = [list(example)]
    for _ in range(count - 1):
        trials.append(
            [(x + 0.1 * chance.standard_normal(x.shape)).astype(x.dtype) if x.dtype.kind == "f" else x for x in example]
        )
    return trials


def interleaved_times(
    graphs: Sequence[CompiledGraph], arrays: Sequence[Array], rounds: int, seconds: float
) -> list[list[float]]:
    """Milliseconds of each call, after a call that warms up.

    Graphs take turns, so that another process's load falls on all of them alike. One that cannot win any more (its
    fastest call is several times slower than another's) gets no further turn.
    """
    times: list[list[float]] = [[] for _ in graphs]

    def spend(i: int) -> float:
        begin = time.perf_counter()
        graphs[i](*arrays)
        return (time.perf_counter() - begin) * 1e3

    # the last are the likely winners, and a slow first one then needs a single call
    racing = list(reversed(range(len(graphs))))
    for i in racing:
        warm_up = spend(i)
        fastest = min((min(spent) for spent in times if spent), default=warm_up)
        times[i].append(warm_up if warm_up > _HOPELESS * fastest else spend(i))
    stop = time.perf_counter() + seconds
    for round_number in range(rounds - 1):
        if round_number >= _FEWEST_ROUNDS and time.perf_counter() > stop:
            break
        fastest = min(min(spent) for spent in times)
        racing = [i for i in racing if min(times[i]) <= _HOPELESS * fastest]
        for i in racing:
            times[i].append(spend(i))
    return times


def hardware_name() -> str:
    """Processor, cores that may be used, and GPU, in one line."""
    import torch

    processor = platform.processor() or platform.machine()
    with contextlib.suppress(Exception):
        from echo_runtime.backends.openvino_cpu import openvino_core

        processor = str(openvino_core().get_property("CPU", "FULL_DEVICE_NAME")).strip()
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{processor}, {available_cores()} cores{gpu}"


def _choice_key(module: nn.Module, example_inputs: tuple[Tensor, ...], precision: str, threads: int | None) -> str:
    import openvino
    import torch

    from echo_runtime.backends.fingerprint import graph_fingerprint, weights_hash

    parts = (
        hardware_name(), __version__, torch.__version__, openvino.__version__, precision, str(threads),
        graph_fingerprint(module, example_inputs) or weights_hash(module, example_inputs),
    )  # fmt: skip
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


def _choices_file() -> Path:
    return cache_folder() / "backends.json"


def _read_choices() -> dict[str, dict]:
    # whatever cannot be read is measured again
    with contextlib.suppress(OSError, ValueError):
        document = json.loads(_choices_file().read_text("utf-8"))
        if isinstance(document, dict) and document.get("format_version") == _CHOICES_FORMAT:
            choices = document.get("choices")
            return choices if isinstance(choices, dict) else {}
    return {}


def _recall(key: str, name: str) -> Choice | None:
    try:
        entry = _read_choices()[key]
        candidates = tuple(Candidate(**c) for c in entry["candidates"])
        return Choice(name, str(entry["backend"]), str(entry["precision"]), candidates, remembered=True)
    except (KeyError, TypeError):
        return None


def _remember(key: str, choice: Choice) -> None:
    entry = asdict(choice)
    entry.pop("remembered")
    file = _choices_file()
    with contextlib.suppress(OSError):  # an unwritable cache costs a measurement at each start
        file.parent.mkdir(parents=True, exist_ok=True)
        document = {"format_version": _CHOICES_FORMAT, "choices": {**_read_choices(), key: entry}}
        with tempfile.NamedTemporaryFile(
            "w", dir=file.parent, suffix=".json", delete=False, encoding="utf-8"
        ) as scratch:
            json.dump(document, scratch, indent=1)
        os.replace(scratch.name, file)
