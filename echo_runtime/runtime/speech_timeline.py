"""Where the NPC's speech lies in time: utterances arrive in pieces, are placed on the NPC's timeline, and are looked at
ahead of their playout so that the lips can anticipate. A pure data structure: no clock, no I/O.

Positions are samples at 16 kHz since the NPC's first frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import soxr

from echo_runtime.errors import CommandFailedError
from echo_runtime.signals import SAMPLE_RATE, FloatArray

BUFFER_LIMIT_S = 60.0
"""Speech that may wait; more is refused, so that a sender that never stops cannot fill the memory."""
PRIMING_S = 0.12
"""An utterance that still arrives is placed once this much of it is there."""
HISTORY_S = 2.0
"""Kept behind the newest window, for the speech encoder's past."""
RATES = range(8_000, 192_001)
CHANNELS = range(1, 9)


@dataclass
class _Place:
    """An utterance's place on the timeline; `stop` grows while it arrives, `ended` once all of it is placed."""

    label: int
    start: int
    stop: int
    ended: bool = False
    closed: bool = False
    """Its last piece has been given out."""


@dataclass
class _Utterance:
    label: int
    resampler: soxr.ResampleStream
    channels: int
    synthesised: bool = False
    waiting: list[FloatArray] = field(default_factory=list)
    ended: bool = False
    place: _Place | None = None

    @property
    def waiting_samples(self) -> int:
        return sum(map(len, self.waiting))


@dataclass(frozen=True)
class SpeechPiece:
    """A run of one utterance, from position `start`; `last` when nothing of it follows. May be empty if `last`."""

    label: int
    start: int
    samples: FloatArray
    last: bool


