"""A delay between lips and voice is found again, and recordings that cannot tell it are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from echo_calibration.selftest.syllables import Syllables, speak_syllables
from echo_calibration.session import SeenFace, Watched
from echo_calibration.sync import lip_openings, measure_delay, voice_onsets

from echo_runtime.errors import CalibrationError
from echo_runtime.signals import SoundObservation

SOMETHING = np.zeros(3, np.float32)


def recorded(spoken: Syllables, delay_s: float = 0.0, rate: float = 30.0, seed: int = 0, voice: bool = True) -> Watched:
    chance = np.random.default_rng(seed)
    times = np.arange(chance.uniform(0, 1 / rate), spoken.seconds, 1 / rate)
    opened = spoken.opened(times)
    lips, mouth = (low + 0.3 * opened + chance.normal(0, 0.005, len(times)) for low in (0.05, 0.35))
    stamps = times + delay_s + chance.normal(0, 0.002, len(times))
    faces = [
        SeenFace(int(t * 1e6), 0.5, SOMETHING, lips=float(gap), mouth=float(height))
        for t, gap, height in zip(stamps, lips, mouth, strict=True)
    ]
    sound = [SoundObservation(0, spoken.samples)] if voice else []
    return Watched(0, round(spoken.seconds * 1e6), faces, sound)


@pytest.mark.parametrize("delay_ms", [-200, -87, 0, 133, 400])
@pytest.mark.parametrize("rate", [15.0, 30.0, 60.0])
def test_a_known_delay_is_found_to_ten_milliseconds(delay_ms: int, rate: float) -> None:
    spoken = speak_syllables(np.random.default_rng([delay_ms + 300, int(rate)]), 12.0)
    found = measure_delay(recorded(spoken, delay_ms / 1000, rate))
    assert abs(found.delay_s * 1000 - delay_ms) <= 10
    assert found.syllables >= 10
    assert found.quality > 0.6


def test_bursts_are_heard_to_a_millisecond() -> None:
    spoken = speak_syllables(np.random.default_rng(1), 8.0)
    heard = voice_onsets(spoken.samples)
    assert len(heard) == len(spoken.bursts)
    assert np.abs(heard - spoken.bursts).max() < 0.002


def test_lips_are_seen_to_part() -> None:
    spoken = speak_syllables(np.random.default_rng(2), 8.0)
    seen = lip_openings(recorded(spoken).faces, 0)
    assert len(seen) == len(spoken.bursts)
    assert np.abs(seen - spoken.bursts).max() < 0.03


def test_lost_pictures_and_covered_ones_do_no_harm() -> None:
    spoken = speak_syllables(np.random.default_rng(3), 9.0)
    whole = recorded(spoken, 0.12)
    chance = np.random.default_rng(0)
    faces = [replace(f, covered=bool(chance.random() < 0.05)) for f in whole.faces if chance.random() > 0.05]
    assert abs(measure_delay(Watched(0, whole.end_us, faces, whole.sounds)).delay_s - 0.12) < 0.01


def test_what_cannot_tell_the_delay_is_refused() -> None:
    spoken = speak_syllables(np.random.default_rng(4), 9.0)
    with pytest.raises(CalibrationError, match="0 syllables are heard"):
        measure_delay(recorded(spoken, voice=False))
    still = recorded(spoken)
    with pytest.raises(CalibrationError, match="0 syllables are seen"):
        measure_delay(Watched(0, still.end_us, [replace(f, lips=0.05) for f in still.faces], still.sounds))
    with pytest.raises(CalibrationError, match="0 syllables are seen"):
        measure_delay(Watched(0, still.end_us, [], still.sounds))
    other = speak_syllables(np.random.default_rng(99), 9.0)
    with pytest.raises(CalibrationError, match=r"do not fit together|several delays|disagree"):
        measure_delay(replace(recorded(spoken), sounds=[SoundObservation(0, other.samples)]))
    noise = np.random.default_rng(0).normal(0, 0.05, len(spoken.samples)).astype(np.float32)
    with pytest.raises(CalibrationError, match="syllables are heard"):
        measure_delay(replace(recorded(spoken), sounds=[SoundObservation(0, noise)]))


def test_an_even_rhythm_is_ambiguous() -> None:
    """A syllable every third of a second, without a pause: a third more or less fits as well."""
    spoken = speak_syllables(np.random.default_rng(5), 3.0)
    first, length = spoken.bursts[0], 0.2
    bursts = tuple(0.4 + 0.33 * i for i in range(24))
    piece = spoken.samples[round(first * 16_000) : round((first + length) * 16_000)]
    samples = np.random.default_rng(0).normal(0, 3e-4, 9 * 16_000).astype(np.float32)
    for burst in bursts:
        samples[round(burst * 16_000) :][: len(piece)] += piece
    even = Syllables(samples, bursts, tuple(b + length for b in bursts), 0.08, 0.08, "")
    with pytest.raises(CalibrationError, match="so even that several delays fit"):
        measure_delay(recorded(even))
