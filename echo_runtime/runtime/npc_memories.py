"""When NPCs' memories are read and written, and what belongs into them.

An NPC's memory is its LAU, and what the shared parts (perception, understanding) have made of the player. Several NPCs
see one player but remember apart: a memory that is loaded while others are open leaves the shared parts alone.

When another person sits down, what NPCs remember of the one before is written as it was before, and they begin anew.
Nobody knows who the new one is, so from then on nothing is read or written but what clients load and save by name.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from echo_runtime.context.linguistic_affect import LinguisticAffect
from echo_runtime.context.memory import NpcMemory, parted
from echo_runtime.errors import CommandFailedError, EchoError, NpcMemoryVersionError
from echo_runtime.runtime.clock import Clock
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.memory_keeping import SAVE_EVERY_US, Keeping, MemoryPart

log = logging.getLogger(__name__)
Done = Callable[[EchoError | None], None]
Tensors = dict[str, np.ndarray]
OWN_PARTS = ("hbcu",)
"""Names of the parts that every NPC has of its own."""
_NO_FOLDER = "This runtime keeps no memory; start it with --memory FOLDER."


class NpcMemories:
    """`parts`: what is shared by all NPCs and kept with each, by name; `own_parts`: what every NPC has of its own.
    `keeping`: None keeps nothing. `wall`: seconds of the system's clock, by which absences are measured. Used by the
    runtime's loop only."""

    def __init__(
        self,
        linguistics: Linguistics,
        clock: Clock,
        keeping: Keeping | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.parts: dict[str, MemoryPart] = {}
        self.own_parts: dict[str, dict[str, MemoryPart]] = {}
        self._linguistics, self._clock, self._keeping, self._wall = linguistics, clock, keeping, wall
        self._waiting: dict[str, Tensors] = {}
        self._own_waiting: dict[str, dict[str, Tensors]] = {}
        self._saved: dict[str, int] = {}
        self._next_us: int | None = None
        """When memories are written next; the first NPC that is opened begins it."""
        self._before: dict[str, NpcMemory] = {}
        self._doubted = self._stranger = False

    # -- another person -----------------------------------------------------------------------------------------------

    def keep_before(self) -> None:
        """From now on it may be another person: what NPCs remember now is what is sure to be of this one."""
        if self._keeping is not None and not self._stranger:
            self._before = {npc: self._parted(npc) for npc in self._linguistics.npcs}

    def doubt(self, doubted: bool) -> None:
        """While it is doubted that it is the same person, nothing is written by itself but what is sure."""
        self._doubted = doubted

    def begin_anew(self) -> None:
        """It is another person. Parts of memory are forgotten by their owners."""
        for npc, memory in self._before.items():
            if self._keeping is not None and npc in self._linguistics.npcs:
                self._keeping.save(self._keeping.path(npc), memory)
        self._doubted, self._stranger = False, True
        self._before.clear()
        self._waiting.clear()
        self._own_waiting.clear()
        for npc, before in list(self._linguistics.npcs.items()):
            lau = LinguisticAffect(npc)
            # turns are numbered on, so that a language model's answer about the one before finds no turn of this one
            lau.state.history.heard = before.state.history.heard
            self._saved[npc] = before.state.history.heard
            self._linguistics.open(npc, lau)

    # -- opening and closing ------------------------------------------------------------------------------------------

    def open(self, npc: str) -> None:
        """The NPC begins with what it remembers. Raises NpcMemoryError and its kinds, and opens nothing then."""
        if self._next_us is None:
            self._next_us = self._clock.now_us() + SAVE_EVERY_US
        kept = self._keeping if not self._stranger else None
        memory = kept.remembered(npc) if kept is not None else None
        if memory is None:
            self._linguistics.open(npc)
            return
        alone = not self._linguistics.npcs
        lau = memory.meet_again(npc, self._clock.now_us(), memory.elapsed_s(self._wall()))
        self._linguistics.open(npc, lau)
        self._saved[npc] = lau.state.history.heard
        for name, state in _by_part(memory).items():
            if name in OWN_PARTS:
                self._own_waiting.setdefault(npc, {})[name] = state
            elif alone:
                self._waiting[name] = state
                if name in self.parts:
                    self.add_part(name, self.parts[name])

    def add_part(self, name: str, part: MemoryPart) -> None:
        """A shared part is ready: it goes on from what was remembered, if there was something."""
        self.parts[name] = part
        _go_on(part, self._waiting.pop(name, None))

    def add_own_part(self, npc: str, name: str, part: MemoryPart) -> None:
        """A part of one NPC is ready: it goes on from what that NPC remembered."""
        self.own_parts.setdefault(npc, {})[name] = part
        _go_on(part, self._own_waiting.get(npc, {}).pop(name, None))

    def close(self, npc: str) -> None:
        """The NPC is closed; its memory is written."""
        if self._keeping is not None and npc in self._linguistics.npcs and not self._stranger:
            memory = self._before.get(npc) if self._doubted else self._parted(npc)
            if memory is not None:
                self._keeping.save(self._keeping.path(npc), memory)
        for kept in (self._saved, self.own_parts, self._own_waiting, self._before):
            kept.pop(npc, None)
        self._linguistics.close(npc)

    def close_all(self) -> None:
        for npc in list(self._linguistics.npcs):
            self.close(npc)

    def save(self, npc: str, file: str, done: Done) -> None:
        """Writes `file` of the memory folder. Raises CommandFailedError without one; `done` is called by `poll`."""
        keeping = self._required()
        keeping.save(_inside(keeping.folder, file), self._parted(npc), done)

    def load(self, npc: str, file: str, done: Done) -> None:
        """Replaces what the NPC remembers; see `save`."""
        keeping = self._required()

        def finished(result: NpcMemory | EchoError) -> None:
            try:
                if isinstance(result, EchoError):
                    raise result
                self._replace(npc, result)
            except EchoError as error:
                done(error)
            else:
                done(None)

        keeping.load(_inside(keeping.folder, file), finished)

    def poll(self) -> None:
        """Finishes what was read and written, and now and then writes what has changed."""
        if self._keeping is None:
            return
        self._keeping.poll()
        if self._next_us is None or self._clock.now_us() < self._next_us or self._doubted or self._stranger:
            return
        self._next_us = self._clock.now_us() + SAVE_EVERY_US
        for npc, lau in self._linguistics.npcs.items():
            heard = lau.state.history.heard
            if self._saved.get(npc, 0) != heard:
                self._saved[npc] = heard
                self._keeping.save(self._keeping.path(npc), self._parted(npc))

    def _replace(self, npc: str, memory: NpcMemory) -> None:
        if npc not in self._linguistics.npcs:
            raise CommandFailedError("no_npc", f"The NPC {npc!r} was closed while its memory was being read.")
        lau = memory.meet_again(npc, self._clock.now_us(), memory.elapsed_s(self._wall()))
        for name, state in _by_part(memory).items():
            if name in OWN_PARTS:
                parts, waiting = self.own_parts.get(npc, {}), self._own_waiting.setdefault(npc, {})
            elif len(self._linguistics.npcs) == 1:
                parts, waiting = self.parts, self._waiting
            else:
                continue
            if name not in parts:
                waiting[name] = state
                continue
            try:
                parts[name].load_state(state)
            except ValueError as error:
                raise NpcMemoryVersionError(f"The memory of {npc} cannot be loaded: {error}.") from error
        self._linguistics.open(npc, lau)

    def _parted(self, npc: str) -> NpcMemory:
        parts = self.parts | self.own_parts.get(npc, {})
        tensors = {f"{name}.{key}": a for name, part in parts.items() for key, a in part.state().items()}
        # not yet loaded, because models still load: kept as they were
        for name, state in (self._waiting | self._own_waiting.get(npc, {})).items():
            tensors |= {f"{name}.{key}": a for key, a in state.items()}
        return parted(self._linguistics.npcs[npc], self._clock.now_us(), self._wall(), tensors)

    def _required(self) -> Keeping:
        if self._keeping is None:
            raise CommandFailedError("unsupported", _NO_FOLDER)
        return self._keeping


def _go_on(part: MemoryPart, state: Tensors | None) -> None:
    if state is None:
        return
    try:
        part.load_state(state)
    except ValueError as error:
        log.warning("What is remembered of the player's behaviour is left out: %s.", error)


def _by_part(memory: NpcMemory) -> dict[str, dict[str, np.ndarray]]:
    out: dict[str, dict[str, np.ndarray]] = {}
    for name, value in memory.tensors.items():
        part, _, key = name.partition(".")
        out.setdefault(part, {})[key] = value
    return out


def _inside(folder: Path, file: str) -> Path:
    """The protocol takes plain file names only; nothing else reaches a disk here either."""
    if not file or file.startswith(".") or Path(file).name != file:
        raise CommandFailedError("malformed", f"{file!r} is not the name of a memory file.")
    return folder / file
