"""The one interface of speech synthesisers: a text goes in, sound comes out piece by piece as it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from echo_runtime.signals import FloatArray

LONGEST_S = 600.0
"""Sound of one text; a synthesiser that gives more than this, or than its text can last, is cut off."""
_SLOWEST_S = 1.0
"""Per character of text: spelled-out digits and signs take long, more than this is no speech of the text."""
_SHORTEST_LIMIT_S = 15.0


@dataclass(frozen=True)
class VoiceSettings:
    """How an NPC speaks. `name`: the synthesiser's own name of a voice, "" takes its usual one. `rate`: 0.5 to 2 times
    the usual speed. `pitch`: 0.5 to 2 times the usual height, where the synthesiser can. `language`: a tag as en-us,
    "" the voice's own."""

    name: str = ""
    rate: float = 1.0
    pitch: float = 1.0
    language: str = ""


@dataclass(frozen=True)
class Sound:
    """A piece of speech: (n,) samples in [-1, 1], one channel, at `rate` Hz (8000 to 192000)."""

    samples: FloatArray
    rate: int


class Cancellation:
    """Tells a synthesiser that nobody wants the rest. `cancel` may come from any thread, at any time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._cancelled = False
        self._calls: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            calls = list(self._calls)
        for call in calls:
            call()

    @contextmanager
    def calling(self, abort: Callable[[], None]) -> Iterator[None]:
        """While inside, a cancellation calls `abort`, which must end whatever is being waited for; at once if it has
        come already."""
        with self._lock:
            self._calls.append(abort)
            already = self._cancelled
        try:
            if already:
                abort()
            yield
        finally:
            with self._lock:
                self._calls.remove(abort)


class SpeechSynthesiser(Protocol):
    """Speaks texts; `speak` may be called from as many threads at once as `concurrent` says."""

    concurrent: int
    pitched: bool
    """Whether it makes anything of `VoiceSettings.pitch`."""

    def speak(self, text: str, voice: VoiceSettings, cancellation: Cancellation) -> Iterator[Sound]:
        """The sound of `text`, from its beginning, all pieces of one rate. Ends early, without an error, once it is
        cancelled. Raises SpeechSynthesisError in one sentence when the text cannot be spoken, after however many
        pieces."""
        ...

    def close(self) -> None:
        """Ends processes and connections; texts under way end."""
        ...


def longest_s(text: str) -> float:
    """Seconds of sound that `text` may last."""
    return min(LONGEST_S, max(_SHORTEST_LIMIT_S, _SLOWEST_S * len(text)))
