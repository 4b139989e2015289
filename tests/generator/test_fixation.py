"""Eyes rest between saccades, jump at once, stay on their point while the head turns, and say so in eyeLook."""

import numpy as np
import pytest
import torch

from echo_runtime.generator.fixation import FARTHEST, fixated
from echo_runtime.generator.motion_codec import MotionCodec
from echo_runtime.signals import COEFFICIENTS, GAZE, MOTION_INDEX, gaze_coefficients

LOOK = MotionCodec().look
THRESHOLD, DRIFT = 0.06, 0.05


def looking(gaze: torch.Tensor) -> torch.Tensor:
    motion = torch.zeros(1, len(gaze), 60)
    motion[0, :, GAZE] = gaze
    motion[0, :, MOTION_INDEX["jawOpen"]] = 0.3
    return motion


def run(motion: torch.Tensor, cuts: int | None = None) -> torch.Tensor:
    held, begun, out = torch.zeros(1, 2), torch.zeros(1, 1), []
    for part in motion.split(cuts or motion.shape[1], 1):
        moved, held = fixated(part, LOOK, held, begun, THRESHOLD, DRIFT)
        begun = torch.ones(1, 1)
        out.append(moved)
    return torch.cat(out, 1)


def test_eyes_rest_in_noise_and_jump_at_once():
    trembling = 0.015 * torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    trembling[50:, 0] += 0.3
    gaze = run(looking(trembling))[0, :, GAZE]
    steps = gaze.diff(dim=0).abs().amax(1)
    assert steps.argmax() == 49
    assert steps[49] > 0.25
    assert torch.cat([steps[:49], steps[50:]]).max() < 0.005
    assert (gaze[60:, 0].mean() - 0.3).abs() < 0.03


def test_the_point_is_held_while_the_head_moves():
    motion = looking(torch.zeros(40, 2))
    motion[0, :, MOTION_INDEX["headYaw"]] = torch.linspace(0, 0.04, 40)
    motion[0, :, MOTION_INDEX["headPitch"]] = torch.linspace(0, 0.03, 40)
    still = fixated(motion, LOOK, torch.zeros(1, 2), torch.ones(1, 1), THRESHOLD, 0.0)[0]
    assert still[0, -1, GAZE].tolist() == pytest.approx([-0.04, 0.03], abs=1e-6)


def test_eye_coefficients_follow_and_the_rest_stays():
    motion = run(looking(torch.tensor([[0.2, -0.1]] * 3)))
    expected = gaze_coefficients(np.array([0.2, -0.1], np.float32))
    expected[MOTION_INDEX["jawOpen"]] = 0.3
    np.testing.assert_allclose(motion[0, -1, COEFFICIENTS].numpy(), expected, atol=1e-5)
    assert motion[0, -1, MOTION_INDEX["eyeLookOutLeft"]] > 0.3
    assert (motion[0, :, MOTION_INDEX["jawOpen"]] == 0.3).all()
    assert motion[..., COEFFICIENTS].min() >= 0


def test_eyes_do_not_turn_beyond_their_sockets():
    motion = looking(torch.zeros(30, 2))
    motion[0, :, MOTION_INDEX["headYaw"]] = torch.linspace(0, 0.7, 30)
    still = fixated(motion, LOOK, torch.zeros(1, 2), torch.ones(1, 1), 10.0, 0.0)[0]
    assert still[0, :, GAZE].abs().max() == pytest.approx(FARTHEST)


@pytest.mark.parametrize("cuts", [1, 4, 7])
def test_chunks_do_not_matter(cuts):
    wandering = 0.04 * torch.randn(60, 2, generator=torch.Generator().manual_seed(1)).cumsum(0)
    motion = looking(wandering.clamp(-0.5, 0.5))
    torch.testing.assert_close(run(motion, cuts), run(motion))
