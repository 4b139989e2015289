"""Where nothing is said lips rest: after a voice, not within it, and however loud the recording is."""

import numpy as np
import pytest

from echo_runtime.generator.lip_closure import lips_together
from echo_runtime.generator.lip_rest import FAINTEST_DB, NEAR_FRAMES, levels_db, resting, voice_level
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.signals import MOTION_INDEX
from echo_runtime.training.measures.lips import lip_opening


def sound(levels: list[float], seed: int = 0) -> np.ndarray:
    """Pictures of white noise of these amplitudes."""
    noise = np.random.default_rng(seed).uniform(-1, 1, len(levels) * 640)
    return (noise * np.repeat(levels, 640)).astype(np.float32)


def rest_of(samples: np.ndarray) -> np.ndarray:
    levels = levels_db(log_mel(samples))
    around = np.pad(levels, NEAR_FRAMES, mode="edge")
    return resting(around, voice_level(FAINTEST_DB, levels))


def test_levels_are_those_of_the_sound():
    loud, quiet = (levels_db(log_mel(sound([a] * 10)))[2:].mean() for a in (0.3, 0.03))
    assert loud - quiet == pytest.approx(20.0, abs=0.5)
    assert levels_db(np.full((8, 80), SILENCE, np.float32)) == pytest.approx([-40.97] * 2, abs=0.01)


@pytest.mark.parametrize("gain", [1.0, 0.2])
def test_breath_after_speech_is_rest_and_a_stop_within_it_is_not(gain):
    said, breath = 0.5 * gain, 0.5 * gain * 10 ** (-36 / 20)
    rest = rest_of(sound([said] * 20 + [breath] * 2 + [said] * 20 + [breath] * 20))
    assert (rest[:43] == 0).all()  # two pictures of quiet within speech are the closure of a stop
    assert (rest[-15:] == 1).all()


def test_a_quiet_consonant_is_speech():
    rest = rest_of(sound([0.5] * 20 + [0.5 * 10 ** (-22 / 20)] * 8))
    assert (rest == 0).all()


def test_before_the_first_word_noise_is_rest():
    assert (rest_of(sound([0.0005] * 20)) == 1).all()


def test_a_loud_voice_is_forgotten_within_a_minute():
    level = voice_level(FAINTEST_DB, np.full(10, 35.0))
    assert level == 35.0
    assert voice_level(level, np.full(25 * 10, 12.0)) == pytest.approx(20.0, abs=0.2)
    assert voice_level(level, np.full(25 * 60, -40.0)) == FAINTEST_DB


def test_lips_meet_as_far_as_they_are_told():
    motion = np.zeros((3, 60), np.float32)
    motion[:, MOTION_INDEX["jawOpen"]] = 0.2
    opening = lip_opening(lips_together(motion, np.array([0.0, 0.5, 1.0], np.float32)))
    np.testing.assert_allclose(opening, [0.2, 0.1, 0.0], atol=1e-6)
