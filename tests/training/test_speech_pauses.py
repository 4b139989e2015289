"""What is heard in pauses: it stays in the pauses, and it is labelled silence."""

import numpy as np
import pytest

from echo_runtime.signals import SAMPLE_RATE
from echo_runtime.training.speech.pauses import breath, click, coloured_noise, fill_pauses, wordless


def test_breath_stays_in_the_pause() -> None:
    random = np.random.default_rng(0)
    sound = np.zeros(3 * SAMPLE_RATE, np.float32)
    sound[SAMPLE_RATE : 2 * SAMPLE_RATE] = 0.5 * np.sin(np.arange(SAMPLE_RATE) * 0.1)
    segments = ((0.0, 1.0, "sil"), (1.0, 1.5, "aa"), (1.5, 2.0, "PP"))
    kept = sound.copy()
    heard = 0.0
    for _ in range(10):
        other = fill_pauses(sound, segments, random, likely=1.0)
        assert other.shape == sound.shape
        assert np.array_equal(other[SAMPLE_RATE : 2 * SAMPLE_RATE], sound[SAMPLE_RATE : 2 * SAMPLE_RATE])
        pauses = np.concatenate([other[:SAMPLE_RATE], other[2 * SAMPLE_RATE :]])
        assert 0.0 < np.abs(pauses).max() <= 2 * 0.5 * 10 ** (-12 / 20)
        heard = max(heard, float(np.abs(pauses).max()))
    assert heard > 0.01
    assert np.array_equal(sound, kept)
    assert np.array_equal(fill_pauses(sound, (), random, likely=1.0), sound)


def test_short_pauses_stay_empty() -> None:
    sound = np.zeros(SAMPLE_RATE, np.float32)
    sound[:8000] = 0.3
    out = fill_pauses(sound, ((0.0, 0.4, "aa"), (0.4, 0.5, "sil"), (0.5, 1.0, "aa")), np.random.default_rng(1), 1.0)
    assert np.array_equal(out, sound)


def test_noise_has_its_colour() -> None:
    random = np.random.default_rng(2)
    white, pink = (np.abs(np.fft.rfft(coloured_noise(16000, random, slope))) ** 2 for slope in (0.0, 1.0))

    def tilt(power: np.ndarray) -> float:
        return float(np.log(power[100:400].mean() / power[4000:7000].mean()))

    assert tilt(white) == pytest.approx(0.0, abs=0.5)
    assert tilt(pink) > 4.0  # amplitude falls as 1/f, so power by the square of about 25


def test_wordless_sound_is_bounded() -> None:
    random = np.random.default_rng(3)
    for _ in range(8):
        sound = wordless(2.0, random)
        assert sound.shape == (2 * SAMPLE_RATE,)
        assert sound.dtype == np.float32
        assert 0.0 < np.abs(sound).max() <= 0.501
    assert np.abs(breath(3200, random)).max() == pytest.approx(1.0, abs=1e-3)
    assert np.abs(click(random)).max() == pytest.approx(1.0, abs=1e-3)
