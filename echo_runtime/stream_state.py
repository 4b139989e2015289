"""What a streaming module remembers between two steps: a dataclass of batch-first tensors.

`exec_mask` lets conversations that are out of step share one batch: rows whose mask is False keep their old state
(after the streaming modules of Moshi, https://github.com/kyutai-labs/moshi, whose states carry such a mask).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import torch
from torch import Tensor


@dataclass
class StreamState:
    """Base of states. Every field is a tensor whose first dimension is the conversation; zeros mean "nothing yet"."""

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """The fields in order, as a graph takes and gives them."""
        return tuple(getattr(self, f.name) for f in fields(self))

    @property
    def batch_size(self) -> int:
        return len(self.tensors[0])

    def reset(self, mask: Tensor | None = None) -> None:
        """Forget: all rows, or those where `mask` (B,) bool is True. In place, so that held references stay valid."""
        for tensor in self.tensors:
            if mask is None:
                tensor.zero_()
            else:
                tensor[mask] = 0

    def advanced(self, tensors: tuple[Tensor, ...], exec_mask: Tensor | None = None) -> Self:
        """The state after a step: `tensors` where `exec_mask` (B,) bool is True (or None), the old rows elsewhere."""
        if exec_mask is not None:
            tensors = tuple(
                torch.where(exec_mask.view(-1, *[1] * (new.ndim - 1)), new, old)
                for new, old in zip(tensors, self.tensors, strict=True)
            )
        return type(self)(*tensors)

    def rows(self, index: slice | Tensor) -> Self:
        """Some conversations of the batch."""
        return type(self)(*(tensor[index] for tensor in self.tensors))

    @classmethod
    def joined(cls, states: list[Self]) -> Self:
        """Several batches as one."""
        return cls(*(torch.cat(parts) for parts in zip(*(s.tensors for s in states), strict=True)))
