"""What every source of the player's pictures, sound or faces looks like to the rest of the runtime.

A source is *pulled*: `read_until(t)` returns, in order of time, the observations whose light or sound was captured up
to `t` and that were not returned before. A file decodes as far as it must, in the calling thread, so that a virtual
clock gives the same observations every time; a device fills a queue from its own thread and `read_until` empties it.
After the end of a file, or while a device is gone, there are simply no more observations.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from echo_runtime.signals import FaceObservation, PictureObservation, SoundObservation

NOTES = 100
"""Kept of each source."""

Clock = Callable[[], int]
"""Returns microseconds."""

Observation_co = TypeVar("Observation_co", covariant=True)


def monotonic_us() -> int:
    """The runtime's default clock: microseconds of the operating system's monotonic clock."""
    return time.monotonic_ns() // 1000


class Source(ABC, Generic[Observation_co]):
    """One stream of observations.

    `origin`: the word that observations carry: camera, file, engine, livelink. `live`: a device or an engine, which
    produces in its own time. `tracked`: gives faces that somebody else has tracked already, not pictures. `notes`:
    sentences for the user about what is odd but no error (a silent file, a camera that vanished), each once; `say` adds
    one, `take_notes` gives what was said since it was last called.
    """

    origin: str = "file"
    live: bool = False
    tracked: bool = False

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._untold: deque[str] = deque(maxlen=NOTES)

    def say(self, text: str, *, odd: bool = True) -> None:
        """Tells the user a sentence, from any thread. What is said again is told again, and listed once; what is not
        odd is told only."""
        if odd and text not in self.notes and len(self.notes) < NOTES:
            self.notes.append(text)
        self._untold.append(text)

    def take_notes(self) -> list[str]:
        """What was said since the last call, in order."""
        out = []
        while self._untold:
            out.append(self._untold.popleft())
        return out

    def statistics(self) -> dict[str, float | str]:
        """Of a device, for the runtime's `stats`: numbers and short texts by name."""
        return {}

    @abstractmethod
    def start(self, start_us: int) -> None:
        """Begin. A file's first instant gets the time `start_us`; a device opens (raises DeviceError)."""

    @abstractmethod
    def read_until(self, time_us: int) -> list[Observation_co]:
        """Observations captured up to `time_us`, in order, each returned once. Never blocks on a device."""

    @property
    @abstractmethod
    def ended(self) -> bool:
        """True when no observation can come any more."""

    @abstractmethod
    def close(self) -> None:
        """Release device or file. May be called twice."""

    def __enter__(self) -> Source[Observation_co]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


PictureSource = Source[PictureObservation]
SoundSource = Source[SoundObservation]
FaceSource = Source[FaceObservation]
