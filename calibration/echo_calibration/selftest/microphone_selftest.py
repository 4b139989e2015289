"""Whether levels that are known are measured, and whether the threshold tells voice and room apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from echo_calibration.microphone import calibrate_microphone, choose_threshold, speech_probability
from echo_calibration.selftest.syllables import speak_syllables, voices
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import SAMPLE_RATE, FloatArray

LARGEST_LEVEL_ERROR_DB = 1.0


def check_microphone(seed: int = 0) -> dict[str, Any]:
    """Rooms of known noise and speech of known level; and the ones that must be refused."""
    rng = np.random.default_rng([seed, 8])
    voice = voices()[0]
    errors, right = [], []
    for noise_db, speech_db in ((-62.0, -22.0), (-55.0, -28.0), (-48.0, -20.0), (-70.0, -34.0)):
        room, speech = _noise(rng, noise_db), _spoken(rng, voice, noise_db, speech_db)
        found = calibrate_microphone(room, speech)
        errors += [abs(found.noise_db - noise_db), abs(found.speech_db - _level(speech))]
        quiet = (speech_probability(_noise(rng, noise_db)) < found.threshold).mean()
        right.append(float(quiet))
    refused = {}
    loud = _spoken(rng, voice, -60.0, -20.0)
    for name, room, speech in (
        ("silent", np.zeros(48_000, np.float32), np.zeros(96_000, np.float32)),
        ("clipped", _noise(rng, -60.0), np.clip(loud * 30, -1, 1).astype(np.float32)),
        ("too_quiet", _noise(rng, -75.0), (loud * 0.01).astype(np.float32)),
        ("noisy", _noise(rng, -25.0), _spoken(rng, voice, -25.0, -22.0)),
    ):
        try:
            calibrate_microphone(room, speech)
            refused[name] = ""
        except CalibrationError as error:
            refused[name] = str(error)
    largest = round(max(errors), 2)
    return {
        "max_level_error_db": largest,
        "share_of_quiet_room_below_threshold": round(min(right), 4),
        "refused": refused,
        "threshold_example": choose_threshold(np.array([0.05, 0.6, 0.1] * 20), np.array([0.9, 0.95] * 20))[0],
        "passed": largest <= LARGEST_LEVEL_ERROR_DB and min(right) > 0.95 and all(refused.values()),
    }


def _noise(rng: np.random.Generator, level_db: float, seconds: float = 3.0) -> FloatArray:
    return np.asarray(rng.normal(0, 10 ** (level_db / 20), round(seconds * SAMPLE_RATE)), np.float32)


def _spoken(rng: np.random.Generator, voice: str, noise_db: float, speech_db: float) -> FloatArray:
    said = speak_syllables(rng, 6.0, voice).samples
    said = said * np.float32(10 ** ((speech_db - _level(said)) / 20))
    return np.asarray(said + _noise(rng, noise_db, 6.0)[: len(said)], np.float32)


def _level(samples: FloatArray) -> float:
    """The level of the loud tenth of 20 ms blocks, by its own definition: root mean square of their 90th percentile."""
    power = np.array([float(np.mean(samples[i : i + 320] ** 2)) for i in range(0, len(samples) - 319, 320)])
    return float(10 * np.log10(np.percentile(power, 90)))
