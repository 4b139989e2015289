"""torch as it is, on the CPU or on a GPU: the reference that the other backends are compared with."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from echo_runtime.backends.graph import Array, CompiledGraph, array_specs
from echo_runtime.errors import BackendError


class EagerGraph(CompiledGraph):
    """Runs the module under `torch.inference_mode`. `bf16` runs it under autocast; `auto` means f32."""

    def __init__(
        self,
        module: nn.Module,
        example_inputs: tuple[Tensor, ...],
        precision: str = "auto",
        *,
        threads: int,
        device: str = "cpu",
    ) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise BackendError("No CUDA device answers torch; use the backend eager or openvino instead of cuda.")
        precision = "f32" if precision == "auto" else precision
        super().__init__("cuda" if device == "cuda" else "eager", precision, array_specs(example_inputs))
        self._module = module.to(device)
        self._device = torch.device(device)
        self._threads = threads

    def _run(self, arrays: list[Array]) -> tuple[Array, ...]:
        # the number of threads belongs to the whole process in torch, so another graph may have changed it
        if torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)
        autocast = torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bf16")
        with torch.inference_mode(), autocast:
            # torch.tensor copies: a module that answers an input as it is must not hand the caller's own array back
            answer = self._module(*(torch.tensor(array, device=self._device) for array in arrays))
        leaves = (leaf.detach().cpu() for leaf in tree_leaves(answer))
        return tuple((leaf.float() if leaf.dtype == torch.bfloat16 else leaf).numpy() for leaf in leaves)
