from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.context.affect import EMOTIONS, affect_of, affect_vector
from echo_runtime.context.affect_course import AffectCourse

SECOND = 1_000_000


def of(emotion, intensity):
    return affect_vector(emotion, intensity)[: len(EMOTIONS)].astype(float)


def strength(course, emotion, seconds):
    return float(course.distribution(int(seconds * SECOND))[EMOTIONS.index(emotion)])


def test_one_sentence_comes_back_as_it_was_read():
    course = AffectCourse()
    course.say(0, of("sad", 0.7))
    assert strength(course, "sad", 0) == pytest.approx(0.7, abs=1e-3)


def test_feelings_fade_over_minutes_and_never_rise_by_themselves():
    course = AffectCourse()
    course.say(0, of("angry", 0.9))
    values = [strength(course, "angry", t) for t in range(0, 1200, 10)]
    assert all(a > b for a, b in pairwise(values))
    assert values[6] > 0.4  # a minute
    assert values[-1] < 0.05  # twenty


def test_the_newest_counts_most():
    course = AffectCourse()
    for i in range(5):
        course.say(i * SECOND, of("sad", 0.8))
    course.say(10 * SECOND, of("happy", 0.8))
    assert strength(course, "happy", 10) > strength(course, "sad", 10)


def test_an_absence_of_no_time_changes_nothing_and_a_night_leaves_how_they_parted():
    course = AffectCourse()
    course.say(0, of("tender", 0.8))
    same = course.after_absence(5 * SECOND, 0.0)
    np.testing.assert_allclose(same.distribution(5 * SECOND), course.distribution(0), atol=1e-6)
    night, month = course.after_absence(0, 12 * 3600.0), course.after_absence(0, 30 * 86_400.0)
    assert 0.2 < strength(night, "tender", 0) < strength(course, "tender", 0)
    assert strength(month, "tender", 0) < 0.02
    assert strength(night, "tender", 1800) < 0.02  # what follows is a new conversation


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.sampled_from(EMOTIONS), st.floats(0, 1)), max_size=40),
    st.integers(0, 10**10),
)
def test_whatever_is_said_the_condition_is_one_of_training(said, later):
    course = AffectCourse()
    for time_us, emotion, intensity in said:
        course.say(time_us, of(emotion, intensity))
    affect = affect_of(course.distribution(later))
    assert affect.shape == (10,)
    assert affect[:8].min() >= -1e-6
    assert affect[:8].sum() == pytest.approx(1.0, abs=1e-5)
    again = AffectCourse.from_json(course.as_json(later), later)
    np.testing.assert_allclose(again.distribution(later), course.distribution(later), atol=1e-6)


def test_the_condition_of_a_named_emotion_is_the_one_that_was_trained_with():
    for emotion in EMOTIONS:
        vector = affect_vector(emotion, 0.7)
        np.testing.assert_allclose(affect_of(vector[: len(EMOTIONS)]), vector, atol=1e-6)


@pytest.mark.parametrize("evidence", [[[0.0] * 7] * 2, [[float("nan")] * 7] * 3, [[-1.0] * 7] * 3, "x"])
def test_other_data_is_refused(evidence):
    with pytest.raises((TypeError, ValueError)):
        AffectCourse.from_json({"emotions": list(EMOTIONS[1:]), "evidence": evidence}, 0)
