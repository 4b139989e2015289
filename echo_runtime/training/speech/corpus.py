"""Utterances by the hour: a cached pool of speech with visemes, and the training arrays made from it.

The pool holds sound (for conversations); the corpus holds log-mel and mouth targets (for the speech encoder).
Both are plain npz files, rebuilt when their settings change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from echo_runtime.log_mel import log_mel
from echo_runtime.signals import MEL_RATE, SAMPLE_RATE, FloatArray
from echo_runtime.training.atomic_writing import write_arrays
from echo_runtime.training.speech.aligned_voices import ALIGNED_VOICES, available
from echo_runtime.training.speech.augmentation import augment_sound
from echo_runtime.training.speech.festival import FESTIVAL_VOICES
from echo_runtime.training.speech.festival import available as installed
from echo_runtime.training.speech.mouth import closure_weight, mouth_groups, viseme_track
from echo_runtime.training.speech.other_languages import OTHER_LANGUAGE_SENTENCES
from echo_runtime.training.speech.pauses import fill_pauses
from echo_runtime.training.speech.sentences import HELD_OUT_SENTENCES, SENTENCES
from echo_runtime.training.speech.synthesis import (
    HELD_OUT_VOICES,
    OTHER_LANGUAGE_VOICES,
    VOICES,
    Utterance,
    synthesize,
    synthesize_many,
)

RECORDED_SHARE, OTHER_SHARE = 0.45, 0.15
"""Shares of utterances by English voices recorded from people (flite, festival and, where installed, Pico and RHVoice),
and by festival in other languages: few voices, where espeak's many are all synthetic."""
_BATCH = 12
"""Sentences that festival speaks in one process."""
_LARGEST_SHRINK = {"flite": 0.74, "festival": 0.74, "espeak": 0.87, "pico": 0.88, "rhvoice": 0.88}
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Example:
    """One utterance for the encoder, at 100 Hz. `mels`: one or more recordings of it, each (T, 80) float16;
    `groups` (T, 13) float16; `visemes` (T,) int8; `closures` (T, 2) float16, how much p/b/m and f/v own the lips."""

    mels: tuple[np.ndarray, ...]
    groups: np.ndarray
    visemes: np.ndarray
    closures: np.ndarray
    voice: str


def random_settings(random: np.random.Generator, voice: str) -> dict[str, float]:
    """Speed, pitch, intonation and size of the speaker for one utterance, as `synthesize` takes them.

    Pitch and formants move independently: `stretch` moves both, `pitch` moves one of them.
    """
    stretch = 1.0
    if random.random() < 0.75:
        # the recorded English voices are men: shrinking them by a quarter gives the formants of women
        stretch = random.uniform(_LARGEST_SHRINK[voice.partition(":")[0]], 1.12)
    pitch = random.uniform(0.15, 0.85) if voice.startswith("espeak") else random.uniform(0.35, 0.9)
    if voice in OTHER_LANGUAGE_VOICES or random.random() < 0.15:
        pitch = 0.5
    return {
        "rate": random.uniform(0.8, 1.3) * (stretch if stretch < 1 else 1.0),
        "pitch": pitch,
        "intonation": random.uniform(0.2, 0.9),
        "stretch": stretch,
    }


def random_utterance(random: np.random.Generator, voice: str, text: str) -> Utterance:
    """`text` by `voice` at a random speed, pitch and size of speaker."""
    return synthesize(text, voice, **random_settings(random, voice))


def choose_voice(random: np.random.Generator, held_out: bool = False) -> str:
    """A training voice that speaks English, a recorded one in RECORDED_SHARE of the draws; or a held-out voice."""
    if held_out:
        return HELD_OUT_VOICES[random.integers(len(HELD_OUT_VOICES))]
    recorded = random.random() < RECORDED_SHARE
    voices = [voice for voice in VOICES if voice.startswith("espeak") != recorded]
    if recorded:
        voices += [voice for voice in ALIGNED_VOICES if available(voice)]
    return voices[random.integers(len(voices))]


