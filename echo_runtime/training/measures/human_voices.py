"""Lips on recordings of people, where no true mouth is known: what the words say that lips must do.

The phones come from `phone_alignment`, which knows nothing of the synthesisers that the model learned from. The three
measures belong together: a mouth that never opens closes on every p, and one that never shuts opens on every vowel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FRAME_RATE, SAMPLE_RATE, SAMPLES_PER_FRAME, FloatArray
from echo_runtime.training.measures.lips import CLOSED, lip_opening
from echo_runtime.training.measures.phone_alignment import Alignment, Phone

BILABIALS = ("P", "B", "M")
OPEN_VOWELS = ("AA", "AE", "AO", "AY", "AW")
STRESSED_S = 0.08
"""CMUdict's alignment has no stress; a vowel this long is not reduced."""
VOWEL_OPENING = 0.15
"""Lips count as open on a vowel above this: half of 0.29, the mean greatest opening in open vowels of 80 ms or more
when `speech.mouth_track` moves the lips by the phones of the packaged recordings (97 % of them pass)."""
SILENCE_MARGIN_S = 0.16
QUIET_DB = -26.0
"""Level below the loud parts of speech (95th percentile) under which a moment without words is silence: a word that
the recogniser missed must not count as silence."""


@dataclass(frozen=True)
class LipCounts:
    """Hits and trials of the three measures, so that recordings can be pooled by adding."""

    closed: int = 0
    bilabials: int = 0
    opened: int = 0
    vowels: int = 0
    silent_closed: int = 0
    silent: int = 0

    def __add__(self, other: LipCounts) -> LipCounts:
        return LipCounts(*(a + b for a, b in zip(self._values(), other._values(), strict=True)))

    def _values(self) -> tuple[int, ...]:
        return (self.closed, self.bilabials, self.opened, self.vowels, self.silent_closed, self.silent)

    def shares(self) -> dict[str, float | None]:
        """plosive_closure, open_vowel_opening, closed_in_silence; None without a trial."""

        def share(hits: int, trials: int) -> float | None:
            return round(hits / trials, 3) if trials else None

        return {
            "plosive_closure": share(self.closed, self.bilabials),
            "open_vowel_opening": share(self.opened, self.vowels),
            "closed_in_silence": share(self.silent_closed, self.silent),
        }


def _frames(phone: Phone, count: int, wider: int = 0) -> slice:
    """The picture frames whose time lies in the phone, at least the nearest one, `wider` more on each side."""
    first, last = round(phone.start * FRAME_RATE + 0.49), round(phone.end * FRAME_RATE - 0.49)
    if last < first:
        first = last = round((phone.start + phone.end) / 2 * FRAME_RATE)
    return slice(max(0, first - wider), min(count, last + wider + 1))


def lips_on_phones(motion: FloatArray, alignment: Alignment, silence: np.ndarray) -> LipCounts:
    """Counts for one recording. `motion` (T, 60) begins with the recording; `silence` (T,) bool, see `silent_frames`.

    A p, b or m is closed when the smallest lip opening (jawOpen − mouthClose) within one frame of it is below CLOSED.
    An open vowel of STRESSED_S or more is open when the greatest lip opening inside it exceeds VOWEL_OPENING.
    Silence counts frames with an opening below CLOSED. Phones beyond the motion are left out.
    """
    opening = lip_opening(motion)
    closed = [opening[s].min() < CLOSED for s in _inside(alignment.named(BILABIALS), len(opening), 1)]
    vowels = alignment.named(OPEN_VOWELS, STRESSED_S)
    opened = [opening[s].max() > VOWEL_OPENING for s in _inside(vowels, len(opening), 0)]
    quiet = opening[silence[: len(opening)]]
    return LipCounts(
        int(sum(closed)), len(closed), int(sum(opened)), len(opened), int((quiet < CLOSED).sum()), len(quiet)
    )


def _inside(phones: list[Phone], count: int, wider: int) -> list[slice]:
    slices = [_frames(p, count, wider) for p in phones]
    return [s for s in slices if s.stop > s.start]


def silent_frames(samples: FloatArray, alignment: Alignment) -> np.ndarray:
    """(T,) bool: frames farther than SILENCE_MARGIN_S from every word and quieter than QUIET_DB for 0.2 s around."""
    count = len(samples) // SAMPLES_PER_FRAME
    blocks = samples[: count * SAMPLES_PER_FRAME].reshape(count, SAMPLES_PER_FRAME)
    level = 20 * np.log10(np.sqrt((blocks.astype(np.float64) ** 2).mean(1)) + 1e-6)
    loudest_near = np.lib.stride_tricks.sliding_window_view(np.pad(level, 2, mode="edge"), 5).max(1)
    silent = loudest_near < np.percentile(level, 95) + QUIET_DB
    times = np.arange(count) / FRAME_RATE
    for start, end in alignment.words:
        silent &= (times < start - SILENCE_MARGIN_S) | (times > end + SILENCE_MARGIN_S)
    return silent


assert SAMPLE_RATE == SAMPLES_PER_FRAME * FRAME_RATE
