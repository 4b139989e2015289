"""Characters and what they have said: utterances synthesised once and used in many conversations."""

from __future__ import annotations

import sys
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from echo_runtime.errors import TrainingError
from echo_runtime.training.atomic_writing import write_arrays
from echo_runtime.training.speech.sentences import HELD_OUT_SENTENCES, SENTENCES
from echo_runtime.training.speech.synthesis import HELD_OUT_VOICES, VOICES, Utterance, synthesize_many
from echo_runtime.training.speech.visemes import VISEME_INDEX, VISEMES

DEFAULT_FOLDER = Path("build/dyads")
CHARACTERS, LINES = 96, 24
HELD_OUT_CHARACTERS, HELD_OUT_LINES = 12, 18
_ENGINE_TURNS = ("espeak", "flite", "espeak", "festival", "espeak", "flite", "espeak", "flite")
"""Engines by number of character. espeak-ng has many voices, all synthetic; the others few, recorded from people."""
_TEMPI = 3
"""At how many speeds a character speaks."""
_DAMAGE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Character:
    """A speaker: a voice at one pitch and size, utterances of theirs, and the text of each."""

    voice: str
    utterances: tuple[Utterance, ...]
    texts: tuple[str, ...] = ()

    def asks(self, number: int) -> bool:
        """Whether utterance `number` is a question."""
        return bool(self.texts) and self.texts[number].rstrip().endswith("?")


def make_character(seed: int, number: int, lines: int, held_out: bool = False) -> Character:
    """Character `number` of the pool of `seed`, with `lines` utterances, whatever the others are.

    Held-out ones use voices and sentences kept from training. Recorded voices are mostly men's: shrunk by up to a fifth
    (`stretch` below 1), they have the formants of women. Raises MissingDependencyError when a synthesiser is missing.
    """
    random = np.random.default_rng([seed, int(held_out), number, 4])
    texts = HELD_OUT_SENTENCES if held_out else SENTENCES
    stretch = 1.0
    if held_out:
        voice = HELD_OUT_VOICES[number % len(HELD_OUT_VOICES)]
    else:
        voice = _choose_voice(random, number)
        if random.random() < 0.75:
            stretch = random.uniform(0.86, 1.16) if voice.startswith("espeak") else random.uniform(0.78, 1.12)
    pitch = random.uniform(0.2, 0.8) if voice.startswith("espeak") else random.uniform(0.35, 0.85)
    intonation, rate = random.uniform(0.3, 0.9), random.uniform(0.88, 1.2)
    if stretch < 1.0:
        rate *= stretch  # a smaller speaker is no faster one
    chosen = [texts[line] for line in random.permutation(len(texts))[: lines + 4]]
    spoken: list[Utterance] = []
    said: list[str] = []
    for part in np.array_split(np.arange(len(chosen)), _TEMPI):
        tempo = rate * random.uniform(0.93, 1.07)
        texts_now = [chosen[i] for i in part]
        settings = {"rate": tempo, "pitch": pitch, "intonation": intonation, "stretch": stretch}
        for text, utterance in zip(texts_now, synthesize_many(texts_now, voice, **settings), strict=True):
            if utterance.segments and utterance.duration > 0.5 and len(spoken) < lines:
                spoken.append(trimmed(utterance))
                said.append(text)
    return Character(voice, tuple(spoken), tuple(said))


def _choose_voice(random: np.random.Generator, number: int) -> str:
    """A training voice of the engine whose turn it is; every voice of an engine comes before one comes twice."""
    engine = _ENGINE_TURNS[number % len(_ENGINE_TURNS)]
    voices = [v for v in VOICES if v.startswith(f"{engine}:")]
    if not voices:
        return VOICES[int(random.integers(len(VOICES)))]
    rounds, place = divmod(number, len(_ENGINE_TURNS))
    before = rounds * _ENGINE_TURNS.count(engine) + _ENGINE_TURNS[:place].count(engine)
    order = np.random.default_rng(before // len(voices)).permutation(len(voices))
    return voices[int(order[before % len(voices)])]


def trimmed(utterance: Utterance) -> Utterance:
    """Without the silence before and after speech, so that turns begin and end when they are said to."""
    spoken = [s for s in utterance.segments if s[2] != "sil"]
    start, end = spoken[0][0], spoken[-1][1] + 0.02
    cut = utterance.samples[int(start * 16_000) : int(end * 16_000)]
    peak = np.abs(cut).max() + 1e-6
    segments = tuple(
        (max(0.0, a - start), min(b, end) - start, v) for a, b, v in utterance.segments if b > start and a < end
    )
    return Utterance((cut / peak).astype(np.float32), segments)


def save_pool(path: Path, pool: list[Character]) -> None:
    """One npz: sound as 16-bit integers, segments as rows (utterance, start, end, viseme)."""
    utterances = [(c, u) for c, character in enumerate(pool) for u in character.utterances]
    write_arrays(
        path,
        voices=np.array([c.voice for c in pool]),
        texts=np.array([text for c in pool for text in (c.texts or [""] * len(c.utterances))]),
        character=np.array([c for c, _ in utterances]),
        lengths=np.array([len(u.samples) for _, u in utterances]),
        sound=np.concatenate([np.round(u.samples * 32767).astype(np.int16) for _, u in utterances]),
        segments=np.array(
            [[i, a, b, VISEME_INDEX[v]] for i, (_, u) in enumerate(utterances) for a, b, v in u.segments]
        ),
    )


def load_pool(path: Path) -> list[Character]:
    """What `save_pool` wrote. Raises TrainingError when the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as data:
            return _characters({name: data[name] for name in data.files})
    except _DAMAGE as error:
        raise TrainingError(f"{path} holds no characters ({error}); delete it, and it is made again.") from error


def _characters(arrays: dict[str, np.ndarray]) -> list[Character]:
    ends = np.cumsum(arrays["lengths"])
    rows = np.split(arrays["segments"], np.searchsorted(arrays["segments"][:, 0], np.arange(1, len(ends))))
    spoken: list[list[Utterance]] = [[] for _ in arrays["voices"]]
    for i, (end, length) in enumerate(zip(ends, arrays["lengths"], strict=True)):
        samples = arrays["sound"][end - length : end].astype(np.float32) / 32767
        segments = tuple((float(a), float(b), VISEMES[int(v)]) for _, a, b, v in rows[i])
        spoken[int(arrays["character"][i])].append(Utterance(samples, segments))
    said: list[list[str]] = [[] for _ in arrays["voices"]]
    for owner, text in zip(arrays["character"], arrays["texts"], strict=True):
        said[int(owner)].append(str(text))
    return [Character(str(v), tuple(u), tuple(w)) for v, u, w in zip(arrays["voices"], spoken, said, strict=True)]


@lru_cache(maxsize=2)
def default_pool(held_out: bool = False, folder: Path = DEFAULT_FOLDER) -> list[Character]:
    """96 characters of 24 utterances (12 of 18 when held out), synthesised on first use and kept in `folder`, a file
    each, so that a stopped run goes on where it was."""
    name, count, lines = (
        ("voices_held_out", HELD_OUT_CHARACTERS, HELD_OUT_LINES) if held_out else ("voices_train", CHARACTERS, LINES)
    )
    pool = []
    for i in range(count):
        path = folder / name / f"{i:03d}.npz"
        if not path.exists():
            print(f"Synthesising the lines of a character into {path} …", file=sys.stderr, flush=True)
            save_pool(path, [make_character(0, i, lines, held_out)])
        pool += load_pool(path)
    return pool
