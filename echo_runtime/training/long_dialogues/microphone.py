"""The player's voice as a microphone hears it, as log-mel: one recording situation for the whole dialogue.

Everything is local in time: what is heard at one moment depends on the two seconds before it and on nothing else, so
that dialogues that end alike sound alike there, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import fftconvolve, firwin2

from echo_runtime.log_mel import LogMel
from echo_runtime.signals import MEL_BANDS, SAMPLE_RATE, FloatArray
from echo_runtime.training.speech.pauses import coloured_noise

BLOCK_S = 20
"""Sound is made in blocks of so many seconds, so that twenty minutes need little memory."""
MEL_LOW, MEL_STEP = -14.0, 0.1
"""A band is stored as one byte b: MEL_LOW + MEL_STEP · b."""
_TAPS = 127
_SPEECH_RMS = 0.09
"""Of a voice whose peaks are 1, about."""


class Microphone:
    """A room, a frequency response, a level, and noise. `key`: seeds; the same key is the same microphone. What it
    gives lies 4 ms late."""

    def __init__(self, key: tuple[int, ...]) -> None:
        random = np.random.default_rng([*key, 0])
        self._key = key
        response = firwin2(
            _TAPS,
            [0.0, 0.019, 0.05, 0.125, 0.31, 0.62, 1.0],
            10 ** (np.append(random.normal(0.0, 3.5, 6), 0.0)[[0, 0, 1, 2, 3, 4, 5]] / 20),
        )
        if random.random() < 0.5:
            t60 = random.uniform(0.1, 0.5)
            n = int(t60 * SAMPLE_RATE)
            tail = random.normal(size=n) * 10 ** (-3 * np.arange(n) / n) * random.uniform(0.02, 0.1)
            response = np.convolve(response, np.concatenate([[1.0], np.zeros(int(0.004 * SAMPLE_RATE)), tail]))
        self._response = response.astype(np.float32)
        self._gain = float(10 ** random.uniform(-1.1, 0.0))
        self._noise = _SPEECH_RMS * 10 ** (-random.uniform(18.0, 45.0) / 20)
        self._colour = float(random.uniform(0.0, 1.1))

    def __call__(self, blocks: Iterator[FloatArray]) -> Iterator[FloatArray]:
        """Blocks of clean sound → blocks of what is recorded, in [-1, 1]. All blocks but the last are of one size."""
        reach = len(self._response) - 1
        tail = np.zeros(reach, np.float32)
        for number, block in enumerate(blocks):
            heard = fftconvolve(np.concatenate([tail, block]), self._response)[reach : reach + len(block)]
            tail = np.concatenate([tail, block])[-reach:]
            random = np.random.default_rng([*self._key, 1, number])
            hiss = coloured_noise(len(block), random, self._colour) * self._noise
            yield np.clip((heard + hiss) * self._gain, -1.0, 1.0).astype(np.float32)


def cut_into_blocks(sound: FloatArray) -> Iterator[FloatArray]:
    """(n,) in pieces of BLOCK_S, the last one shorter."""
    size = BLOCK_S * SAMPLE_RATE
    for first in range(0, len(sound), size):
        yield sound[first : first + size]


def as_bytes(mel: FloatArray) -> np.ndarray:
    """(n, 80) log-mel in steps of MEL_STEP as uint8."""
    return np.clip(np.round((mel - MEL_LOW) / MEL_STEP), 0, 255).astype(np.uint8)


def from_bytes(data: np.ndarray) -> np.ndarray:
    """(n, 80) float16 of what `as_bytes` gave."""
    return (MEL_LOW + MEL_STEP * data.astype(np.float32)).astype(np.float16)


def heard_mel(blocks: Iterator[FloatArray]) -> np.ndarray:
    """(4T, 80) uint8 (see `as_bytes`) of recorded blocks."""
    mel = LogMel()
    parts = [as_bytes(mel(block)) for block in blocks]
    return np.concatenate(parts) if parts else np.zeros((0, MEL_BANDS), np.uint8)
