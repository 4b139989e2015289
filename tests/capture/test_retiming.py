from __future__ import annotations

import numpy as np
import pytest
from capture_signals import tone
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.capture.retiming import FaceGrid, SoundConverter, SoundTimeline
from echo_runtime.capture.validity import STALE_US
from echo_runtime.errors import MediaError
from echo_runtime.signals import FRAME_US, MOTION_DIM, FaceObservation, SoundObservation


def face(time_us: int, value: float = 1.0, validity: float = 1.0) -> FaceObservation:
    return FaceObservation(time_us, np.full(MOTION_DIM, value, np.float32), validity)


def in_pieces(samples: np.ndarray, rate: int, sizes: list[int]) -> list[tuple[int, np.ndarray]]:
    out, at = [], 0
    while at < len(samples):
        size = sizes[len(out) % len(sizes)]
        out.append((at * 1_000_000 // rate, samples[at : at + size]))
        at += size
    return out


@settings(max_examples=25, deadline=None)
@given(
    rate=st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 96000]),
    sizes=st.lists(st.integers(50, 5000), min_size=1, max_size=5),
    channels=st.integers(1, 3),
)
def test_any_rate_becomes_the_16_khz_it_would_be_as_a_whole(rate: int, sizes: list[int], channels: int) -> None:
    samples = np.repeat(tone(0.4, rate)[:, None], channels, axis=1)
    whole, cut = SoundConverter(rate), SoundConverter(rate)
    expected = np.concatenate([o.samples for o in whole(0, samples) + whole.flush()])
    parts = [o for t, s in in_pieces(samples, rate, sizes) for o in cut(t, s)] + cut.flush()
    np.testing.assert_allclose(np.concatenate([o.samples for o in parts]), expected, atol=1e-4)
    assert abs(len(expected) - 6400) <= 1
    middle = slice(800, 5600)
    np.testing.assert_allclose(expected[middle], tone(0.4)[middle], atol=0.01)
    ends = np.cumsum([len(o.samples) for o in parts])[:-1]
    assert [o.time_us for o in parts] == [0, *(int(e) * 1_000_000 // 16_000 for e in ends)]


def test_a_jump_of_the_time_stamps_begins_a_new_run() -> None:
    converter = SoundConverter(48_000)
    out = converter(0, tone(0.2, 48_000)) + converter(500_000, tone(0.2, 48_000)) + converter.flush()
    assert {0, 500_000} <= {o.time_us for o in out}
    assert sum(len(o.samples) for o in out) == pytest.approx(6400, abs=2)


def test_an_impossible_rate_is_refused() -> None:
    with pytest.raises(MediaError, match="12 Hz"):
        SoundConverter(12)


@settings(max_examples=40, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 4000), min_size=1, max_size=8),
    pulls=st.lists(st.integers(1, 9), min_size=1, max_size=8),
    jitter_ms=st.lists(st.integers(-12, 12), min_size=1, max_size=5),
)
def test_the_timeline_gives_back_what_was_said_however_it_is_cut(
    cuts: list[int], pulls: list[int], jitter_ms: list[int]
) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, 16_000).astype(np.float32)
    line = SoundTimeline(5_000_000)
    for i, (t, s) in enumerate(in_pieces(samples, 16_000, cuts)):
        line.push(SoundObservation(5_000_000 + t + jitter_ms[i % len(jitter_ms)] * 1000 * (i > 0), s))
    out, time_us = [], 5_000_000
    while time_us < 6_000_000:
        time_us = min(time_us + pulls[len(out) % len(pulls)] * 10_000, 6_000_000)
        out.append(line.pull(time_us))
    np.testing.assert_array_equal(np.concatenate(out), samples)


def test_gaps_are_silence_and_overlaps_are_cut() -> None:
    line = SoundTimeline(0)
    line.push(SoundObservation(100_000, np.full(1600, 0.5, np.float32)))
    line.push(SoundObservation(150_000, np.full(1600, 0.9, np.float32)))  # half of it is already there
    line.push(SoundObservation(400_000, np.full(1600, 0.7, np.float32)))
    out = line.pull(600_000)
    assert len(out) == 9600
    for begin, end, value in ((0, 1600, 0), (1600, 3200, 0.5), (3200, 4000, 0.9), (4000, 6400, 0), (6400, 8000, 0.7)):
        np.testing.assert_array_equal(out[begin:end], np.float32(value))
    assert not out[8000:].any()


