"""Makes synthetic voices unlike themselves, so that an encoder trained on them follows human ones.

On the wave: room, equaliser, noise, level, band limit. On log-mel, anew for every training window: vocal tract length
(Jaitly & Hinton, "Vocal Tract Length Perturbation", 2013), shift, tilt, gain, noise, a little echo.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import next_fast_len
from scipy.signal import fftconvolve

from echo_runtime.log_mel import HIGH_HZ, LOW_HZ
from echo_runtime.signals import MEL_BANDS, SAMPLE_RATE, FloatArray
from echo_runtime.training.speech.pauses import coloured_noise


def room(samples: FloatArray, random: np.random.Generator) -> FloatArray:
    """A synthetic room: direct sound, then exponentially decaying noise (T60 0.1–0.6 s)."""
    t60 = random.uniform(0.1, 0.6)
    n = int(t60 * SAMPLE_RATE)
    tail = random.normal(size=n) * 10 ** (-3 * np.arange(n) / n) * random.uniform(0.02, 0.12)
    gap = int(random.uniform(0.001, 0.01) * SAMPLE_RATE)
    response = np.concatenate([[1.0], np.zeros(gap), tail]).astype(np.float32)
    return fftconvolve(samples, response)[: len(samples)].astype(np.float32)


def equalise(samples: FloatArray, random: np.random.Generator) -> FloatArray:
    """A random smooth frequency response, ± 8 dB or so; sometimes the band of a telephone or a cheap microphone."""
    size = next_fast_len(len(samples), real=True)
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    knots = np.array([0, 150, 400, 1000, 2500, 5000, 8000.0])
    gain_db = np.interp(hz, knots, random.normal(0, 4.0, len(knots)))
    if random.random() < 0.2:
        gain_db = gain_db - 40 * (hz > random.uniform(3300, 6000)) - 25 * (hz < random.uniform(80, 300))
    return np.fft.irfft(np.fft.rfft(samples, size) * 10 ** (gain_db / 20), size)[: len(samples)].astype(np.float32)


def noise(samples: FloatArray, random: np.random.Generator, snr_db: tuple[float, float] = (8.0, 50.0)) -> FloatArray:
    """Adds coloured noise at a random signal-to-noise ratio, sometimes with mains hum."""
    sound = coloured_noise(len(samples), random, random.uniform(0.0, 1.1))
    if random.random() < 0.2:
        sound = sound + np.sin(2 * np.pi * random.choice([50.0, 60.0]) * np.arange(len(samples)) / SAMPLE_RATE)
    level = samples.std() * 10 ** (-random.uniform(*snr_db) / 20)
    return (samples + sound * (level / (sound.std() + 1e-12))).astype(np.float32)


def swell(samples: FloatArray, random: np.random.Generator) -> FloatArray:
    """Loudness that wanders by ± 6 dB within the utterance: synthesisers speak more evenly than people."""
    knots = max(2, int(len(samples) / SAMPLE_RATE / 0.35))
    gain_db = np.interp(np.arange(len(samples)), np.linspace(0, len(samples), knots), random.normal(0, 3.5, knots))
    return (samples * 10 ** (gain_db / 20)).astype(np.float32)


def augment_sound(samples: FloatArray, random: np.random.Generator) -> FloatArray:
    """One random recording situation; the peak lies between 0.03 and 0.95."""
    if random.random() < 0.5:
        samples = swell(samples, random)
    if random.random() < 0.5:
        samples = room(samples, random)
    if random.random() < 0.6:
        samples = equalise(samples, random)
    if random.random() < 0.75:
        samples = noise(samples, random)
    if random.random() < 0.15:
        samples = np.tanh(samples / (np.abs(samples).max() + 1e-9) * random.uniform(1.0, 3.0))
    if random.random() < 0.1:
        # 8 bits on a logarithmic scale, as telephones send them (ITU-T G.711, mu-law)
        scaled = samples / (np.abs(samples).max() + 1e-9)
        law = np.round(np.sign(scaled) * np.log1p(255 * np.abs(scaled)) / np.log(256) * 127) / 127
        samples = np.sign(law) * (256 ** np.abs(law) - 1) / 255
    peak = 10 ** random.uniform(np.log10(0.03), np.log10(0.95))
    return (samples * (peak / (np.abs(samples).max() + 1e-9))).astype(np.float32)


def _smooth(mel: FloatArray) -> FloatArray:
    """(T, 80) → (T, 80): mean over nine bands, the spectral envelope without harmonics."""
    padded = np.pad(mel, ((0, 0), (5, 4)), mode="edge")
    total = np.cumsum(padded, axis=1, dtype=np.float32)
    return (total[:, 9:] - total[:, :-9]) / 9


_BAND_MEL = np.linspace(2595 * np.log10(1 + LOW_HZ / 700), 2595 * np.log10(1 + HIGH_HZ / 700), MEL_BANDS + 2)[1:-1]
_BAND_HZ = 700 * (10 ** (_BAND_MEL / 2595) - 1)


def warped(mel: FloatArray, factor: float, shift: float = 0.0) -> FloatArray:
    """(T, 80) → (T, 80): every frequency f becomes f / `factor`, as of a vocal tract longer by `factor`; then moved by
    `shift` bands. Frequencies scale in Hz: the same factor on mel bands would move high ones far more than low ones,
    and turn s into sh."""
    moved = 2595 * np.log10(1 + _BAND_HZ * factor / 700)
    source = np.clip(np.interp(moved, _BAND_MEL, np.arange(MEL_BANDS)) + shift, 0, MEL_BANDS - 1)
    low = np.floor(source).astype(int)
    part = (source - low).astype(np.float32)
    return mel[:, low] * (1 - part) + mel[:, np.minimum(low + 1, MEL_BANDS - 1)] * part


def augment_mel(mel: FloatArray, random: np.random.Generator, tract: tuple[float, float] = (0.74, 1.12)) -> FloatArray:
    """(T, 80) → (T, 80), a copy. `tract`: range of the vocal tract's length against the speaker's own."""
    bands = np.arange(MEL_BANDS)
    if random.random() < 0.75:
        mel = warped(mel, random.uniform(*tract), random.uniform(-1.5, 1.5))
    if random.random() < 0.4:
        # harmonics apart or together, formants kept: the fine structure along frequency moved by a pitch of its own
        envelope = _smooth(mel)
        source = np.clip(bands * random.uniform(0.85, 1.2) + random.uniform(-3, 3), 0, MEL_BANDS - 1)
        fine = (mel - envelope)[:, np.round(source).astype(int)]
        mel = envelope + fine * np.float32(random.uniform(0.4, 1.3))
    knots = np.linspace(0, MEL_BANDS - 1, 6)
    mel = mel + np.interp(bands, knots, random.normal(0, 1.0, 6)).astype(np.float32) + np.float32(random.normal(0, 1.2))
    if random.random() < 0.45:
        # blur along frequency: washes out the harmonics by which synthesisers are told apart
        mel = (np.roll(mel, 1, 1) + mel + np.roll(mel, -1, 1)) / 3
    if random.random() < 0.6:
        # from a noisy street to the faint hiss of a good microphone
        hiss = np.interp(bands, knots, random.normal(0, 1.5, 6)) + mel.max() - random.uniform(4, 17)
        speckle = np.float32(0.7) * random.standard_normal(mel.shape, dtype=np.float32)
        mel = np.logaddexp(mel, hiss.astype(np.float32) + speckle)
    if random.random() < 0.3:
        delay = int(random.integers(2, 8))
        echo = np.concatenate([np.repeat(mel[:1], delay, 0), mel[:-delay]]) - np.float32(random.uniform(1, 4))
        mel = np.logaddexp(mel, echo)
    if random.random() < 0.5:
        # bands left out, so that no single cue carries a sound (Park et al., "SpecAugment", 2019)
        first, count = int(random.integers(0, MEL_BANDS - 4)), int(random.integers(3, 14))
        mel = mel.copy()
        mel[:, first : first + count] = mel[:, first : first + count].mean(0)
    return mel.astype(np.float32)
