"""Memories of NPCs through the inflow: what was read from a disk is in the recording, so a replay needs no folder."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from echo_runtime.context.memory import SUFFIX, NpcMemory
from echo_runtime.errors import EchoError
from echo_runtime.recording.inflow import Inflow
from echo_runtime.runtime.memory_keeping import Keeping

_Loaded = Callable[[NpcMemory | EchoError], None]


class FlowingMemories:
    """Stands before `keeping`; without it (a replay) nothing is read or written, and what was read comes again."""

    def __init__(self, inflow: Inflow, keeping: Keeping | None = None) -> None:
        self.folder = keeping.folder if keeping is not None else Path()
        self._inflow, self._keeping = inflow, keeping
        self._asked: deque[_Loaded] = deque()
        self._arrived: deque[NpcMemory | EchoError] = deque()

    def path(self, npc: str) -> Path:
        return self._keeping.path(npc) if self._keeping is not None else self.folder / f"{npc}{SUFFIX}"

    def remembered(self, npc: str) -> NpcMemory | None:
        """See MemoryKeeping; a refusal is recorded too."""
        for memory in self._inflow.take("remembered", lambda: [self._read(npc)]):
            if isinstance(memory, EchoError):
                raise memory
            return memory
        return None

    def _read(self, npc: str) -> NpcMemory | EchoError | None:
        assert self._keeping is not None
        try:
            return self._keeping.remembered(npc)
        except EchoError as error:
            return error

    def save(self, path: Path, memory: NpcMemory, done: Callable[[EchoError | None], None] | None = None) -> None:
        if self._keeping is not None:
            self._keeping.save(path, memory, done)

    def load(self, path: Path, done: _Loaded) -> None:
        self._asked.append(done)
        if self._keeping is not None:
            self._keeping.load(path, self._arrived.append)

    def poll(self) -> None:
        if self._keeping is not None:
            self._keeping.poll()
        for memory in self._inflow.take("loaded", self._take):
            if self._asked:
                self._asked.popleft()(memory)

    def _take(self) -> list[NpcMemory | EchoError]:
        arrived = [*self._arrived]
        self._arrived.clear()
        return arrived
