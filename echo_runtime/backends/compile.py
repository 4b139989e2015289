"""`compile_graph`: one door to all backends."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from echo_runtime.backends.graph import CompiledGraph
from echo_runtime.errors import BackendError, UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

BACKENDS = ("eager", "openvino", "cuda", "tensorrt")
PRECISIONS = ("auto", "f32", "bf16")


def available_cores() -> int:
    """Cores that this process may use (the affinity mask, which containers set, before the machine's count)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def compile_graph(
    module: nn.Module,
    example_inputs: tuple[Tensor, ...],
    backend: str = "eager",
    precision: str = "auto",
    *,
    threads: int | None = None,
    cache: bool = True,
) -> CompiledGraph:
    """Compile `module` for the shapes and types of `example_inputs`.

    `backend`: eager (torch on the CPU), openvino, cuda (torch on the GPU), tensorrt (the optional extra).
    `precision`: f32; bf16; or auto, which takes bf16 where OpenVINO reports that the CPU computes in it, f32 elsewhere.
    `threads`: cores to use, default all that this process may use. `cache`: keep converted graphs in the user's cache
    folder, so that the next start skips the conversion.
    Raises BackendError when the graph cannot be compiled, MissingDependencyError when a library is not installed.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"Precision {precision!r} is unknown; choose one of {', '.join(PRECISIONS)}.")
    if threads is not None and threads < 1:
        raise UsageError(f"threads is {threads}; it must be at least 1.")
    cores = threads or available_cores()
    module = module.eval()
    if backend in ("eager", "cuda"):
        from echo_runtime.backends.eager import EagerGraph

        return EagerGraph(
            module, example_inputs, precision, threads=cores, device="cuda" if backend == "cuda" else "cpu"
        )
    if backend == "openvino":
        from echo_runtime.backends.openvino_cpu import compile_openvino

        return compile_openvino(module, example_inputs, precision, threads=cores, cache=cache)
    if backend == "tensorrt":
        from echo_runtime.backends.tensorrt import compile_tensorrt

        return compile_tensorrt(module, example_inputs, precision)
    raise BackendError(f"Backend {backend!r} is unknown; choose one of {', '.join(BACKENDS)}.")
