from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.context.affect import EMOTIONS, affect_of, affect_vector
from echo_runtime.context.affect_course import AffectCourse

SECOND = 1_000_000


def of(emotion, intensity):
    return affect_vector(emotion, intensity)[1 : len(EMOTIONS)].astype(float)


def after(*lines):
    course = AffectCourse()
    for seconds, emotion, intensity in lines:
        course = course.moved(int(seconds * SECOND), of(emotion, intensity))
    return course


def strength(course, emotion, seconds):
    return float(course.distribution(int(seconds * SECOND))[EMOTIONS.index(emotion)])


def test_a_line_moves_what_is_felt_by_its_strength():
    assert strength(after((0, "sad", 0.5)), "sad", 0) == pytest.approx(0.5, abs=0.02)
    assert strength(after((0, "sad", 0.5), (0, "sad", 0.5)), "sad", 0) == pytest.approx(0.75, abs=0.02)
    both = after((0, "sad", 0.5), (0, "happy", 0.5))
    assert strength(both, "happy", 0) == pytest.approx(0.5, abs=0.03)
    assert strength(both, "sad", 0) == pytest.approx(0.25, abs=0.03)


def test_feelings_fade_over_minutes_and_never_rise_by_themselves():
    course = after((0, "angry", 0.9))
    values = [strength(course, "angry", t) for t in range(0, 1200, 10)]
    assert all(a > b for a, b in pairwise(values))
    assert values[2] > 0.4
    assert 0.03 < values[12] < 0.1  # two minutes: the mood
    assert values[-1] < 0.01


def test_the_newest_counts_most():
    course = after(*[(i, "sad", 0.8) for i in range(5)], (10, "happy", 0.8))
    assert strength(course, "happy", 10) > strength(course, "sad", 10)


def test_a_sad_conversation_leaves_a_sad_mood():
    course = after(*[(10 * i, "sad", 0.5) for i in range(20)])
    assert strength(course, "sad", 200 + 120) > 0.15
    assert strength(after((200, "sad", 0.5)), "sad", 200 + 120) < 0.05


def test_an_absence_of_no_time_changes_nothing_and_a_night_leaves_how_they_parted():
    course = after((0, "tender", 0.8))
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
    course = after(*[(time_us / SECOND, emotion, intensity) for time_us, emotion, intensity in said])
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


@pytest.mark.parametrize("felt", [[[0.0] * 7] * 3, [[float("nan")] * 7] * 2, [[-1.0] * 7] * 2, [[1.0] * 7] * 2, "x"])
def test_other_data_is_refused(felt):
    with pytest.raises((TypeError, ValueError)):
        AffectCourse.from_json({"emotions": list(EMOTIONS[1:]), "felt": felt}, 0)
