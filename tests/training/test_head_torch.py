"""The head's renderer for GPUs agrees with the one for CPUs. Needs the ICT-FaceKit data."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from echo_runtime.errors import TrainingError
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, FloatArray

pytest.importorskip("numba", reason="the synthetic head is drawn by numba: pip install 'echo-runtime[train]'")

from echo_runtime.training.head import HeadRenderer, find_head, identities
from echo_runtime.training.head.posing import pose
from echo_runtime.training.head.torch_head import TorchHeadRenderer, bleed
from echo_runtime.training.head.torch_raster import visible

try:
    find_head()
    MISSING = ""
except TrainingError as error:
    MISSING = str(error)

DEVICES = [
    "cpu",
    pytest.param(
        "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
    ),
]
SIZE = 96


def motions() -> FloatArray:
    poses: tuple[dict[str, float], ...] = (
        {},
        {"jawOpen": 0.4, "tongueOut": 0.5, "headYaw": 0.3, "mouthSmileLeft": 0.5},
        {"jawOpen": 0.3, "tongueOut": 0.25, "headPitch": 0.2, "gazePitch": -0.2, "gazeYaw": 0.2, "headX": 0.02},
        {"mouthRollLower": 0.6, "mouthUpperUpLeft": 0.4, "mouthUpperUpRight": 0.4, "headRoll": 0.2, "tongueOut": 1.0},
        {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 0.4, "headYaw": -0.4, "jawOpen": 0.7},
    )
    out = np.zeros((len(poses), MOTION_DIM), np.float32)
    for row, values in zip(out, poses, strict=True):
        for name, value in values.items():
            row[MOTION_INDEX[name]] = value
    return out


@pytest.fixture(scope="module")
def on_cpu() -> HeadRenderer:
    return HeadRenderer(identities()["mira"], SIZE)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.head
@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_it_draws_what_the_other_renderer_draws(on_cpu: HeadRenderer, device: str) -> None:
    renderer = TorchHeadRenderer(identities()["mira"], SIZE, device, rig=on_cpu.rig)
    pictures = renderer.render(motions())
    posed = renderer.rig.pose(motions())
    seen = renderer.see(posed)
    for i, frame in enumerate(motions()):
        expected = on_cpu.render(frame).rgba
        np.testing.assert_allclose(
            posed.vertices[i].cpu().numpy(), pose(on_cpu.rig, frame).vertices, atol=1e-4, err_msg="posed vertices"
        )
        same = np.ones((SIZE * 2, SIZE * 2), bool)
        for name, buffer in (("body", on_cpu._body), ("hair", on_cpu._hair), ("lashes", on_cpu._lashes)):
            equal = buffer.triangle == seen[name].triangle[i].cpu().numpy()
            assert equal.mean() >= 0.99, name
            same &= equal
        pixels = same.reshape(SIZE, 2, SIZE, 2).all((1, 3)) & (expected[..., 3] > 0)
        difference = np.abs(pictures[i].astype(int) - expected)[pixels]
        assert pixels.sum() > 0.9 * (expected[..., 3] > 0).sum()
        assert difference.mean() < 1.0
        assert np.percentile(difference, 99) <= 2


@pytest.mark.head
@pytest.mark.skipif(bool(MISSING), reason=MISSING)
def test_a_batch_is_its_pictures_one_by_one(on_cpu: HeadRenderer) -> None:
    renderer = TorchHeadRenderer(identities()["mira"], SIZE, rig=on_cpu.rig)
    batch = renderer.render(motions()[1:3])
    for picture, frame in zip(batch, motions()[1:3], strict=True):
        np.testing.assert_array_equal(picture, renderer.render(frame[None])[0])
    with pytest.raises(ValueError, match=r"\(B, 60\)"):
        renderer.render(motions()[0])


@pytest.mark.parametrize("device", DEVICES)
def test_the_nearest_triangle_is_seen(device: str) -> None:
    corners = torch.tensor([[[0.0, 0.0], [0.0, 8.0], [8.0, 8.0], [8.0, 0.0]]], device=device)
    xy = torch.cat([corners, corners / 2 + 2], 1)
    depth = torch.tensor([[0.5] * 4 + [0.9] * 4], device=device)
    # two that fill the picture; behind the smaller one; one wound the other way, which is not seen; a second at a tie
    faces = torch.tensor([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 7, 6], [4, 5, 6]], device=device)
    seen = visible(xy, depth, faces, 8)
    triangle = seen.triangle[0].cpu()
    assert (triangle >= 0).all()
    assert triangle[4, 3] == 2  # nearer, and the first of two equal ones
    assert triangle[0, 7] == 1
    assert not (triangle == 3).any()
    torch.testing.assert_close(seen.depth[0, 4, 3].cpu(), torch.tensor(0.9))
    from_both = visible(xy, depth, faces, 8, torch.zeros(8, device=device))
    assert (from_both.triangle == 3).any()
    hidden = visible(xy, depth, faces, 8, torch.full((8,), -1.0, device=device))
    assert (hidden.triangle == -1).all()
    assert (hidden.depth == 0).all()


def test_empty_pixels_take_the_nearest_colour() -> None:
    picture = torch.zeros(1, 16, 16, 4)
    picture[0, 3, 4] = torch.tensor([1.0, 0.0, 0.0, 1.0])
    picture[0, 12, 12] = torch.tensor([0.0, 1.0, 0.0, 0.5])
    full = bleed(picture)
    assert full[0, 0, 0].tolist() == [1, 0, 0, 0]
    assert full[0, 15, 15].tolist() == [0, 1, 0, 0]
    assert torch.equal(full[..., 3], picture[..., 3])
    assert torch.equal(bleed(torch.zeros(1, 8, 8, 4)), torch.zeros(1, 8, 8, 4))
