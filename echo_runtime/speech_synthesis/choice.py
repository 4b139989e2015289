"""How the word after `--voice-for-text` becomes a synthesiser."""

from __future__ import annotations

from echo_runtime.errors import UsageError
from echo_runtime.speech_synthesis.synthesiser import SpeechSynthesiser

CHOICES = (
    "espeak-ng, the base address of an OpenAI-compatible API (http://127.0.0.1:8880/v1), or kokoro:PATH of a model"
)


def open_synthesiser(text: str) -> SpeechSynthesiser:
    """`espeak-ng`, an address, or `kokoro:PATH`. Nothing is asked of a server yet, and Kokoro's model is loaded in its
    own process meanwhile. Raises UsageError and MissingDependencyError, with what to do."""
    kind, _, path = text.partition(":")
    if text == "espeak-ng":
        from echo_runtime.speech_synthesis.espeak_ng import EspeakNg

        return EspeakNg()
    if kind in ("http", "https"):
        from echo_runtime.speech_synthesis.speech_endpoint import SpeechEndpoint, SpeechEndpointSettings

        return SpeechEndpoint(SpeechEndpointSettings.from_environment(text))
    if kind == "kokoro":
        from echo_runtime.speech_synthesis.kokoro import Kokoro, find_kokoro

        return Kokoro(find_kokoro(path))
    raise UsageError(f"--voice-for-text takes {CHOICES}, not {text!r}.")
