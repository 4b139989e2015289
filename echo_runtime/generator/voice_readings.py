"""Several readings of one sound: the speech encoder hears a voice with its vocal tract a little longer and shorter too,
and what it says is averaged (test-time augmentation; warping as in Lee & Rose, "Speaker normalization using efficient
frequency warping procedures", ICASSP 1996).

A voice that it was trained on is read the same in all of them. One that it never heard is read wrongly now in one and
now in another; the mean is better than any.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from echo_runtime.generator.speech_encoder import SpeechEncoder
from echo_runtime.log_mel import band_centres_hz
from echo_runtime.signals import FloatArray

FACTORS = (0.94, 1.0, 1.08, 1.16)
"""In a reading, the band at f is read from f · factor: above 1 all frequencies are lowered. More readings lower them
because higher voices are the ones that synthesisers of speech offer least. On three sets of held-out conversations,
against one reading: jaw r .880 → .885, rounding .827 → .835, open vowels .891 → .896, p, b and m .956 → .959."""


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


class VoiceReadings(nn.Module):
    """mel (1, n, 80) around some pictures → their features (1, pictures, F), the mean of all readings."""

    warps: Tensor

    def __init__(self, encoder: SpeechEncoder, factors: tuple[float, ...] = FACTORS) -> None:
        super().__init__()
        self.encoder = encoder
        self.register_buffer("warps", torch.from_numpy(np.stack([warp_matrix(f).T for f in factors])), persistent=False)

    def forward(self, mel: Tensor) -> Tensor:
        return self.encoder.window_features(mel @ self.warps).mean(0, keepdim=True)
