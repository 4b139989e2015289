"""Recognition beside the runtime's loop: utterances go into a bounded queue, texts come out, nothing ever waits.

When the recogniser is slower than the player speaks, the oldest waiting utterance is forgotten. A worker process that
dies is started anew a few times; then there is no recognition, and the conversation goes on without it.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from echo_runtime.recognition.recogniser import RecogniserChoice
from echo_runtime.recognition.voice_segments import VoiceSegment, VoiceSegments
from echo_runtime.signals import FloatArray

WAITING = 4
"""Utterances that wait for the recogniser."""
STARTS = 3
"""How often the worker is started before recognition is given up."""


@dataclass(frozen=True)
class Recognised:
    """What the player said and when."""

    text: str
    start_us: int
    end_us: int


@dataclass(frozen=True)
class RecognitionStatistics:
    """`heard` utterances, `understood` of them with a text, `dropped` because too many waited; `seconds_per_second`:
    time that recognition took per second of speech; `problem`: the last failure, "" without one."""

    heard: int
    understood: int
    dropped: int
    seconds_per_second: float
    problem: str


class Listening:
    """`hear` and `take` are for the runtime's loop. Owns a thread and a process until `close`."""

    def __init__(self, choice: RecogniserChoice) -> None:
        self._choice = choice
        self._segments = VoiceSegments()
        self._changed = threading.Condition()
        self._waiting: deque[VoiceSegment] = deque()
        self._texts: deque[Recognised] = deque(maxlen=64)
        self._heard = self._understood = self._dropped = 0
        self._took = self._sounded = 0.0
        self._problem = ""
        self._stop = False
        self._worker: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, name="speech recognition", daemon=True)
        self._thread.start()

    def hear(self, samples: FloatArray, activity: FloatArray, end_us: int) -> None:
        """The player's newest sound; see `VoiceSegments.hear`."""
        found = self._segments.hear(samples, activity, end_us)
        if not found:
            return
        with self._changed:
            for segment in found:
                self._heard += 1
                self._waiting.append(segment)
                if len(self._waiting) > WAITING:
                    self._waiting.popleft()
                    self._dropped += 1
            self._changed.notify()

    def take(self) -> list[Recognised]:
        """The texts that have come since the last call, in order."""
        with self._changed:
            texts = list(self._texts)
            self._texts.clear()
            return texts

    @property
    def statistics(self) -> RecognitionStatistics:
        with self._changed:
            factor = self._took / self._sounded if self._sounded else 0.0
            return RecognitionStatistics(self._heard, self._understood, self._dropped, round(factor, 3), self._problem)

    def close(self) -> None:
        with self._changed:
            self._stop = True
            self._changed.notify()
            worker = self._worker
        if worker is not None:
            with suppress(OSError):
                worker.kill()
        self._thread.join(5.0)

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        for _ in range(STARTS):
            with self._changed:
                if self._stop:
                    return
                # only the worker's errors that it cannot tell itself go to the console
                self._worker = worker = subprocess.Popen(
                    [sys.executable, "-m", "echo_runtime.recognition.worker", self._choice.text],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            again = False
            try:
                again = self._serve(worker)
            finally:
                with suppress(OSError):
                    worker.kill()
                for pipe in (worker.stdin, worker.stdout):
                    with suppress(OSError):
                        assert pipe is not None
                        pipe.close()
                worker.wait()
            if not again:
                break
        with self._changed:
            self._waiting.clear()
            self._problem = self._problem or "the recogniser's process ended"

    def _serve(self, worker: subprocess.Popen[bytes]) -> bool:
        """Until the worker or the runtime ends; True when another worker may do better."""
        if not self._answered(self._line(worker), None):
            return False
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stop or self._waiting)
                if self._stop:
                    return False
                segment = self._waiting.popleft()
            began = time.monotonic()
            samples = np.ascontiguousarray(segment.samples, "<f4")
            try:
                assert worker.stdin is not None
                worker.stdin.write(struct.pack("<I", len(samples)) + samples.tobytes())
                worker.stdin.flush()
            except OSError:
                self._failed("the recogniser's process ended")
                return True
            if not self._answered(self._line(worker), segment):
                return True
            with self._changed:
                self._took += time.monotonic() - began
                self._sounded += len(samples) / 16_000

    def _line(self, worker: subprocess.Popen[bytes]) -> dict[str, object] | None:
        """The worker's next message; None when it has ended."""
        assert worker.stdout is not None
        while line := worker.stdout.readline(65_536):
            with suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict):
                    return message  # anything else is a library's chatter
        return None

    def _answered(self, message: dict[str, object] | None, segment: VoiceSegment | None) -> bool:
        """Takes a message; False when the worker is of no use any more."""
        if message is None:
            self._failed("the recogniser's process ended")
            return False
        if "error" in message:
            self._failed(str(message["error"]))
            return segment is not None
        text = str(message.get("text", "")).strip()
        if segment is not None and text:
            with self._changed:
                self._understood += 1
                self._texts.append(Recognised(text, segment.start_us, segment.end_us))
        return True

    def _failed(self, problem: str) -> None:
        with self._changed:
            if not self._stop:
                self._problem = problem[:200]
