"""Sound as the master: nothing is lost or doubled, whatever the network does."""

import itertools

import numpy as np
import pytest
from echo_bridge.playout import FrameQueue, SpeechPlayout
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 16_000
CHUNK = 640
CHUNK_US = 40_000
PULL = 160
PULL_US = 10_000


def numbered(first: int, count: int = CHUNK) -> np.ndarray:
    """Samples that say which ones they are, never 0."""
    return np.arange(first + 1, first + 1 + count, dtype=np.float32)


def run(arrivals, until_us, begin_us=0, pull=PULL, drift=0.0):
    """Play chunks (arrival_us, pts_us, samples, last): everything pulled, and the time before each pull."""
    playout = SpeechPlayout(RATE)
    arrivals, out, times = sorted(arrivals, key=lambda a: a[0]), [], []
    now = begin_us
    while now < until_us:
        while arrivals and arrivals[0][0] <= now:
            _, pts, samples, last = arrivals.pop(0)
            playout.push(pts, samples, last=last)
        out.append(playout.pull(pull, now))
        times.append(playout.time_us)
        now += int(pull * 1_000_000 / RATE * (1.0 + drift))
    return np.concatenate(out), times, playout


def on_time(chunks, start_us=1_000_000, late_us=1_000):
    return [
        (start_us + i * CHUNK_US + late_us, start_us + i * CHUNK_US, numbered(i * CHUNK), i == chunks - 1)
        for i in range(chunks)
    ]


def test_speech_on_time_is_heard_forty_milliseconds_later_without_a_break():
    out, _, playout = run(on_time(20), 3_000_000)
    heard = np.flatnonzero(out)
    assert heard[0] * 1_000_000 // RATE == pytest.approx(1_040_000, abs=PULL_US)
    assert (np.diff(heard) == 1).all()
    np.testing.assert_array_equal(out[heard], numbered(0, 20 * CHUNK))
    assert playout.underruns == 0
    assert playout.state == "quiet"


def test_the_time_that_is_heard_is_the_time_that_was_stamped():
    playout = SpeechPlayout(RATE)
    playout.push(1_000_000, numbered(0, 8 * CHUNK), last=True)
    for now in range(900_000, 1_300_000, PULL_US):
        out = playout.pull(PULL, now)
        if out[-1]:
            assert playout.time_us == pytest.approx(1_000_000 + out[-1] * 1_000_000 / RATE, abs=100)


def test_an_underrun_is_silence_and_then_forty_milliseconds_of_priming():
    chunks = on_time(20)
    # chunk 10 and those after it come 200 ms late, all but at once
    chunks = [(at + (200_000 if i >= 10 else 0), pts, s, last) for i, (at, pts, s, last) in enumerate(chunks)]
    out, times, playout = run(chunks, 3_500_000)
    heard = np.flatnonzero(out)
    np.testing.assert_array_equal(out[heard], numbered(0, 20 * CHUNK))
    breaks = np.flatnonzero(np.diff(heard) > 1)
    assert len(breaks) == 1
    assert playout.underruns == 1
    assert all(b >= a for a, b in itertools.pairwise(times)), "the time stands still, and never goes back"


def test_a_grown_delay_shrinks_again_in_silence():
    chunks = on_time(10)
    chunks = [(at + (300_000 if i >= 5 else 0), pts, s, last) for i, (at, pts, s, last) in enumerate(chunks)]
    _, _, after = run(chunks, 1_900_000)
    _, _, later = run(chunks, 6_000_000)
    assert after.delay_us > 200_000
    assert later.delay_us == 40_000


def test_speech_that_ends_without_its_last_piece_lets_the_time_go_on():
    chunks = on_time(3)[:2]
    _, times, playout = run(chunks, 4_000_000)
    assert playout.state == "quiet"
    assert times[-1] > 3_500_000


def test_an_utterance_shorter_than_the_priming_is_heard():
    out, _, _ = run([(1_000_000, 1_000_000, numbered(0, 100), True)], 1_500_000)
    np.testing.assert_array_equal(out[out != 0], numbered(0, 100))


