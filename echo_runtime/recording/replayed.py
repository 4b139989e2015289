"""The inflow of a replay: every question is answered as the recording says."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from echo_runtime.recording.comparison import Comparison
from echo_runtime.recording.inflow import Inflow
from echo_runtime.recording.recording import Step

if TYPE_CHECKING:
    from echo_runtime.runtime.clock import Clock

T = TypeVar("T")


class ReplayedClock:
    """Shows the times that were read in the recording, one after the other.

    A version of the loop that reads it once more in a step than the recorded one did gets the step's last time again,
    and one that reads it less often finds the next step's times in their place.
    """

    def __init__(self, virtual: bool) -> None:
        self.virtual = virtual
        self.newest_us = 0
        self._times: deque[int] = deque()

    def now_us(self) -> int:
        if self._times:
            self.newest_us = self._times.popleft()
        return self.newest_us

    def enter(self, times: Iterable[int]) -> None:
        self._times = deque(times)


class ReplayedInflow(Inflow):
    """`enter` every step before it is done, and `leave` it afterwards."""

    replaying = True

    def __init__(self, virtual: bool, comparison: Comparison) -> None:
        self.time, self.comparison = ReplayedClock(virtual), comparison
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        """(npc, name, detail) of what clients were told, in order."""
        self._taken: dict[str, deque[list[Any]]] = {}

    def enter(self, step: Step) -> None:
        self.time.enter(step.times)
        self._taken = {kind: deque(answers) for kind, answers in step.taken.items()}
        self.comparison.expect(step)

    def leave(self) -> None:
        self.comparison.settle(sum(len(values) for answers in self._taken.values() for values in answers))
        self._taken = {}

    def take(self, kind: str, read: Callable[[], Iterable[T]]) -> Iterable[T]:
        answers = self._taken.get(kind)
        values: list[T] = answers.popleft() if answers else []
        if kind == "ready":  # the only thing that is made anew, and so the only one that may differ
            for recorded, found in zip(values, read(), strict=False):
                self.comparison.models(recorded, found)  # type: ignore[arg-type]
        return values

    def clock(self, clock: Clock) -> Clock:
        return self.time

    def told(self, npc: str, event: str, detail: dict[str, Any]) -> None:
        self.events.append((npc, event, detail))
        self.comparison.told(npc, event, detail)
