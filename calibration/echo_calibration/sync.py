"""How much later than the voice the pictures come: from lips that part and voices that burst on "pa".

On p the lips part at the very moment that the burst is heard (within a metre sound takes 3 ms). Of an audio track full
of "pa pa pa" the bursts are found, in the pictures the moments at which the lips begin to part; the delay is what most
of them agree on. Opening, not closing, is used: after a vowel a room still rings when the lips have met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echo_calibration.session import SeenFace, Watched
from echo_runtime.capture.voice import VoiceAnalyser
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import FloatArray

EARLIEST_S, LATEST_S = -0.5, 0.7
"""Delays that are looked for."""
FEWEST = 6
"""Syllables that must agree."""
LARGEST_SPREAD_S = 0.045
"""Mean distance of single syllables from the delay that is still to pass."""
KERNEL_S = 0.025
PEAK_WIDTH_S = 0.12
AMBIGUOUS = 0.85
"""Another delay that this share of the syllables agree on makes the measurement ambiguous."""
CLOSED = 0.12
"""Share of a syllable's opening up to which lips count as closed."""
USUAL_OPENING_S, OPENING_TRUST = 0.09, 0.75
"""How long lips usually take to open after a p, and how far a length that was seen is trusted against it: pictures that
stop at the widest one make the opening of a slow camera seem shorter than it was."""
OPENINGS_S = (0.04, 0.2, 0.0025)
"""How long lips may take to open after a p: from, to, step."""
HOP_S = 0.001
CLEAR_DB = 15.0
SPOKEN = 0.3
"""Probability of speech within a quarter of a second of a burst."""


@dataclass(frozen=True)
class Delay:
    """`delay_s`: add it to the voice's times to get those of the pictures (positive: the camera is slower).

    `spread_s`: median distance of single syllables from it; `syllables` that agreed, of `heard` and `seen` ones.
    `opening_s`: how long the lips take to open. `quality` in [0, 1].
    """

    delay_s: float
    spread_s: float
    syllables: int
    heard: int
    seen: int
    opening_s: float

    @property
    def quality(self) -> float:
        agreed = self.syllables / max(self.heard, self.seen, 1)
        return round(max(agreed * (1.0 - 0.5 * self.spread_s / LARGEST_SPREAD_S), 0.0), 3)


def measure_delay(watched: Watched) -> Delay:
    """The delay between the pictures and the sound of a recording of "pa pa pa".

    Raises CalibrationError when too few syllables are heard or seen, when they do not agree, or when the rhythm is so
    even that a delay of one syllable more would fit as well.
    """
    heard = voice_onsets(watched.samples)
    seen = lip_openings(watched.faces, watched.start_us)
    for what, found, remedy in (
        ("heard", heard, "speak up, nearer to the microphone"),
        ("seen", seen, "turn to the camera, in light, and open the mouth well"),
    ):
        if len(found) < FEWEST:
            raise CalibrationError(
                f"Only {len(found)} syllables are {what} (at least {FEWEST} are needed): {remedy}, "
                "and say 'pa pa pa' until the time is over."
            )
    grid = np.arange(EARLIEST_S, LATEST_S, 0.002)
    apart = seen[None, :] - heard[:, None]  # (heard, seen)
    fits = np.exp(-0.5 * ((apart[..., None] - grid) / KERNEL_S) ** 2).max(1).sum(0)
    best = int(fits.argmax())
    elsewhere = fits[np.abs(grid - grid[best]) > PEAK_WIDTH_S]
    pairs = np.array([row[np.abs(row - grid[best]).argmin()] for row in apart])
    pairs = pairs[np.abs(pairs - grid[best]) < 0.06]
    if len(pairs) < max(FEWEST, 0.5 * min(len(heard), len(seen))):
        raise CalibrationError(
            f"Voice and lips do not fit together: {len(pairs)} of {len(heard)} syllables agree on a delay; "
            "say a clear 'pa pa pa' before camera and microphone, with nobody else talking."
        )
    if len(elsewhere) and elsewhere.max() > AMBIGUOUS * fits[best]:
        raise CalibrationError(
            "The rhythm is so even that several delays fit; say 'pa pa pa', wait a moment, and say it again, "
            "with pauses of different lengths."
        )
    rough = float(np.median(pairs))
    delay, opening_s = _refined(watched, heard[np.abs(apart - rough).min(1) < 0.06], rough)
    spread = float(np.median(np.abs(pairs - rough)))
    if spread > LARGEST_SPREAD_S:
        raise CalibrationError(
            f"The syllables disagree by {spread * 1000:.0f} ms (at most {LARGEST_SPREAD_S * 1000:.0f}); "
            "close programs that slow the camera down, and record again."
        )
    return Delay(delay, spread, len(pairs), len(heard), len(seen), opening_s)


