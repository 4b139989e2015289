"""Which phone a person says when: words by pocketsphinx's recogniser, phones by its forced alignment.

API: pocketsphinx.readthedocs.io, "Decoder" (`seg`, `set_align_text`, `set_alignment`, `get_alignment`). The wheel
brings its US English acoustic model, dictionary and language model, so nothing is downloaded here. Phones are ARPABET
as in CMUdict, without stress.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echo_runtime.errors import MissingDependencyError
from echo_runtime.signals import SAMPLE_RATE, FloatArray

FRAME_S = 0.01
_FRAME_CENTRE_S = 0.008
"""A frame of 25.6 ms stands for the 10 ms around its centre, which begin this much after it."""
_FRAME_SAMPLES = 160
CONFIDENT = 0.5
"""Posterior above which a recognised word counts as what was said."""
_PAUSE_FRAMES = 12
"""Silences this long separate the phrases that are aligned one by one."""


@dataclass(frozen=True)
class Phone:
    """`name`: ARPABET; times in seconds; `confidence`: posterior of its word, 1 where a transcript was given."""

    name: str
    start: float
    end: float
    word: str
    confidence: float = 1.0

    @property
    def duration(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Alignment:
    """`phones` of the words that could be aligned; `words`: (start s, end s) of every word, aligned or not; `text`."""

    phones: tuple[Phone, ...]
    words: tuple[tuple[float, float], ...]
    text: str

    def named(self, names: Sequence[str], shortest_s: float = 0.0, confidence: float = CONFIDENT) -> list[Phone]:
        """The phones of these names that last at least `shortest_s`, in words that were surely said."""
        return [p for p in self.phones if p.name in names and p.duration >= shortest_s and p.confidence >= confidence]


@dataclass(frozen=True)
class _Word:
    name: str
    first: int
    last: int
    confidence: float

    @property
    def spoken(self) -> bool:
        return self.name[0] not in "<["


def _pocketsphinx() -> Any:
    try:
        import pocketsphinx
    except ImportError as error:
        raise MissingDependencyError(
            "Lips on human voices need pocketsphinx, which is not installed; run: pip install 'echo-runtime[evaluate]'"
        ) from error
    return pocketsphinx


def available() -> bool:
    """Whether pocketsphinx can be imported here."""
    try:
        _pocketsphinx()
    except MissingDependencyError:
        return False
    return True


def spoken_words(text: str) -> list[str]:
    """A transcript as the dictionary spells it: lower case, no punctuation, no marks of silence."""
    return re.findall(r"[a-z][a-z']*", re.sub(r"<[^>]*>|\([^)]*\)", " ", text.lower()))


def align(samples: FloatArray, text: str | None = None) -> Alignment:
    """Words and phones of one recording, (n,) float at 16 kHz.

    Without `text` it is recognised first; words that are not sure keep their low confidence. With `text`, words that
    the dictionary lacks are skipped. A phrase that cannot be aligned is left out of `phones`, not of `words`.
    Raises MissingDependencyError without pocketsphinx.
    """
    decoder_type = _pocketsphinx().Decoder
    peak = float(np.abs(samples).max()) if len(samples) else 0.0
    if peak < 1e-4 or len(samples) < SAMPLE_RATE // 5:
        return Alignment((), (), "")
    sound = np.round(samples / peak * 0.8 * 32767).astype(np.int16)
    words = _recognised(decoder_type, sound) if text is None else _placed(decoder_type, sound, text)
    phones: list[Phone] = []
    aligner = _Aligner(decoder_type, sound)
    for phrase in _phrases(words):
        phones += aligner.phones(phrase)
    spoken = [w for w in words if w.spoken]
    return Alignment(
        tuple(phones),
        tuple((_seconds(w.first), _seconds(w.last + 1)) for w in spoken),
        " ".join(re.sub(r"\(\d+\)", "", w.name) for w in spoken),
    )


def _seconds(frame: int) -> float:
    return frame * FRAME_S + _FRAME_CENTRE_S


def _process(decoder: Any, sound: np.ndarray) -> None:
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), full_utt=True)
    decoder.end_utt()


def _segments(decoder: Any) -> list[_Word]:
    if decoder.hyp() is None:
        return []
    return [_Word(s.word, s.start_frame, s.end_frame, float(s.prob)) for s in decoder.seg()]


def _recognised(decoder_type: Any, sound: np.ndarray) -> list[_Word]:
    decoder = decoder_type(loglevel="FATAL")
    _process(decoder, sound)
    return _segments(decoder)


def _placed(decoder_type: Any, sound: np.ndarray, text: str) -> list[_Word]:
    decoder = decoder_type(loglevel="FATAL", lm=None)
    known = [w for w in spoken_words(text) if decoder.lookup_word(w) is not None]
    if not known:
        return []
    decoder.set_align_text(" ".join(known))
    _process(decoder, sound)
    return [_Word(w.name, w.first, w.last, 1.0) for w in _segments(decoder)]


def _phrases(words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Runs of words between pauses."""
    phrase: list[_Word] = []
    for word in words:
        if word.spoken:
            if phrase and word.first - phrase[-1].last > _PAUSE_FRAMES:
                yield phrase
                phrase = []
            phrase.append(word)
    if phrase:
        yield phrase


class _Aligner:
    """Forced alignment of the phrases of one sound. Loading the acoustic model takes half a second, so it is kept."""

    def __init__(self, decoder_type: Any, sound: np.ndarray) -> None:
        self._decoder_type, self._sound = decoder_type, sound
        self._decoder: Any = None

    def phones(self, phrase: Sequence[_Word]) -> list[Phone]:
        """The search sometimes loses its path; then other cuts of the sound are tried, then the phrase's halves."""
        for margin in (10, 6, 14, 3):
            try:
                spoken = self._aligned(phrase, margin)
            except RuntimeError:
                self._decoder = None  # it stands in the middle of an utterance that cannot be ended
                continue
            if len(spoken) == len(phrase):
                return [
                    Phone(name, _seconds(start), _seconds(start + length), word.name, word.confidence)
                    for word, said in zip(phrase, spoken, strict=True)
                    for name, start, length in said
                ]
        if len(phrase) < 4:
            return []
        middle = len(phrase) // 2
        return [*self.phones(phrase[:middle]), *self.phones(phrase[middle:])]

    def _aligned(self, phrase: Sequence[_Word], margin: int) -> list[list[tuple[str, int, int]]]:
        """Phones of every word: name, first frame, frames. Raises RuntimeError when the search finds no path."""
        if self._decoder is None:
            self._decoder = self._decoder_type(loglevel="FATAL", lm=None)
        first = max(0, phrase[0].first - margin)
        cut = self._sound[first * _FRAME_SAMPLES : (phrase[-1].last + 1 + margin) * _FRAME_SAMPLES]
        self._decoder.set_align_text(" ".join(re.sub(r"\(\d+\)", "", w.name) for w in phrase))
        _process(self._decoder, cut)
        if self._decoder.hyp() is None:
            return []
        self._decoder.set_alignment()
        _process(self._decoder, cut)
        # an entry is valid only while the iteration stands on it
        return [
            [(phone.name, first + phone.start, phone.duration) for phone in word]
            for word in self._decoder.get_alignment()
            if word.name[0] not in "<["
        ]
