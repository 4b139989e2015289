"""LPE: streaming ≡ offline for any cut, causality, masks, and what it costs."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionConfig, PerceptionGraph
from echo_runtime.signals import MOTION_NAMES, PLAYER_REGIONS

FRAMES = 20


@pytest.fixture(scope="module")
def perception() -> LowLevelPerception:
    torch.manual_seed(0)
    return LowLevelPerception(PerceptionConfig()).eval()


def observations(batch: int = 2, frames: int = FRAMES, seed: int = 0):
    g = torch.Generator().manual_seed(seed)
    return torch.rand(batch, frames, 61, generator=g), torch.randn(batch, 4 * frames, 81, generator=g)


def test_every_motion_channel_is_perceived_once():
    names = [n for region in PLAYER_REGIONS.values() for n in region]
    assert sorted(names) == sorted(MOTION_NAMES)


@settings(max_examples=6, deadline=None)
@given(cuts=st.lists(st.sampled_from([1, 2, 5, 8]), min_size=1, max_size=5))
def test_streaming_equals_offline(perception, cuts):
    frames = sum(cuts)
    face, voice = observations(frames=frames)
    with torch.no_grad():
        whole, end = perception(face, voice, perception.initial_state(2))
        state, start = perception.initial_state(2), 0
        for count in cuts:
            part = slice(start, start + count)
            f_pu, state = perception.observe(face[:, part], voice[:, 4 * start : 4 * (start + count)], state)
            start += count
            torch.testing.assert_close(f_pu, whole[:, start - 1], rtol=1e-3, atol=1e-4)
    for ours, offline in zip(state.tensors, end.tensors, strict=True):
        torch.testing.assert_close(ours, offline, rtol=1e-3, atol=1e-4)


def test_every_nth_is_a_selection_of_all(perception):
    face, voice = observations()
    with torch.no_grad():
        all_frames, _ = perception(face, voice, perception.initial_state(2))
        fifth, _ = perception(face, voice, perception.initial_state(2), every=5)
    torch.testing.assert_close(fifth, all_frames[:, 4::5])


def test_the_future_does_not_leak_into_the_past(perception):
    face, voice = observations()
    other_face, other_voice = observations(seed=1)
    face2 = torch.cat([face[:, :12], other_face[:, 12:]], 1)
    voice2 = torch.cat([voice[:, :48], other_voice[:, 48:]], 1)
    with torch.no_grad():
        a, _ = perception(face, voice, perception.initial_state(2))
        b, _ = perception(face2, voice2, perception.initial_state(2))
    torch.testing.assert_close(a[:, :12], b[:, :12])
    assert (a[:, 12:] - b[:, 12:]).abs().max() > 1e-3


def test_values_of_an_unseen_face_do_not_matter(perception):
    face, voice = observations()
    face[..., -1] = 0.0
    other = torch.cat([1.0 - face[..., :-1], face[..., -1:]], -1)
    with torch.no_grad():
        a, _ = perception(face, voice, perception.initial_state(2))
        b, _ = perception(other, voice, perception.initial_state(2))
    torch.testing.assert_close(a, b)


def test_out_of_step_batch_equals_separate_conversations(perception):
    face, voice = observations()
    with torch.no_grad():
        state = perception.initial_state(2)
        for i, mask in enumerate(([True, True], [True, False], [False, True], [True, True])):
            part, sound = face[:, 5 * i : 5 * i + 5], voice[:, 20 * i : 20 * i + 20]
            f_pu, state = perception.observe(part, sound, state, torch.tensor(mask))
        for row, chunks in enumerate(([0, 1, 3], [0, 2, 3])):
            alone = perception.initial_state(1)
            for i in chunks:
                one = slice(row, row + 1)
                f_alone, alone = perception.observe(
                    face[one, 5 * i : 5 * i + 5], voice[one, 20 * i : 20 * i + 20], alone
                )
            torch.testing.assert_close(f_pu[row : row + 1], f_alone, rtol=1e-3, atol=1e-4)


def test_graph_exports_and_equals_the_module(perception):
    face, voice = observations(batch=1, frames=5)
    graph = PerceptionGraph(perception).eval()
    state = perception.initial_state(1)
    state.moments.normal_()
    seen = (torch.rand(1, 5, len(PLAYER_REGIONS)) > 0.5).float()
    inputs = (face, voice, seen, *state.tensors)
    exported = torch.export.export(graph, graph.example_inputs()).module()
    with torch.no_grad():
        for a, b in zip(exported(*inputs), graph(*inputs), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_a_region_that_was_not_seen_changes_nothing_whatever_its_numbers(perception):
    face, voice = observations(batch=1, frames=5)
    brows = [MOTION_NAMES.index(n) for n in PLAYER_REGIONS["brows"]]
    other = face.clone()
    other[..., brows] = 0.9
    seen = torch.ones(1, 5, len(PLAYER_REGIONS))
    everything = perception.observe(face, voice, perception.initial_state(1), seen=seen)[0]
    torch.testing.assert_close(everything, perception.observe(face, voice, perception.initial_state(1))[0])
    seen[..., list(PLAYER_REGIONS).index("brows")] = 0.0
    hidden = [perception.observe(f, voice, perception.initial_state(1), seen=seen)[0] for f in (face, other)]
    torch.testing.assert_close(*hidden)
    assert (hidden[0] - everything).abs().max() > 1e-3
