"""Somebody who says "pa pa pa": sound and lips of which it is known to the sample when they part.

The vowel comes from espeak-ng where it is installed, otherwise from a source and three resonances; either begins with
the burst of a p, and a little breath, at a time that is drawn. The lips part with the burst and meet when the vowel
ends; how fast they do it is drawn too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.errors import EchoError
from echo_runtime.signals import FloatArray

RATE = 16_000
BURST_S, BREATH_S = 0.008, 0.025
FORMANTS = ((730.0, 90.0), (1090.0, 110.0), (2440.0, 160.0))
"""Hz and bandwidth of the vowel in "father" (Peterson & Barney, "Control methods in a study of the vowels",
1952)."""


@dataclass(frozen=True)
class Syllables:
    """`samples` (n,) at 16 kHz. `bursts`, `closures` in seconds, one per syllable. `voice`: what spoke."""

    samples: FloatArray
    bursts: tuple[float, ...]
    closures: tuple[float, ...]
    opening_s: float
    closing_s: float
    voice: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    def opened(self, at: FloatArray) -> FloatArray:
        """How far the lips are apart at the times `at` in seconds, in [0, 1]."""
        out = np.zeros(len(at))
        for i, (burst, closure) in enumerate(zip(self.bursts, self.closures, strict=True)):
            last = i + 1 == len(self.bursts) or self.bursts[i + 1] - closure > 0.3
            closing = 2.5 * self.closing_s if last else self.closing_s  # nothing hurries the lips before a pause
            end = closure + 0.1 if last else closure
            up = np.clip((at - burst) / self.opening_s, 0, 1)
            down = np.clip((end - at) / closing, 0, 1)
            out = np.maximum(out, (0.5 - 0.5 * np.cos(np.pi * up)) * (0.5 - 0.5 * np.cos(np.pi * down)))
        return out.astype(np.float32)


def speak_syllables(rng: np.random.Generator, seconds: float, voice: str = "") -> Syllables:
    """Groups of "pa pa pa" for `seconds`, with pauses of different lengths, in a quiet room that rings a little.

    `voice`: a voice of espeak-ng; "" takes the resonances.
    """
    out = np.zeros(round(seconds * RATE), np.float32)
    bursts: list[float] = []
    closures: list[float] = []
    at = float(rng.uniform(0.4, 0.8))
    period = float(rng.uniform(0.26, 0.38))
    while at < seconds - 0.6:
        for _ in range(3):
            if at >= seconds - 0.6:
                break
            length = period * float(rng.uniform(0.55, 0.7))
            sound = _pa(rng, length, voice)
            start = round(at * RATE)
            out[start : start + len(sound)] += sound[: len(out) - start]
            bursts.append(start / RATE)
            closures.append(start / RATE + length)
            at += period * float(rng.uniform(0.93, 1.07))
        at += float(rng.uniform(0.35, 0.8))
    tail = rng.normal(0, 1, round(0.25 * RATE)) * np.exp(-np.arange(round(0.25 * RATE)) / (0.05 * RATE))
    ringing = np.convolve(out, tail * 0.03 / np.sqrt((tail**2).sum()) * 4)[: len(out)]
    out = out + ringing + rng.normal(0, 10 ** (-58 / 20), len(out))
    opening, closing = (float(rng.uniform(0.07, 0.11)) for _ in range(2))
    samples = (0.3 * out / np.abs(out).max()).astype(np.float32)
    return Syllables(samples, tuple(bursts), tuple(closures), opening, closing, voice or "resonances")


def _pa(rng: np.random.Generator, length: float, voice: str) -> FloatArray:
    """A burst, a little breath, and a vowel; `length` seconds."""
    count = round(length * RATE)
    burst, breath = round(BURST_S * RATE), round(BREATH_S * RATE)
    out = np.zeros(count)
    out[:burst] = 0.25 * rng.normal(0, 1, burst) * np.exp(-np.arange(burst) / (0.3 * burst))
    out[burst : burst + breath] += 0.05 * rng.normal(0, 1, breath)
    vowel = _vowel(rng, count - burst - breath, voice)
    edge = np.minimum(np.minimum(np.arange(len(vowel)) / 160, (len(vowel) - np.arange(len(vowel))) / 320), 1)
    out[burst + breath :] += vowel * edge
    return out.astype(np.float32)


def _vowel(rng: np.random.Generator, count: int, voice: str) -> FloatArray:
    if voice:
        spoken = _spoken_vowel(voice)
        start = int(rng.integers(0, max(len(spoken) - count, 1)))
        return np.resize(spoken[start:], count)
    pitch = float(rng.uniform(95, 230)) * np.linspace(1.05, 0.92, count)
    phase = np.cumsum(pitch) / RATE
    source = np.diff(np.floor(phase), prepend=0.0)  # one pulse per period
    for frequency, bandwidth in FORMANTS:
        r = np.exp(-np.pi * bandwidth / RATE)
        theta = 2 * np.pi * frequency / RATE
        taps = r ** np.arange(400) * np.sin(theta * (np.arange(400) + 1)) / np.sin(theta)
        source = np.convolve(source, taps)[:count]
    return (0.8 * source / max(float(np.abs(source).max()), 1e-9)).astype(np.float32)


def _spoken_vowel(voice: str) -> FloatArray:
    """The middle of a long "ah" of espeak-ng, at its loudest 0.8. Raises MissingDependencyError, UsageError."""
    from echo_runtime.training.speech.synthesis import synthesize

    samples = synthesize("ah, ah", f"espeak:{voice}", rate=0.6).samples
    level = np.convolve(samples**2, np.full(480, 1 / 480), mode="same")
    loud = np.flatnonzero(level > 0.3 * level.max())
    first = loud[: int(np.argmax(np.diff(loud, append=loud[-1] + 999) > 100)) + 1]
    vowel = samples[first[0] : first[-1] + 1]
    return (0.8 * vowel / np.abs(vowel).max()).astype(np.float32)


def voices() -> tuple[str, ...]:
    """Voices that can speak here; "" always can."""
    try:
        from echo_runtime.training.speech import espeak

        return ("en-us", "en-us+f3", "") if espeak.available() else ("",)
    except (ImportError, EchoError):
        return ("",)
