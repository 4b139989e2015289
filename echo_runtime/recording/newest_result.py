"""Results that replace each other, as an understanding model's answers: adopted through the inflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from echo_runtime.recording.inflow import Inflow

T = TypeVar("T")


class NewestResult(Generic[T]):
    """The newest result of a worker, at the step in which the loop first saw it. `kind` names the worker."""

    def __init__(self, inflow: Inflow, kind: str) -> None:
        self._inflow, self._kind = inflow, kind
        self._adopted: T | None = None

    def adopt(self, newest: Callable[[], T | None]) -> T | None:
        """The result to use now, None before the first (or when it was withdrawn). `newest` tells the worker's; it is
        not asked in a replay."""

        def fresh() -> Iterable[T | None]:
            found = newest()
            return [] if found is self._adopted else [found]

        for result in self._inflow.take(self._kind, fresh):
            self._adopted = result
        return self._adopted
