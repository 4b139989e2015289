"""The door through which the outside enters the runtime's loop: time, commands, the player, results of slow work.

The loop is a pure function of what comes through here, which is why a recording of it is enough to live through a run
again. There are three doors of one shape: this one, that only lets through; `recorder.Recorder`, that writes down
what passes; `replayed.ReplayedInflow`, behind which there is no outside but a file.

Everything in the loop that asks a thread, a process, a device, a disk or a clock for something does it as

    for text in inflow.take("recognised", listening.take):
        ...

inside a *step*: a method of the runtime marked with `in_step`. A step is recorded with the times that it read and all
that it took, and replayed as a whole. Values that are taken are arrays, numbers, texts, lists, maps and the dataclasses
of `values.KINDS`; they are not changed afterwards.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from echo_runtime.runtime.clock import Clock
    from echo_runtime.runtime.runtime import Runtime

T = TypeVar("T")
P = ParamSpec("P")


class Inflow:
    """Lets everything through. Used by the runtime's loop only."""

    replaying = False
    """Whether results come from a recording, so that nobody has to work for them."""

    def step(self, kind: str, arguments: tuple[Any, ...]) -> AbstractContextManager[None]:
        """What is taken inside belongs together. A step inside another is part of it."""
        return nullcontext()

    def take(self, kind: str, read: Callable[[], Iterable[T]]) -> Iterable[T]:
        """What has come of that kind since the last call, in order: `read` tells, unless a recording does."""
        return read()

    def clock(self, clock: Clock) -> Clock:
        """The clock that the loop reads instead of `clock`."""
        return clock

    def watch(self, runtime: Runtime) -> None:
        """Sees what this runtime publishes, for comparison. Before it runs."""

    def told(self, npc: str, event: str, detail: dict[str, Any]) -> None:
        """Something that the loop has told its clients, for comparison."""

    def wall(self) -> float:
        """Seconds of the system's clock, since 1970."""
        return next(iter(self.take("wall", lambda: [time.time()])), 0.0)


class HasInflow(Protocol):
    inflow: Inflow


Owner = TypeVar("Owner", bound=HasInflow)


def in_step(
    kind: str,
) -> Callable[[Callable[Concatenate[Owner, P], T]], Callable[Concatenate[Owner, P], T]]:
    """Marks a method of the loop as a step."""

    def marked(method: Callable[Concatenate[Owner, P], T]) -> Callable[Concatenate[Owner, P], T]:
        signature = inspect.signature(method)

        @functools.wraps(method)
        def whole(self: Owner, *args: P.args, **kwargs: P.kwargs) -> T:
            arguments: tuple[Any, ...] = args
            if kwargs:  # a replay gives all of them by place
                bound = signature.bind(self, *args, **kwargs)
                bound.apply_defaults()
                arguments = bound.args[1:]
            with self.inflow.step(kind, arguments):
                return method(self, *args, **kwargs)

        return whole

    return marked
