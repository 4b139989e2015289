"""HBCU: summaries say what happened, Φ streams, its ring forgets what lies before its window, a fresh gate is shut."""

import pytest
import torch

from echo_runtime.context.behaviour_summary import SUMMARY_DIM, SUMMARY_FRAMES, VOICE_BANDS, summarise
from echo_runtime.context.behaviour_transformer import BEHAVIOURS, BehaviourConfig, BehaviourTransformer
from echo_runtime.context.high_level_context import OLDEST_S, TOKENS_PER_STATE, HighLevelContext
from echo_runtime.signals import FACE_DIM, MELS_PER_FRAME, MOTION_DIM, MOTION_INDEX, VOICE_DIM

SMALL = BehaviourConfig(width=16, layers=2, heads=2, window=10)


@pytest.fixture
def phi() -> BehaviourTransformer:
    torch.manual_seed(0)
    model = BehaviourTransformer(SMALL).eval()
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)  # a start near zero would hide what attention does
    return model


def quiet(spans: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    frames = spans * SUMMARY_FRAMES
    face = torch.zeros(1, frames, FACE_DIM)
    face[..., -1] = 1.0
    return face, torch.full((1, frames * MELS_PER_FRAME, VOICE_DIM), -8.0), torch.zeros(1, frames)


def test_a_summary_holds_mean_deviation_change_and_speech():
    face, voice, npc = quiet(2)
    smile, brow = MOTION_INDEX["mouthSmileLeft"], MOTION_INDEX["browInnerUp"]
    face[0, :, smile] = 0.5
    face[0, SUMMARY_FRAMES:, brow] = torch.arange(SUMMARY_FRAMES) / 10
    voice[0, :, -1] = 0.0
    voice[0, SUMMARY_FRAMES * MELS_PER_FRAME :, -1] = 1.0
    npc[0, : SUMMARY_FRAMES // 2] = 1.0
    first, second = summarise(face, voice, npc)[0]
    assert first.shape == (SUMMARY_DIM,)
    assert first[smile] == pytest.approx(0.5)
    assert first[MOTION_DIM + smile] == pytest.approx(0.0, abs=1e-3)
    assert second[brow] == pytest.approx(0.55)
    assert second[2 * MOTION_DIM + brow] == pytest.approx(0.8)
    assert second[MOTION_DIM + brow] == pytest.approx(torch.arange(12.0).div(10).std(unbiased=False).item(), rel=1e-4)
    heard = 3 * MOTION_DIM + 1 + VOICE_BANDS
    assert first[heard + 2 : heard + 4].tolist() == [0.0, 0.0]
    assert second[heard + 2 : heard + 4].tolist() == [1.0, 1.0]
    assert (first[-1], second[-1]) == (0.5, 0.0)


def test_unseen_frames_count_for_nothing():
    face, voice, npc = quiet(1)
    jaw = MOTION_INDEX["jawOpen"]
    face[0, :, jaw] = 0.2
    face[0, 6:, -1] = 0.0
    face[0, 6:, jaw] = 1.0
    summary = summarise(face, voice, npc)[0, 0]
    assert summary[jaw] == pytest.approx(0.2)
    assert summary[2 * MOTION_DIM + jaw] == 0.0
    assert summary[3 * MOTION_DIM] == pytest.approx(0.5)
    face[..., -1] = 0.0
    assert torch.isfinite(summarise(face, voice, npc)).all()


def test_other_lengths_are_refused():
    face, voice, npc = quiet(1)
    with pytest.raises(ValueError, match="12 frames"):
        summarise(face[:, :-1], voice, npc)


@pytest.mark.parametrize("cuts", [[1] * 37, [5, 11, 1, 20], [37]])
def test_phi_streams(phi, cuts):
    summaries = torch.randn(2, 37, SUMMARY_DIM, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        whole, _ = phi(summaries, phi.initial_state(2, past=0))
        state, parts = phi.initial_state(2), []
        for part in summaries.split(cuts, 1):
            hidden, state = phi(part, state)
            parts.append(hidden)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-4, rtol=1e-4)
    assert state.key.shape[3] == SMALL.window


def test_phi_forgets_what_lies_before_its_reach_and_sees_what_lies_in_it(phi):
    """Two layers of a window of ten reach 19 steps back."""
    reach = SMALL.layers * (SMALL.window - 1)
    summaries = torch.randn(1, 40, SUMMARY_DIM, generator=torch.Generator().manual_seed(2))
    changed = summaries.clone()
    changed[0, 10] += 3.0
    with torch.no_grad():
        before, _ = phi(summaries, phi.initial_state(1, past=0))
        after, _ = phi(changed, phi.initial_state(1, past=0))
    moved = (before - after).abs().amax(-1)[0]
    assert moved[:10].max() == 0.0
    assert moved[10 + reach] > 0.0
    assert moved[10 + reach + 1 :].max() == 0.0


def test_conversations_out_of_step_share_a_batch(phi):
    summaries = torch.randn(2, 6, SUMMARY_DIM, generator=torch.Generator().manual_seed(3))
    state = phi.initial_state(2)
    with torch.no_grad():
        for i in range(6):
            hidden, state = phi.observe(summaries[:, i], state, torch.tensor([True, i % 2 == 0]))
        alone = phi.initial_state(1)
        for i in (0, 2, 4):
            _expected, alone = phi.observe(summaries[1:, i], alone)
    torch.testing.assert_close(state.rows(slice(1, 2)).key, alone.key, atol=1e-5, rtol=1e-4)
    assert phi.behaviour_logits(hidden).shape == (2, len(BEHAVIOURS))
    state.reset(torch.tensor([True, False]))
    assert state.filled[0].sum() == 0
    assert state.filled[1].sum() == 3


def test_a_fresh_gate_changes_nothing_and_an_open_one_does():
    torch.manual_seed(0)
    context = HighLevelContext(hidden_width=16, width=8, heads=2)
    p_usr, s_usr = torch.randn(3, 5, 8), torch.randn(3, 2, 16)
    age, known = torch.tensor([0.0, 1.0, 9.0]), torch.tensor([1.0, 1.0, 0.0])
    assert torch.equal(context(p_usr, s_usr, age, known), p_usr)
    torch.nn.init.constant_(context.gate, 1.0)
    f_pu = context(p_usr, s_usr, age, known)
    assert not torch.allclose(f_pu[:2], p_usr[:2])
    assert torch.equal(f_pu[2], p_usr[2])  # no answer yet: what is perceived stands
    assert context.align(s_usr, age).shape == (3, 2 * TOKENS_PER_STATE, 8)
    older = context(p_usr, s_usr, age + OLDEST_S, known)
    assert not torch.allclose(older[0], f_pu[0])
    assert torch.allclose(context(p_usr, s_usr, age + 2 * OLDEST_S, known), older)


def test_gradients_reach_s_usr_only_through_an_open_gate():
    context = HighLevelContext(hidden_width=16, width=8, heads=2)
    s_usr = torch.randn(1, 2, 16, requires_grad=True)
    context(torch.randn(1, 5, 8), s_usr, torch.zeros(1), torch.ones(1)).square().sum().backward()
    assert s_usr.grad is not None
    assert s_usr.grad.abs().max() == 0
    assert context.gate.grad is not None
    assert context.gate.grad.abs().max() > 0
