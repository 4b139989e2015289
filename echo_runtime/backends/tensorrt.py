"""TensorRT behind the same call signature, through the optional extra `tensorrt`.

Call path: docs.pytorch.org/TensorRT, "Compiling Exported Programs with Torch-TensorRT". No speed is claimed for it.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from echo_runtime.backends.graph import Array, ArraySpec, CompiledGraph, array_specs
from echo_runtime.errors import BackendError, MissingDependencyError


class TensorRtGraph(CompiledGraph):
    def __init__(self, compiled: Any, precision: str, inputs: tuple[ArraySpec, ...]) -> None:
        super().__init__("tensorrt", precision, inputs)
        self._compiled = compiled

    def _run(self, arrays: list[Array]) -> tuple[Array, ...]:
        with torch.inference_mode():
            answer = self._compiled(*(torch.tensor(array, device="cuda") for array in arrays))
        leaves = (leaf.detach().cpu() for leaf in tree_leaves(answer))
        return tuple((leaf.float() if leaf.dtype == torch.bfloat16 else leaf).numpy() for leaf in leaves)


def compile_tensorrt(module: nn.Module, example_inputs: tuple[Tensor, ...], precision: str = "auto") -> TensorRtGraph:
    """Export, then build engines for this GPU. See `compile_graph` for the arguments and errors."""
    try:
        import torch_tensorrt
    except Exception as error:  # besides ImportError it raises plain Exception where CUDA libraries are absent
        raise MissingDependencyError(
            "The backend tensorrt needs torch-tensorrt and an NVIDIA GPU; install it with "
            "`pip install 'echo-runtime[tensorrt]'`, or use the backend eager or openvino."
        ) from error
    if not torch.cuda.is_available():
        raise BackendError("No CUDA device answers torch; use the backend eager or openvino instead of tensorrt.")
    precision = "f32" if precision == "auto" else precision
    inputs = tuple(x.cuda() for x in example_inputs)
    # types stay as written in the module; bf16 is TensorRT's own autocast
    settings = {"enable_autocast": True, "autocast_low_precision_type": torch.bfloat16} if precision == "bf16" else {}
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.export.export(module.cuda(), inputs)
            compiled = torch_tensorrt.dynamo.compile(program, arg_inputs=list(inputs), **settings)
    except Exception as error:
        raise BackendError(
            f"TensorRT cannot compile {type(module).__name__}: {error}; use the backend cuda."
        ) from error
    return TensorRtGraph(compiled, precision, array_specs(example_inputs))
