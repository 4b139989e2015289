"""The selective scan: whole ≡ chunked ≡ stepped, and conversations out of step in one batch."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.context.scan import SelectiveScan, decay_sums, scan_chunked, scan_step

HEADS, HEAD, STATE = 3, 4, 5


def sequence(length: int, seed: int, batch: int = 2, harsh: float = 1.0):
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(batch, length, HEADS, HEAD, generator=g)
    log_decay = -harsh * torch.rand(batch, length, HEADS, generator=g)
    b, c = (torch.randn(batch, length, STATE, generator=g) for _ in range(2))
    return x, log_decay, b, c, torch.randn(batch, HEADS, HEAD, STATE, generator=g)


def stepped(x, log_decay, b, c, state):
    outputs = []
    for i in range(x.shape[1]):
        y, state = scan_step(x[:, i], log_decay[:, i], b[:, i], c[:, i], state)
        outputs.append(y)
    return torch.stack(outputs, 1), state


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 17), st.integers(0, 999), st.sampled_from([0.01, 1.0, 60.0]))
def test_chunked_equals_stepped(length, chunk, seed, harsh):
    """Any length, any chunk, from hardly forgetting to forgetting everything at once (e⁻⁶⁰ per step)."""
    inputs = sequence(length, seed, harsh=harsh)
    y, state = scan_chunked(*inputs, chunk)
    y_steps, state_steps = stepped(*inputs)
    torch.testing.assert_close(y, y_steps, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(state, state_steps, rtol=1e-3, atol=1e-4)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(0, 999))
def test_module_is_the_same_however_the_sequence_is_cut(lengths, seed):
    torch.manual_seed(seed)
    scan = SelectiveScan(width=12, heads=HEADS, state_size=STATE, chunk=7).eval()
    u = torch.randn(2, sum(lengths), 12)
    start = scan.initial_state(2)
    with torch.no_grad():
        whole, hidden = scan(u, start.hidden)
        pieces, carried = [], start.hidden
        for piece in u.split(lengths, 1):
            y, carried = scan(piece, carried)
            pieces.append(y)
        state, steps = start, []
        for i in range(u.shape[1]):
            y, state = scan.step(u[:, i], state)
            steps.append(y)
    for other, other_hidden in ((torch.cat(pieces, 1), carried), (torch.stack(steps, 1), state.hidden)):
        torch.testing.assert_close(other, whole, rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(other_hidden, hidden, rtol=1e-3, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=12))
def test_out_of_step_batch_equals_separate_conversations(turns):
    torch.manual_seed(0)
    scan = SelectiveScan(width=12, heads=HEADS, state_size=STATE, chunk=7).eval()
    u = torch.randn(len(turns), 2, 12)
    state = scan.initial_state(2)
    alone = [scan.initial_state(1), scan.initial_state(1)]
    with torch.no_grad():
        for i, turn in enumerate(turns):
            y, state = scan.step(u[i], state, torch.tensor(turn))
            for row, takes_part in enumerate(turn):
                if takes_part:
                    y_alone, alone[row] = scan.step(u[i, row : row + 1], alone[row])
                    torch.testing.assert_close(y[row : row + 1], y_alone)
    torch.testing.assert_close(state.hidden, torch.cat([a.hidden for a in alone]))


def test_reset_forgets_only_the_masked_rows():
    scan = SelectiveScan(width=12, heads=HEADS, state_size=STATE, chunk=7)
    state = scan.initial_state(3)
    state.hidden += 1.0
    state.reset(torch.tensor([False, True, False]))
    assert state.hidden[1].abs().sum() == 0
    assert (state.hidden[[0, 2]] == 1).all()


def test_decay_sums_never_grow():
    sums = decay_sums(-torch.rand(2, 9) * 100)
    assert (sums <= 0).all()
    assert torch.isfinite(sums.exp()).all()


def test_an_hour_neither_blows_up_nor_forgets_to_react():
    torch.manual_seed(0)
    scan = SelectiveScan(width=12, heads=HEADS, state_size=STATE, chunk=60).eval()
    hidden = scan.initial_state(1).hidden
    with torch.no_grad():
        for _ in range(5):
            y, hidden = scan(torch.randn(1, 18_000, 12), hidden)
    assert torch.isfinite(y).all()
    assert hidden.abs().max() < 1e3
