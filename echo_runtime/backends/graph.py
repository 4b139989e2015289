"""What every backend gives back: a graph of fixed shapes, numpy arrays in, numpy arrays out."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from echo_runtime.errors import BackendError

if TYPE_CHECKING:
    from torch import Tensor

    from echo_runtime.backends.choice import Choice

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class ArraySpec:
    """Shape and type of one input or output."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


def array_specs(tensors: Sequence[Tensor]) -> tuple[ArraySpec, ...]:
    """The specs of example tensors, as numpy sees them."""
    return tuple(ArraySpec(tuple(t.shape), t.detach().cpu().numpy().dtype) for t in tensors)


class CompiledGraph(ABC):
    """A module compiled for inference with static shapes.

    Call it with one array per argument of the module's `forward`, in order; it answers a tuple with one new array per
    output, in order (nested outputs are flattened). Arrays of another shape raise BackendError; arrays of another
    number type are converted. Answers belong to the caller: the next call does not overwrite them. Calls from several
    threads take turns.

    `backend`: eager, openvino, cuda or tensorrt. `precision`: f32 or bf16. `inputs`: the specs it was compiled for.
    `choice`: how it was chosen, when `choose_backend` made it.
    """

    def __init__(self, backend: str, precision: str, inputs: tuple[ArraySpec, ...]) -> None:
        self.backend = backend
        self.precision = precision
        self.inputs = inputs
        self.choice: Choice | None = None
        self._turn = threading.Lock()

    def __call__(self, *arrays: npt.ArrayLike) -> tuple[Array, ...]:
        if len(arrays) != len(self.inputs):
            raise BackendError(f"This graph takes {len(self.inputs)} arrays, but {len(arrays)} were given.")
        ready = []
        for number, (value, spec) in enumerate(zip(arrays, self.inputs, strict=True)):
            array = np.asarray(value, spec.dtype, order="C")
            if array.shape != spec.shape:
                raise BackendError(
                    f"Input {number} of this graph must be {spec}, but its shape is {list(array.shape)}; "
                    "compile it again for other shapes."
                )
            ready.append(array)
        with self._turn:
            return self._run(ready)

    @abstractmethod
    def _run(self, arrays: list[Array]) -> tuple[Array, ...]: ...

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.backend} {self.precision} ({', '.join(map(str, self.inputs))})>"
