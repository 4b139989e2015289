"""What is heard while nobody speaks: room, breath, clicks of the mouth. All of it is silence to the lips."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from echo_runtime.signals import SAMPLE_RATE, FloatArray
from echo_runtime.training.speech.mouth import Segment

_LONGEST_BREATH_S = 0.6


def coloured_noise(length: int, random: np.random.Generator, slope: float) -> FloatArray:
    """(length,) noise of unit deviation whose amplitude falls with frequency to the power −`slope`."""
    size = 1 << int(np.ceil(np.log2(max(length, 2))))
    spectrum = np.fft.rfft(random.standard_normal(size))
    spectrum *= np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 40.0) ** -slope
    sound = np.fft.irfft(spectrum, size)[:length]
    return (sound / (sound.std() + 1e-12)).astype(np.float32)


def breath(length: int, random: np.random.Generator) -> FloatArray:
    """(length,) an audible breath of unit peak: noise through two or three resonances, swelling and fading.

    Breath noise carries the formants of an open vocal tract without voice (Trouvain et al., "Breathing in
    conversational speech", 2020).
    """
    sound = random.standard_normal(length)
    shaped = np.zeros(length)
    for centre in (random.uniform(400, 900), random.uniform(1300, 2200), random.uniform(2600, 4200)):
        radius = np.exp(-np.pi * random.uniform(200, 500) / SAMPLE_RATE)
        angle = 2 * np.pi * centre / SAMPLE_RATE
        shaped += random.uniform(0.3, 1.0) * lfilter(
            [1.0 - radius], [1.0, -2 * radius * np.cos(angle), radius**2], sound
        )
    t = np.linspace(0, 1, length)
    swell = t ** random.uniform(0.5, 2.0) * (1 - t) ** random.uniform(0.4, 1.5)
    shaped *= swell
    return (shaped / (np.abs(shaped).max() + 1e-9)).astype(np.float32)


def click(random: np.random.Generator) -> FloatArray:
    """A smack of lips or tongue: some ms of a damped resonance, unit peak."""
    t = np.arange(int(random.uniform(0.004, 0.02) * SAMPLE_RATE)) / SAMPLE_RATE
    ring = np.sin(2 * np.pi * random.uniform(700, 3500) * t) + 0.5 * random.standard_normal(len(t))
    ring *= np.exp(-t * random.uniform(200, 800))
    return (ring / (np.abs(ring).max() + 1e-9)).astype(np.float32)


def fill_pauses(
    samples: FloatArray, segments: tuple[Segment, ...], random: np.random.Generator, likely: float = 0.35
) -> FloatArray:
    """A copy with breaths and clicks in pauses of 0.2 s or longer, some way below the level of the speech."""
    out = samples.copy()
    peak = float(np.abs(samples).max())
    edges = [*segments, (segments[-1][1], len(samples) / SAMPLE_RATE, "sil")] if segments else []
    pauses: list[list[float]] = []
    for start, end, viseme in edges:
        if viseme != "sil" or end <= start:
            continue
        if pauses and start - pauses[-1][1] < 1e-3:
            pauses[-1][1] = end
        else:
            pauses.append([start, end])
    for start, end in pauses:
        if end - start < 0.2 or random.random() > likely:
            continue
        first, last = int((start + 0.04) * SAMPLE_RATE), min(int((end - 0.04) * SAMPLE_RATE), len(out))
        if random.random() < 0.75:
            sound = breath(min(last - first, int(random.uniform(0.15, _LONGEST_BREATH_S) * SAMPLE_RATE)), random)
        else:
            sound = click(random)
        if len(sound) >= last - first:
            sound = sound[: max(0, last - first)]
        at = first + int(random.random() * max(0, last - first - len(sound)))
        out[at : at + len(sound)] += sound * peak * 10 ** (-random.uniform(12, 36) / 20)
    return out


def wordless(seconds: float, random: np.random.Generator) -> FloatArray:
    """Sound in which nobody speaks: room noise of any level up to loud, breaths, clicks; peak at most 0.5."""
    length = int(seconds * SAMPLE_RATE)
    sound = coloured_noise(length, random, random.uniform(0.0, 1.1)) * 10 ** random.uniform(-4.5, -1.3)
    for _ in range(int(random.integers(0, 5))):
        part = click(random) if random.random() < 0.4 else breath(int(random.uniform(0.15, 0.6) * SAMPLE_RATE), random)
        at = int(random.integers(0, length - len(part)))
        sound[at : at + len(part)] += part * 10 ** random.uniform(-3.0, -0.8)
    return (sound * min(1.0, 0.5 / (float(np.abs(sound).max()) + 1e-9))).astype(np.float32)