def _refined(watched: Watched, bursts: FloatArray, rough: float) -> tuple[float, float]:
    """(delay, how long lips take to open), both in seconds, that explain best how they rose in all pictures together.

    Pictures fall at another phase of every syllable, so that all of them sample one rise much more finely than the
    camera's rate: that is why a slow camera is measured as well as a fast one. A tracker sees the first millimetre of
    the gap between the lips early or late, differently in every face, and the lips' outer edges err otherwise: the mean
    of what the two say errs least.
    """
    usable = [f for f in watched.faces if f.usable]
    times = np.array([(f.time_us - watched.start_us) / 1e6 for f in usable])
    gaps, heights = (np.array([getattr(f, name) for f in usable]) for name in ("lips", "mouth"))
    after, gap, height = [], [], []  # seconds since the burst; the two measures
    for burst in bursts:
        near = np.flatnonzero((times > burst + rough - 0.15) & (times < burst + rough + 0.2))
        if len(near) < 3:
            continue
        top = near[int(np.argmax(gaps[near]))]
        before = near[near <= top]
        bottom = int(before[int(np.argmin(gaps[before]))])
        closed = gaps[bottom] + CLOSED * (gaps[top] - gaps[bottom])
        while bottom > near[0] and gaps[bottom - 1] < closed:  # the closed lips before it say when the rise began
            bottom -= 1
        rise = slice(bottom, top + 1)
        after.append(times[rise] - burst)
        gap.append(gaps[rise])
        height.append(heights[rise])
    if not after:
        return rough, 0.0
    seconds = np.concatenate(after)
    middle, seen_s = np.mean([_rise(seconds, np.concatenate(values), rough) for values in (gap, height)], axis=0)
    opening_s = OPENING_TRUST * float(seen_s) + (1.0 - OPENING_TRUST) * USUAL_OPENING_S
    return float(middle) - 0.5 * opening_s, opening_s


def _rise(seconds: FloatArray, values: FloatArray, rough: float) -> tuple[float, float]:
    """(middle, length) in seconds of the half cosine that the values rise along, by least squares; `rough`: about when
    it begins."""
    best = (np.inf, rough, 0.0)
    begins = np.arange(rough - 0.06, rough + 0.06, 0.001)
    centred = (values - values.mean())[:, None]
    for length in np.arange(*OPENINGS_S):
        x = 0.5 - 0.5 * np.cos(np.pi * np.clip((seconds[:, None] - begins) / length, 0.0, 1.0))
        x -= x.mean(0)
        slope = (x * centred).sum(0) / np.maximum((x * x).sum(0), 1e-9)
        left = ((centred - slope * x) ** 2).sum(0)
        k = int(left.argmin())
        best = min(best, (float(left[k]), float(begins[k] + 0.5 * length), float(length)))
    return best[1], best[2]


