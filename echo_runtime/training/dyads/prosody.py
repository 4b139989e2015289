"""The NPC's own speech as its head and brows follow it: loudness, accents, declination.

Head movements of speakers go with accented syllables and with the fall of pitch through a clause (Hadar et al. 1983;
Munhall et al. 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from echo_runtime.signals import FRAME_RATE, FloatArray
from echo_runtime.training.dyads import gestures
from echo_runtime.training.dyads.turns import Voice

ACCENT_LENGTH_S = 0.5
"""From the rise to the end of the head's beat; it is deepest on the loudest moment of the syllable."""
_LEAST_APART = int(0.45 * FRAME_RATE)


@dataclass(frozen=True)
class Accent:
    """A stressed syllable, loudest at `time` seconds; `strength` in about [0.5, 1.2]; the `strongest` of its clause."""

    time: float
    strength: float
    strongest: bool


def loudness(sound: FloatArray, frames: int) -> np.ndarray:
    """(T,) smooth loudness in about [0, 1.2], 1 at a loud syllable. `sound` (640 T,)."""
    energy = (sound[: frames * 640].reshape(frames, 640) ** 2).mean(1)
    level = gestures.smoothed(np.sqrt(energy), 0.06)
    loud = np.percentile(level[level > 1e-4], 85) if (level > 1e-4).any() else 1.0
    return np.clip(level / loud, 0.0, 1.2)


def clauses(voice: Voice) -> list[tuple[float, float]]:
    """(start, end) of what is said without a pause, in seconds."""
    spans: list[tuple[float, float]] = []
    for start, end, viseme in sorted(voice.segments):
        if viseme == "sil":
            continue
        if spans and start - spans[-1][1] < 0.12:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def accents(loud: np.ndarray, voice: Voice) -> list[Accent]:
    """Peaks of loudness, at least 0.45 s apart; of every clause the strongest, and others that stand out."""
    found: list[Accent] = []
    peaks, _ = find_peaks(loud, height=0.45, distance=_LEAST_APART)
    for start, end in clauses(voice):
        inside = [int(p) for p in peaks if start <= p / FRAME_RATE < end]
        if not inside:
            continue
        best = max(inside, key=lambda p: loud[p])
        found += [Accent(p / FRAME_RATE, float(loud[p]), p == best) for p in inside if p == best or loud[p] > 0.9]
    return found


def beats(t: np.ndarray, found: list[Accent]) -> np.ndarray:
    """(T,) the head's downward beats on accents: 1 for the strongest of a clause at full loudness, others half."""
    out = np.zeros(len(t))
    for accent in found:
        start = accent.time - ACCENT_LENGTH_S / 2
        near = slice(max(0, int(start * FRAME_RATE)), int((start + ACCENT_LENGTH_S) * FRAME_RATE) + 2)
        size = accent.strength * (1.0 if accent.strongest else 0.5)
        out[near] += size * gestures.nod(t[near], start, ACCENT_LENGTH_S)
    return out


def declination(t: np.ndarray, voice: Voice) -> np.ndarray:
    """(T,) from −0.5 at a clause's beginning to 0.5 at its end, 0 in silence, smooth: the chin sinks as pitch falls."""
    out = np.zeros(len(t))
    for start, end in clauses(voice):
        inside = (t >= start) & (t < end)
        out[inside] = (t[inside] - start) / max(end - start, 0.4) - 0.5
    return gestures.smoothed(out, 0.18)
