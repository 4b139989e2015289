"""Events and smoothness, from motion alone: blinks, saccades, nods and brow flashes at true rates, heads that do not
tremble. Every detector is the same for generated and true motion, and rates are compared as generated over true."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from echo_runtime.signals import FRAME_RATE, GAZE, ROTATION, FloatArray
from echo_runtime.training.measures.lips import channel, runs

BLINK = 0.5
SACCADE_RAD = 0.05
"""A jump of gaze by more than this within two frames is a saccade."""
NOD_RAD = 0.025
"""A peak of the head's pitch that stands out by more than this in the band of nods."""
BROW_FLASH = 0.12
"""A rise of the brows by more than this within 0.2 s."""
EVENTS = ("blink", "saccade", "nod", "brow_flash")


def blink_times(motion: FloatArray) -> FloatArray:
    """(n,) seconds at which the mean eyeBlink rises above 0.5. `motion` (T, 60)."""
    closed = (channel(motion, "eyeBlinkLeft") + channel(motion, "eyeBlinkRight")) / 2 > BLINK
    return np.array([a for a, _ in runs(closed)], np.float32) / FRAME_RATE


def blinks_per_second(motion: FloatArray) -> float:
    """Rises of the mean eyeBlink above 0.5, per second. `motion` (T, 60)."""
    return len(blink_times(motion)) / (len(motion) / FRAME_RATE)


def saccade_times(motion: FloatArray) -> FloatArray:
    """(n,) seconds of gaze jumps: the gaze in space (eyes in head plus head) moves by more than 0.05 rad in two frames,
    a speed of 0.6 rad/s, which a head that moves naturally does not reach."""
    gaze = motion[:, GAZE].astype(np.float64) + motion[:, [ROTATION.start + 1, ROTATION.start]] * np.array([1.0, -1.0])
    moved = np.linalg.norm(gaze[2:] - gaze[:-2], axis=1) > SACCADE_RAD
    return np.array([a + 1 for a, _ in runs(moved)], np.float32) / FRAME_RATE


def nod_times(motion: FloatArray) -> FloatArray:
    """(n,) seconds of the deepest points of nods: peaks of prominence above 0.025 rad, at least 0.3 s apart, of
    headPitch between Gaussian means with deviations 0.05 s and 0.35 s."""
    pitch = channel(motion, "headPitch").astype(np.float64)
    band = [gaussian_filter1d(pitch, s * FRAME_RATE, mode="nearest") for s in (0.05, 0.35)]
    peaks, _ = find_peaks(band[0] - band[1], prominence=NOD_RAD, height=NOD_RAD / 2, distance=round(0.3 * FRAME_RATE))
    return peaks.astype(np.float32) / FRAME_RATE


def brow_flash_times(motion: FloatArray) -> FloatArray:
    """(n,) seconds at which the brows have risen fast: the mean of browInnerUp and both browOuterUp gains more than
    0.12 within 0.2 s; rises within 0.5 s of each other are one."""
    names = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
    height = np.mean([channel(motion, name) for name in names], axis=0)
    step = round(0.2 * FRAME_RATE)
    starts = [a for a, _ in runs(height[step:] - height[:-step] > BROW_FLASH)]
    kept: list[int] = []
    for start in starts:
        if not kept or start - kept[-1] >= 0.5 * FRAME_RATE:
            kept.append(start)
    return np.array(kept, np.float32) / FRAME_RATE


DETECTORS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "blink": blink_times, "saccade": saccade_times, "nod": nod_times, "brow_flash": brow_flash_times,
}  # fmt: skip


def event_rates(motions: Sequence[FloatArray]) -> dict[str, float]:
    """Events per second under the names of EVENTS, pooled over `motions` (T, 60) each."""
    seconds = sum(len(motion) for motion in motions) / FRAME_RATE
    return {name: sum(len(found(motion)) for motion in motions) / seconds for name, found in DETECTORS.items()}


def rate_ratios(generated: Sequence[FloatArray], truth: Sequence[FloatArray]) -> dict[str, float]:
    """`blink_rate_ratio`, `saccade_rate_ratio`, `nod_rate_ratio`, `brow_flash_rate_ratio`: generated rate over true
    rate, pooled over conversations; NaN where the truth has none."""
    made, true = event_rates(generated), event_rates(truth)
    return {f"{name}_rate_ratio": made[name] / true[name] if true[name] else float("nan") for name in EVENTS}


def jerk_ratio(generated: FloatArray, truth: FloatArray) -> float:
    """Mean absolute third difference of the head rotation, generated over true; 1 is as smooth as the truth."""

    def jerk(motion: FloatArray) -> float:
        return float(np.abs(np.diff(motion[:, ROTATION], n=3, axis=0)).mean())

    return jerk(generated) / max(jerk(truth), 1e-9)


def tremor(motion: FloatArray, above_hz: float = 5.0) -> float:
    """Deviation in radians of the head rotation's part above `above_hz` (zeroed spectrum below), mean of three axes."""
    rotation = motion[:, ROTATION] - motion[:, ROTATION].mean(0)
    spectrum = np.fft.rfft(rotation * np.hanning(len(rotation))[:, None], axis=0)
    spectrum[np.fft.rfftfreq(len(rotation), 1 / FRAME_RATE) < above_hz] = 0.0
    return float(np.fft.irfft(spectrum, len(rotation), axis=0).std(0).mean())
