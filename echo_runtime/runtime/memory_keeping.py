"""NPCs' memories on disk: read when an NPC is opened, written now and then, when it is closed and when it is asked for.

Disks are slow, so files are read and written in a thread; what follows from it is done in the runtime's loop, by
`poll`. A memory that cannot be read is never written over: its NPC is not opened.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Protocol

import numpy as np

from echo_runtime.context import memory as files
from echo_runtime.context.memory import NpcMemory
from echo_runtime.errors import EchoError, NpcMemoryError

log = logging.getLogger(__name__)
SAVE_EVERY_US = 60_000_000
"""A memory that has changed is written so often, so that a crash costs a minute."""
_Result = NpcMemory | EchoError | None


class MemoryPart(Protocol):
    """Something whose state is kept in memories, as `context.understanding.Understanding`."""

    def state(self) -> dict[str, np.ndarray]: ...

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Raises ValueError when the state is not of this model, and changes nothing then."""
        ...


class Keeping(Protocol):
    """Where memories are kept. See MemoryKeeping, and recording.memories."""

    folder: Path

    def path(self, npc: str) -> Path: ...
    def remembered(self, npc: str) -> NpcMemory | None: ...
    def save(self, path: Path, memory: NpcMemory, done: Callable[[EchoError | None], None] | None = None) -> None: ...
    def load(self, path: Path, done: Callable[[NpcMemory | EchoError], None]) -> None: ...
    def poll(self) -> None: ...


class MemoryKeeping:
    """The memories in one folder. Owns a thread until `close`, which finishes what was begun."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._finished: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._unwritten: dict[Path, NpcMemory] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NpcMemoryError(f"The memory folder {folder} cannot be made: {error.strerror or error}.") from error
        self._thread = threading.Thread(target=self._work, name="memory keeping", daemon=True)
        self._thread.start()

    def path(self, npc: str) -> Path:
        """Where the memory of that NPC lies."""
        return self.folder / f"{npc}{files.SUFFIX}"

    def remembered(self, npc: str) -> NpcMemory | None:
        """What the NPC remembers, None when it has never met anybody. Reads in the calling thread; raises
        NpcMemoryError, NpcMemoryDamagedError and NpcMemoryVersionError."""
        path = self.path(npc)
        if path in self._unwritten:  # it was closed a moment ago
            return self._unwritten[path]
        return files.load(path) if path.exists() else None

    def save(self, path: Path, memory: NpcMemory, done: Callable[[EchoError | None], None] | None = None) -> None:
        """Writes in the thread; `done` is called by `poll`, with what went wrong."""

        def task() -> _Result:
            files.save(path, memory)
            return None

        def finished(result: _Result) -> None:
            if self._unwritten.get(path) is memory:
                del self._unwritten[path]
            error = result if isinstance(result, EchoError) else None
            if done is not None:
                done(error)
            elif error is not None:
                log.warning("%s", error)

        self._unwritten[path] = memory
        self._do(task, finished)

    def load(self, path: Path, done: Callable[[NpcMemory | EchoError], None]) -> None:
        """Reads in the thread; `done` is called by `poll`."""

        def finished(result: _Result) -> None:
            assert result is not None
            done(result)

        self._do(lambda: files.load(path), finished)

    def poll(self) -> None:
        """Calls what is done."""
        while not self._finished.empty():
            self._finished.get()()

    def close(self) -> None:
        """Waits for what is being written."""
        self._tasks.put(None)
        self._thread.join(30.0)

    def _do(self, task: Callable[[], _Result], finished: Callable[[_Result], None]) -> None:
        def whole() -> None:
            result: _Result
            try:
                result = task()
            except EchoError as error:
                result = error
            except Exception as error:
                log.exception("a memory cannot be kept")
                result = NpcMemoryError(f"The memory cannot be kept: {type(error).__name__}: {error}")
            self._finished.put(lambda: finished(result))

        self._tasks.put(whole)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