def test_sound_that_arrives_late_is_played_later_and_the_delay_ends_with_a_silence() -> None:
    line = SoundTimeline(0)
    said = np.random.default_rng(1).uniform(-1, 1, 16_000).astype(np.float32)
    heard = []
    for tick in range(1, 60):
        arrived = tick * FRAME_US - 90_000  # a microphone that is 90 ms behind
        begin = arrived - FRAME_US
        if begin >= 0 and arrived <= 1_000_000:
            line.push(SoundObservation(begin, said[begin * 16 // 1000 : arrived * 16 // 1000]))
        heard.append(line.pull(tick * FRAME_US))
    out = np.concatenate(heard)
    begin = int(np.flatnonzero(out)[0])
    pushed = said[: 0 + 1_000_000 * 16 // 1000]
    first = int(np.flatnonzero(np.isclose(pushed, out[begin]))[0])
    length = 12_000
    np.testing.assert_array_equal(out[begin : begin + length], pushed[first : first + length])
    assert line.delay_us == 0


def test_sound_from_the_far_future_is_refused() -> None:
    line = SoundTimeline(0)
    line.push(SoundObservation(10**12, tone(0.1)))
    assert not line.pull(FRAME_US).any()


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from([10.0, 24.0, 25.0, 29.97, 30.0, 60.0, 72.0, 90.0]),
    jitter=st.integers(0, 5000),
    seed=st.integers(0, 99),
    pulls=st.lists(st.integers(1, 200), min_size=1, max_size=5),
)
def test_faces_of_any_rate_fill_the_exact_grid(rate: float, jitter: int, seed: int, pulls: list[int]) -> None:
    rng = np.random.default_rng(seed)
    times = np.maximum.accumulate(
        np.round(np.arange(0, 1.2, 1 / rate) * 1e6 + rng.uniform(0, jitter, len(np.arange(0, 1.2, 1 / rate)))).astype(
            int
        )
    )
    faces = [face(int(t), t / 1e6) for t in times]
    whole = FaceGrid(0)
    for f in faces:
        whole.push(f)
    expected = whole.pull(1_000_000)
    assert expected.shape == (25, 61)
    for k, row in enumerate(expected):  # each instant holds the newest observation up to its end, never a later one
        known = times[times <= (k + 1) * FRAME_US]
        assert row[0] == np.float32(known[-1] / 1e6)
        assert row[-1] == 1.0
    live, rows, now, waiting = FaceGrid(0), [], 0, list(faces)
    while now < 1_000_000:
        now = min(now + pulls[len(rows) % len(pulls)] * 1000, 1_000_000)
        while waiting and waiting[0].time_us <= now:
            live.push(waiting.pop(0))
        rows.append(live.pull(now))
    if max(pulls) <= 40:  # asked at least once per instant: nothing newer than the instant can have come in
        np.testing.assert_array_equal(np.concatenate(rows), expected)
    assert len(np.concatenate(rows)) == 25


def test_with_a_delay_faces_are_interpolated() -> None:
    grid = FaceGrid(0, delay_us=FRAME_US)
    for t in range(0, 1_000_001, 33_333):
        grid.push(face(t, t / 1e6))
    rows = grid.pull(1_000_000)
    np.testing.assert_allclose(rows[1:, 0], (np.arange(1, 25) * FRAME_US) / 1e6, atol=1e-5)


def test_a_source_that_stops_decays_to_neutral_and_a_duplicate_replaces() -> None:
    grid = FaceGrid(0)
    grid.push(face(0, 0.2))
    grid.push(face(0, 1.0))
    rows = grid.pull(2_000_000)
    held = STALE_US // FRAME_US
    assert (rows[: held - 1, 0] == 1.0).all()
    assert (np.diff(rows[held:, -1]) < 0).all()
    assert rows[-1, -1] < 0.01
    assert rows[-1, 0] < 0.01


def test_nothing_seen_is_an_invalid_neutral_face() -> None:
    assert not FaceGrid(0).pull(400_000).any()
