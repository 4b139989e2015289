"""Shapes in time from which faces move, all smooth at 25 frames per second. `t` is always (T,) seconds."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from echo_runtime.signals import FRAME_RATE

Array = np.ndarray


def sway(random: np.random.Generator, frames: int, period_s: float) -> Array:
    """(T,) smooth Gaussian noise of unit deviation that turns about every `period_s` / 2 seconds."""
    sigma = period_s * FRAME_RATE / 6.0
    margin = int(4 * sigma) + 1
    noise = gaussian_filter1d(random.normal(size=frames + 2 * margin), sigma)
    return noise[margin : margin + frames] * np.sqrt(2 * np.sqrt(np.pi) * sigma)


def ramp(t: Array, start: float, length: float) -> Array:
    """0 before `start`, 1 after `start + length`, half a cosine between."""
    return 0.5 - 0.5 * np.cos(np.pi * np.clip((t - start) / length, 0.0, 1.0))


def plateau(t: Array, start: float, hold: float, rise: float, fall: float) -> Array:
    """Rises from `start` for `rise`, stays for `hold`, falls for `fall` seconds; peak 1."""
    return ramp(t, start, rise) * (1.0 - ramp(t, start + rise + hold, fall))


def nod(t: Array, start: float, length: float = 0.6) -> Array:
    """One downward nod: sin² with smooth ends, peak 1."""
    phase = np.clip((t - start) / length, 0.0, 1.0)
    return np.sin(np.pi * phase) ** 2 * (1.0 + 0.25 * np.sin(2 * np.pi * phase))


def blink(t: Array, start: float) -> Array:
    """Lids: 80 ms down, 40 ms shut, 160 ms up (proportions of VanderWerf et al. 2003); peak 1 at `start` + 0.1."""
    after = t - start
    return np.minimum(np.clip(after / 0.08, 0, 1), np.clip(1 - (after - 0.12) / 0.16, 0, 1))


def startle(t: Array, start: float) -> Array:
    """Fast rise (0.12 s), short hold, exponential release: brows in surprise."""
    after = t - start
    return np.clip(after / 0.12, 0, 1) * np.exp(-np.clip(after - 0.4, 0, None) / 0.45)


def flash(t: Array, start: float) -> Array:
    """A brow flash: up in 0.12 s, held 0.1 s, down in 0.3 s (Eibl-Eibesfeldt 1972: a third of a second in all)."""
    return plateau(t, start, 0.1, 0.12, 0.3)


def saccades(
    random: np.random.Generator, t: Array, spread: tuple[float, float], pause_s: float = 1.0
) -> tuple[Array, list[float]]:
    """(T, 2) fixations, offsets of deviations `spread` that jump at Gamma-distributed intervals of mean `pause_s`; and
    the times of the jumps."""
    out = np.zeros((len(t), 2))
    times = []
    now = 0.0
    while now < t[-1]:
        # fixations mostly return to the middle: people look at faces
        scale = 0.35 if random.random() < 0.45 else 1.0
        out[int(np.ceil(now * FRAME_RATE - 1e-9)) :] = random.normal(0, spread) * scale
        times.append(now)
        now += random.gamma(3.0, pause_s / 3.0)
    return out, times[1:]


def blink_times(
    random: np.random.Generator, seconds: float, rate: float, prompts: list[float], chance: float = 0.3
) -> list[float]:
    """Poisson blinks at `rate` per second, and one at `chance` of the `prompts` (clause ends); at least 0.5 s apart."""
    times = list(np.cumsum(random.exponential(1 / rate, int(3 * seconds * rate) + 10)))
    times += [p + random.uniform(0.0, 0.2) for p in prompts if random.random() < chance]
    kept: list[float] = []
    for time in sorted(times):
        if time < seconds - 0.3 and (not kept or time - kept[-1] > 0.5):
            kept.append(float(time))
    return kept


def soft_limit(values: Array) -> Array:
    """x / (1 + x^4)^(1/4) for x ≥ 0: nearly x up to a half, never above 1, so that a smile upon a smile still shows."""
    x = np.clip(values, 0.0, None)
    return x / (1.0 + x**4) ** 0.25


def smoothed(values: Array, sigma_s: float) -> Array:
    """Gaussian smoothing along time, edges held."""
    return gaussian_filter1d(np.asarray(values, float), sigma_s * FRAME_RATE, axis=0, mode="nearest")
