"""An NPC's context of the player: the same frames however ticks arrive, apart for every NPC, restored by its memory."""

import threading
import time

import numpy as np
import pytest
import torch

from echo_runtime.backends import compile_graph
from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES
from echo_runtime.context.behaviour_transformer import BehaviourConfig, BehaviourTransformer
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.understanding import Understood
from echo_runtime.runtime.graphs import fusion_graph
from echo_runtime.runtime.player_context import PlayerContext
from echo_runtime.runtime.understanding import behaviour_understanding

TOKENS, WIDTH = 5, 32


@pytest.fixture(scope="module")
def parts():
    torch.manual_seed(0)
    phi = BehaviourTransformer(BehaviourConfig(16, 1, 2, 30))
    fusion = HighLevelContext(16, WIDTH).eval()
    torch.nn.init.constant_(fusion.gate, 1.0)
    graph = fusion_graph(fusion, TOKENS)
    return behaviour_understanding(phi, "eager"), compile_graph(graph.module, graph.example, "eager", "f32")


def player(ticks: int, seed: int = 0):
    random = np.random.default_rng(seed)
    face = random.uniform(0, 1, (ticks, 61)).astype(np.float32)
    face[:, -1] = 1
    return face, random.normal(-6, 1, (4 * ticks, 81)).astype(np.float32)


def followed(parts, cuts, ticks=60, seed=0, speaks=False):
    """f_pu after every piece of the player that ends at one of `cuts`."""
    phi, fuse = parts
    context = PlayerContext(phi.fresh(), fuse, immediate=True)
    face, voice = player(ticks, seed)
    p_usr = np.random.default_rng(9).normal(0, 1, (1, TOKENS, WIDTH)).astype(np.float32)
    found = {}
    for begin, end in zip([0, *cuts], cuts, strict=False):
        context.observe(face[begin:end], voice[4 * begin : 4 * end], speaks, 40_000 * end)
        found[end] = context.f_pu(p_usr, 40_000 * end)
    return p_usr, found


def test_before_the_first_summary_nothing_is_added(parts):
    p_usr, found = followed(parts, [5, SUMMARY_FRAMES - 1, SUMMARY_FRAMES])
    np.testing.assert_array_equal(found[SUMMARY_FRAMES - 1], p_usr)
    assert np.abs(found[SUMMARY_FRAMES] - p_usr).max() > 1e-3


def test_how_ticks_arrive_does_not_matter(parts):
    _, single = followed(parts, range(1, 61))
    _, pieces = followed(parts, [7, 20, 31, 60])
    for end, f_pu in pieces.items():
        np.testing.assert_allclose(f_pu, single[end], atol=1e-6)


def test_an_older_answer_is_told_from_a_fresh_one(parts):
    """Between two summaries only the age of the answer changes."""
    _, found = followed(parts, range(1, 40))
    assert np.abs(found[25] - found[24]).max() > 1e-6
    assert not np.allclose(found[35], found[36])


def test_the_npcs_own_speech_counts(parts):
    _, quiet = followed(parts, [48])
    _, speaking = followed(parts, [48], speaks=True)
    assert np.abs(quiet[48] - speaking[48]).max() > 1e-4


def test_what_is_remembered_goes_on_in_another_context(parts):
    phi, fuse = parts
    face, voice = player(72)
    whole, first, second = (PlayerContext(phi.fresh(), fuse, immediate=True) for _ in range(3))
    whole.observe(face, voice, False, 72 * 40_000)
    first.observe(face[:36], voice[:144], False, 36 * 40_000)
    second.load_state(first.state())
    second.observe(face[36:], voice[144:], False, 36 * 40_000)
    for name, array in whole.state().items():
        np.testing.assert_allclose(second.state()[name], array, atol=1e-6, err_msg=name)
    with pytest.raises(ValueError, match="behaviour transformer"):
        second.load_state({"key": np.zeros(3, np.float32)})


class Slow:
    """An understanding that takes its time, and then says which moment it has understood."""

    hidden_width = 16

    def __init__(self):
        self.go = threading.Event()
        self.left_out = 0

    def observe(self, moment):
        self.go.wait(20.0)
        return Understood(np.full((1, 16), moment.time_us / 1e6, np.float32), moment.time_us)

    def reset(self): ...
    def state(self):
        return {}

    def check_state(self, state): ...
    def load_state(self, state): ...


def test_a_slow_model_never_makes_a_frame_wait(parts):
    model = Slow()
    context = PlayerContext(model, parts[1], "slow")
    face, voice = player(25)
    p_usr = np.ones((1, TOKENS, WIDTH), np.float32)
    try:
        began = time.monotonic()
        context.observe(face, voice, False, 1_000_000)
        np.testing.assert_array_equal(context.f_pu(p_usr, 1_000_000), p_usr)
        assert time.monotonic() - began < 10.0, "the model is still at it"
        assert context.adopted_us is None
        model.go.set()
        deadline = time.monotonic() + 20.0
        while context.adopted_us is None and time.monotonic() < deadline:
            time.sleep(0.01)
            found = context.f_pu(p_usr, 1_500_000)
        assert context.adopted_us == 960_000, "two whole summaries, up to the last tick of the second"
        assert np.abs(found - p_usr).max() > 1e-4
    finally:
        model.go.set()
        context.close()
