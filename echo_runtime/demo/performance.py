"""What the demo plays: the bundled player's film, and the lines that the NPC says at given moments of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import soundfile

from echo_runtime.errors import MediaError
from echo_runtime.signals import FloatArray

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
class Performance:
    """`player`: the film; `seconds`: its length; `lines` in order."""

    player: Path
    seconds: float
    lines: tuple[Line, ...]


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
    return Performance(FOLDER / document["player"], document["seconds"], tuple(lines))
