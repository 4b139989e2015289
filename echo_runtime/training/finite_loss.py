"""The guard between a loss and the weights: a step that is not finite changes nothing, several in a row stop."""

from __future__ import annotations

import math
from pathlib import Path

from torch import Tensor

from echo_runtime.errors import TrainingError
from echo_runtime.training.checkpoint import Checkpoint

PATIENCE = 3
"""Bad steps in a row after which no later one can be hoped to be better."""


class FiniteLoss:
    """Whether a step may be applied. `skipped` counts the steps that were not.

        guard = FiniteLoss("speech encoder", checkpoint)
        loss.backward()
        norm = clip_grad_norm_(model.parameters(), 1.0)
        if guard.passes(step, loss, norm):
            optimizer.step()
            average.update(model)

    One bad batch is left out; after `patience` in a row TrainingError names the step, the value and where the last
    good checkpoint is. What a step carries on beside the weights (recurrent states) must be dropped with it too.
    """

    def __init__(self, what: str, kept: Checkpoint | Path | None = None, patience: int = PATIENCE) -> None:
        self.what, self.kept, self.patience = what, kept, patience
        self.skipped = 0
        self._in_a_row = 0

    def passes(self, step: int, loss: Tensor | float, norm: Tensor | float = 0.0) -> bool:
        """True when both are finite; False when this step is to be left out. Raises TrainingError after `patience`."""
        values = {
            name: value.item() if isinstance(value, Tensor) else float(value)
            for name, value in (("loss", loss), ("gradient", norm))
        }
        bad = {name: value for name, value in values.items() if not math.isfinite(value)}
        if not bad:
            self._in_a_row = 0
            return True
        self.skipped += 1
        self._in_a_row += 1
        if self._in_a_row >= self.patience:
            name, value = next(iter(bad.items()))
            raise TrainingError(
                f"The {name} of the {self.what} is {value} at step {step}, the {self.patience}th time in a row; "
                f"{self._last_good()}. Go on from there with another --seed."
            )
        return False

    def _last_good(self) -> str:
        path = self.kept.tensors_path if isinstance(self.kept, Checkpoint) else self.kept
        if path is None or not path.exists():
            return "there is no checkpoint yet"
        return f"the last good checkpoint is {path}"