def test_a_last_piece_without_samples_ends_the_utterance():
    chunks = [*on_time(2)[:1], (1_060_000, 1_040_000, np.zeros(0, np.float32), True)]
    out, _, playout = run(chunks, 1_500_000)
    assert len(np.flatnonzero(out)) == CHUNK
    assert (playout.underruns, playout.state) == (0, "quiet")


def test_an_interrupt_is_heard_at_once():
    playout = SpeechPlayout(RATE)
    playout.push(1_000_000, numbered(0, 16_000))
    for now in range(1_000_000, 1_200_000, PULL_US):
        playout.pull(PULL, now)
    assert playout.state == "playing"
    assert not playout.push(1_300_000, numbered(0), epoch=-1)
    assert playout.push(1_210_000, numbered(50_000), epoch=1, last=True)
    out = np.concatenate([playout.pull(PULL, now) for now in range(1_200_000, 1_500_000, PULL_US)])
    assert set(out[out != 0]) == set(numbered(50_000))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, 150_000), min_size=1, max_size=25),
    st.sampled_from([64, 160, 441, 1024]),
    st.floats(-0.01, 0.01),
    st.lists(st.integers(1, 900), min_size=1, max_size=5),
)
def test_every_sample_is_heard_once_and_in_order_whatever_the_network_does(delays, pull, drift, sizes):
    arrivals, first, now = [], 0, 0
    for i, delay in enumerate(delays):
        count = sizes[i % len(sizes)]
        now = max(now, 1_000_000 + first * 1_000_000 // RATE + delay)  # TCP keeps the order
        arrivals.append((now, 1_000_000 + first * 1_000_000 // RATE, numbered(first, count), i == len(delays) - 1))
        first += count
    out, times, playout = run(arrivals, now + 4_000_000, begin_us=900_000, pull=pull, drift=drift)
    np.testing.assert_array_equal(out[out != 0], numbered(0, first))
    assert playout.state == "quiet"
    assert playout.buffered_us == 0
    assert playout.delay_us >= 40_000
    assert times[-1] > now


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3)), max_size=40), st.integers(0, 120))
def test_the_newest_due_frame_is_shown_and_never_an_older_one(frames, step):
    queue: FrameQueue[tuple[int, int]] = FrameQueue()
    shown, epoch = None, 0
    for i, (pts, frame_epoch) in enumerate(frames):
        queue.push(pts, (frame_epoch, pts), frame_epoch)
        epoch = max(epoch, frame_epoch)
        now = queue.show(i * step // 10)
        if now is not None and shown is not None and now[0] == shown[0]:
            assert now[1] >= shown[1]
        if now is not None and now != shown:
            assert now[1] <= i * step // 10
            assert now[0] == epoch, "no frame of a lower epoch after a higher one"
        shown = now


def test_frames_are_kept_in_bounds():
    queue: FrameQueue[int] = FrameQueue(size=4)
    for pts in range(100):
        queue.push(pts, pts)
    assert len(queue) == 4
    assert queue.show(98) == 98


def test_a_clock_that_jumps_is_followed_in_the_next_silence():
    for jump in (3_600_000_000, -3_600_000_000):
        playout = SpeechPlayout(RATE)
        for now in range(5_000_000_000, 5_000_200_000, PULL_US):
            playout.pull(PULL, now)
        for now in range(5_000_200_000 + jump, 5_001_000_000 + jump, PULL_US):
            out = playout.pull(PULL, now)
        assert abs(now - playout.time_us - 40_000) <= 2 * PULL_US
        playout.push(now + 50_000, numbered(0), last=True)
        heard = [playout.pull(PULL, now + i * PULL_US) for i in range(20)]
        assert (np.concatenate(heard) > 0).sum() == CHUNK
        assert not out.any()


def test_speech_faster_than_it_is_played_does_not_fill_the_memory():
    playout = SpeechPlayout(RATE, limit_us=2_000_000)
    taken = [playout.push(i * CHUNK_US, numbered(i * CHUNK)) for i in range(1000)]
    assert taken.count(True) == 51
    assert playout.buffered_us <= 2_000_000 + CHUNK_US
