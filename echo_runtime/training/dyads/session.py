"""One synthetic conversation as arrays, and folders of them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from echo_runtime.errors import TrainingError
from echo_runtime.signals import FloatArray, Style
from echo_runtime.training.atomic_writing import write_arrays

_SOUNDS = ("speech", "player_voice")
_SCALARS = ("voice", "seed", "style")
_DAMAGE = (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error)
EVENTS = (
    "blink", "saccade", "nod", "brow_flash", "smile_answer", "clause_end", "player_clause_end", "player_pause",
    "player_smile", "player_surprise",
)  # fmt: skip


@dataclass(frozen=True)
class DyadSession:
    """T frames at 25 Hz of a player and an NPC in conversation; the NPC's motion is the truth to learn.

    motion (T, 60): the NPC, see signals.MOTION_NAMES; eyeLook* are zero, because gaze says the same.
    speech (640 T,): the NPC's voice, 16 kHz.
    player_face (T, 61): the player's motion with the flaws of a tracker, then its validity.
    player_voice (640 T,): the player's voice as a microphone hears it, 16 kHz.
    player_activity (4T,): 1 while the player speaks, at 100 Hz.
    affect (T, 10): the NPC's c_emo.
    npc_speaking (T,): bool.
    viseme (4T,): int8 index into VISEMES of the NPC's speech, at 100 Hz.
    events: times in seconds under the names of EVENTS; those of the player are named so, the others are the NPC's.
    player_clause_end: every end of a clause; player_pause: those before a pause of at least 0.25 s.
    voice: the NPC's. seed: what generated it. style: how the NPC carries itself.
    """

    motion: FloatArray
    speech: FloatArray
    player_face: FloatArray
    player_voice: FloatArray
    player_activity: FloatArray
    affect: FloatArray
    npc_speaking: np.ndarray
    viseme: np.ndarray
    events: dict[str, np.ndarray]
    voice: str
    seed: int
    style: Style = field(default_factory=Style)


def save_sessions(folder: Path | str, sessions: Iterable[DyadSession]) -> list[Path]:
    """One npz per session, SEED.npz, whole or not at all; sound as 16-bit integers. Returns the paths.

    Raises TrainingError when the disk is full or the folder cannot be written to.
    """
    folder = Path(folder)
    paths = []
    for session in sessions:
        arrays: dict[str, np.ndarray] = {"voice": np.array(session.voice), "seed": np.array(session.seed)}
        arrays["style"] = np.array([session.style.temperament, session.style.expressiveness])
        for part in fields(session):
            value = getattr(session, part.name)
            if part.name in _SOUNDS:
                arrays[part.name] = np.round(np.clip(value, -1, 1) * 32767).astype(np.int16)
            elif part.name == "events":
                arrays |= {f"event_{name}": times for name, times in value.items()}
            elif part.name not in _SCALARS:
                arrays[part.name] = value
        path = folder / f"{session.seed:07d}.npz"
        write_arrays(path, **arrays)
        paths.append(path)
    return paths


def load_session(path: Path | str) -> DyadSession:
    """What `save_sessions` wrote; a file from before there were styles is of an average NPC.

    Raises TrainingError when the file is not such a session.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            values = {name: data[name] for name in data.files}
        events = {name.removeprefix("event_"): v for name, v in values.items() if name.startswith("event_")}
        plain = {f.name: values[f.name] for f in fields(DyadSession) if f.name not in ("events", *_SCALARS)}
        for name in _SOUNDS:
            plain[name] = plain[name].astype(np.float32) / 32767
        style = Style(*(float(x) for x in values.get("style", (0.5, 0.5))))
        return DyadSession(**plain, events=events, voice=str(values["voice"]), seed=int(values["seed"]), style=style)
    except _DAMAGE as error:
        raise TrainingError(
            f"{path} is not a stored conversation ({error}); delete it and generate it again."
        ) from error


def load_sessions(folder: Path | str) -> Iterator[DyadSession]:
    """Every session of a folder in order of name. Raises TrainingError when there is none."""
    paths = sorted(Path(folder).glob("*.npz"))
    if not paths:
        raise TrainingError(f"There are no conversations in {folder}; generate them first.")
    for path in paths:
        yield load_session(path)
