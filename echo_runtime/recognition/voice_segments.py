"""Cuts the player's sound into utterances, by the speech activity that the capture already knows. No clock, no I/O."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FRAME_US, MELS_PER_FRAME, SAMPLE_RATE, SAMPLES_PER_FRAME, FloatArray

SPEECH = 0.5
"""Activity from which a tick counts as speech."""
BEFORE_TICKS, AFTER_TICKS = 8, 18
"""Kept before speech begins (the detector is late), and silence that ends an utterance (0.72 s)."""
SHORTEST_TICKS = 6
LONGEST_TICKS = 15 * 25
"""Ticks of speech below which it was a cough, and above which an utterance is cut."""


@dataclass(frozen=True)
class VoiceSegment:
    """One utterance of the player: (n,) samples at 16 kHz from `start_us` on, and when speech ended."""

    start_us: int
    end_us: int
    samples: FloatArray


class VoiceSegments:
    """Takes sound tick by tick, gives the utterances that have ended. Memory is bounded by the longest one."""

    def __init__(self) -> None:
        self._ticks: list[FloatArray] = []
        self._spoken = 0
        self._silent = 0

    def hear(self, samples: FloatArray, activity: FloatArray, end_us: int) -> list[VoiceSegment]:
        """`samples` (640 n,) and `activity` (4 n,) of n ticks, the last of which ends at `end_us`."""
        out: list[VoiceSegment] = []
        ticks = len(samples) // SAMPLES_PER_FRAME
        for tick in range(ticks):
            sound = samples[tick * SAMPLES_PER_FRAME : (tick + 1) * SAMPLES_PER_FRAME]
            loud = float(activity[tick * MELS_PER_FRAME : (tick + 1) * MELS_PER_FRAME].max(initial=0.0)) > SPEECH
            segment = self._tick(sound, loud, end_us - (ticks - 1 - tick) * FRAME_US)
            if segment is not None:
                out.append(segment)
        return out

    def _tick(self, sound: FloatArray, loud: bool, end_us: int) -> VoiceSegment | None:
        self._ticks.append(np.asarray(sound, np.float32).copy())
        if loud:
            self._spoken += 1
            self._silent = 0
        elif self._spoken:
            self._silent += 1
        else:
            del self._ticks[:-BEFORE_TICKS]
        if not self._spoken or (self._silent < AFTER_TICKS and len(self._ticks) < LONGEST_TICKS):
            return None
        whole, enough = np.concatenate(self._ticks), self._spoken >= SHORTEST_TICKS
        start_us = end_us - len(whole) * 1_000_000 // SAMPLE_RATE
        end_us -= self._silent * FRAME_US
        self._ticks, self._spoken, self._silent = [], 0, 0
        return VoiceSegment(start_us, end_us, whole) if enough else None
