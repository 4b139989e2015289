"""Levels that are known are measured, unusable microphones refused, and the threshold reaches the analyser."""

from __future__ import annotations

import numpy as np
import pytest
from echo_calibration.microphone import calibrate_microphone, choose_threshold
from echo_calibration.selftest.microphone_selftest import check_microphone
from echo_calibration.selftest.syllables import speak_syllables

from echo_runtime.capture.voice import VoiceAnalyser
from echo_runtime.errors import CalibrationError


def noise(level_db: float, seconds: float = 2.0) -> np.ndarray:
    samples = np.random.default_rng(1).normal(0, 10 ** (level_db / 20), round(16_000 * seconds))
    return samples.astype(np.float32)


def test_known_levels_are_measured_and_unusable_microphones_refused() -> None:
    result = check_microphone()
    assert result["passed"], result
    assert result["max_level_error_db"] < 0.5
    assert "unmute it" in result["refused"]["silent"]
    assert "overdriven" in result["refused"]["clipped"]
    assert "too quiet" in result["refused"]["too_quiet"]
    assert "louder than the room" in result["refused"]["noisy"]


def test_too_short_or_broken_recordings() -> None:
    speech = speak_syllables(np.random.default_rng(0), 3.0).samples
    with pytest.raises(CalibrationError, match=r"room lasts 0\.5 s"):
        calibrate_microphone(noise(-60, 0.5), speech)
    with pytest.raises(CalibrationError, match=r"voice lasts 0\.0 s"):
        calibrate_microphone(noise(-60), np.zeros(0, np.float32))
    with pytest.raises(CalibrationError, match="not finite"):
        calibrate_microphone(noise(-60), np.full(32_000, np.nan, np.float32))


def test_advice_names_what_could_be_better() -> None:
    speech = speak_syllables(np.random.default_rng(0), 3.0).samples * np.float32(0.1)
    found = calibrate_microphone(noise(-60), speech + noise(-60, 3.0))
    assert "quiet" in " ".join(found.advice)
    assert found.quality < calibrate_microphone(noise(-70), speech * 12).quality


def test_a_threshold_lies_between_the_room_and_the_voice() -> None:
    silent, spoken = np.full(100, 0.55), np.full(100, 0.95)
    threshold, apart = choose_threshold(silent, spoken)
    assert 0.55 < threshold < 0.95
    assert apart == 1.0
    assert choose_threshold(np.full(100, 0.01), np.full(100, 0.99)) == (0.5, 1.0)
    assert choose_threshold(silent, silent)[1] == 0.0


def test_the_threshold_becomes_one_half_for_everybody_after_the_analyser() -> None:
    speech = speak_syllables(np.random.default_rng(2), 3.0).samples
    plain = VoiceAnalyser().analyse(speech)
    strict = VoiceAnalyser(0.8).analyse(speech)
    assert (plain[:, :-1] == strict[:, :-1]).all()
    activity, moved = plain[:, -1], strict[:, -1]
    assert ((moved >= 0.5) == (activity >= 0.8 - 1e-6)).mean() > 0.999
    assert ((moved > 0.5) != (activity > 0.5)).any() or activity.max() < 0.5
    assert VoiceAnalyser(0.5).analyse(speech)[:, -1].tolist() == activity.tolist()
