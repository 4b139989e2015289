"""One long dialogue as arrays and lists, and its file."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from echo_runtime.context.affect import AFFECT_DIM, EMOTIONS
from echo_runtime.errors import TrainingError, UsageError
from echo_runtime.signals import (
    FACE_DIM,
    MELS_PER_FRAME,
    MOTION_DIM,
    SAMPLES_PER_FRAME,
    VOICE_DIM,
    DialogueTurn,
    FloatArray,
    Style,
)
from echo_runtime.training.atomic_writing import write_arrays
from echo_runtime.training.long_dialogues import microphone
from echo_runtime.training.long_dialogues.felt_affect import Callback
from echo_runtime.training.long_dialogues.labels import LABELS
from echo_runtime.training.long_dialogues.rapport import SLOW_STATES

FORMAT = 1
_DAMAGE = (
    OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, AssertionError, OverflowError, RecursionError,
    NotImplementedError, UsageError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class BehaviouralCallback:
    """A situation of the NPC's that came back (`situation`, from `start_s` to `end_s`), after the player's `behaviour`
    in the last one, at `cause_s`; `guard` in [−1, 1]: see rapport."""

    situation: str
    behaviour: str
    cause_s: float
    start_s: float
    end_s: float
    guard: float


@dataclass(frozen=True)
class LongDialogue:
    """T frames at 25 Hz (a multiple of 24) of a player and an NPC over minutes; the NPC's motion is the truth to learn.

    player_face (T, 61) float16: the player's motion with the flaws of a tracker, then its validity.
    player_voice (4T, 81) float16: log-mel of the player's microphone, and 1 while the player speaks.
    motion (T, 60) float16: the NPC, see signals.MOTION_NAMES. npc_speaking (T,) bool.
    viseme (4T,) int8: index into VISEMES of the NPC's speech, at 100 Hz.
    affect (T, 10) float16: c_emo that the words make, see felt_affect.
    rapport (T, 3) float16: rapport.SLOW_STATES, which the player's behaviour makes.
    labels (T, 6) uint8: labels.LABELS, what the player does.
    turns: every line with its text; the speaker is "player" or "npc". callbacks, behavioural_callbacks: what came up
    again. events: times in seconds under names, as in DyadSession.
    seed, generator ("tales" or "errands"), temperament, voice (the NPC's), style: where it comes from.
    speech, player_sound (640 T,): the NPC's and the player's sound at 16 kHz, if it was asked for.
    """

    player_face: np.ndarray
    player_voice: np.ndarray
    motion: np.ndarray
    npc_speaking: np.ndarray
    viseme: np.ndarray
    affect: np.ndarray
    rapport: np.ndarray
    labels: np.ndarray
    turns: tuple[DialogueTurn, ...]
    callbacks: tuple[Callback, ...]
    behavioural_callbacks: tuple[BehaviouralCallback, ...]
    events: dict[str, np.ndarray]
    seed: int
    generator: str
    temperament: str
    voice: str
    style: Style = field(default_factory=Style)
    speech: FloatArray | None = None
    player_sound: FloatArray | None = None

    @property
    def frames(self) -> int:
        return len(self.motion)


_ARRAYS: dict[str, tuple[type, int, tuple[int, ...]]] = {
    "player_face": (np.float16, 1, (FACE_DIM,)),
    "mel": (np.uint8, MELS_PER_FRAME, (VOICE_DIM - 1,)),
    "activity": (np.bool_, MELS_PER_FRAME, ()),
    "motion": (np.float16, 1, (MOTION_DIM,)),
    "npc_speaking": (np.bool_, 1, ()),
    "viseme": (np.int8, MELS_PER_FRAME, ()),
    "affect": (np.float16, 1, (AFFECT_DIM,)),
    "rapport": (np.float16, 1, (len(SLOW_STATES),)),
    "labels": (np.uint8, 1, (len(LABELS),)),
    "speech": (np.int16, SAMPLES_PER_FRAME, ()),
    "player_sound": (np.int16, SAMPLES_PER_FRAME, ()),
}
"""What a file holds: type, entries per frame, shape of an entry."""
_OPTIONAL = ("speech", "player_sound")
_PLAIN = ("player_face", "motion", "npc_speaking", "viseme", "affect", "rapport", "labels")


def save_dialogue(path: Path, dialogue: LongDialogue) -> None:
    """One npz, whole or not at all; about 1 MB per minute without sound.

    Raises TrainingError when the disk is full or the folder cannot be written to.
    """
    d = dialogue
    arrays: dict[str, np.ndarray] = {name: getattr(d, name) for name in _PLAIN}
    arrays["mel"] = microphone.as_bytes(d.player_voice[:, :-1].astype(np.float32))
    arrays["activity"] = d.player_voice[:, -1] > 0.5
    for name in _OPTIONAL:
        sound = getattr(d, name)
        if sound is not None:
            arrays[name] = np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16)
    told = {
        "format": FORMAT,
        "turns": [[t.speaker, t.text, t.start_us, t.end_us] for t in d.turns],
        "callbacks": [asdict(c) for c in d.callbacks],
        "behavioural_callbacks": [asdict(c) for c in d.behavioural_callbacks],
        "events": {name: [round(float(t), 4) for t in times] for name, times in d.events.items()},
        "style": [d.style.temperament, d.style.expressiveness],
    } | {name: getattr(d, name) for name in ("seed", "generator", "temperament", "voice")}
    write_arrays(path, told=np.frombuffer(json.dumps(told).encode(), np.uint8), **arrays)


def load_dialogue(path: Path | str) -> LongDialogue:
    """What `save_dialogue` wrote. Raises TrainingError when the file is damaged or of another format."""
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
        told = json.loads(arrays.pop("told").tobytes().decode())
        if told["format"] != FORMAT:
            raise TrainingError(
                f"{path} is a dialogue of format {told['format']!r}, this is for {FORMAT}; generate it again."
            )
        frames = len(arrays["motion"])
        for name, (kind, per_frame, shape) in _ARRAYS.items():
            if name in arrays or name not in _OPTIONAL:
                array = arrays[name]
                if array.dtype != kind or array.shape != (per_frame * frames, *shape):
                    raise ValueError(f"{name} is {array.dtype} {array.shape}")
                if array.dtype.kind == "f" and not np.isfinite(array).all():
                    raise ValueError(f"{name} is not finite")
        return _dialogue(arrays, told)
    except _DAMAGE as error:
        raise TrainingError(f"{path} is not a stored dialogue ({error}); delete it and generate it again.") from error


def _dialogue(arrays: dict[str, np.ndarray], told: dict[str, Any]) -> LongDialogue:
    voice = np.concatenate([microphone.from_bytes(arrays["mel"]), arrays["activity"][:, None].astype(np.float16)], 1)
    callbacks = tuple(Callback(**{**c, "words": tuple(c["words"])}) for c in told["callbacks"])
    if any(c.emotion not in EMOTIONS for c in callbacks):
        raise ValueError("a callback of an unknown emotion")
    sounds = {name: arrays[name].astype(np.float32) / 32767 for name in _OPTIONAL if name in arrays}
    return LongDialogue(
        **{name: arrays[name] for name in _PLAIN},
        player_voice=voice,
        turns=tuple(DialogueTurn(str(w), str(text), int(a), int(b)) for w, text, a, b in told["turns"]),
        callbacks=callbacks,
        behavioural_callbacks=tuple(BehaviouralCallback(**c) for c in told["behavioural_callbacks"]),
        events={str(name): np.array(times, np.float64) for name, times in told["events"].items()},
        seed=int(told["seed"]),
        generator=str(told["generator"]),
        temperament=str(told["temperament"]),
        voice=str(told["voice"]),
        style=Style(*(float(x) for x in told["style"])),
        **sounds,
    )


def load_dialogues(folder: Path | str) -> Iterator[LongDialogue]:
    """Every dialogue of a folder in order of name. Raises TrainingError when there is none."""
    paths = sorted(Path(folder).glob("*.npz"))
    if not paths:
        raise TrainingError(
            f"There are no long dialogues in {folder}; make them with: echo-runtime train long-dialogues"
        )
    for path in paths:
        yield load_dialogue(path)