def utterances(seed: int, held_out: bool = False) -> Iterator[tuple[str, Utterance]]:
    """Endless (voice, utterance); the same seed gives the same voices, texts and settings.

    Voices of other languages are used where they are installed; without any of them English takes their share.
    Raises MissingDependencyError, with the line that installs it, when a synthesiser or an English voice is missing.
    """
    random = np.random.default_rng(seed)
    others = [voice for voice in OTHER_LANGUAGE_VOICES if installed(voice.partition(":")[2])]
    while True:
        voice, texts = choose_voice(random, held_out), HELD_OUT_SENTENCES if held_out else SENTENCES
        if not held_out and others and random.random() < OTHER_SHARE:
            voice = others[random.integers(len(others))]
            texts = OTHER_LANGUAGE_SENTENCES[FESTIVAL_VOICES[voice.partition(":")[2]].language]
        if voice.startswith("festival") and random.random() > 1 / _BATCH:
            continue
        count = _BATCH if voice.startswith("festival") else 1
        chosen = [texts[random.integers(len(texts))] for _ in range(count)]
        for utterance in synthesize_many(chosen, voice, **random_settings(random, voice)):
            if utterance.segments and utterance.duration > 0.4:
                yield voice, utterance


def targets(utterance: Utterance, frames: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mouth groups (T, 13), visemes (T,), closures (T, 2) at 100 Hz, cut or padded with rest to `frames`."""
    duration = frames / MEL_RATE
    times = np.arange(frames) / MEL_RATE
    closures = np.zeros((frames, 2), np.float32)
    for start, end, viseme in utterance.segments:
        if viseme in ("PP", "FF"):
            column = closures[:, 0 if viseme == "PP" else 1]
            np.maximum(column, closure_weight(times, start, end), out=column)
    groups = mouth_groups(utterance.segments, duration, MEL_RATE)
    return groups.astype(np.float16), viseme_track(utterance.segments, duration), closures.astype(np.float16)


def example(voice: str, utterance: Utterance, random: np.random.Generator, recordings: int) -> Example:
    """With silence of random length before and after; `recordings` is how many augmented mels come beside the clean."""
    before, after = random.uniform(0.0, 0.6), random.uniform(0.15, 0.9)
    sound = np.concatenate(
        [
            np.zeros(int(before * MEL_RATE) * SAMPLE_RATE // MEL_RATE, np.float32),
            utterance.samples,
            np.zeros(int(after * SAMPLE_RATE), np.float32),
        ]
    )
    shift = int(before * MEL_RATE) / MEL_RATE
    moved = Utterance(sound, tuple((start + shift, end + shift, viseme) for start, end, viseme in utterance.segments))
    clean = log_mel(sound * (random.uniform(0.2, 0.9) / (np.abs(sound).max() + 1e-6)))
    mels = [clean]
    for _ in range(recordings):
        mels.append(log_mel(augment_sound(fill_pauses(sound, moved.segments, random), random)))
    groups, visemes, closures = targets(moved, len(clean))
    return Example(tuple(mel.astype(np.float16) for mel in mels), groups, visemes, closures, voice)


def build_corpus(
    seconds: float, seed: int, *, held_out: bool = False, recordings: int = 1, progress: Progress | None = None
) -> list[Example]:
    """Examples of about `seconds` in total. Held-out ones are clean recordings of held-out voices and sentences."""
    random = np.random.default_rng([seed, 77])
    out: list[Example] = []
    total = 0.0
    for voice, utterance in utterances(seed, held_out):
        out.append(example(voice, utterance, random, recordings))
        total += utterance.duration
        if progress:
            progress(int(min(total, seconds)), int(seconds))
        if total >= seconds:
            return out
    return out


def save_corpus(path: Path, examples: Sequence[Example]) -> None:
    """One npz: everything concatenated, with lengths."""
    recordings = len(examples[0].mels)
    write_arrays(
        path,
        lengths=np.array([len(e.groups) for e in examples]),
        voices=np.array([e.voice for e in examples]),
        groups=np.concatenate([e.groups for e in examples]),
        visemes=np.concatenate([e.visemes for e in examples]),
        closures=np.concatenate([e.closures for e in examples]),
        **{f"mel{i}": np.concatenate([e.mels[i] for e in examples]) for i in range(recordings)},
    )


def load_corpus(path: Path) -> list[Example]:
    """What `save_corpus` wrote."""
    with np.load(path, allow_pickle=False) as data:
        ends = np.cumsum(data["lengths"])
        arrays = {name: data[name] for name in data.files}
    mels = [arrays[name] for name in sorted(arrays) if name.startswith("mel")]
    out = []
    for i, (end, length) in enumerate(zip(ends, arrays["lengths"], strict=True)):
        cut = slice(end - length, end)
        out.append(
            Example(
                tuple(mel[cut] for mel in mels),
                arrays["groups"][cut],
                arrays["visemes"][cut],
                arrays["closures"][cut],
                str(arrays["voices"][i]),
            )
        )
    return out


def peak_normalised(samples: FloatArray, peak: float) -> FloatArray:
    """The same sound with its largest sample at `peak`."""
    return (samples * (peak / (np.abs(samples).max() + 1e-9))).astype(np.float32)
