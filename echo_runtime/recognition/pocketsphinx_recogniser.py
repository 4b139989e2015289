"""Recognition by pocketsphinx with the US English model in its wheel: offline, small, weak.

API: pocketsphinx.readthedocs.io, "Decoder". Its own confidence is used: words of low posterior are dropped, because a
word that was never said may carry a feeling that was never felt.
"""

from __future__ import annotations

import re

import numpy as np
from pocketsphinx import Decoder

from echo_runtime.signals import SAMPLE_RATE, FloatArray

SURE = 0.4
"""Posterior from which a word is believed."""


class PocketsphinxRecogniser:
    def __init__(self) -> None:
        self._decoder = Decoder(loglevel="FATAL")

    def transcribe(self, samples: FloatArray) -> str:
        """See `recogniser.Recogniser`."""
        peak = float(np.abs(samples).max(initial=0.0))
        if peak < 1e-4 or len(samples) < SAMPLE_RATE // 5:
            return ""
        sound = np.round(samples / peak * 0.8 * 32767).astype("<i2").tobytes()
        self._decoder.start_utt()
        self._decoder.process_raw(sound, full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return ""
        words = [(s.word, float(s.prob)) for s in self._decoder.seg()]
        return " ".join(re.sub(r"\(\d+\)$", "", word) for word, p in words if word[0] not in "<[" and p >= SURE)
