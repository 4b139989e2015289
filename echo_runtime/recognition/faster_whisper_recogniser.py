"""Recognition by faster-whisper with a model that the user has (a folder in CTranslate2's format).

API: github.com/SYSTRAN/faster-whisper, `WhisperModel.transcribe`. The utterance is cut already, so its own speech
detection stays off, and no earlier text is given, which would let it repeat itself in noise.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel

from echo_runtime.errors import UsageError
from echo_runtime.signals import FloatArray

NO_SPEECH = 0.6
"""Probability of "no speech" from which a piece is not believed (Whisper's paper, 2022, section 4.5)."""


class FasterWhisperRecogniser:
    def __init__(self, model: Path) -> None:
        if not (model / "model.bin").is_file():
            raise UsageError(f"{model} holds no model of faster-whisper: there is no model.bin in it.")
        self._model = WhisperModel(str(model), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)

    def transcribe(self, samples: FloatArray) -> str:
        """See `recogniser.Recogniser`."""
        segments, _ = self._model.transcribe(
            np.ascontiguousarray(samples, np.float32), beam_size=1, vad_filter=False, condition_on_previous_text=False
        )
        return " ".join(s.text.strip() for s in segments if s.no_speech_prob < NO_SPEECH).strip()
