"""Speech with known phoneme times: espeak-ng, flite and festival, at data-generation time only; Pico and RHVoice,
aligned afterwards, where they are installed.

A voice is named ENGINE:NAME, such as "espeak:en-us+f3", "flite:awb" or "festival:ked". HELD_OUT_VOICES never enter
training.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from echo_runtime.errors import UsageError
from echo_runtime.signals import SAMPLE_RATE, FloatArray
from echo_runtime.training.speech import aligned_voices, espeak, festival, flite
from echo_runtime.training.speech.aligned_voices import ALIGNED_VOICES
from echo_runtime.training.speech.mouth import Segment

HELD_OUT_VOICES = ("flite:slt", "espeak:en-us+f5", "festival:slt")
_ESPEAK_VOICES = (
    "en-us", "en-us+m1", "en-us+m2", "en-us+m3", "en-us+m4", "en-us+m5", "en-us+m6", "en-us+m7", "en-us+m8", "en-us+f1",
    "en-us+f2", "en-us+f3", "en-us+f4", "en", "en+f2", "en+m4", "en-gb-x-rp+m2", "en-gb-x-rp+f1",
    "en-gb-scotland+f3", "en-gb-scotland+m3", "en-gb-x-gbclan+m1", "en-gb-x-gbcwmd+f4", "en-029+m4", "en-us-nyc+f2",
    "en-us-nyc+m7", "en-us+croak", "en-us+whisper", "en-us+linda", "en-us+anika", "en-us+adam", "en-us+steph",
    "en-us+belinda", "en-us+edward", "en-us+michael", "en-us+grandpa", "en-us+grandma", "en-us+klatt2", "en-us+klatt4",
    "en-us+boris", "en-us+max", "en-us+victor", "en-us+aunty", "en-us+john", "en-us+travis", "en-us+Alicia",
)  # fmt: skip
VOICES = (
    *tuple(f"espeak:{name}" for name in _ESPEAK_VOICES),
    "flite:awb", "flite:rms", "flite:kal16", "festival:kal", "festival:ked",
)  # fmt: skip
"""Voices for training; all speak English."""
OTHER_LANGUAGE_VOICES = tuple(
    f"festival:{name}" for name, voice in festival.FESTIVAL_VOICES.items() if voice.language != "en"
)
"""festival's voices of other languages, recorded from people: for the speech encoder only."""


@dataclass(frozen=True)
class Utterance:
    """`samples` (n,) float32 mono at 16 kHz in [-1, 1]; `segments`: (start s, end s, viseme), in order, gapless."""

    samples: FloatArray
    segments: tuple[Segment, ...]

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / SAMPLE_RATE

    def clause_ends(self, pause_s: float = 0.09) -> list[float]:
        """Times in seconds where a clause ends: where a pause of at least `pause_s` begins, and where speech ends."""
        ends: list[float] = []
        spoken = 0.0
        for start, end, viseme in self.segments:
            if viseme != "sil":
                spoken = end
            elif spoken and end - start >= pause_s and (not ends or spoken > ends[-1]):
                ends.append(spoken)
        if spoken and (not ends or spoken > ends[-1]):
            ends.append(spoken)
        return ends


def synthesize(
    text: str, voice: str, *, rate: float = 1.0, pitch: float = 0.5, intonation: float = 0.5, stretch: float = 1.0
) -> Utterance:
    """Speech and its visemes.

    `rate`: speed against the voice's usual one. `pitch` in [0, 1], 0.5 for the voice's own; `intonation` in [0, 1]:
    espeak only. `stretch` > 1 plays the sound slower and so lowers pitch and formants together, as of a larger speaker
    (times are scaled along).
    Raises UsageError for an unknown engine, MissingDependencyError when the engine is not installed.
    """
    engine, _, name = voice.partition(":")
    if engine == "espeak":
        samples, sample_rate, segments = espeak.synthesize(text, name, rate, pitch, intonation)
    elif engine == "flite":
        samples, sample_rate, segments = flite.synthesize(text, name, rate, pitch)
    elif engine == "festival":
        samples, sample_rate, segments = festival.synthesize(text, name, rate, pitch)
    elif voice in ALIGNED_VOICES:
        samples, sample_rate, segments = aligned_voices.synthesize(text, engine, name, rate, pitch)
    else:
        known = "espeak:NAME, flite:NAME, festival:NAME, " + ", ".join(ALIGNED_VOICES)
        raise UsageError(f"There is no voice {voice!r}; a voice is {known}.")
    return _stretched(samples, sample_rate, segments, stretch)


def synthesize_many(
    texts: Sequence[str],
    voice: str,
    *,
    rate: float = 1.0,
    pitch: float = 0.5,
    intonation: float = 0.5,
    stretch: float = 1.0,
) -> list[Utterance]:
    """`synthesize` for several texts with the same settings: festival, slow to start, speaks them in one process."""
    engine, _, name = voice.partition(":")
    if engine != "festival":
        return [
            synthesize(text, voice, rate=rate, pitch=pitch, intonation=intonation, stretch=stretch) for text in texts
        ]
    return [_stretched(*spoken, stretch) for spoken in festival.synthesize_many(texts, name, rate, pitch)]


def _stretched(samples: FloatArray, sample_rate: int, segments: Sequence[Segment], stretch: float) -> Utterance:
    sound = soxr.resample(samples, sample_rate, SAMPLE_RATE * stretch).astype(np.float32)
    return Utterance(sound, tuple((start * stretch, end * stretch, viseme) for start, end, viseme in segments))
