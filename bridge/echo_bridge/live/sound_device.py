"""A sound device that nobody hears: pulls blocks by the clock, as a sound card does, and counts what they hold."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from echo_bridge.inbox import SpeechChunk
from echo_bridge.playout import SpeechPlayout

BLOCK = 1024
RATE = 48_000
"""Of the device: blocks of 21.3 ms."""
PLAYOUT_RATE = 16_000


class SoundDevice:
    """One NPC's speech. `clock`: the runtime's time in microseconds. Its methods may be called from any thread."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._playout = SpeechPlayout(PLAYOUT_RATE)
        self._paused_until = 0.0
        self._ended = threading.Event()
        self._underruns = 0
        self.heard = 0
        """Samples of speech at 16 kHz, without silence."""
        self.heard_of_old_epochs = 0
        self._expected = 0
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    @property
    def underruns(self) -> int:
        with self._lock:
            return self._underruns + self._playout.underruns

    def push(self, chunk: SpeechChunk) -> None:
        header = chunk.header
        if header.rate != PLAYOUT_RATE:
            return  # version 1.0 of the runtime sends no other
        with self._lock:
            self._playout.push(header.pts, chunk.samples, header.epoch, header.last)

    def expect(self, epoch: int) -> None:
        """From now on nothing of a lower epoch may be heard."""
        with self._lock:
            self._expected = max(self._expected, epoch)
            if epoch > self._playout.epoch:
                self._playout.push(0, np.zeros(0, np.float32), epoch)

    def reset(self) -> None:
        """A new run of the runtime: times and epochs begin anew."""
        with self._lock:
            self._underruns += self._playout.underruns
            self._playout, self._expected = SpeechPlayout(PLAYOUT_RATE), 0

    def pause(self, seconds: float) -> None:
        """Pull nothing for so long, as a device does that was lost."""
        self._paused_until = time.monotonic() + seconds

    def close(self) -> None:
        self._ended.set()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        due, pulled = time.monotonic(), 0
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            due += BLOCK / RATE
            if due < time.monotonic() - 0.5:
                due = time.monotonic()  # the process stood still; a card does not make up for it
            if time.monotonic() < self._paused_until:
                continue
            pulled += BLOCK
            count = pulled * PLAYOUT_RATE // RATE
            pulled -= count * RATE // PLAYOUT_RATE
            with self._lock:
                sound = self._playout.pull(count, self._clock())
                heard = int(np.count_nonzero(sound))
                self.heard += heard
                if self._playout.epoch < self._expected:
                    self.heard_of_old_epochs += heard
