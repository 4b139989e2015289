"""One synthetic conversation as arrays, and folders of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from echo_runtime.errors import TrainingError
from echo_runtime.signals import FloatArray

_SOUNDS = ("speech", "player_voice")
EVENTS = ("blink", "nod", "smile_answer", "clause_end", "player_clause_end", "player_smile", "player_surprise")


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
    events: times in seconds under the names of EVENTS; the first four are the NPC's.
    voice: the NPC's. seed: what generated it.
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


def save_sessions(folder: Path | str, sessions: Iterable[DyadSession]) -> list[Path]:
    """One npz per session, SEED.npz; sound as 16-bit integers. Returns the paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for session in sessions:
        arrays: dict[str, np.ndarray] = {"voice": np.array(session.voice), "seed": np.array(session.seed)}
        for field in fields(session):
            value = getattr(session, field.name)
            if field.name in _SOUNDS:
                arrays[field.name] = np.round(np.clip(value, -1, 1) * 32767).astype(np.int16)
            elif field.name == "events":
                arrays |= {f"event_{name}": times for name, times in value.items()}
            elif field.name not in ("voice", "seed"):
                arrays[field.name] = value
        path = folder / f"{session.seed:07d}.npz"
        part = path.with_suffix(".part.npz")
        np.savez(part, **arrays)
        part.rename(path)
        paths.append(path)
    return paths


def load_session(path: Path | str) -> DyadSession:
    """What `save_sessions` wrote. Raises TrainingError when the file is not such a session."""
    try:
        with np.load(path, allow_pickle=False) as data:
            values = {name: data[name] for name in data.files}
        events = {name.removeprefix("event_"): v for name, v in values.items() if name.startswith("event_")}
        plain = {f.name: values[f.name] for f in fields(DyadSession) if f.name not in ("events", "voice", "seed")}
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(f"{path} is not a stored conversation ({error}); generate the sessions again.") from error
    for name in _SOUNDS:
        plain[name] = plain[name].astype(np.float32) / 32767
    return DyadSession(**plain, events=events, voice=str(values["voice"]), seed=int(values["seed"]))


def load_sessions(folder: Path | str) -> Iterator[DyadSession]:
    """Every session of a folder in order of name. Raises TrainingError when there is none."""
    paths = sorted(p for p in Path(folder).glob("*.npz") if not p.name.endswith(".part.npz"))
    if not paths:
        raise TrainingError(f"There are no conversations in {folder}; generate them first.")
    for path in paths:
        yield load_session(path)
