"""OpenVINO on the CPU: the graph is exported by torch, converted once, and kept in the cache folder.

Properties: docs.openvino.ai, "CPU Device" and "High-level performance hints".
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openvino
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from echo_runtime.backends.cache_folder import cache_folder
from echo_runtime.backends.fingerprint import graph_fingerprint
from echo_runtime.backends.graph import Array, ArraySpec, CompiledGraph, array_specs
from echo_runtime.errors import BackendError


@functools.lru_cache
def openvino_core() -> Any:
    return openvino.Core()


@functools.lru_cache
def cpu_has_bf16() -> bool:
    """Whether OpenVINO computes in bf16 on this CPU (AVX-512 BF16 or AMX)."""
    return "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class _Flat(nn.Module):
    """The module as the converter can take it: a flat tuple of distinct outputs.

    OpenVINO refuses a tensor that is answered twice or is itself an input, so `sources` notes for each output where its
    value is found: ("output", number of the distinct output) or ("input", number of the argument). The module is held
    one level down, because the root's attributes `code` and `graph` are taken in an exported graph.
    """

    def __init__(self, module: nn.Module, example_inputs: tuple[Tensor, ...]) -> None:
        super().__init__()
        self.inner = module
        self.sources: list[tuple[str, int]] = []
        with torch.no_grad():
            leaves = tree_leaves(module(*example_inputs))
        distinct: list[Tensor] = []
        for leaf in leaves:
            for kind, known in (("input", example_inputs), ("output", distinct)):
                if same := [i for i, tensor in enumerate(known) if tensor is leaf]:
                    self.sources.append((kind, same[0]))
                    break
            else:
                self.sources.append(("output", len(distinct)))
                distinct.append(leaf)
        self.outputs = len(distinct)

    def forward(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        leaves = tree_leaves(self.inner(*arguments))
        return tuple(leaves[self.sources.index(("output", i))] for i in range(self.outputs))


class OpenVinoGraph(CompiledGraph):
    def __init__(
        self, compiled: Any, precision: str, inputs: tuple[ArraySpec, ...], sources: list[tuple[str, int]]
    ) -> None:
        super().__init__("openvino", precision, inputs)
        self._request = compiled.create_infer_request()
        # a value that is answered twice, or was an input, becomes a copy of its own
        self._sources = [(kind, i, kind == "input" or (kind, i) in sources[:n]) for n, (kind, i) in enumerate(sources)]

    def _run(self, arrays: list[Array]) -> tuple[Array, ...]:
        # shared inputs save a copy; outputs are copied, because the request writes its next answer to the same memory
        answer = self._request.infer(dict(enumerate(arrays)), share_inputs=True, share_outputs=False)
        found = {"input": arrays, "output": answer}
        return tuple(np.array(found[kind][i], copy=again) for kind, i, again in self._sources)


def compile_openvino(
    module: nn.Module, example_inputs: tuple[Tensor, ...], precision: str = "auto", *, threads: int, cache: bool = True
) -> OpenVinoGraph:
    """Convert (or take from the cache) and compile. See `compile_graph` for the arguments and errors."""
    if precision == "auto":
        precision = "bf16" if cpu_has_bf16() else "f32"
    if precision == "bf16" and not cpu_has_bf16():
        raise BackendError("This CPU does not compute in bf16; use the precision f32 or auto.")
    properties = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
    }
    flat = _Flat(module, example_inputs).eval()
    try:
        model = _converted(flat, example_inputs, cache)
        compiled = openvino_core().compile_model(model, "CPU", properties)
    except BackendError:
        raise
    except Exception as error:  # OpenVINO and torch raise plain RuntimeErrors of many kinds
        raise BackendError(
            f"OpenVINO cannot compile {type(module).__name__}: {_first_line(error)}; use the backend eager."
        ) from error
    return OpenVinoGraph(compiled, precision, array_specs(example_inputs), flat.sources)


def _converted(flat: _Flat, example_inputs: tuple[Tensor, ...], cache: bool) -> Any:
    """The OpenVINO model, from the cache folder when this very computation was converted before."""
    fingerprint = graph_fingerprint(flat.inner, example_inputs) if cache else None
    if fingerprint is None:
        return _convert(flat, example_inputs)
    folder = cache_folder() / "openvino" / openvino.__version__.partition("-")[0] / fingerprint[:40]
    if (folder / "graph.xml").is_file():
        # a file that was cut off is converted again
        with contextlib.suppress(RuntimeError):
            return openvino_core().read_model(folder / "graph.xml")
    model = _convert(flat, example_inputs)
    with contextlib.suppress(OSError):  # a read-only or full disk costs a conversion at each start, nothing else
        _store(model, folder)
        # what is read back may be fused in another order than what was converted: its last bits are those that every
        # later start computes, so the first one computes them too
        with contextlib.suppress(RuntimeError):
            return openvino_core().read_model(folder / "graph.xml")
    return model


def _store(model: Any, folder: Path) -> None:
    """Write beside, then rename: two processes that start at once both leave a whole folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="writing-", dir=folder.parent))
    try:
        openvino.save_model(model, scratch / "graph.xml", compress_to_fp16=False)
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # another process was faster
            os.rename(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _logging_kept() -> Iterator[None]:
    """OpenVINO sets the root logger to errors only while it converts, and leaves it so when it fails."""
    root = logging.getLogger()
    level, filters, handlers = root.level, list(root.filters), list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.filters[:] = filters
        root.handlers[:] = handlers


def _convert(flat: _Flat, example_inputs: tuple[Tensor, ...]) -> Any:
    name = type(flat.inner).__name__
    with torch.no_grad(), _logging_kept(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own deprecations
        try:
            model = openvino.convert_model(torch.export.export(flat, example_inputs))
        except Exception as export_error:
            # older operators that the exporter refuses often pass the tracer
            try:
                traced = torch.jit.trace(flat, example_inputs, check_trace=False)
                model = openvino.convert_model(traced, example_input=example_inputs)
            except Exception as trace_error:
                raise BackendError(
                    f"{name} cannot be exported ({_first_line(export_error)}) "
                    f"nor traced ({_first_line(trace_error)}); use the backend eager."
                ) from export_error
    if len(model.inputs) != len(example_inputs) or len(model.outputs) != flat.outputs:
        raise BackendError(
            f"{name} has {len(example_inputs)} inputs and {flat.outputs} distinct outputs, but its converted graph "
            f"has {len(model.inputs)} and {len(model.outputs)}; use the backend eager."
        )
    model.reshape({i: openvino.PartialShape(list(x.shape)) for i, x in enumerate(example_inputs)})
    return model


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:200]