class SpeechTimeline:
    def __init__(self) -> None:
        self._queue: list[_Utterance] = []
        self._base = 0
        self._samples = np.zeros(0, np.float32)
        self._placed: list[_Place] = []

    # -- what a client sends ------------------------------------------------------------------------------------------

    def begin(self, label: int, rate: int, channels: int = 1, *, synthesised: bool = False) -> None:
        """Opens utterance `label`, to be heard after those that are open. A client sends one at a time; of those that
        are `synthesised` any number may be open. Raises CommandFailedError (`bad_format`, `utterance_open`)."""
        if rate not in RATES or channels not in CHANNELS:
            raise CommandFailedError(
                "bad_format",
                f"Speech of {rate} Hz and {channels} channels cannot be taken; "
                "send 8000 to 192000 Hz and 1 to 8 channels.",
            )
        sent = [u.label for u in self._queue if not u.ended and not u.synthesised]
        if sent and not synthesised:
            raise CommandFailedError(
                "utterance_open", f"Utterance {sent[-1]} is still open; send speak_end before the next one."
            )
        stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        self._queue.append(_Utterance(label, stream, channels, synthesised))

    def push(self, label: int, pcm: bytes) -> None:
        """Adds 16-bit little-endian samples, channels interleaved. Raises CommandFailedError."""
        utterance = self._open(label)
        if len(pcm) % (2 * utterance.channels):
            raise CommandFailedError(
                "bad_format", f"{len(pcm)} bytes are not whole 16-bit frames of {utterance.channels} channels."
            )
        if self.waiting_us > BUFFER_LIMIT_S * 1e6:
            raise CommandFailedError(
                "buffer_full",
                f"{self.waiting_us / 1e6:.0f} s of speech are waiting already; wait until buffered_us falls.",
            )
        frames = np.frombuffer(pcm, "<i2").reshape(-1, utterance.channels)
        mono = frames.astype(np.float32).mean(axis=1) / 32768.0
        utterance.waiting.append(utterance.resampler.resample_chunk(mono).astype(np.float32))

    def end(self, label: int) -> None:
        utterance = self._open(label)
        utterance.waiting.append(utterance.resampler.resample_chunk(np.zeros(0, np.float32), last=True))
        utterance.ended = True

    def _open(self, label: int) -> _Utterance:
        for utterance in self._queue:
            if utterance.label == label and not utterance.ended:
                return utterance
        raise CommandFailedError("no_utterance", f"Utterance {label} is not open; send speak_begin first.")

    @property
    def waiting_us(self) -> int:
        """Speech that has arrived and has no place yet, in microseconds."""
        return sum(u.waiting_samples for u in self._queue) * 1_000_000 // SAMPLE_RATE

    def buffered_us(self, position: int) -> int:
        """Speech still to be heard at `position`, placed or waiting, in microseconds."""
        return max(0, self.stop - position) * 1_000_000 // SAMPLE_RATE + self.waiting_us

    @property
    def filling(self) -> int:
        """Label of the utterance that sound is wanted for next: the first that has not ended. 0 for none."""
        return next((u.label for u in self._queue if not u.ended), 0)

    # -- what the session does ----------------------------------------------------------------------------------------

    @property
    def stop(self) -> int:
        """The position after the last placed sample."""
        return self._base + len(self._samples)

    @property
    def arriving(self) -> bool:
        """True while an open utterance has a place: what follows `stop` is then unknown, not silent."""
        return bool(self._queue) and self._queue[0].place is not None and not self._queue[0].ended

    def place(self, position: int) -> None:
        """Gives waiting speech its place, not before `position` (the first sample whose picture is not made yet)."""
        while self._queue:
            utterance = self._queue[0]
            enough = utterance.waiting_samples >= PRIMING_S * SAMPLE_RATE
            if not (enough or utterance.ended or utterance.place):
                return
            if utterance.waiting_samples:
                start = max(self.stop, position)
                if utterance.place is None:
                    utterance.place = _Place(utterance.label, start, start)
                    self._placed.append(utterance.place)
                gap = np.zeros(start - self.stop, np.float32)
                self._samples = np.concatenate([self._samples, gap, *utterance.waiting])
                utterance.waiting.clear()
                utterance.place.stop = self.stop
            if not utterance.ended:
                return
            if utterance.place is None:  # ended without a sample: finished as soon as it is its turn
                utterance.place = _Place(utterance.label, position, position)
                self._placed.append(utterance.place)
            utterance.place.ended = True
            self._queue.pop(0)

    def window(self, start: int, stop: int) -> tuple[FloatArray, int]:
        """The samples from `start` to `stop` (silence where none are placed), and how many of them are known.

        All are known unless an utterance is still arriving: then what follows its newest sample is not.
        """
        out = np.zeros(stop - start, np.float32)
        first, last = max(start, self._base), min(stop, self.stop)
        if last > first:
            out[first - start : last - start] = self._samples[first - self._base : last - self._base]
        known = max(0, self.stop - start) if self.arriving else stop - start
        return out, min(known, stop - start)

    def pieces(self, start: int, stop: int) -> list[SpeechPiece]:
        """What is to be heard from `start` to `stop`, utterance by utterance; every `last` is given exactly once."""
        out = []
        for place in self._placed:
            first, end = max(start, place.start), min(stop, place.stop)
            last = place.ended and place.stop <= stop and not place.closed
            if end <= first and not last:
                continue
            samples = self.window(first, end)[0] if end > first else np.zeros(0, np.float32)
            out.append(SpeechPiece(place.label, first if end > first else start, samples, last))
            place.closed = place.closed or last
        return out

    def utterance_at(self, position: int) -> int:
        """Label of the utterance that is heard at `position`, 0 for none."""
        for placed in self._placed:
            if placed.start <= position < placed.stop:
                return placed.label
        return 0

    def starts_in_s(self, position: int) -> float | None:
        """Seconds from `position` until speech that is not heard yet begins: 0 when it has no place yet and comes as
        soon as it can, None when none is there."""
        ahead = [p.start - position for p in self._placed if p.start > position and p.stop > p.start]
        if ahead:
            return min(ahead) / SAMPLE_RATE
        return 0.0 if any(u.place is None for u in self._queue) else None

    def take_finished(self, position: int) -> list[int]:
        """Labels of the utterances whose last sample lies before `position`; each is given once."""
        finished = [p.label for p in self._placed if p.ended and p.stop <= position]
        self._placed = [p for p in self._placed if not (p.ended and p.stop <= position)]
        return finished

    def interrupt(self, position: int) -> list[int]:
        """Drops everything from `position` on, placed or waiting; returns the labels of what was dropped."""
        dropped = [p.label for p in self._placed if p.stop > position or not p.ended]
        dropped += [u.label for u in self._queue if u.label not in dropped]
        self._queue.clear()
        self._samples = self._samples[: max(0, position - self._base)]
        self._placed.clear()
        return dropped

    def forget(self, position: int) -> None:
        """Frees what lies more than the history before `position`."""
        keep_from = position - int(HISTORY_S * SAMPLE_RATE)
        if keep_from > self._base:
            self._samples = self._samples[keep_from - self._base :]
            self._base = keep_from
