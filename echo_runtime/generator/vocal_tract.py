"""Vocal tract normalisation: a voice whose formants lie higher than those that the speech encoder knows best is heard
with its frequencies lowered (Lee & Rose, "Speaker normalization using efficient frequency warping procedures", ICASSP
1996).

The criterion needs no transcript: of two readings of the same sound, the better one leaves the encoder less in doubt
about its visemes. Voices that it was trained on are clearest as they are; a woman recorded for flite, whom it never
heard, is clearest with frequencies lowered by a sixth, and there its jaw and rounding are read better too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from echo_runtime.generator.speech_encoder import VISEMES
from echo_runtime.log_mel import band_centres_hz
from echo_runtime.signals import FloatArray

FACTORS = (1.0, 1.2)
"""Band at f is read from f · factor: 1.2 lowers all frequencies by a sixth."""
CLEARER_NATS = 0.015
"""Mean entropy of visemes that lowered frequencies must save before they are taken; twice as much is lost before they
are left."""
LEAST_FRAMES, MEMORY_FRAMES = 25.0, 250.0
"""Voiced frames (25 Hz) before a decision, and how many count: older ones fade."""
RARELY = 8
"""Once so much was heard, only every so many chunks are read twice."""
_SILENCE = VISEMES.index("sil")


@lru_cache
def warp_matrix(factor: float) -> FloatArray:
    """(80, 80): log-mel times its transpose is the log-mel with every frequency divided by `factor`."""
    centres = band_centres_hz()
    source = np.interp(centres * factor, centres, np.arange(len(centres)))
    low = np.floor(source).astype(int)
    high, part = np.minimum(low + 1, len(centres) - 1), source - low
    matrix = np.zeros((len(centres), len(centres)), np.float32)
    rows = np.arange(len(centres))
    np.add.at(matrix, (rows, low), 1.0 - part)
    np.add.at(matrix, (rows, high), part)
    return matrix


def warped(mel: FloatArray, factor: float) -> FloatArray:
    """Log-mel (T, 80) with frequencies divided by `factor`."""
    return mel if factor == 1.0 else mel @ warp_matrix(factor).T


def doubt(visemes: FloatArray) -> tuple[FloatArray, np.ndarray]:
    """Viseme probabilities (T, 17) → entropy in nats (T,), and whether each frame is speech (T,)."""
    entropy = -(visemes * np.log(visemes + 1e-9)).sum(-1)
    return entropy, visemes[:, _SILENCE] < 0.5


@dataclass(frozen=True)
class VocalTract:
    """What is known of one NPC's voice. `other_doubt`: sum over `frames` voiced frames of the entropy with the other
    factor minus that with factor 1."""

    lowered: bool = False
    frames: float = 0.0
    other_doubt: float = 0.0
    chunks: int = 0

    @property
    def factor(self) -> float:
        return FACTORS[self.lowered]

    @property
    def other_factor(self) -> float:
        return FACTORS[not self.lowered]

    @property
    def asks(self) -> bool:
        """Whether this chunk should be read with the other factor too."""
        return self.frames < 0.6 * MEMORY_FRAMES or self.chunks % RARELY == 0

    def skipped(self) -> VocalTract:
        """After a chunk that was read once."""
        return replace(self, chunks=self.chunks + 1)

    def heard(self, visemes: FloatArray, others: FloatArray) -> VocalTract:
        """After a chunk whose newest frames were read with `factor` and with `other_factor`: probabilities (n, 17)."""
        (own, voiced), (other, also) = doubt(visemes), doubt(others)
        both = voiced & also
        saved = float((other - own)[both].sum()) * (-1.0 if self.lowered else 1.0)
        fade = 1.0 - both.sum() / MEMORY_FRAMES
        frames = self.frames * fade + both.sum()
        total = self.other_doubt * fade + saved
        lowered = self.lowered
        if frames >= LEAST_FRAMES:
            border = CLEARER_NATS * (2.0 if lowered else -1.0)
            lowered = bool(total / frames < border)
        return VocalTract(lowered, float(frames), float(total), self.chunks + 1)
