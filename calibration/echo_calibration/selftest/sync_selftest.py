"""Whether a known delay between camera and voice is found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from echo_calibration.selftest.syllables import Syllables, speak_syllables, voices
from echo_calibration.selftest.synthetic_player import FIRST_SEED, Film, Posture, Room, SyntheticPlayer
from echo_calibration.session import Session, Watched
from echo_calibration.sync import measure_delay
from echo_runtime.capture.source import Source
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import MOTION_DIM, FloatArray, SoundObservation

LARGEST_ERROR_MS = 10.0
DELAYS_MS = tuple(range(-200, 401, 50))
SECONDS = 12.0
CAMERAS = (30.0, 25.0, 15.0)
"""Pictures per second; the last is a webcam in a dim room."""
JITTER_S, LOST = 0.003, 0.02


def check_sync(
    seed: int = 0,
    cameras: tuple[float, ...] = CAMERAS,
    delays_ms: tuple[int, ...] = DELAYS_MS,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Somebody says "pa pa pa" before a camera; its pictures then get every delay in turn, each time with other errors
    of the times and other pictures lost. Raises TrainingError without the head's data, MissingDependencyError without
    numba."""
    rows: list[dict[str, Any]] = []
    spoken = voices()
    for i, rate in enumerate(cameras):
        rng = np.random.default_rng([seed, i, 3])
        syllables = speak_syllables(rng, SECONDS, spoken[i % len(spoken)])
        watched = _watched(SyntheticPlayer(FIRST_SEED + 500 + 10 * seed + i), syllables, rate, rng)
        errors = []
        for delay_ms in delays_ms:
            try:
                found = measure_delay(delayed(watched, delay_ms * 1000, rng)).delay_s * 1000
                errors.append(round(found - delay_ms, 2))
            except CalibrationError as error:
                errors.append(float("inf"))
                progress(f"{rate:g} pictures per second, {delay_ms} ms: {error}")
        rows.append({"pictures_per_s": rate, "voice": syllables.voice, "errors_ms": errors})
        progress(f"{rate:g} pictures per second, voice {syllables.voice}: error at most {max(map(abs, errors)):.1f} ms")
    largest = max(abs(error) for row in rows for error in row["errors_ms"])
    return {
        "max_error_ms": largest,
        "delays_ms": list(delays_ms),
        "each": rows,
        "passed": largest <= LARGEST_ERROR_MS,
    }


def _watched(person: SyntheticPlayer, syllables: Syllables, rate: float, rng: np.random.Generator) -> Watched:
    times = np.arange(0, syllables.seconds, 1.0 / rate) + rng.uniform(0, 1.0 / rate)
    posture = Posture(rng).seated(np.zeros((1, MOTION_DIM), np.float32))[0]
    pictures = person.filmed_lips(syllables.opened(times), posture, Room(rng), rng)
    film = Film(pictures, times)
    with Session(film, Recited(syllables.samples)) as session:
        return session.watch(syllables.seconds + 0.2)


def delayed(watched: Watched, by_us: int, rng: np.random.Generator) -> Watched:
    """The same recording by a camera that is slower by `by_us`, whose times jitter and which loses some pictures."""
    kept = [face for face in watched.faces if rng.random() >= LOST]
    jitter = (1e6 * rng.normal(0, JITTER_S, len(kept)).clip(-3 * JITTER_S, 3 * JITTER_S)).astype(int)
    faces = [replace(face, time_us=face.time_us + by_us + int(j)) for face, j in zip(kept, jitter, strict=True)]
    return Watched(watched.start_us, watched.end_us, faces, watched.sounds)


class Recited(Source[SoundObservation]):
    """Samples at 16 kHz, as a file would give them: in runs of a tenth of a second."""

    def __init__(self, samples: FloatArray) -> None:
        super().__init__()
        self._samples, self._start_us, self._at = samples, 0, 0

    def start(self, start_us: int) -> None:
        self._start_us = start_us

    def read_until(self, time_us: int) -> list[SoundObservation]:
        out = []
        while not self.ended and self._start_us + self._at * 1000 // 16 <= time_us:
            piece = self._samples[self._at : self._at + 1600]
            out.append(SoundObservation(self._start_us + self._at * 1000 // 16, piece))
            self._at += len(piece)
        return out

    @property
    def ended(self) -> bool:
        return self._at >= len(self._samples)

    def close(self) -> None:
        self._at = len(self._samples)
