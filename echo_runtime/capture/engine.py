"""Observations that a game engine sends: a face from a headset or its own tracker, sound from its own microphone."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import Generic, TypeVar

import numpy as np

from echo_runtime.capture.retiming import SoundConverter
from echo_runtime.capture.source import Source
from echo_runtime.errors import ProtocolError
from echo_runtime.signals import COEFFICIENTS, MOTION_DIM, FaceObservation, FloatArray, SoundObservation

Stamped = TypeVar("Stamped", FaceObservation, SoundObservation)


class PushedSource(Source[Stamped], Generic[Stamped]):
    """A bounded queue that one thread fills and another empties."""

    origin = "engine"
    live = True
    tracked = True

    def __init__(self, length: int) -> None:
        super().__init__()
        self._queue: deque[Stamped] = deque(maxlen=length)
        self._lock = threading.Lock()
        self._closed = False

    def start(self, start_us: int) -> None:
        """Nothing to open: the engine begins when it likes."""

    def push(self, observation: Stamped) -> None:
        with self._lock:
            self._queue.append(observation)

    def read_until(self, time_us: int) -> list[Stamped]:
        with self._lock:
            due = [o for o in self._queue if o.time_us <= time_us]
            later = [o for o in self._queue if o.time_us > time_us]
            self._queue.clear()
            self._queue.extend(later)
        return sorted(due, key=lambda o: o.time_us)

    @property
    def ended(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True


class EngineSource:
    """What the server fills from `player_face` and `player_audio`; `faces` and `sounds` are the sources to read.

    Times are on the runtime's clock: converting the engine's is the server's task. Thread-safe.
    """

    def __init__(self) -> None:
        self.faces: PushedSource[FaceObservation] = PushedSource(length=512)
        self.sounds: PushedSource[SoundObservation] = PushedSource(length=4096)
        self._converter: SoundConverter | None = None

    def push_face(self, face: FaceObservation) -> None:
        """Coefficients are clipped to [0, 1]; ProtocolError for another shape or numbers that are not finite."""
        motion = np.array(face.motion, np.float32)
        if motion.shape != (MOTION_DIM,) or not np.isfinite(motion).all() or not np.isfinite(face.validity):
            raise ProtocolError(f"a player face needs {MOTION_DIM} finite numbers, not shape {motion.shape}")
        motion[COEFFICIENTS] = np.clip(motion[COEFFICIENTS], 0.0, 1.0)
        validity = min(max(float(face.validity), 0.0), 1.0)
        source = "headset" if face.source == "headset" else "engine"
        self.faces.push(replace(face, motion=motion, validity=validity, source=source))

    def push_sound(self, sound: SoundObservation) -> None:
        """16 kHz mono."""
        samples = np.nan_to_num(np.asarray(sound.samples, np.float32).reshape(-1), posinf=0.0, neginf=0.0)
        self.sounds.push(SoundObservation(sound.time_us, np.clip(samples, -1.0, 1.0)))

    def push_samples(self, time_us: int, samples: FloatArray, rate: int) -> None:
        """Sound of any rate, (n,) or (n, channels). MediaError for an impossible rate."""
        if self._converter is None or self._converter.rate != rate:
            self._converter = SoundConverter(rate)
        for sound in self._converter(time_us, samples):
            self.push_sound(sound)

    def close(self) -> None:
        self.faces.close()
        self.sounds.close()
