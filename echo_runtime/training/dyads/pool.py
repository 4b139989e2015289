"""Characters and what they have said: utterances synthesised once and used in many conversations."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from echo_runtime.training.speech.corpus import Progress, choose_voice
from echo_runtime.training.speech.sentences import HELD_OUT_SENTENCES, SENTENCES
from echo_runtime.training.speech.synthesis import HELD_OUT_VOICES, Utterance, synthesize
from echo_runtime.training.speech.visemes import VISEME_INDEX, VISEMES

DEFAULT_FOLDER = Path("build/dyads")


@dataclass(frozen=True)
class Character:
    """A speaker: a voice at one pitch and size, and utterances of theirs."""

    voice: str
    utterances: tuple[Utterance, ...]


def make_pool(
    seed: int, characters: int, lines: int, held_out: bool = False, progress: Progress | None = None
) -> list[Character]:
    """`characters` speakers with `lines` utterances each. Held-out ones use voices and sentences kept from training."""
    random = np.random.default_rng([seed, int(held_out), 4])
    texts = HELD_OUT_SENTENCES if held_out else SENTENCES
    out = []
    for i in range(characters):
        voice = HELD_OUT_VOICES[i % len(HELD_OUT_VOICES)] if held_out else choose_voice(random)
        stretch = random.uniform(0.88, 1.15) if not held_out and random.random() < 0.7 else 1.0
        pitch, intonation, rate = random.uniform(0.2, 0.8), random.uniform(0.3, 0.9), random.uniform(0.88, 1.2)
        spoken: list[Utterance] = []
        for line in random.permutation(len(texts)):
            utterance = synthesize(
                texts[line],
                voice,
                rate=rate * random.uniform(0.93, 1.07),
                pitch=pitch,
                intonation=intonation,
                stretch=stretch,
            )
            if utterance.segments and utterance.duration > 0.5:
                spoken.append(trimmed(utterance))
            if len(spoken) == lines:
                break
        out.append(Character(voice, tuple(spoken)))
        if progress:
            progress(i + 1, characters)
    return out


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
    path.parent.mkdir(parents=True, exist_ok=True)
    utterances = [(c, u) for c, character in enumerate(pool) for u in character.utterances]
    np.savez(
        path,
        voices=np.array([c.voice for c in pool]),
        character=np.array([c for c, _ in utterances]),
        lengths=np.array([len(u.samples) for _, u in utterances]),
        sound=np.concatenate([np.round(u.samples * 32767).astype(np.int16) for _, u in utterances]),
        segments=np.array(
            [[i, a, b, VISEME_INDEX[v]] for i, (_, u) in enumerate(utterances) for a, b, v in u.segments]
        ),
    )


def load_pool(path: Path) -> list[Character]:
    """What `save_pool` wrote."""
    with np.load(path, allow_pickle=False) as data:
        arrays = {name: data[name] for name in data.files}
    ends = np.cumsum(arrays["lengths"])
    rows = np.split(arrays["segments"], np.searchsorted(arrays["segments"][:, 0], np.arange(1, len(ends))))
    spoken: list[list[Utterance]] = [[] for _ in arrays["voices"]]
    for i, (end, length) in enumerate(zip(ends, arrays["lengths"], strict=True)):
        samples = arrays["sound"][end - length : end].astype(np.float32) / 32767
        segments = tuple((float(a), float(b), VISEMES[int(v)]) for _, a, b, v in rows[i])
        spoken[int(arrays["character"][i])].append(Utterance(samples, segments))
    return [Character(str(v), tuple(u)) for v, u in zip(arrays["voices"], spoken, strict=True)]


@lru_cache(maxsize=2)
def default_pool(held_out: bool = False, folder: Path = DEFAULT_FOLDER) -> list[Character]:
    """76 characters of 20 utterances (8 of 18 when held out), synthesised on first use and kept in `folder`."""
    path = folder / f"pool_{'held_out' if held_out else 'train'}.npz"
    if not path.exists():
        print(f"Synthesising the utterances of conversations into {path} …", file=sys.stderr, flush=True)
        save_pool(path, make_pool(0, 8 if held_out else 76, 18 if held_out else 20, held_out))
    return load_pool(path)
