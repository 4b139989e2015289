"""Causal log-mel spectrogram: 80 bands at 100 Hz from 16 kHz sound, the same for player and NPC, streaming or whole.

Frame i is computed from the 400 samples that end with sample 160·(i+1)−1, so nothing later is needed.
Triangular filters on the HTK mel scale, 2595·log10(1 + f/700) (Young et al., The HTK Book, section 5.4).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from echo_runtime.signals import MEL_BANDS, SAMPLE_RATE, FloatArray

HOP = 160
WINDOW = 400
FFT = 512
LOW_HZ, HIGH_HZ = 50.0, 7800.0
FLOOR = 1e-6
SILENCE = float(np.log(FLOOR))
"""What every band holds in digital silence."""


def _corners_hz() -> FloatArray:
    """(82,): where each filter begins, peaks and ends, three neighbours at a time."""

    def mel(hz: float) -> float:
        return float(2595.0 * np.log10(1.0 + hz / 700.0))

    return 700.0 * (10.0 ** (np.linspace(mel(LOW_HZ), mel(HIGH_HZ), MEL_BANDS + 2) / 2595.0) - 1.0)


def band_centres_hz() -> FloatArray:
    """(80,): where each band's filter peaks."""
    return _corners_hz()[1:-1]


@cache
def mel_filters() -> FloatArray:
    """(80, 257) triangular filters."""
    points = _corners_hz()
    bins = np.linspace(0.0, SAMPLE_RATE / 2, FFT // 2 + 1)
    rising = (bins - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    falling = (points[2:, None] - bins) / (points[2:] - points[1:-1])[:, None]
    return np.clip(np.minimum(rising, falling), 0.0, None).astype(np.float32)


_HANN = np.hanning(WINDOW + 1)[:-1].astype(np.float32)


class LogMel:
    """Streaming log-mel: feed runs of samples of any length, get the frames that they complete."""

    def __init__(self) -> None:
        self._tail = np.zeros(WINDOW - HOP, np.float32)

    def reset(self) -> None:
        self._tail = np.zeros(WINDOW - HOP, np.float32)

    def __call__(self, samples: FloatArray) -> FloatArray:
        """(n,) samples in [-1, 1] at 16 kHz → (m, 80) log-mel frames that are now complete."""
        signal = np.concatenate([self._tail, np.asarray(samples, np.float32)])
        count = max(0, (len(signal) - WINDOW) // HOP + 1)
        self._tail = signal[count * HOP :]
        if not count:
            return np.zeros((0, MEL_BANDS), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(signal, WINDOW)[: count * HOP : HOP]
        power = np.abs(np.fft.rfft(frames * _HANN, FFT)) ** 2
        return np.log(power.astype(np.float32) @ mel_filters().T + FLOOR).astype(np.float32)


def log_mel(samples: FloatArray) -> FloatArray:
    """Whole-signal form: (n,) → (n // 160, 80)."""
    return LogMel()(samples)
