"""Commands under way at the client: what waits for `ack`, `done` or `failed`."""

from __future__ import annotations

import random
import threading
from typing import Any

from echo_bridge.replies import Ack, Done, Failed
from echo_runtime.errors import CommandFailedError, ConnectionLostError, EchoError


class Pending:
    """A command that has been sent. `ack` and `done` wait for its answers."""

    def __init__(self, what: str, number: int = 0) -> None:
        self.what, self.number = what, number
        self._acknowledged = threading.Event()
        self._finished = threading.Event()
        self._buffered_us = 0
        self._refused = False
        self._result: dict[str, Any] = {}
        self._error: EchoError | None = None

    def ack(self, timeout: float = 5.0) -> int:
        """Wait until it is acknowledged; returns `buffered_us`. Raises what `done` raises if it is refused instead.

        What goes wrong after it was acknowledged is for `done` to say.
        """
        self._wait(self._acknowledged, timeout, "acknowledged")
        if self._refused and self._error is not None:
            raise self._error
        return self._buffered_us

    def done(self, timeout: float = 5.0) -> dict[str, Any]:
        """Wait for the result. CommandFailedError; ConnectionLostError when no answer comes in `timeout` s."""
        self._wait(self._finished, timeout, "answered")
        if self._error is not None:
            raise self._error
        return self._result

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    def settle(self, answer: Ack | Done | Failed | EchoError) -> None:
        if isinstance(answer, Ack):
            self._buffered_us = answer.buffered_us
        else:
            if isinstance(answer, Done):
                self._result = answer.result
            else:
                self._error = CommandFailedError(answer.code, answer.text) if isinstance(answer, Failed) else answer
                self._refused = not self._acknowledged.is_set()
            self._finished.set()
        self._acknowledged.set()

    def _wait(self, event: threading.Event, timeout: float, verb: str) -> None:
        if not event.wait(timeout):
            raise ConnectionLostError(f"The runtime has not {verb} '{self.what}' within {timeout:g} s.")


class PendingCommands:
    """All commands under way, by their numbers. From any thread."""

    def __init__(self) -> None:
        # away from small numbers: a late answer to an earlier connection must not meet a new command
        self._number = random.getrandbits(40) << 20
        self._waiting: dict[int, Pending] = {}
        self._lock = threading.Lock()

    def new(self, what: str) -> tuple[int, Pending]:
        with self._lock:
            self._number += 1
            pending = Pending(what, self._number)
            self._waiting[self._number] = pending
            return self._number, pending

    def answer(self, message: Ack | Done | Failed) -> bool:
        """Hand an answer to its command; False if none waits for it."""
        with self._lock:
            pending = self._waiting.get(message.id)
            if pending is not None and not isinstance(message, Ack):
                del self._waiting[message.id]
        if pending is None:
            return False
        pending.settle(message)
        return True

    def forget(self, number: int) -> None:
        with self._lock:
            self._waiting.pop(number, None)

    def fail(self, number: int, error: EchoError) -> None:
        """Settle one command, if it waits."""
        with self._lock:
            pending = self._waiting.pop(number, None)
        if pending is not None:
            pending.settle(error)

    def abandon(self, why: str = "") -> None:
        """Settle all: nobody will answer them. `why`: one sentence, else that the runtime fell silent."""
        with self._lock:
            lost = list(self._waiting.values())
            self._waiting.clear()
        for pending in lost:
            text = why or f"The runtime fell silent before it answered '{pending.what}'."
            pending.settle(ConnectionLostError(text))