def voice_onsets(samples: FloatArray) -> FloatArray:
    """(n,) samples at 16 kHz → times in seconds at which speech bursts out of a silence, to a millisecond."""
    rate, hop, window = 16_000, 16, 64
    if len(samples) < rate // 2:
        return np.zeros(0, np.float32)
    sharp = np.diff(samples.astype(np.float64), prepend=samples[0])  # no rumble
    power = np.convolve(sharp**2, np.full(window, 1.0 / window), mode="full")[window - 1 :: hop]
    level = 10.0 * np.log10(power[: len(samples) // hop] + 1e-12)
    floor, peak = np.percentile(level, 5), np.percentile(level, 98)
    if peak - floor < CLEAR_DB:
        return np.zeros(0, np.float32)
    activity = VoiceAnalyser().analyse(samples)[:, -1]
    smooth = np.convolve(level, np.full(8, 1 / 8), mode="same")
    low = _trailing(smooth, 70)
    high = -_trailing(-smooth[::-1], 100)[::-1]
    rise = high - low
    enough = max(10.0, 0.3 * (peak - floor))
    loud = high > peak - 0.5 * (peak - floor)
    found: list[float] = []
    at = 0
    while at < len(level):
        if not (rise[at] >= enough and loud[at]):
            at += 1
            continue
        # from here the rise is ahead: its foot is where the level leaves the silence before it
        span = level[at : at + 180]
        step = low[at] + max(6.0, 0.25 * rise[at])
        over = np.flatnonzero(span >= step)
        foot = at + int(over[0]) if len(over) else at
        speech = activity[foot // 10 : foot // 10 + 25]
        if len(speech) and speech.max() >= SPOKEN:
            # the power at k covers the samples from k on
            found.append(foot * HOP_S + window / rate)
        at = foot + 120
    return np.array(found, np.float32)


def lip_openings(faces: Sequence[SeenFace], start_us: int) -> FloatArray:
    """Times in seconds from `start_us` at which the lips begin to part, each to about a third of a picture."""
    usable = [f for f in faces if f.usable]
    if len(usable) < 20:
        return np.zeros(0, np.float32)
    times = np.array([(f.time_us - start_us) / 1e6 for f in usable])
    gaps = np.array([f.lips for f in usable])
    grid = np.arange(times[0], times[-1], HOP_S)
    curve = _cubic(grid, times, gaps)
    most, least = np.percentile(gaps, 95), np.percentile(gaps, 5)
    enough = 0.4 * (most - least)
    if most - least < 0.02:
        return np.zeros(0, np.float32)
    low = _trailing(curve, 150)
    high = -_trailing(-curve[::-1], 180)[::-1]
    middles, lengths = [], []
    at = before = 0
    while at < len(curve):
        if high[at] - low[at] < enough or curve[at] - low[at] > 0.25 * (high[at] - low[at]):
            at += 1
            continue
        top = at + int(np.argmax(curve[at : at + 180]))
        since = max(at - 150, before)  # not the closed lips before the syllable that was just seen
        bottom = since + int(np.argmin(curve[since : top + 1]))
        rising = (curve[bottom : top + 1] - curve[bottom]) / max(curve[top] - curve[bottom], 1e-6)
        if rising[-1] > 0 and top > bottom:
            crossings = [bottom + int(np.argmax(rising >= share)) for share in (0.2, 0.5, 0.8)]
            seen = np.searchsorted(times, [grid[bottom] - 0.05, grid[top] + 0.05])
            if np.diff(times[seen[0] : seen[1]]).max(initial=0.0) < 0.09:  # no picture was lost just there
                middles.append(float(grid[crossings[1]]))
                lengths.append((crossings[2] - crossings[0]) * HOP_S / _MIDDLE_OF_RISE)
        before = max(top, at)
        at = before + 20
    opening = float(np.median(lengths)) if lengths else 0.0
    return np.array(middles, np.float32) - np.float32(opening / 2)


_MIDDLE_OF_RISE = float((np.arccos(1 - 2 * 0.8) - np.arccos(1 - 2 * 0.2)) / np.pi)
"""Share of a half-cosine's length between 20 and 80 % of its height."""


def _trailing(values: FloatArray, width: int) -> FloatArray:
    """Minimum over the `width` values up to each one."""
    padded = np.concatenate([np.full(width - 1, values[0]), values])
    out = np.lib.stride_tricks.sliding_window_view(padded, width)
    return np.asarray(out.min(-1))


def _cubic(at: FloatArray, times: FloatArray, values: FloatArray) -> FloatArray:
    """Catmull-Rom through unevenly spaced values: linear pieces would move the middles of fast rises."""
    slope = np.gradient(values, times)
    k = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    width = times[k + 1] - times[k]
    u = (at - times[k]) / width
    a, b = values[k], values[k + 1]
    da, db = slope[k] * width, slope[k + 1] * width
    return np.asarray(
        (2 * u**3 - 3 * u**2 + 1) * a + (u**3 - 2 * u**2 + u) * da + (3 * u**2 - 2 * u**3) * b + (u**3 - u**2) * db
    )
