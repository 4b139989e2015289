"""Events as lines of JSON on stdout, and commands as lines on stdin."""

from __future__ import annotations

import json
import queue
import sys
import threading
from typing import Any

_lock = threading.Lock()


def tell(event: str, **fields: Any) -> None:
    """Print one event; from any thread."""
    line = json.dumps({"event": event, **fields})
    with _lock:
        print(line, flush=True)


class CommandLines:
    """Lines of stdin, read in a thread so that the game loop never waits for one."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.ended = False
        """Stdin is at its end, and every line has been taken."""
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def take(self) -> list[str]:
        """What has come since the last call."""
        taken: list[str] = []
        while True:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return taken
            if line is None:
                self.ended = True
                return taken
            if line.strip():
                taken.append(line.strip())

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line)
        self._lines.put(None)
