"""The self-tests of `calibrate`, shortened: synthetic people through the real tracker."""

from __future__ import annotations

import pytest
from echo_calibration.selftest.avatar_selftest import check_avatar
from echo_calibration.selftest.player_selftest import check_player
from echo_calibration.selftest.sync_selftest import check_sync

from echo_runtime.errors import TrainingError

pytest.importorskip("numba", reason="the synthetic head is drawn by numba: pip install 'echo-runtime[train]'")

from echo_runtime.training.head import find_head

try:
    find_head()
    MISSING = ""
except TrainingError as error:
    MISSING = str(error)

pytestmark = [
    pytest.mark.head,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
]


def test_a_calibrated_player_is_tracked_better() -> None:
    result = check_player(identities=1)
    assert result["passed"], result
    assert result["max_neutral_residual"] <= 0.05
    assert result["mean_error"] < result["mean_error_uncalibrated"]


def test_a_delay_is_found_through_the_tracker() -> None:
    result = check_sync(cameras=(30.0,), delays_ms=(-200, 75, 400))
    assert result["passed"], result
    assert result["max_error_ms"] <= 10


def test_the_region_map_finds_the_lips_that_the_renderer_painted() -> None:
    result = check_avatar(identities=1)
    assert result["passed"], result
    assert result["min_lip_iou"] >= 0.8
    assert result["faults_named"] == result["faults"]
