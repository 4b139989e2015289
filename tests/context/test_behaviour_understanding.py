"""Φ behind the interface: moments as they come equal the whole sequence; its memory is saved, loaded and refused."""

import numpy as np
import pytest
import torch

from echo_runtime.context.behaviour_summary import SUMMARY_DIM
from echo_runtime.context.behaviour_transformer import (
    BEHAVIOURS,
    BehaviourConfig,
    BehaviourGraph,
    BehaviourTransformer,
)
from echo_runtime.context.behaviour_understanding import BehaviourUnderstanding
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.memory import NpcMemory, decode, encode
from echo_runtime.context.understanding import SUMMARY_LIMIT, Moment
from echo_runtime.runtime.graphs import behaviour_graph, load_graph, save_graph
from echo_runtime.runtime.understanding import behaviour_understanding
from echo_runtime.signals import DialogueTurn

SMALL = BehaviourConfig(width=16, layers=2, heads=2, window=10)


@pytest.fixture(scope="module")
def phi() -> BehaviourTransformer:
    torch.manual_seed(0)
    model = BehaviourTransformer(SMALL).eval()
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.fixture
def understanding(phi) -> BehaviourUnderstanding:
    return behaviour_understanding(phi, "eager")


def summaries(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, SUMMARY_DIM)).astype(np.float32)


def test_its_graph_comes_back_from_a_file(phi, tmp_path):
    graph = behaviour_graph(phi)
    save_graph(graph, tmp_path / "graph.pt2")
    assert not torch.export.load(tmp_path / "graph.pt2").range_constraints, "a shape is not static"
    back = load_graph(tmp_path / "graph.pt2")
    here = there = graph.example[1:]
    for summary in torch.from_numpy(summaries(2 * SMALL.window)).split(1):
        with torch.no_grad():
            hidden, logits, *here = graph.module(summary, *here)
            hidden_back, logits_back, *there = back(summary, *there)
        torch.testing.assert_close(hidden_back, hidden, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(logits_back, logits, rtol=1e-5, atol=1e-6)
    for a, b in zip(here, there, strict=True):
        torch.testing.assert_close(b, a, rtol=1e-5, atol=1e-6)


def test_the_graph_serves_conversations_out_of_step(phi):
    """Batch first: two rows of one batch equal two batches of one."""
    graph = BehaviourGraph(phi)
    both = torch.from_numpy(summaries(2))
    with torch.no_grad():
        hidden, *_ = graph(both, *graph.example_inputs(2)[1:])
        alone, *_ = graph(both[1:], *graph.example_inputs(1)[1:])
    torch.testing.assert_close(hidden[1:], alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("backend", ["eager", "openvino:f32"])
def test_moments_equal_the_whole_sequence(phi, backend, monkeypatch):
    monkeypatch.setenv("ECHO_BACKEND", backend)
    understanding = behaviour_understanding(phi)
    observed = summaries(25)
    with torch.no_grad():
        hidden, _ = phi(torch.from_numpy(observed)[None], phi.initial_state(1, past=0))
        odds = torch.sigmoid(phi.behaviour_logits(hidden[0, -1]))
    for number, part in enumerate(np.split(observed, [1, 1, 8, 20])):
        understood = understanding.observe(Moment(number, part))
    assert understood.s_usr.shape == (1, SMALL.width)
    np.testing.assert_allclose(understood.s_usr, hidden[:, -1], atol=1e-4)
    assert list(understood.behaviours) == list(BEHAVIOURS)
    np.testing.assert_allclose(list(understood.behaviours.values()), odds, atol=1e-4)


def test_nothing_new_is_as_old_as_what_was_understood(understanding):
    before = understanding.observe(Moment(1_000))
    assert before.behaviours == {}
    assert not before.s_usr.any()
    seen = understanding.observe(Moment(2_000, summaries(1)))
    again = understanding.observe(Moment(9_000))
    assert np.array_equal(again.s_usr, seen.s_usr)
    assert (seen.time_us, again.time_us) == (2_000, 2_000)


def test_a_summary_that_is_not_finite_leaves_no_trace(understanding, phi):
    broken = summaries(4)
    broken[1, 3] = np.nan
    understood = understanding.observe(Moment(0, broken))
    assert understanding.left_out == 1
    clean = behaviour_understanding(phi, "eager").observe(Moment(0, broken[[0, 2, 3]]))
    assert np.array_equal(understood.s_usr, clean.s_usr)


def test_memory_survives_and_is_forgotten(understanding, phi):
    observed = summaries(12)
    understanding.observe(Moment(0, observed[:6]))
    kept = understanding.state()
    on = understanding.observe(Moment(1, observed[6:]))
    other = behaviour_understanding(phi, "eager")
    other.load_state(kept)
    assert np.array_equal(other.observe(Moment(1, observed[6:])).s_usr, on.s_usr)
    understanding.reset()
    fresh = behaviour_understanding(phi, "eager")
    assert np.array_equal(
        understanding.observe(Moment(2, observed[:1])).s_usr, fresh.observe(Moment(2, observed[:1])).s_usr
    )


def test_it_is_kept_in_the_memory_of_an_npc(understanding, phi):
    understanding.observe(Moment(0, summaries(12)))
    kept = {f"understanding.{name}": array for name, array in understanding.state().items()}
    back = decode(encode(NpcMemory("mira", {}, 0.0, kept)), "here").tensors
    other = behaviour_understanding(phi, "eager")
    other.load_state({name.removeprefix("understanding."): array for name, array in back.items()})
    on = Moment(1, summaries(1, 5))
    assert np.array_equal(other.observe(on).s_usr, understanding.observe(on).s_usr)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("key"), "holds"),
        (lambda s: s.update(key=s["key"][:, :1]), "other sizes"),
        (lambda s: s.update(filled=s["filled"].astype(np.float64)), "float64"),
        (lambda s: s.update(value=np.full_like(s["value"], np.inf)), "not finite"),
    ],
)
def test_a_memory_that_does_not_fit_changes_nothing(understanding, change, said):
    understanding.observe(Moment(0, summaries(3)))
    before, wrong = understanding.state(), dict(understanding.state())
    change(wrong)
    with pytest.raises(ValueError, match=said):
        understanding.load_state(wrong)
    assert all(understanding.state()[name] is before[name] for name in before)


