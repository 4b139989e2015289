"""Voices whose synthesisers tell no phone times: their speech is aligned with its text by pocketsphinx afterwards.

SVOX Pico (Apache 2; `pip install ttspico` brings engine and voices) and RHVoice's two speakers of CMU ARCTIC (Debian:
rhvoice with rhvoice-english, from non-free). Both were made from recordings of people, and three of the four speakers
are women, which flite and festival lack but for one. Alignment against flite's and festival's own times: starts and
ends of p, b, m lie 3 to 20 ms off at the median, 80 % of the frames carry the same viseme.

All are optional: what is not installed is left out of the training voices.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from functools import cache
from typing import Any

import numpy as np
import soundfile
import soxr

from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.signals import SAMPLE_RATE, FloatArray
from echo_runtime.training.measures import phone_alignment
from echo_runtime.training.speech.mouth import Segment
from echo_runtime.training.speech.visemes import ARPABET_VISEME

PICO_VOICES = ("en-US", "en-GB")
RHVOICE_VOICES = ("clb", "bdl")
ALIGNED_VOICES = (*(f"pico:{name}" for name in PICO_VOICES), *(f"rhvoice:{name}" for name in RHVOICE_VOICES))
_RHVOICE = "RHVoice-test"
_QUIET_S = 0.25
"""Silence put before and after the speech while it is aligned: the search wants to begin and end in it."""


def available(voice: str) -> bool:
    """Whether this voice and the alignment can be used here."""
    engine, _, name = voice.partition(":")
    if not phone_alignment.available():
        return False
    if engine == "rhvoice":
        return shutil.which(_RHVOICE) is not None and name in RHVOICE_VOICES
    return engine == "pico" and name in PICO_VOICES and _pico() is not None


@cache
def _pico() -> Any | None:
    try:
        import ttspico
    except ImportError:
        return None
    return ttspico


@cache
def _pico_engine(name: str) -> Any:
    module = _pico()
    if module is None:
        raise MissingDependencyError("The voice pico needs ttspico, which is not installed; run: pip install ttspico")
    return module.TtsEngine(name)


def _spoken_by_pico(text: str, name: str, rate: float, pitch: float) -> FloatArray:
    engine = _pico_engine(name)
    engine.rate, engine.pitch = round(100 * rate), round(100 * 2 ** (0.8 * (pitch - 0.5)))
    samples = np.frombuffer(engine.speak(text) or b"", np.int16)
    return (samples / 32768).astype(np.float32)


def _spoken_by_rhvoice(text: str, name: str, rate: float, pitch: float) -> FloatArray:
    program = shutil.which(_RHVOICE)
    if program is None:
        raise MissingDependencyError(
            "RHVoice is not installed; on Debian, with non-free enabled: sudo apt-get install rhvoice rhvoice-english"
        )
    percent = [f"{round(100 * rate)}", f"{round(100 * 2 ** (0.8 * (pitch - 0.5)))}"]
    done = subprocess.run(
        [program, "-p", name, "-r", percent[0], "-t", percent[1], "-o", "/dev/stdout"],
        input=text.encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout:
        raise MissingDependencyError(f"RHVoice failed ({done.returncode}): {done.stderr.decode()[:200]}")
    # the program takes a rate to speak at and then speaks at the voice's own
    samples, sample_rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    return soxr.resample(samples, sample_rate, SAMPLE_RATE).astype(np.float32)


def synthesize(
    text: str, engine: str, name: str, rate: float, pitch: float = 0.5
) -> tuple[FloatArray, int, list[Segment]]:
    """Samples in [-1, 1], their rate, and visemes; no segments where a word could not be aligned.

    `pitch` in [0, 1] moves the mean pitch by up to ± 0.4 octaves. Raises UsageError for an unknown voice,
    MissingDependencyError where the synthesiser or pocketsphinx is missing.
    """
    if f"{engine}:{name}" not in ALIGNED_VOICES:
        raise UsageError(f"There is no voice {engine}:{name}; the aligned ones are {', '.join(ALIGNED_VOICES)}.")
    speak = _spoken_by_pico if engine == "pico" else _spoken_by_rhvoice
    samples = speak(text, name, rate, pitch)
    return samples, SAMPLE_RATE, segments_of(samples, text)


def segments_of(samples: FloatArray, text: str) -> list[Segment]:
    """Visemes of `text` as it is spoken in `samples` (n,) at 16 kHz, gapless; empty when a word is missing."""
    words = phone_alignment.spoken_words(text)
    quiet = np.zeros(round(_QUIET_S * SAMPLE_RATE), np.float32)
    aligned = phone_alignment.align(np.concatenate([quiet, samples, quiet]), text)
    if len(aligned.words) != len(words) or not aligned.phones:
        return []
    covered = sum(any(p.start < end and p.end > start for p in aligned.phones) for start, end in aligned.words)
    if covered != len(words):
        return []
    segments: list[Segment] = []
    last, duration = 0.0, len(samples) / SAMPLE_RATE
    for phone in aligned.phones:
        parts = ARPABET_VISEME.get(phone.name.lower(), ("ax",))
        start, end = (min(max(time - _QUIET_S, last), duration) for time in (phone.start, phone.end))
        if start > last + 1e-4:
            segments.append((last, start, "sil"))
        middle = start + 0.6 * (end - start)
        edges = (start, middle, end) if len(parts) == 2 else (start, end)
        segments += [(a, b, part) for a, b, part in zip(edges[:-1], edges[1:], parts, strict=True) if b > a]
        last = end
    if duration > last:
        segments.append((last, duration, "sil"))
    return segments
