"""The clock of another process is found, and times that travel in pixels arrive with their pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from echo_bridge.clock import monotonic_us
from echo_bridge.commands import Emotion
from echo_calibration.latency import PATTERN, measure_latency, pattern_client
from echo_calibration.pattern_runtime import skewed_clock
from echo_calibration.time_code import read_time_code, write_time_code
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.errors import CalibrationError, CommandFailedError


def test_the_offset_of_a_skewed_clock_is_found_within_a_millisecond() -> None:
    skew_us = 5_000_000_123
    with pattern_client(f"--skew-us={skew_us}") as client:
        latency = measure_latency(client, PATTERN, 2.0)
        truth = skewed_clock(skew_us)
        error = (client.runtime_now() - monotonic_us()) - (truth() - monotonic_us())
        assert abs(error) <= 1000 + latency.round_trip_us // 2
        assert latency.pictures >= 10
        assert latency.time_codes >= 10
        assert latency.differing == 0
        assert 0 <= latency.received_ms.p50 <= latency.upload_ms.p50
        assert latency.upload_ms.p50 < 1000
        assert latency.drift_ppm is None
        with pytest.raises(CommandFailedError, match="neither speaks nor feels"):
            client.command(Emotion, npc=PATTERN, name="happy", intensity=1.0)
        with pytest.raises(CalibrationError, match="Only 0 pictures of 'nobody'"):
            measure_latency(client, "nobody", 0.3)


@settings(max_examples=60, deadline=None)
@given(time_us=st.integers(0, 2**62), width=st.integers(128, 700), seed=st.integers(0, 9))
def test_a_time_code_is_read_from_any_picture(time_us: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (max(width // 2, 64), width, 4), dtype=np.uint8)
    write_time_code(picture, time_us)
    assert read_time_code(picture) == time_us % 2**48


def test_a_time_code_survives_jpeg_and_is_missed_when_damaged() -> None:
    picture = np.full((256, 256, 4), 90, np.uint8)
    assert read_time_code(picture) is None
    write_time_code(picture, 123_456_789)
    packed = cv2.imencode(".jpg", picture[..., :3], [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    assert read_time_code(np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)) == 123_456_789
    picture[-8:, 104:112, :3] = 255 - picture[-8:, 104:112, :3]
    assert read_time_code(picture) is None
    assert read_time_code(picture[:4]) is None
    with pytest.raises(CalibrationError, match="too narrow"):
        write_time_code(np.zeros((64, 100, 4), np.uint8), 1)
