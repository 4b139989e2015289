"""The two forms of the flow transformer agree, look where they may, and SDCM decouples lips from the player."""

import pytest
import torch

from echo_runtime.generator.face_grid import CELLS, GENERATED_DIM, REGIONS, face_mask, lip_mask
from echo_runtime.generator.flow_transformer import FlowConfig, FlowTransformer
from echo_runtime.generator.sdcm import SDCM

BATCH, CHUNKS = 2, 6


@pytest.fixture(scope="module")
def transformer() -> FlowTransformer:
    torch.manual_seed(0)
    model = FlowTransformer(FlowConfig(speech_dim=24, user_width=16, width=32, layers=3, heads=2, speech_width=16,
                                       context_chunks=3)).eval()  # fmt: skip
    for p in model.parameters():  # zero-initialised branches must not hide a difference
        torch.nn.init.normal_(p, std=0.15)
    return model


@pytest.fixture
def window():
    g = torch.Generator().manual_seed(1)
    return {
        "motion": torch.randn(BATCH, CHUNKS, 5, GENERATED_DIM, generator=g),
        "noisy": torch.randn(BATCH, CHUNKS, 5, GENERATED_DIM, generator=g),
        "c_emo": torch.rand(BATCH, CHUNKS, 10, generator=g),
        "speech": torch.randn(BATCH, CHUNKS * 5 + 10, 24, generator=g),
        "known": (torch.rand(BATCH, CHUNKS, 15, generator=g) > 0.2).float(),
        "f_pu": torch.randn(BATCH, CHUNKS, 4, 16, generator=g),
    }


def run_window(model, w, level: float = 0.3):
    conditions = model.condition(w["c_emo"], w["speech"], w["known"], w["f_pu"])
    near = torch.full((BATCH, CHUNKS), 0.97)
    return model.window(w["motion"], near, w["noisy"], torch.full((BATCH, CHUNKS), level), conditions)


@torch.no_grad()
def test_chunk_by_chunk_equals_the_teacher_forced_window(transformer, window):
    whole = run_window(transformer, window)
    c = transformer.config
    key = torch.zeros(BATCH, c.layers, c.context_chunks, CELLS, c.width)
    value, valid = torch.zeros_like(key), torch.zeros(BATCH, c.context_chunks)
    for t in range(CHUNKS):
        one = slice(t, t + 1)
        conditions = transformer.condition(
            window["c_emo"][:, one], window["speech"][:, 5 * t : 5 * t + 15], window["known"][:, one],
            window["f_pu"][:, one],
        )  # fmt: skip
        ring = (key, value, valid)
        out, _, _ = transformer.chunk(window["noisy"][:, t], torch.full((BATCH,), 0.3), conditions, *ring)
        torch.testing.assert_close(out, whole[:, t], rtol=1e-3, atol=1e-4)
        _, k, v = transformer.chunk(window["motion"][:, t], torch.full((BATCH,), 0.97), conditions, *ring)
        key, value = torch.cat([key[:, :, 1:], k[:, :, None]], 2), torch.cat([value[:, :, 1:], v[:, :, None]], 2)
        valid = torch.cat([valid[:, 1:], torch.ones(BATCH, 1)], 1)


@torch.no_grad()
@pytest.mark.parametrize("name", ["motion", "noisy", "c_emo", "f_pu"])
def test_no_chunk_sees_a_later_one(transformer, window, name):
    before = run_window(transformer, window)
    window[name] = window[name].clone()
    window[name][:, 3:] += 1.0
    after = run_window(transformer, window)
    torch.testing.assert_close(before[:, :3], after[:, :3])
    assert (before[:, 3:] - after[:, 3:]).abs().max() > 1e-3


@torch.no_grad()
def test_speech_is_seen_within_its_window_only(transformer, window):
    before = run_window(transformer, window)
    window["speech"] = window["speech"].clone()
    window["speech"][:, 26] += 3.0  # 21 frames after the window's start: chunks 2 (as look-ahead) and later
    window["known"][:] = 1.0
    before = run_window(transformer, {**window, "speech": window["speech"] * 1.0})
    changed = window["speech"].clone()
    changed[:, 26] -= 3.0
    after = run_window(transformer, {**window, "speech": changed})
    difference = (before - after).abs().amax((0, 2, 3))
    assert difference[:2].max() < 1e-6
    assert difference[3:].min() > 1e-6


@torch.no_grad()
def test_late_speech_has_no_influence(transformer, window):
    window["known"][:] = 0.0
    before = run_window(transformer, window)
    after = run_window(transformer, {**window, "speech": window["speech"] + 1.0})
    torch.testing.assert_close(before, after)


@torch.no_grad()
def test_sdcm_moves_lips_by_speech_alone():
    torch.manual_seed(0)
    sdcm = SDCM(32, 16, 16, 2, 5, 5, 4, (5, 3), face_mask(), lip_mask())
    for p in sdcm.parameters():
        torch.nn.init.normal_(p, std=0.3)
    h = torch.randn(1, 1, CELLS, 32)
    speech = sdcm.cross_speech.keys(torch.randn(1, 15, 32), torch.ones(1, 1, 15), torch.zeros(32))
    one, other = (sdcm(h, sdcm.cross_user.keys(torch.randn(1, 1, 4, 16)), speech) for _ in range(2))
    moved = (one - other).abs().amax((0, 1, 3))
    names = list(REGIONS)
    assert moved[[names.index(n) for n in ("jaw", "upper_lip", "lower_lip")]].max() == 0
    assert moved[[names.index(n) for n in ("brow_left", "eye_right", "head_pose", "corner_left")]].min() > 1e-3


def test_gradients_reach_every_weight(transformer, window):
    run_window(transformer, window).pow(2).sum().backward()
    idle = [n for n, p in transformer.named_parameters() if p.grad is None or p.grad.abs().sum() == 0]
    transformer.zero_grad()
    assert not idle
