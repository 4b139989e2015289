"""What a voice sounds like over seconds: the mean cepstrum of its loud frames, whatever its level.

Short-term cepstra averaged over time are the oldest description of a speaker (Furui, "Cepstral analysis technique for
automatic speaker verification", IEEE Transactions on ASSP 29, 1981). What lies more than 8 nepers of power (35 dB)
below a frame's strongest band is a room's noise more often than a voice and is not looked at.
"""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import MEL_BANDS, FloatArray

VOICE_PROFILE_DIM = 16
VOICE_SPREAD: FloatArray = np.array(
    [1.99, 0.65, 0.80, 0.54, 0.47, 0.46, 0.29, 0.34, 0.45, 0.37, 0.24, 0.33, 0.23, 0.22, 0.21, 0.22], np.float32
)
"""How far each number strays between passages of 3 s of one speaker, another level, tone and noise included."""
SPEECH = 0.5
"""Activity from which a frame is speech."""
_FLOOR = 8.0
_QUIETER = 1.0
"""Frames whose strongest band is so far below the usual one are ends of words and breaths."""
_LEVEL_SHARE = 0.01
_k, _n = np.arange(1, VOICE_PROFILE_DIM + 1)[:, None], np.arange(MEL_BANDS)[None]
_COSINES = (np.sqrt(2.0 / MEL_BANDS) * np.cos(np.pi * _k * (2 * _n + 1) / (2 * MEL_BANDS))).astype(np.float32)


class VoiceDescription:
    """Streaming: log-mel frames in, cepstra of those that tell something about the voice out."""

    def __init__(self) -> None:
        self._level: float | None = None

    def __call__(self, voice: FloatArray) -> FloatArray:
        """(n, 81) A_usr → (m, VOICE_PROFILE_DIM), m ≤ n."""
        bands = voice[voice[:, MEL_BANDS] > SPEECH, :MEL_BANDS]
        bands = bands[np.isfinite(bands).all(axis=1)]
        if not len(bands):
            return np.zeros((0, VOICE_PROFILE_DIM), np.float32)
        peaks = bands.max(axis=1)
        mean = float(peaks.mean())
        share = min(_LEVEL_SHARE * len(peaks), 1.0)
        self._level = mean if self._level is None else self._level + share * (mean - self._level)
        loud = peaks > self._level - _QUIETER
        above = np.maximum(bands[loud], peaks[loud, None] - _FLOOR)
        return (above @ _COSINES.T).astype(np.float32)
