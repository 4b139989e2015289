"""The two forms of the flow transformer agree for every size of chunk, look where they may, and SDCM decouples lips."""

import numpy as np
import pytest
import torch

from echo_runtime.generator.face_grid import CELLS, GENERATED_DIM, REGIONS, face_mask, lip_mask
from echo_runtime.generator.flow_transformer import FlowConfig, FlowTransformer
from echo_runtime.generator.frame_attention import window_hidden
from echo_runtime.generator.sdcm import SDCM, GridConvolution

BATCH, FRAMES, CONTEXT = 2, 24, 7
SIZES = FlowConfig(speech_dim=24, user_width=16, width=32, layers=3, heads=2, speech_inner=16, user_inner=8,
                   emotion_inner=8, context_frames=CONTEXT)  # fmt: skip


def awake(model: torch.nn.Module, std: float = 0.15) -> torch.nn.Module:
    """Zero-initialised branches must not hide a difference."""
    for p in model.parameters():
        torch.nn.init.normal_(p, std=std)
    return model.eval()


@pytest.fixture(scope="module")
def transformer() -> FlowTransformer:
    torch.manual_seed(0)
    return awake(FlowTransformer(SIZES))


@pytest.fixture
def window():
    g = torch.Generator().manual_seed(1)
    return {
        "motion": torch.randn(BATCH, FRAMES, GENERATED_DIM, generator=g),
        "noisy": torch.randn(BATCH, FRAMES, GENERATED_DIM, generator=g),
        "level": torch.rand(BATCH, FRAMES, generator=g) * 0.8,
        "c_emo": torch.rand(BATCH, 1, 10, generator=g),
        "style": torch.randn(BATCH, 2, generator=g),
        "speech": torch.randn(BATCH, FRAMES + 10, 24, generator=g),
        "known": (torch.rand(BATCH, FRAMES, 11, generator=g) > 0.2).float(),
        "f_pu": torch.randn(BATCH, FRAMES, 4, 16, generator=g),
    }


