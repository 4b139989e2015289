"""Recognition by sherpa-onnx with a model that the user has: a folder as its releases unpack to.

API: k2-fsa.github.io/sherpa/onnx, `OfflineRecognizer.from_transducer`, `from_whisper`, `from_sense_voice`. Which of
them is meant is told by the files: with a joiner it is a transducer, with encoder and decoder alone Whisper.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import sherpa_onnx

from echo_runtime.errors import UsageError
from echo_runtime.signals import SAMPLE_RATE, FloatArray


class SherpaOnnxRecogniser:
    def __init__(self, model: Path) -> None:
        tokens = _one(model, "*tokens.txt")
        encoder, decoder, joiner, single = (
            _one(model, f"*{part}*.onnx") for part in ("encoder", "decoder", "joiner", "model")
        )
        if tokens is None or not ((encoder and decoder) or single):
            raise UsageError(
                f"{model} holds no model that is known: tokens.txt with encoder, decoder (and joiner) .onnx files, or "
                "with model.onnx, belongs there."
            )
        kind = sherpa_onnx.OfflineRecognizer
        if encoder and decoder and joiner:
            self._recogniser = kind.from_transducer(
                encoder=encoder, decoder=decoder, joiner=joiner, tokens=tokens, num_threads=1
            )
        elif encoder and decoder:
            self._recogniser = kind.from_whisper(
                encoder=encoder, decoder=decoder, tokens=tokens, language="", num_threads=1
            )
        else:
            self._recogniser = kind.from_sense_voice(model=single, tokens=tokens, num_threads=1, use_itn=True)

    def transcribe(self, samples: FloatArray) -> str:
        """See `recogniser.Recogniser`."""
        stream = self._recogniser.create_stream()
        stream.accept_waveform(SAMPLE_RATE, np.ascontiguousarray(samples, np.float32))
        self._recogniser.decode_stream(stream)
        return str(stream.result.text).strip()


def _one(folder: Path, pattern: str) -> str | None:
    """The quantised file if there is one, because it is the faster one."""
    found = sorted(folder.glob(pattern), key=lambda p: ("int8" not in p.name, p.name))
    return str(found[0]) if found else None
