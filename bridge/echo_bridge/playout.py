"""Playout with sound as the master: a jitter buffer for speech, and the queue of frames that follows its time.

Pure data structures: no clock, no threads, no sockets; times come in as arguments.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np

from echo_runtime.signals import FloatArray

Item = TypeVar("Item")
_SNAP_US = 2_000
"""Chunks whose times miss each other by less follow each other without a gap: times are rounded, sound is not."""
_CATCH_UP = 0.1
"""Share of a silence by which a delay that has grown shrinks again."""


@dataclass
class _Chunk:
    start: int
    samples: FloatArray
    last: bool

    @property
    def end(self) -> int:
        return self.start + len(self.samples)


class SpeechPlayout:
    """Turns speech chunks into what a sound device pulls, and says which instant is being heard.

    Playout runs `delay_us` behind the runtime's clock, at least `priming_us`. While somebody speaks, the samples pulled
    are the clock. When the next sample is not there, silence is played and the time stands still until `priming_us` of
    sound wait again (or the utterance's last piece has come): nothing is skipped, the delay grows; it shrinks again in
    the silence that follows. A stall longer than `patience_us` counts as the end of the utterance. In silence, a
    playout that finds itself more than `patience_us` from where the clock says begins anew there: a clock has jumped.
    No more than `limit_us` of sound may wait.
    """

    def __init__(
        self, rate: int = 16_000, priming_us: int = 40_000, patience_us: int = 500_000, limit_us: int = 60_000_000
    ) -> None:
        self.rate, self.priming_us, self.patience_us, self.limit_us = rate, priming_us, patience_us, limit_us
        self.epoch = 0
        self.underruns = 0
        self.state: Literal["quiet", "priming", "playing"] = "quiet"
        self._delay_us = float(priming_us)
        self._chunks: deque[_Chunk] = deque()
        self._position: int | None = None
        self._waited = 0
        self._measure_delay = False

    @property
    def time_us(self) -> int | None:
        """The runtime's time of the next sample to be pulled; None before the first pull.

        It stands still while waiting, and goes back when speech begins that came too late for its time.
        """
        return None if self._position is None else self._position * 1_000_000 // self.rate

    @property
    def delay_us(self) -> int:
        """How far playout is behind the runtime's clock, as of the last silence."""
        return int(self._delay_us)

    @property
    def buffered_us(self) -> int:
        return sum(len(chunk.samples) for chunk in self._chunks) * 1_000_000 // self.rate

    def push(self, pts_us: int, samples: FloatArray, epoch: int = 0, last: bool = False) -> bool:
        """Take in a chunk, (n,) in [-1, 1], heard from `pts_us` on. False if it is of a lower epoch, or if `limit_us`
        of sound wait already (a sender that does not keep to real time): it is dropped then.

        A higher epoch throws away everything that waits.
        """
        if epoch < self.epoch:
            return False
        if epoch > self.epoch:
            self.epoch = epoch
            self._chunks.clear()
            self._fall_quiet()
        if self.buffered_us > self.limit_us:
            return False
        start = pts_us * self.rate // 1_000_000
        tail = self._chunks[-1].end if self._chunks else None
        if tail is None and self.state != "quiet":
            tail = self._position
        if tail is not None and (abs(start - tail) * 1_000_000 <= _SNAP_US * self.rate or start < tail):
            start = tail  # overlapping times are an error of the sender's; its samples are still in order
        if len(samples):
            self._chunks.append(_Chunk(start, np.asarray(samples, np.float32), last))
        elif last and self._chunks:
            self._chunks[-1].last = True
        elif last and self.state != "quiet":
            self._fall_quiet()
        return True

    def pull(self, count: int, now_us: int) -> FloatArray:
        """The next `count` samples for the device, (count,); silence where there is nothing to hear."""
        out = np.zeros(count, np.float32)
        filled = 0
        if self.state == "quiet":
            self._follow(count, now_us)
        while filled < count:
            assert self._position is not None
            if self.state == "quiet":
                filled += self._rest(count - filled)
            elif self.state == "priming":
                if not self._primed(count - filled):
                    break
            else:
                filled += self._play(out, filled)
        return out

    def _follow(self, count: int, now_us: int) -> None:
        """In silence the clock leads; a grown delay shrinks."""
        if self._position is not None:
            behind_us = now_us - self._position * 1_000_000 // self.rate
            if abs(behind_us - self._delay_us) > self.patience_us:
                self._delay_us, self._position, self._measure_delay = float(self.priming_us), None, False
            elif self._measure_delay:
                self._delay_us = float(max(self.priming_us, behind_us))
                self._measure_delay = False
        shrunk = self._delay_us - _CATCH_UP * count * 1_000_000 / self.rate
        self._delay_us = max(float(self.priming_us), shrunk)
        now = (now_us - int(self._delay_us)) * self.rate // 1_000_000
        self._position = now if self._position is None else max(self._position, now)

    def _rest(self, room: int) -> int:
        """Silence up to the next chunk; there, begin to prime."""
        assert self._position is not None
        if not self._chunks or self._chunks[0].start >= self._position + room:
            self._position += room
            return room
        silence = max(0, self._chunks[0].start - self._position)
        self._position = self._chunks[0].start
        self.state, self._waited = "priming", 0
        return silence

    def _primed(self, room: int) -> bool:
        """Whether playing may go on. Otherwise the time stands still for `room` samples."""
        waiting, ended = 0, False
        for chunk in self._chunks:
            waiting += len(chunk.samples)
            ended = ended or chunk.last
        if ended or waiting * 1_000_000 >= self.priming_us * self.rate:
            self.state = "playing"
            return True
        if self._waited * 1_000_000 >= self.patience_us * self.rate:
            if self._chunks:
                self.state = "playing"  # better late than never
            else:
                self._fall_quiet()
            return True
        self._waited += room
        return False

    def _play(self, out: FloatArray, filled: int) -> int:
        assert self._position is not None
        room = len(out) - filled
        if not self._chunks:
            self.underruns += 1
            self.state, self._waited = "priming", 0
            return 0
        chunk = self._chunks[0]
        if chunk.start > self._position:  # the sender left a gap
            silence = min(room, chunk.start - self._position)
            self._position += silence
            return silence
        taken = min(room, len(chunk.samples))
        out[filled : filled + taken] = chunk.samples[:taken]
        self._position += taken
        if taken == len(chunk.samples):
            self._chunks.popleft()
            if chunk.last:
                self._fall_quiet()
        else:
            chunk.samples = chunk.samples[taken:]
            chunk.start += taken
        return taken

    def _fall_quiet(self) -> None:
        if self.state != "quiet":
            self.state, self._measure_delay = "quiet", True


class FrameQueue(Generic[Item]):
    """Frames waiting for their time. Shows the newest one that is due, and never an older one than it has shown."""

    def __init__(self, size: int = 64) -> None:
        self._waiting: deque[tuple[int, Item]] = deque(maxlen=size)
        self._shown: tuple[int, Item] | None = None
        self.epoch = 0

    def push(self, pts_us: int, item: Item, epoch: int = 0) -> bool:
        """False if it is of a lower epoch, or not newer than the last. A higher epoch throws away what waits."""
        if epoch < self.epoch:
            return False
        if epoch > self.epoch:
            self.epoch = epoch
            self._waiting.clear()
            if self._shown is not None and pts_us <= self._shown[0]:
                self._shown = None  # time may begin anew
        newest = self._waiting[-1] if self._waiting else self._shown
        if newest is not None and pts_us <= newest[0]:
            return False
        self._waiting.append((pts_us, item))
        return True

    def show(self, time_us: int) -> Item | None:
        """The newest frame with pts ≤ `time_us`, or the one shown last; None before the first."""
        while self._waiting and self._waiting[0][0] <= time_us:
            self._shown = self._waiting.popleft()
        return self._shown[1] if self._shown else None

    def __len__(self) -> int:
        return len(self._waiting)
