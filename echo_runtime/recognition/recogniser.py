"""The one interface of speech recognisers, and how a name on the command line becomes one.

`pocketsphinx` carries a small US English model in its wheel and needs nothing else; it understands roughly, and what it
is not sure of it leaves out. `faster-whisper:PATH` and `sherpa-onnx:PATH` take models that the user has.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.signals import FloatArray

_NEEDS = {
    "pocketsphinx": ("pocketsphinx", "pip install 'echo-runtime[recognition]'"),
    "faster-whisper": ("faster_whisper", "pip install 'echo-runtime[whisper]'"),
    "sherpa-onnx": ("sherpa_onnx", "pip install 'echo-runtime[sherpa]'"),
}


class Recogniser(Protocol):
    """Turns one utterance into text. May take as long as the utterance; used by one thread."""

    def transcribe(self, samples: FloatArray) -> str:
        """(n,) samples in [-1, 1] at 16 kHz → what was said, "" when nothing was understood."""
        ...


@dataclass(frozen=True)
class RecogniserChoice:
    """`kind`: one of the three; `model`: folder of the user's model, None for pocketsphinx."""

    kind: str
    model: Path | None = None

    @property
    def text(self) -> str:
        return self.kind if self.model is None else f"{self.kind}:{self.model}"


def choose_recogniser(text: str) -> RecogniserChoice:
    """Reads `pocketsphinx`, `faster-whisper:PATH` or `sherpa-onnx:PATH` without loading anything. Raises UsageError
    (another word, no such folder) and MissingDependencyError (with the line that installs it)."""
    kind, _, path = text.partition(":")
    if kind not in _NEEDS:
        raise UsageError(f"--recognise takes {', '.join(_NEEDS)} (the last two with :PATH of a model), not {text!r}.")
    module, install = _NEEDS[kind]
    if importlib.util.find_spec(module) is None:
        raise MissingDependencyError(f"Speech recognition by {kind} needs a package that is not installed: {install}")
    if kind == "pocketsphinx":
        if path:
            raise UsageError("--recognise pocketsphinx carries its own model; leave out the path.")
        return RecogniserChoice(kind)
    if not path:
        raise UsageError(f"--recognise {kind} needs a model: give its folder as {kind}:PATH.")
    if not Path(path).is_dir():
        raise UsageError(f"There is no folder {path}; --recognise {kind}:PATH takes the folder of a model.")
    return RecogniserChoice(kind, Path(path))


def load_recogniser(choice: RecogniserChoice) -> Recogniser:
    """Loads the model, which takes seconds. Raises EchoError, or what the library raises for a model that is none."""
    if choice.kind == "pocketsphinx":
        from echo_runtime.recognition.pocketsphinx_recogniser import PocketsphinxRecogniser

        return PocketsphinxRecogniser()
    assert choice.model is not None
    if choice.kind == "faster-whisper":
        from echo_runtime.recognition.faster_whisper_recogniser import FasterWhisperRecogniser

        return FasterWhisperRecogniser(choice.model)
    from echo_runtime.recognition.sherpa_onnx_recogniser import SherpaOnnxRecogniser

    return SherpaOnnxRecogniser(choice.model)
