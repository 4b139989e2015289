"""What every source of the player's pictures, sound or faces looks like to the rest of the runtime.

A source is *pulled*: `read_until(t)` returns, in order of time, the observations whose light or sound was captured up
to `t` and that were not returned before. A file decodes as far as it must, in the calling thread, so that a virtual
clock gives the same observations every time; a device fills a queue from its own thread and `read_until` empties it.
After the end of a file, or while a device is gone, there are simply no more observations.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Generic, TypeVar

from echo_runtime.signals import FaceObservation, PictureObservation, SoundObservation

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

    def __init__(self) -> None:
        self.notes: list[str] = []

    tracked: bool = False
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
