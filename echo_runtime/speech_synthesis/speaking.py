"""Texts beside the runtime's loop: they wait in a bounded queue and are spoken in threads; the loop never waits.

Texts of one NPC are spoken one after the other; those of different NPCs side by side, as far as the synthesiser goes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
import soxr

from echo_runtime.errors import CommandFailedError, EchoError, SpeechSynthesisError
from echo_runtime.signals import SAMPLE_RATE, FloatArray
from echo_runtime.speech_synthesis.synthesiser import (
    Cancellation,
    Sound,
    SpeechSynthesiser,
    VoiceSettings,
    longest_s,
)

log = logging.getLogger(__name__)
WAITING = 32
"""Texts that are not wholly spoken, of all NPCs together; beyond, `busy`."""
AHEAD_S = 30.0
"""The next text of an NPC is begun once no more than this of its sound waits to be taken."""


class SpokenText:
    """One text under way. `take` is for the runtime's loop; the rest is told by the thread that speaks it."""

    def __init__(self, npc: str, label: int, text: str, voice: VoiceSettings) -> None:
        self.npc, self.label, self.text, self.voice = npc, label, text, voice
        self.cancellation = Cancellation()
        self.asked_s = time.monotonic()
        self.first_sound_s: float | None = None
        """Seconds from the command to the first piece."""
        self._pieces: deque[bytes] = deque()
        self._samples = 0
        self._finished = False
        self._error: EchoError | None = None
        self._lock = threading.Lock()

    def take(self) -> bytes:
        """The next piece, PCM16 little-endian of one channel at 16 kHz; b"" when there is none now."""
        with self._lock:
            piece = self._pieces.popleft() if self._pieces else b""
            self._samples -= len(piece) // 2
            return piece

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that have not been taken."""
        return self._samples / SAMPLE_RATE

    @property
    def over(self) -> bool:
        """Everything that will ever come has been taken."""
        with self._lock:
            return self._finished and not self._pieces

    @property
    def finished(self) -> bool:
        return self._finished

    @property
    def error(self) -> EchoError | None:
        """Why it broke off, once it has finished."""
        return self._error

    def add(self, samples: FloatArray) -> None:
        if not len(samples):
            return
        pcm = (np.clip(samples, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes()
        with self._lock:
            if self.first_sound_s is None:
                self.first_sound_s = time.monotonic() - self.asked_s
            self._pieces.append(pcm)
            self._samples += len(pcm) // 2

    def finish(self, error: EchoError | None = None) -> None:
        with self._lock:
            self._error, self._finished = error, True


@dataclass(frozen=True)
class SpokenPiece:
    """Sound of utterance `label` of `npc`, as much as the loop took at once: PCM16 little-endian, one channel, 16 kHz.
    `over`: nothing follows; `error`: because it broke off."""

    npc: str
    label: int
    pcm: bytes
    over: bool
    error: EchoError | None


@dataclass(frozen=True)
class SpeakingStatistics:
    """Texts `spoken` to their end, `failed`, `cut` by an interrupt; `first_sound_ms`: from the last text's command to
    its first piece of sound; `problem`: the last failure, "" after a good text."""

    spoken: int
    failed: int
    cut: int
    first_sound_ms: float
    problem: str


class Speaking:
    """`speak` and `cancel` are for the runtime's loop and return at once. Owns its threads and the synthesiser until
    `close`."""

    def __init__(self, synthesiser: SpeechSynthesiser) -> None:
        self._synthesiser = synthesiser
        self._changed = threading.Condition()
        self._texts: list[SpokenText] = []
        """In the order in which they came, until they are spoken or cancelled."""
        self._under_way: set[SpokenText] = set()
        self._taken: deque[SpokenText] = deque()
        """Spoken, with sound that has not been taken."""
        self._spoken = self._failed = self._cut = 0
        self._first_sound_s = 0.0
        self._problem = ""
        self._stop = False
        self._threads = [
            threading.Thread(target=self._work, name=f"speech synthesis {n}", daemon=True)
            for n in range(max(1, synthesiser.concurrent))
        ]
        for thread in self._threads:
            thread.start()

    def speak(self, npc: str, label: int, text: str, voice: VoiceSettings) -> SpokenText:
        """Raises CommandFailedError `busy` when too many texts wait."""
        with self._changed:
            if len(self._texts) >= WAITING:
                raise CommandFailedError(
                    "busy", f"{len(self._texts)} texts wait to be spoken: send the next when one has been heard."
                )
            spoken = SpokenText(npc, label, text, voice)
            self._texts.append(spoken)
            self._changed.notify_all()
            return spoken

    def cancel(self, text: SpokenText) -> None:
        """Nothing more of it is made, and none of it is to be taken."""
        with self._changed:
            if text in self._texts:
                self._texts.remove(text)
                self._cut += 1
            self._changed.notify_all()
        text.cancellation.cancel()

    def taken(self) -> None:
        """Sound has been taken: another text may be begun."""
        with self._changed:
            self._changed.notify_all()

    @property
    def statistics(self) -> SpeakingStatistics:
        with self._changed:
            first_ms = round(self._first_sound_s * 1000.0, 1)
            return SpeakingStatistics(self._spoken, self._failed, self._cut, first_ms, self._problem)

    def close(self) -> None:
        with self._changed:
            self._stop = True
            texts = [*self._texts, *self._under_way]
            self._texts.clear()
            self._changed.notify_all()
        for text in texts:
            text.cancellation.cancel()
        self._synthesiser.close()
        until_s = time.monotonic() + 2.0  # a host's name may be looked up for longer; the threads are daemons
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))

    # -- the threads --------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._changed:
                text: SpokenText | None = None
                while text is None:
                    if self._stop:
                        return
                    text = self._next()
                    if text is None:
                        self._changed.wait()
                self._under_way.add(text)
            error: EchoError | None = None
            try:
                self._speak(text)
            except EchoError as refused:
                error = refused
            except Exception as fault:  # a library's fault must not end the voice of all NPCs
                log.exception("speech synthesis failed")
                error = SpeechSynthesisError(f"Speech synthesis failed: {type(fault).__name__}: {fault}"[:300])
            text.finish(error)
            with self._changed:
                self._under_way.discard(text)
                if text in self._texts:
                    self._texts.remove(text)
                    self._taken.append(text)
                    self._count(text, error)
                self._changed.notify_all()

    def _next(self) -> SpokenText | None:
        """The oldest text whose NPC has neither an earlier one under way nor much sound waiting."""
        while self._taken and (self._taken[0].over or self._taken[0].cancellation.cancelled):
            self._taken.popleft()
        busy: set[str] = set()
        for text in self._texts:
            if text.npc in busy:
                continue
            busy.add(text.npc)
            ahead_s = sum(t.waiting_s for t in self._taken if t.npc == text.npc and not t.cancellation.cancelled)
            if text not in self._under_way and ahead_s <= AHEAD_S:
                return text
        return None

    def _speak(self, text: SpokenText) -> None:
        rate, came_s, limit_s = 0, 0.0, longest_s(text.text)
        resampler: soxr.ResampleStream | None = None
        sound: Sound
        try:
            for sound in self._synthesiser.speak(text.text, text.voice, text.cancellation):
                if text.cancellation.cancelled:
                    return
                if resampler is None:
                    rate = sound.rate
                    resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
                came_s += len(sound.samples) / rate
                text.add(resampler.resample_chunk(sound.samples).astype(np.float32))
                if came_s > limit_s:
                    raise SpeechSynthesisError(
                        f"The voice for text gave more than {limit_s:.0f} s of sound for {len(text.text)} characters "
                        "and was cut off."
                    )
        finally:
            if resampler is not None and not text.cancellation.cancelled:
                text.add(resampler.resample_chunk(np.zeros(0, np.float32), last=True).astype(np.float32))

    def _count(self, text: SpokenText, error: EchoError | None) -> None:
        if error is None:
            self._spoken += 1
            self._problem = ""
        else:
            self._failed += 1
            self._problem = str(error)[:200]
        if text.first_sound_s is not None:
            self._first_sound_s = text.first_sound_s
