import numpy as np
import pytest

from echo_runtime.signals import MOTION_DIM, MOTION_INDEX
from echo_runtime.training.measures.correlation import lagged_pearson, pearson
from echo_runtime.training.measures.events import blinks_per_second, jerk_ratio
from echo_runtime.training.measures.lips import (
    closed_in_silence,
    jaw_open_r,
    lip_opening,
    open_vowel_opening,
    plosive_closure,
    pucker_funnel_r,
    runs,
)
from echo_runtime.training.measures.pictures import over_grey


def motion(frames, **channels):
    out = np.zeros((frames, MOTION_DIM), np.float32)
    for name, values in channels.items():
        out[:, MOTION_INDEX[name]] = values
    return out


def test_pearson_by_hand():
    assert pearson([1, 2, 3], [2, 4, 6]) == pytest.approx(1.0)
    assert pearson([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)
    assert pearson([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(0.8)
    assert pearson([1, 1, 1], [1, 2, 3]) == 0.0


def test_a_delayed_answer_is_found_at_its_lag_and_not_outside_the_range():
    cause = np.random.default_rng(0).normal(size=500).astype(np.float32)
    answer = np.concatenate([np.zeros(15, np.float32), cause[:-15]])
    r, lag = lagged_pearson(answer, cause)
    assert r == pytest.approx(1.0, abs=1e-3)
    assert lag == pytest.approx(0.6)
    assert lagged_pearson(cause, cause)[0] < 0.3


def test_lip_opening_takes_mouth_close_into_account():
    np.testing.assert_allclose(lip_opening(motion(2, jawOpen=[0.5, 0.2], mouthClose=[0.1, 0.4])), [0.4, 0.0])


def test_jaw_counts_only_while_speaking():
    truth = motion(6, jawOpen=[0, 0.1, 0.2, 0.3, 0.9, 0.9])
    generated = motion(6, jawOpen=[0, 0.2, 0.4, 0.6, 0.0, 0.5])
    speaking = np.array([1, 1, 1, 1, 0, 0], bool)
    assert jaw_open_r(generated, truth, speaking) == pytest.approx(1.0)
    assert pucker_funnel_r(generated, truth, speaking) == 0.0


def test_plosives_one_closed_one_open_one_not_closed_in_truth():
    bilabial = np.zeros(120, bool)
    bilabial[20:28] = bilabial[60:68] = bilabial[100:108] = True
    assert runs(bilabial) == [(20, 28), (60, 68), (100, 108)]
    truth = motion(30, jawOpen=0.4)
    truth[5:7, MOTION_INDEX["jawOpen"]] = truth[15:17, MOTION_INDEX["jawOpen"]] = 0.0
    generated = motion(30, jawOpen=0.4)
    generated[5, MOTION_INDEX["mouthClose"]] = 0.4
    assert plosive_closure(generated, truth, bilabial) == pytest.approx(0.5)
    assert plosive_closure(truth, truth, bilabial) == 1.0


def test_open_vowels_and_silence():
    vowel = np.zeros(40, bool)
    vowel[0:20] = True
    truth = motion(10, jawOpen=[0.4] * 5 + [0.0] * 5)
    assert open_vowel_opening(motion(10, jawOpen=0.3), truth, vowel) == pytest.approx(0.75)
    speaking = np.array([1] * 3 + [0] * 17, bool)
    half_open = motion(20, jawOpen=[0.0] * 10 + [0.5] * 10)
    assert closed_in_silence(half_open, speaking, margin_s=0.08) == pytest.approx(5 / 15)


def test_blinks_and_jerk():
    lids = np.zeros(100)
    lids[[10, 11, 50, 51, 52]] = 1.0
    blinking = motion(100, eyeBlinkLeft=lids, eyeBlinkRight=lids)
    assert blinks_per_second(blinking) == pytest.approx(0.5)
    assert blinks_per_second(motion(100)) == 0
    time = np.arange(100) / 25
    smooth = motion(100, headYaw=0.1 * np.sin(time))
    shaking = motion(100, headYaw=0.1 * np.sin(time) + 0.01 * (np.arange(100) % 2))
    assert jerk_ratio(smooth, smooth) == pytest.approx(1.0)
    assert jerk_ratio(shaking, smooth) > 10


def test_over_grey_blends_by_alpha():
    rgba = np.zeros((2, 2, 4), np.uint8)
    rgba[0, 0] = (200, 100, 50, 255)
    picture = over_grey(rgba, enlarge=1)
    assert picture[0, 0].tolist() == [200, 100, 50]
    assert picture[1, 1].tolist() == [110, 110, 110]
