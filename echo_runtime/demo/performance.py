"""What the demo plays: the bundled player's film, the lines that the NPC says at given moments of it, and what it
remembers of an earlier conversation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import soundfile

from echo_runtime.context.linguistic_affect import LinguisticAffect
from echo_runtime.context.memory import NpcMemory, parted
from echo_runtime.errors import MediaError
from echo_runtime.signals import FloatArray

TURN_US = 4_000_000
FOLDER = Path(__file__).parent / "performance"


@dataclass(frozen=True)
class Line:
    """One NPC line: `at_s` seconds after the player's start; `emotion` (name, intensity) from then on."""

    at_s: float
    text: str
    samples: FloatArray
    rate: int
    emotion: tuple[str, float]


@dataclass(frozen=True)
class Earlier:
    """What was said in an earlier conversation, `ago_s` seconds before: (speaker, text), the speaker "player" or
    "npc"."""

    ago_s: float
    turns: tuple[tuple[str, str], ...]

    def memory(self, npc: str, now_s: float) -> NpcMemory:
        """What the NPC of this name has kept of it. `now_s`: the system's clock, seconds since 1970."""
        lau = LinguisticAffect(npc)
        now_us = 0
        for speaker, text in self.turns:
            lau.hear(npc if speaker == "npc" else speaker, text, now_us, now_us + TURN_US)
            now_us += TURN_US
        return parted(lau, now_us, now_s - self.ago_s)


@dataclass(frozen=True)
class Performance:
    """`player`: the film; `seconds`: its length; `lines` in order; `earlier`: what the NPC remembers."""

    player: Path
    seconds: float
    lines: tuple[Line, ...]
    earlier: Earlier


def bundled_performance() -> Performance:
    """The shipped one. Raises MediaError when its files are missing."""
    script = FOLDER / "script.json"
    if not script.is_file():
        raise MediaError(f"The demo's files are missing in {FOLDER}; install echo-runtime again.")
    document = json.loads(script.read_text("utf-8"))
    lines = []
    for entry in document["lines"]:
        samples, rate = soundfile.read(FOLDER / entry["sound"], dtype="float32")
        lines.append(Line(entry["at_s"], entry["text"], samples, rate, (entry["emotion"], entry["intensity"])))
    past = document["earlier"]
    earlier = Earlier(past["ago_s"], tuple((turn["speaker"], turn["text"]) for turn in past["turns"]))
    return Performance(FOLDER / document["player"], document["seconds"], tuple(lines), earlier)
