"""A deadline on calls that take none: reads of pipes, and of sockets, whose own time-out begins anew with every byte
that a slow peer sends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Deadline:
    """While entered: calls `expire`, once, when `seconds` have gone by since the last `extend`."""

    def __init__(self, seconds: float, expire: Callable[[], None]) -> None:
        self._expire = expire
        self._changed = threading.Condition()
        self._until = time.monotonic() + seconds
        self._over = False
        self.expired = False
        """Whether what failed meanwhile failed because of the deadline."""
        self._thread = threading.Thread(target=self._watch, name="deadline", daemon=True)

    def extend(self, seconds: float) -> None:
        """The next step may take so long from now."""
        with self._changed:
            self._until = time.monotonic() + seconds

    def _watch(self) -> None:
        with self._changed:
            while not self._over:
                left = self._until - time.monotonic()
                if left <= 0.0:
                    self.expired = True
                    break
                self._changed.wait(left)
            if self._over:
                return
        self._expire()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()
