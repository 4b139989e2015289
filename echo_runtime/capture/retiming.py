"""Sound of any rate and faces of any rate onto the runtime's grids, by their time stamps.

Grid instant k of a stream that starts at `start_us` is its end, start_us + (k + 1) · 40 ms: what a tick may know.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import soxr

from echo_runtime.capture.validity import STALE_US, decayed
from echo_runtime.errors import MediaError
from echo_runtime.signals import (
    FACE_DIM,
    FRAME_US,
    MOTION_DIM,
    SAMPLE_RATE,
    FaceObservation,
    FloatArray,
    SoundObservation,
)

JITTER_US = 30_000
"""Time stamps that differ by less than this from the running count of samples are taken for jitter of the clock."""
MAX_DELAY_US = 400_000
"""Sound that arrives later than this is dropped instead of delaying everything after it."""
SURELY = 0.95
"""Validity of a face that is neither about to be lost nor just found."""
ALL_KNOWN: FloatArray = np.ones(MOTION_DIM, np.float32)
FUTURE_US = 10_000_000
"""Sound stamped further ahead than this is a mistake of its sender."""


class SoundConverter:
    """Runs of samples of one rate, mono or interleaved channels, into SoundObservations at 16 kHz.

    Streaming resampling by soxr (https://github.com/dofuuz/python-soxr). Times count samples from an anchor; a time
    stamp that is more than 30 ms off ends the run and begins a new one there.
    """

    def __init__(self, rate: int) -> None:
        if not 1000 <= rate <= 768_000:
            raise MediaError(f"a sample rate of {rate} Hz is outside 1 to 768 kHz; convert the sound first")
        self.rate = rate
        self._restart(None)

    def _restart(self, anchor_us: int | None) -> None:
        self._anchor = anchor_us
        self._read = self._written = 0
        same = self.rate == SAMPLE_RATE
        self._stream = None if same else soxr.ResampleStream(self.rate, SAMPLE_RATE, 1, dtype="float32", quality="MQ")

    @property
    def produced_us(self) -> int | None:
        """Up to which time 16 kHz samples have come out; None before the first run."""
        return None if self._anchor is None else self._anchor + self._written * 1_000_000 // SAMPLE_RATE

    def __call__(self, time_us: int, samples: FloatArray) -> list[SoundObservation]:
        """`samples` (n,) or (n, channels) in [-1, 1], captured from `time_us` on → observations that are now
        complete.
        """
        mono = np.asarray(samples, np.float32)
        if mono.ndim == 2:
            mono = mono.mean(axis=1)
        mono = np.ascontiguousarray(np.nan_to_num(mono, posinf=0.0, neginf=0.0))
        out: list[SoundObservation] = []
        if self._anchor is not None:
            expected = self._anchor + self._read * 1_000_000 // self.rate
            if abs(time_us - expected) > JITTER_US:
                out += self.flush()
        if self._anchor is None:
            self._restart(time_us)
        self._read += len(mono)
        return out + self._emit(mono if self._stream is None else self._stream.resample_chunk(mono))

    def flush(self) -> list[SoundObservation]:
        """What the filter still holds; the next run starts afresh."""
        tail = np.zeros(0, np.float32)
        if self._stream is not None and self._anchor is not None:
            tail = self._stream.resample_chunk(tail, last=True)
        out = self._emit(tail)
        self._restart(None)
        return out

    def _emit(self, samples: FloatArray) -> list[SoundObservation]:
        time_us = self.produced_us
        if time_us is None or not len(samples):
            return []
        self._written += len(samples)
        return [SoundObservation(time_us, samples)]


class SoundTimeline:
    """SoundObservations into one unbroken stream of samples that starts at `start_us`.

    Gaps become silence, overlaps are cut. Sound that arrives late, after its instant was already passed as silence, is
    still played, and the stream then runs that much (at most 0.4 s) behind until the next silence: a device needs no
    setting for its latency. Files are pulled in time, never arrive late, and have no delay.
    """

    def __init__(self, start_us: int) -> None:
        self._start_us = start_us
        self._emitted = 0
        self._cursor = 0  # source index of the next sample to give; lags `_emitted` by the delay
        self._buffer = np.zeros(0, np.float32)  # samples from `_cursor` on
        self._head = 0  # source index up to which sound has been seen
        self.newest_us = 0

    @property
    def delay_us(self) -> int:
        return (self._emitted - self._cursor) * 1_000_000 // SAMPLE_RATE

    def _index(self, time_us: int) -> int:
        return round((time_us - self._start_us) * SAMPLE_RATE / 1_000_000)

    def push(self, sound: SoundObservation) -> None:
        samples = np.asarray(sound.samples, np.float32)
        index = self._index(sound.time_us)
        if not len(samples) or index - self._emitted > FUTURE_US * SAMPLE_RATE // 1_000_000:
            return
        if abs(index - self._head) <= JITTER_US * SAMPLE_RATE // 1_000_000:
            index = self._head
        if index < self._head:  # already have that part
            samples, index = samples[self._head - index :], self._head
        if not len(samples):
            return
        if index < self._cursor:
            room = MAX_DELAY_US * SAMPLE_RATE // 1_000_000 - (self._emitted - self._cursor)
            back = min(self._cursor - index, max(room, 0))
            self._buffer = np.concatenate([np.zeros(back, np.float32), self._buffer])
            self._cursor -= back
            samples, index = samples[max(self._cursor - index, 0) :], max(index, self._cursor)
        end = index + len(samples)
        missing = end - self._cursor - len(self._buffer)
        if missing > 0:
            self._buffer = np.concatenate([self._buffer, np.zeros(missing, np.float32)])
        self._buffer[index - self._cursor : end - self._cursor] = samples
        self._head = max(self._head, end)
        self.newest_us = max(self.newest_us, self._start_us + self._head * 1_000_000 // SAMPLE_RATE)

    def pull(self, end_us: int) -> FloatArray:
        """The samples of the grid up to `end_us` that were not given before; silence where nothing was heard."""
        count = max(self._index(end_us) - self._emitted, 0)
        if count and not len(self._buffer):  # nothing waits: a delay ends here
            self._cursor = self._emitted
        out = np.zeros(count, np.float32)
        ready = min(count, len(self._buffer))
        out[:ready] = self._buffer[:ready]
        self._buffer = self._buffer[ready:]
        self._emitted += count
        self._cursor += count
        return out


class FaceGrid:
    """FaceObservations of any rate onto the 25 Hz grid: causal, tolerant of jitter, duplicates and gaps.

    With `delay_us` 0 an instant holds the newest observation up to it. With a delay, it is interpolated between the two
    around (instant − delay): smoother for sources that do not run at 25 Hz, later by the delay.
    An observation older than 0.25 s decays to neutral and its validity falls, as for a lost face.
    Of the last instant given: `known` (60,), how far each number was measured, see FaceObservation; `stale`, whether
    its observation was as old as that, or there was none; `shape`, whose face was surely seen, see FaceObservation.
    """

    def __init__(self, start_us: int, delay_us: int = 0) -> None:
        self.known, self.stale = ALL_KNOWN, True
        self.shape: FloatArray | None = None
        self._next_us = start_us + FRAME_US
        self._delay_us = delay_us
        self._seen: deque[FaceObservation] = deque()
        self.newest_us = 0

    def push(self, face: FaceObservation) -> None:
        """In order of time; an observation that is older than the newest is dropped."""
        if self._seen and face.time_us < self._seen[-1].time_us:
            return
        if self._seen and face.time_us == self._seen[-1].time_us:
            self._seen.pop()
        self._seen.append(face)

    def pull(self, time_us: int) -> FloatArray:
        """(n, 61): all grid instants up to `time_us` that were not given before."""
        rows = []
        while self._next_us <= time_us:
            rows.append(self._at(self._next_us))
            self._next_us += FRAME_US
        return np.stack(rows) if rows else np.zeros((0, FACE_DIM), np.float32)

    def _at(self, instant_us: int) -> FloatArray:
        target = instant_us - self._delay_us
        while len(self._seen) > 1 and self._seen[1].time_us <= target:
            self._seen.popleft()
        if not self._seen or self._seen[0].time_us > target:
            self.stale, self.shape = True, None
            return np.zeros(FACE_DIM, np.float32)
        before = self._seen[0]
        self.newest_us = max(self.newest_us, before.time_us)
        self.known = ALL_KNOWN if before.known is None else before.known
        self.stale = target - before.time_us > STALE_US
        self.shape = before.shape if before.validity > SURELY and not self.stale else None
        after = self._seen[1] if len(self._seen) > 1 else None
        if after is not None and after.time_us <= instant_us and after.time_us - before.time_us <= STALE_US:
            share = np.float32((target - before.time_us) / (after.time_us - before.time_us))
            return (before.vector + share * (after.vector - before.vector)).astype(np.float32)
        age = target - before.time_us
        return (before if age <= STALE_US else decayed(before, before.time_us + STALE_US, time_us=target)).vector
