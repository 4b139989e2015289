"""What NPCs keep on disk when it is doubted who sits there, and when it is another person."""

from __future__ import annotations

import numpy as np
import pytest

from echo_runtime.context.memory import SUFFIX, load
from echo_runtime.runtime.clock import VirtualClock
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.memory_keeping import SAVE_EVERY_US, MemoryKeeping
from echo_runtime.runtime.npc_memories import NpcMemories


class Part:
    """A part of memory that holds one number."""

    def __init__(self, value: float) -> None:
        self.value = value

    def state(self) -> dict[str, np.ndarray]:
        return {"value": np.array([self.value], np.float32)}

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        self.value = float(state["value"][0])


class Kept:
    def __init__(self, folder) -> None:
        self.folder, self.clock, self.linguistics = folder, VirtualClock(), Linguistics()
        self.keeping = MemoryKeeping(folder)
        self.memories = NpcMemories(self.linguistics, self.clock, self.keeping)
        self.memories.open("bo")
        self.part = Part(1.0)
        self.memories.add_part("lpe", self.part)

    def say(self, text: str) -> None:
        self.linguistics.say("player", text, self.clock.now_us())

    def file(self, npc: str = "bo"):
        """What is on the disk now, None without a file."""
        self.keeping.close()
        self.keeping = self.memories._keeping = MemoryKeeping(self.folder)
        path = self.folder / f"{npc}{SUFFIX}"
        return load(path) if path.exists() else None

    def said(self) -> str:
        memory = self.file()
        return "" if memory is None else str(memory.linguistic)


@pytest.fixture
def kept(tmp_path):
    kept = Kept(tmp_path)
    kept.say("My dog died.")
    yield kept
    kept.keeping.close()


def test_another_person_neither_adds_nor_finds_anything(kept):
    kept.memories.keep_before()
    kept.memories.doubt(True)
    kept.say("I play the trombone.")
    kept.part.value = 2.0
    kept.memories.begin_anew()
    assert kept.linguistics.npcs["bo"].parted(0)["history"]["turns"] == []
    memory = kept.file()
    assert "dog" in str(memory.linguistic)
    assert "trombone" not in str(memory.linguistic)
    assert memory.tensors["lpe.value"] == [1.0]
    kept.say("I have a boat.")
    kept.clock.move_to(2 * SAVE_EVERY_US)
    kept.memories.poll()
    kept.memories.close("bo")
    assert "boat" not in kept.said()
    kept.memories.open("bo")
    assert kept.linguistics.npcs["bo"].parted(0)["history"]["turns"] == []


def test_a_client_may_keep_what_the_new_one_said(kept):
    kept.memories.keep_before()
    kept.memories.begin_anew()
    kept.say("I play the trombone.")
    errors = []
    kept.memories.save("bo", "guest.memory", errors.append)
    assert "dog" in kept.said()
    guest = str(load(kept.folder / "guest.memory").linguistic)
    assert "trombone" in guest
    assert "dog" not in guest


def test_the_same_person_goes_on_as_if_nothing_had_been(kept):
    kept.memories.keep_before()
    kept.memories.doubt(True)
    kept.say("I was getting some tea.")
    kept.memories.doubt(False)
    kept.memories.close("bo")
    assert "dog" in kept.said()
    assert "tea" in kept.said()


def test_what_is_closed_in_doubt_keeps_what_was_sure(kept):
    kept.memories.keep_before()
    kept.memories.doubt(True)
    kept.say("I play the trombone.")
    kept.clock.move_to(2 * SAVE_EVERY_US)
    kept.memories.poll()
    assert kept.said() == ""
    kept.memories.close("bo")
    assert "dog" in kept.said()
    assert "trombone" not in kept.said()


def test_an_answer_about_the_one_before_finds_no_turn_of_the_new_one(kept):
    before = kept.linguistics.npcs["bo"].state.history.heard
    kept.memories.keep_before()
    kept.memories.begin_anew()
    kept.say("Hello.")
    assert kept.linguistics.npcs["bo"].state.history.heard == before + 1
