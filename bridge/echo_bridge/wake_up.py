"""Wakes a thread that waits in a poll."""

from __future__ import annotations

import contextlib
import socket


class WakeUp:
    """A pair of sockets, of which a thread polls `fileno`; any thread may `wake` it."""

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)

    def fileno(self) -> int:
        return self._read.fileno()

    def wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):  # full: awake already; closed: nothing to wake
            self._write.send(b"\0")

    def clear(self) -> None:
        """In the thread that was woken."""
        with contextlib.suppress(BlockingIOError):
            self._read.recv(4096)

    def close(self) -> None:
        self._read.close()
        self._write.close()