def test_a_moment_inherits_what_nobody_read():
    picture = np.zeros((4, 4, 3), np.uint8)
    missed = Moment(1, summaries(2, 1), picture, np.zeros(5, np.float32), (DialogueTurn("player", "hello", 0, 1),))
    joined = Moment(2, summaries(1, 2)).following(missed)
    assert np.array_equal(joined.summaries, np.concatenate([summaries(2, 1), summaries(1, 2)]))
    assert (joined.time_us, joined.picture, joined.sound, joined.turns) == (2, picture, missed.sound, missed.turns)
    assert len(Moment(3, summaries(SUMMARY_LIMIT)).following(joined).summaries) == SUMMARY_LIMIT
    assert Moment(4, sound=np.ones(3)).following(joined).sound.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"summaries": np.zeros((2, SUMMARY_DIM - 1))},
        {"picture": np.zeros((4, 4, 3), np.float32)},
        {"picture": np.zeros((0, 4, 3), np.uint8)},
        {"picture": np.zeros((5000, 1, 3), np.uint8)},
        {"sound": np.zeros((2, 8))},
    ],
)
def test_a_moment_of_another_shape_is_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        Moment(0, **wrong)


def test_a_context_for_another_model_is_shut_until_it_is_trained():
    torch.manual_seed(0)
    trained = HighLevelContext(hidden_width=16, width=8, heads=2).eval()
    torch.nn.init.constant_(trained.gate, 1.0)
    torch.nn.init.normal_(trained.key_value.weight)
    other = trained.realigned(48)
    assert (other.hidden_width, other.width, other.heads, other.training) == (48, 8, 2, False)
    assert torch.equal(other.key_value.weight, trained.key_value.weight)
    p_usr, s_usr = torch.randn(1, 5, 8), torch.randn(1, 3, 48)
    age, known = torch.zeros(1), torch.ones(1)
    assert torch.equal(other(p_usr, s_usr, age, known), p_usr)
    torch.nn.init.constant_(other.gate, 1.0)
    assert not torch.allclose(other(p_usr, s_usr, age, known), p_usr)
