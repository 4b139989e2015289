"""A source whose observations are taken for later ones: to bring camera and voice together by the slower of them."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any

from echo_runtime.capture.source import Source


class Delayed(Source[Any]):
    """`source`, its times later by `delay_us`, and held back for as long. Notes and statistics are the source's."""

    def __init__(self, source: Source[Any], delay_us: int) -> None:
        self._source, self._delay_us = source, delay_us
        self._waiting: deque[Any] = deque()
        self.origin, self.live, self.tracked = source.origin, source.live, source.tracked

    @property
    def notes(self) -> list[str]:  # type: ignore[override]
        return self._source.notes

    def say(self, text: str, *, odd: bool = True) -> None:
        self._source.say(text, odd=odd)

    def take_notes(self) -> list[str]:
        return self._source.take_notes()

    def statistics(self) -> dict[str, float | str]:
        return self._source.statistics()

    def start(self, start_us: int) -> None:
        self._source.start(start_us)

    def read_until(self, time_us: int) -> list[Any]:
        # a device's queue is emptied at once; a file decodes no further than it must
        for observation in self._source.read_until(time_us if self.live else time_us - self._delay_us):
            self._waiting.append(replace(observation, time_us=observation.time_us + self._delay_us))
        out = []
        while self._waiting and self._waiting[0].time_us <= time_us:
            out.append(self._waiting.popleft())
        return out

    @property
    def ended(self) -> bool:
        return self._source.ended and not self._waiting

    def close(self) -> None:
        self._source.close()
        self._waiting.clear()