def starts(size: int) -> torch.Tensor:
    return (torch.arange(FRAMES) // size * size).expand(BATCH, -1)


def run_window(model, w, size: int = 4):
    """The conversation begins with the window: no history before it."""
    conditions = model.condition(w["c_emo"], w["style"], w["speech"], w["known"], w["f_pu"])
    history = torch.cat([torch.zeros(BATCH, CONTEXT, GENERATED_DIM), w["motion"]], 1)
    hidden = window_hidden(starts(size), torch.zeros(BATCH), CONTEXT)
    return model.window(history, torch.full(history.shape[:2], 0.97), w["noisy"], w["level"], hidden, conditions)


@torch.no_grad()
@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_chunk_by_chunk_equals_the_teacher_forced_window(transformer, window, size):
    whole = run_window(transformer, window, size)
    key = torch.zeros(BATCH, SIZES.layers, CONTEXT, CELLS, SIZES.width)
    value, valid = torch.zeros_like(key), torch.zeros(BATCH, CONTEXT)
    for start in range(0, FRAMES, size):
        part = slice(start, start + size)
        conditions = transformer.condition(
            window["c_emo"], window["style"], window["speech"][:, start : start + size + 10], window["known"][:, part],
            window["f_pu"][:, part],
        )  # fmt: skip
        ring = transformer.ring(key, value)
        out = transformer.chunk(window["noisy"][:, part], window["level"][:, part], conditions, ring, valid)
        torch.testing.assert_close(out, whole[:, part], rtol=1e-3, atol=1e-4)
        k, v = transformer.finished(window["motion"][:, part], torch.full((BATCH, size), 0.97))
        key, value = torch.cat([key, k], 2)[:, :, -CONTEXT:], torch.cat([value, v], 2)[:, :, -CONTEXT:]
        valid = torch.cat([valid, torch.ones(BATCH, size)], 1)[:, -CONTEXT:]


@torch.no_grad()
@pytest.mark.parametrize("name", ["motion", "noisy", "f_pu"])
def test_no_frame_sees_a_later_one(transformer, window, name):
    before = run_window(transformer, window)
    window[name] = window[name].clone()
    window[name][:, 14:] += 1.0  # in the middle of a chunk
    after = run_window(transformer, window)
    first = 16 if name == "motion" else 14  # what is finished is seen from the next chunk on
    torch.testing.assert_close(before[:, :first], after[:, :first])
    assert (before[:, first:] - after[:, first:]).abs().amax((0, 2)).min() > 1e-4


@torch.no_grad()
def test_finished_frames_are_seen_for_as_long_as_the_ring_is(transformer, window):
    before = run_window(transformer, window, 1)
    window["motion"] = window["motion"].clone()
    window["motion"][:, 3] += 1.0
    moved = (run_window(transformer, window, 1) - before).abs().amax((0, 2))
    assert (moved > 1e-5).tolist() == [3 < t <= 3 + CONTEXT for t in range(FRAMES)]


@torch.no_grad()
def test_speech_is_seen_200_ms_before_and_after(transformer, window):
    window["known"][:] = 1.0
    before = run_window(transformer, window, 1)
    changed = window["speech"].clone()
    changed[:, 12 + 5] += 3.0  # the feature of frame 12
    moved = (run_window(transformer, {**window, "speech": changed}, 1) - before).abs().amax((0, 2))
    assert (moved > 1e-6).tolist() == [abs(t - 12) <= 5 for t in range(FRAMES)]


@torch.no_grad()
def test_late_speech_has_no_influence(transformer, window):
    window["known"][:] = 0.0
    before = run_window(transformer, window)
    after = run_window(transformer, {**window, "speech": window["speech"] + 1.0})
    torch.testing.assert_close(before, after)


@torch.no_grad()
def test_style_and_emotion_matter(transformer, window):
    before = run_window(transformer, window)
    for name in ("style", "c_emo"):
        assert (run_window(transformer, {**window, name: window[name] + 0.5}) - before).abs().max() > 1e-3


@torch.no_grad()
def test_sdcm_moves_lips_by_speech_alone():
    torch.manual_seed(0)
    sdcm = awake(SDCM(32, 16, 8, 16, 2, 5, 4, (5, 3), face_mask(), lip_mask()), 0.3)
    h, heard = torch.randn(1, 1, CELLS, 32), torch.randn(1, 11, 32)
    one, other = (
        sdcm(h, sdcm.keys(torch.randn(1, 1, 4, 16), heard, torch.ones(1, 1, 11), torch.zeros(32))) for _ in range(2)
    )
    moved = (one - other).abs().amax((0, 1, 3))
    names = list(REGIONS)
    assert moved[[names.index(n) for n in ("jaw", "upper_lip", "lower_lip")]].max() == 0
    assert moved[[names.index(n) for n in ("brow_left", "eye_right", "head_pose", "corner_left")]].min() > 1e-3


@torch.no_grad()
def test_grid_convolution_is_a_depthwise_convolution():
    torch.manual_seed(0)
    conv, x = GridConvolution(6, (5, 3)), torch.randn(2, 4, 15, 6)
    plane = x.reshape(8, 5, 3, 6).permute(0, 3, 1, 2)
    expected = torch.nn.functional.conv2d(plane, conv.weight.reshape(6, 1, 3, 3), conv.bias, padding=1, groups=6)
    torch.testing.assert_close(conv(x), expected.permute(0, 2, 3, 1).reshape(x.shape))


def test_the_joint_variant_is_as_large_and_reads_both_cues(window):
    torch.manual_seed(0)
    sizes = {"speech_dim": 24, "user_width": 64}
    counts = [
        sum(p.numel() for p in FlowTransformer(FlowConfig(**sizes, conditioning=kind)).parameters())
        for kind in ("sdcm", "joint")
    ]
    assert abs(np.log(counts[1] / counts[0])) < 0.02
    joint = awake(FlowTransformer(FlowConfig(**{**SIZES.as_dict(), "conditioning": "joint"})))
    with torch.no_grad():
        before = run_window(joint, window)
        for name in ("f_pu", "speech"):
            assert (run_window(joint, {**window, name: window[name] + 1.0}) - before).abs().max() > 1e-3


@pytest.mark.parametrize("conditioning", ["sdcm", "joint"])
def test_gradients_reach_every_weight(window, conditioning):
    torch.manual_seed(0)
    model = awake(FlowTransformer(FlowConfig(**{**SIZES.as_dict(), "conditioning": conditioning})))
    run_window(model, window).pow(2).sum().backward()
    idle = [n for n, p in model.named_parameters() if p.grad is None or p.grad.abs().sum() == 0]
    assert not idle
