import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.recognition.voice_segments import AFTER_TICKS, BEFORE_TICKS, LONGEST_TICKS, VoiceSegments

TICK_US = 40_000


def feed(pattern, chunk=1):
    """Ticks of 1 (speech) and 0; sample values count the ticks. Returns the segments."""
    segments, out = VoiceSegments(), []
    for start in range(0, len(pattern), chunk):
        piece = pattern[start : start + chunk]
        samples = np.repeat(np.arange(start, start + len(piece), dtype=np.float32), 640)
        activity = np.repeat(np.array(piece, np.float32), 4)
        out += segments.hear(samples, activity, (start + len(piece)) * TICK_US)
    return out, segments


def test_an_utterance_is_cut_out_with_a_little_before_it_and_its_times():
    (segment,), _ = feed([0] * 50 + [1] * 25 + [0] * 40)
    assert segment.samples[0] == 50 - BEFORE_TICKS
    assert segment.samples[-1] == 74 + AFTER_TICKS
    assert segment.start_us == (50 - BEFORE_TICKS) * TICK_US
    assert segment.end_us == 75 * TICK_US


def test_short_pauses_do_not_cut_and_long_ones_do():
    assert len(feed([1] * 20 + [0] * (AFTER_TICKS - 1) + [1] * 20 + [0] * 40)[0]) == 1
    assert len(feed([1] * 20 + [0] * (AFTER_TICKS + 5) + [1] * 20 + [0] * 40)[0]) == 2


def test_a_cough_is_no_utterance_and_endless_speech_is_cut():
    assert feed([0] * 20 + [1] * 3 + [0] * 40)[0] == []
    found, state = feed([1] * (3 * LONGEST_TICKS + 10))
    assert len(found) == 3
    assert max(len(s.samples) for s in found) <= LONGEST_TICKS * 640
    assert len(state._ticks) <= LONGEST_TICKS


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 17))
def test_how_the_sound_arrives_does_not_matter(pattern, chunk):
    one, two = feed(pattern, 1)[0], feed(pattern, chunk)[0]
    assert [(s.start_us, s.end_us, len(s.samples)) for s in one] == [
        (s.start_us, s.end_us, len(s.samples)) for s in two
    ]
