import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.errors import CommandFailedError
from echo_runtime.runtime.speech_timeline import BUFFER_LIMIT_S, SpeechTimeline


def pcm(samples):
    return (np.asarray(samples) * 32767).astype("<i2").tobytes()


def tone(seconds, rate=16_000):
    return 0.5 * np.sin(2 * np.pi * 200 * np.arange(int(seconds * rate)) / rate).astype(np.float32)


def say(timeline, label, samples, rate=16_000):
    timeline.begin(label, rate)
    timeline.push(label, pcm(samples))
    timeline.end(label)


def test_speech_is_placed_at_the_next_picture_and_comes_back_whole():
    timeline = SpeechTimeline()
    voice = tone(0.5)
    say(timeline, 7, voice)
    timeline.place(3200)
    samples, known = timeline.window(0, 16_000)
    assert known == 16_000
    assert not samples[:3200].any()
    np.testing.assert_allclose(samples[3200 : 3200 + 8000], voice, atol=1e-3)
    assert timeline.utterance_at(3300) == 7
    assert timeline.utterance_at(3200 + 8000) == 0
    assert timeline.take_finished(3200 + 8000) == [7]
    assert timeline.take_finished(10**6) == []


def test_utterances_follow_each_other():
    timeline = SpeechTimeline()
    say(timeline, 1, tone(0.2))
    say(timeline, 2, tone(0.2))
    timeline.place(0)
    assert timeline.utterance_at(3199) == 1
    assert timeline.utterance_at(3200) == 2
    assert timeline.buffered_us(0) == 400_000


def test_what_has_not_arrived_is_unknown_and_silence_after_the_end_is_known():
    timeline = SpeechTimeline()
    timeline.begin(1, 16_000)
    timeline.push(1, pcm(tone(0.3)))
    timeline.place(0)
    placed = timeline.stop
    assert 0 < placed <= 4800
    assert timeline.window(0, 16_000)[1] == placed
    timeline.end(1)
    timeline.place(0)
    assert timeline.window(0, 16_000)[1] == 16_000


def test_an_interrupt_drops_everything_from_there_on():
    timeline = SpeechTimeline()
    say(timeline, 1, tone(1.0))
    say(timeline, 2, tone(1.0))
    timeline.place(0)
    assert timeline.interrupt(8000) == [1, 2]
    samples, known = timeline.window(7000, 20_000)
    assert known == 13_000
    assert np.abs(samples[:1000]).max() > 0.1
    assert not samples[1000:].any()
    assert timeline.buffered_us(8000) == 0


def test_late_speech_leaves_a_gap_and_goes_on_at_the_next_picture():
    timeline = SpeechTimeline()
    timeline.begin(1, 16_000)
    timeline.push(1, pcm(tone(0.2)))
    timeline.place(0)
    gap_from = timeline.stop
    timeline.push(1, pcm(tone(0.2)))
    timeline.end(1)
    timeline.place(9600)
    samples, _ = timeline.window(0, 16_000)
    assert not samples[gap_from:9600].any()
    assert np.abs(samples[9600:12_000]).max() > 0.1
    assert timeline.utterance_at(9700) == 1


def test_pieces_hold_every_sample_once_and_end_each_utterance_once():
    timeline = SpeechTimeline()
    say(timeline, 1, tone(0.3))
    say(timeline, 2, tone(0.25))
    timeline.place(0)
    pieces = [piece for start in range(0, 16_000, 3200) for piece in timeline.pieces(start, start + 3200)]
    for label, seconds in ((1, 0.3), (2, 0.25)):
        mine = [piece for piece in pieces if piece.label == label]
        np.testing.assert_allclose(np.concatenate([p.samples for p in mine]), tone(seconds), atol=1e-3)
        assert [p.last for p in mine] == [False] * (len(mine) - 1) + [True]


def test_an_end_that_comes_late_is_given_as_an_empty_last_piece():
    timeline = SpeechTimeline()
    timeline.begin(1, 16_000)
    timeline.push(1, pcm(tone(0.2)))
    timeline.place(0)
    assert [p.last for p in timeline.pieces(0, 6400)] == [False]
    timeline.end(1)
    timeline.place(6400)
    assert timeline.pieces(6400, 9600)[-1].last
    assert timeline.pieces(9600, 12_800) == []


@pytest.mark.parametrize(
    ("code", "act"),
    [
        ("bad_format", lambda t: t.begin(1, 100)),
        ("bad_format", lambda t: t.begin(1, 16_000, 0)),
        ("no_utterance", lambda t: t.push(1, b"\0\0")),
        ("no_utterance", lambda t: t.end(4)),
        ("bad_format", lambda t: (t.begin(1, 16_000), t.push(1, b"\0\0\0"))),
        ("utterance_open", lambda t: (t.begin(1, 16_000), t.begin(2, 16_000))),
    ],
)
def test_wrong_commands_are_refused_by_code(code, act):
    with pytest.raises(CommandFailedError) as caught:
        act(SpeechTimeline())
    assert caught.value.code == code


def test_memory_is_bounded():
    timeline = SpeechTimeline()
    timeline.begin(1, 16_000)

    def send_without_end():
        for _ in range(int(BUFFER_LIMIT_S) + 10):
            timeline.push(1, bytes(32_000))

    with pytest.raises(CommandFailedError) as caught:
        send_without_end()
    assert caught.value.code == "buffer_full"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 4000), min_size=1, max_size=10),
    st.sampled_from([8000, 16_000, 22_050, 48_000]),
    st.integers(1, 2),
)
def test_any_pieces_at_any_rate_keep_their_length(pieces, rate, channels):
    timeline = SpeechTimeline()
    timeline.begin(1, rate, channels)
    for piece in pieces:
        timeline.push(1, bytes(2 * channels * piece))
    timeline.end(1)
    timeline.place(0)
    assert abs(timeline.stop - sum(pieces) * 16_000 / rate) <= 2


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(100, 6000), st.booleans()), min_size=1, max_size=12))
def test_forgetting_never_changes_what_is_ahead(steps):
    kept, forgetful = SpeechTimeline(), SpeechTimeline()
    position = 0
    for label, (length, forget) in enumerate(steps, 1):
        for timeline in (kept, forgetful):
            say(timeline, label, tone(length / 16_000))
            timeline.place(position)
        if forget:
            forgetful.forget(position)
        np.testing.assert_array_equal(
            kept.window(position - 8000, position + 8000)[0], forgetful.window(position - 8000, position + 8000)[0]
        )
        position += 3200
