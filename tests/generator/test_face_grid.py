"""The grid covers every generated channel, and the codec takes motion there and back."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.generator.face_grid import (
    CELLS,
    GENERATED_NAMES,
    REGIONS,
    face_mask,
    gather_index,
    lip_mask,
    scatter_matrix,
)
from echo_runtime.generator.motion_codec import MotionCodec
from echo_runtime.signals import MOTION_INDEX, MOTION_NAMES, gaze_coefficients


def test_every_channel_but_eye_look_has_a_place():
    placed = {n for names in REGIONS.values() for n in names}
    assert placed == set(GENERATED_NAMES)
    assert len(REGIONS) == CELLS
    assert {n for n in MOTION_NAMES if n not in placed} == {n for n in MOTION_NAMES if n.startswith("eyeLook")}


def test_gather_then_scatter_is_the_identity():
    index, _ = gather_index()
    x = torch.randn(4, len(GENERATED_NAMES))
    torch.testing.assert_close(x[:, index.flatten()] @ scatter_matrix(), x)


def test_masks_share_the_face_between_player_and_speech():
    torch.testing.assert_close(lip_mask() + face_mask(), torch.ones(CELLS))
    names = list(REGIONS)
    assert face_mask()[names.index("jaw")] == 0
    assert lip_mask()[names.index("brow_left")] == 0
    assert 0 < lip_mask()[names.index("corner_left")] < 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_codec_round_trip(seed):
    rng = np.random.default_rng(seed)
    motion = rng.uniform(0, 1, (7, 60)).astype(np.float32)
    motion[:, 52:58] = rng.uniform(-0.1, 0.1, (7, 6))
    motion[:, 58:] = rng.uniform(-0.5, 0.5, (7, 2))
    motion[:, :52][:, [n.startswith("eyeLook") for n in MOTION_NAMES[:52]]] = 0
    motion[:, :52] += gaze_coefficients(motion[:, 58:])
    codec = MotionCodec()
    codec.fit(torch.from_numpy(rng.uniform(0, 1, (50, 60)).astype(np.float32)))
    back = codec.decode(codec.encode(torch.from_numpy(motion)))
    np.testing.assert_allclose(back, motion, atol=1e-5)


def test_decoded_motion_is_legal():
    codec = MotionCodec()
    motion = codec.decode(torch.randn(100, len(GENERATED_NAMES)) * 50)
    assert motion[:, :52].min() >= 0
    assert motion[:, :52].max() <= 1
    assert motion[:, MOTION_INDEX["headYaw"]].abs().max() <= 0.7001
