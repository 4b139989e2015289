"""espeak-ng through its C library, with phoneme events.

API: espeak-ng/speak_lib.h (espeak_Initialize, espeak_SetSynthCallback, espeak_Synth); no mbrola voices are needed.
The library keeps one global state, hence one lock; its oscillators and its noise run on from one utterance to the next,
so that a repeated utterance sounds the same and lasts the same to within some milliseconds, but is not bit-identical.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from functools import cache
from typing import Any

import numpy as np

from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.signals import FloatArray
from echo_runtime.training.speech.mouth import Segment
from echo_runtime.training.speech.visemes import visemes_of_ipa

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS
_PHONEME_EVENTS, _PHONEME_IPA = 1, 2
_END_OF_LIST, _PHONEME = 0, 7
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8 = 1
_USUAL_WORDS_PER_MINUTE = 160
_lock = threading.Lock()


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", _Id),
    )  # fmt: skip


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@cache
def _library() -> tuple[Any, int]:
    name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        raise MissingDependencyError(
            "The espeak-ng library is not installed; on Debian or Ubuntu: sudo apt-get install espeak-ng"
        ) from error
    sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, None, _PHONEME_EVENTS | _PHONEME_IPA)
    if sample_rate <= 0:
        raise MissingDependencyError(
            "espeak-ng finds no voice data; install it again: sudo apt-get install espeak-ng-data"
        )
    return library, sample_rate


def available() -> bool:
    """Whether espeak-ng can be used here."""
    try:
        _library()
    except MissingDependencyError:
        return False
    return True


def synthesize(
    text: str, name: str, rate: float, pitch: float, intonation: float
) -> tuple[FloatArray, int, list[Segment]]:
    """Samples in [-1, 1], their rate, and visemes. Raises UsageError for an unknown voice."""
    library, sample_rate = _library()
    runs: list[np.ndarray] = []
    phonemes: list[tuple[float, str]] = []

    def receive(samples: Any, count: int, events: Any) -> int:
        if samples and count:
            runs.append(np.ctypeslib.as_array(samples, (count,)).copy())
        i = 0
        while events[i].type != _END_OF_LIST:
            if events[i].type == _PHONEME:
                symbol = events[i].id.string.decode("utf8", "ignore")
                phonemes.append((events[i].audio_position / 1000, symbol))
            i += 1
        return 0

    callback = _Callback(receive)
    with _lock:
        library.espeak_SetSynthCallback(callback)
        if library.espeak_SetVoiceByName(name.encode()) != 0:
            raise UsageError(f"espeak-ng knows no voice {name!r}; `espeak-ng --voices=en` lists them.")
        library.espeak_SetParameter(_RATE, round(_USUAL_WORDS_PER_MINUTE * rate), 0)
        library.espeak_SetParameter(_PITCH, round(100 * pitch), 0)
        library.espeak_SetParameter(_RANGE, round(100 * intonation), 0)
        spoken = text.encode()
        library.espeak_Synth(ctypes.c_char_p(spoken), ctypes.c_size_t(len(spoken) + 1), 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
    samples = np.concatenate(runs).astype(np.float32) / 32768 if runs else np.zeros(0, np.float32)
    return samples, sample_rate, _segments(phonemes, len(samples) / sample_rate)


def _segments(phonemes: list[tuple[float, str]], duration: float) -> list[Segment]:
    segments: list[Segment] = []
    if phonemes and phonemes[0][0] > 0:
        segments.append((0.0, phonemes[0][0], "sil"))
    for i, (start, symbol) in enumerate(phonemes):
        end = phonemes[i + 1][0] if i + 1 < len(phonemes) else duration
        if end <= start:
            continue
        parts = visemes_of_ipa(symbol)
        # a diphthong's first half lasts longer than its glide
        edges = (
            np.array([start, start + 0.6 * (end - start), end])
            if len(parts) == 2
            else np.linspace(start, end, len(parts) + 1)
        )
        segments += [(float(a), float(b), part) for a, b, part in zip(edges[:-1], edges[1:], parts, strict=True)]
    return segments
