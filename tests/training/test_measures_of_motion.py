"""Distribution, coupling and stability, on cases that can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.signals import MOTION_DIM, MOTION_INDEX
from echo_runtime.training.measures.coupling import (
    rpcc,
    rpcc_lagged,
    rpcc_per_dimension,
    share_of_range,
    sign_flip_p,
    swap,
)
from echo_runtime.training.measures.distribution import (
    cluster_entropy,
    fd,
    paired_fd,
    sid_ratio,
    temporal_variance,
    var_ratio,
)
from echo_runtime.training.measures.stability import MINUTE, drift, drift_pose, seam_ratio


def test_entropy_of_four_clusters_used_alike_and_of_one():
    centres = np.array([[0.0], [1.0], [2.0], [3.0]])
    assert cluster_entropy(np.array([[0.1], [0.9], [2.2], [2.9]]), centres) == pytest.approx(2.0)
    assert cluster_entropy(np.zeros((5, 1)), centres) == 0.0
    # shares ½, ¼, ¼: ½·1 + 2·¼·2 bits
    assert cluster_entropy(np.array([[0.0], [0.0], [1.0], [2.0]]), centres) == pytest.approx(1.5)


def test_sid_falls_when_the_face_uses_half_of_its_expressions():
    truth = np.repeat(np.arange(8.0)[:, None], 50, axis=0)
    assert sid_ratio(truth, truth, clusters=8) == pytest.approx(1.0)
    assert sid_ratio(truth[:200], truth, clusters=8) == pytest.approx(2 / 3)  # four of eight kinds: 2 of 3 bits
    assert sid_ratio(truth, truth, clusters=8, seed=1) == sid_ratio(truth, truth, clusters=8, seed=1)


def test_variance_is_over_time_and_weighted_by_length():
    short, long = np.array([[0.0], [2.0]]), np.zeros((6, 1))
    assert temporal_variance([short]) == pytest.approx(1.0)
    assert temporal_variance([short, long]) == pytest.approx(2 / 8)
    assert var_ratio([2 * short], [short]) == pytest.approx(4.0)
    # levels that differ between conversations are no movement
    assert temporal_variance([np.zeros((4, 1)), np.ones((4, 1))]) == 0.0


def test_frechet_distance_sees_a_shift_and_the_paired_one_a_wrong_partner():
    random = np.random.default_rng(0)
    player = random.normal(size=(4000, 2))
    answering, ignoring = player.copy(), random.permutation(player)
    assert fd(answering + 3.0, answering) == pytest.approx(18.0)  # two dimensions, 3² each
    assert fd(ignoring, answering) == pytest.approx(0.0, abs=1e-6)
    assert paired_fd(answering, answering, player) == pytest.approx(0.0, abs=1e-6)
    assert paired_fd(ignoring, answering, player) > 0.5


def test_rpcc_by_hand():
    player = np.array([[1.0], [2.0], [3.0], [4.0]])
    truth, generated = player.copy(), np.array([[1.0], [3.0], [2.0], [4.0]])
    assert rpcc(generated, truth, player) == pytest.approx(0.2)  # |1 − 0.8|
    assert rpcc(truth, truth, player) == 0.0
    still = np.concatenate([player, np.zeros((4, 1))], 1)
    assert rpcc_per_dimension(
        np.concatenate([generated, np.ones((4, 1))], 1), np.concatenate([truth, np.ones((4, 1))], 1), still
    ) == pytest.approx(0.2)


def test_a_delayed_answer_is_seen_only_with_its_lag():
    player = np.random.default_rng(1).normal(size=(400, 1))
    truth = np.roll(player, 10, axis=0)  # 0.4 s later
    deaf = np.random.default_rng(2).normal(size=(400, 1))
    assert rpcc(deaf, truth, player) < 0.2
    assert rpcc_lagged([deaf], [truth], [player], lags_s=(0.4,)) > 0.8
    assert rpcc_lagged([truth], [truth], [player]) == 0.0


def test_share_of_range():
    line = np.linspace(0.0, 1.0, 101)
    assert share_of_range(line, line + 0.098) == pytest.approx(0.1, abs=1e-6)  # 1st to 99th percentile: 0.98
    assert np.isnan(share_of_range(np.zeros(10), np.ones(10)))


def test_sign_flips_by_hand():
    assert sign_flip_p(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 / 8)  # only all-plus reaches the sum
    assert sign_flip_p(np.array([-1.0, 1.0])) == pytest.approx(3 / 4)
    assert sign_flip_p(np.ones(20)) < 0.001
    assert np.isnan(sign_flip_p(np.array([np.nan])))


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_a_sign_flip_p_is_a_probability_and_is_never_nought(differences):
    assert 0.5 ** len(differences) <= sign_flip_p(np.array(differences)) <= 1.0


def test_a_swap_that_moves_brows_only():
    random = np.random.default_rng(3)
    motions = [random.uniform(0, 1, (200, MOTION_DIM)).astype(np.float32) for _ in range(6)]
    swapped = [m.copy() for m in motions]
    for m in swapped:
        m[:, MOTION_INDEX["browInnerUp"]] = random.uniform(0, 1, 200)
    found = swap(motions, swapped, [np.ones(200, bool)] * 6)
    assert found["lip"] == 0.0
    assert found["upper"] > 0.01
    assert found["upper_p"] == pytest.approx(1 / 64)
    same = swap(motions, motions, [np.ones(200, bool)] * 6)
    assert same["upper"] == 0.0
    assert same["upper_p"] == 1.0


def test_drift_of_a_face_that_calms_down():
    random = np.random.default_rng(4)
    steady = random.normal(0, 0.1, (3 * MINUTE, MOTION_DIM)).astype(np.float32)
    calming = steady * np.linspace(1.0, 0.0, len(steady), dtype=np.float32)[:, None]
    assert drift([steady]) == pytest.approx(1.0, abs=0.02)
    assert drift([calming]) < 0.2
    assert drift_pose([steady]) == pytest.approx(1.0, abs=0.06)
    with pytest.raises(ValueError, match="two minutes"):
        drift([steady[:MINUTE]])


def test_seams():
    assert seam_ratio(np.arange(40.0)[:, None] * np.ones(3), 5) == pytest.approx(1.0)
    jumping = np.arange(40.0) + 2.0 * (np.arange(40) // 5)  # steps of 3 at borders, 1 inside
    assert seam_ratio(jumping[:, None], 5) == pytest.approx(3.0)
    # a channel a thousand times smaller counts as much; the mean steps are 1 and 53/39
    small = np.stack([np.arange(40.0), jumping / 1000], 1)
    assert seam_ratio(small, 5) == pytest.approx((1 + 3 * 39 / 53) / (1 + 39 / 53))
    assert np.isnan(seam_ratio(jumping[:, None], 1))
    assert np.isnan(seam_ratio(np.zeros((40, 2)), 5))
