import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.context.dialogue_history import CHARACTER_LIMIT, TURN_LIMIT, DialogueHistory
from echo_runtime.context.words import TEXT_LIMIT


def test_turns_come_back_in_order_and_empty_ones_are_none():
    history = DialogueHistory()
    assert history.add("player", "  \n ", 0, 0) is None
    history.add("player", "Hello\n there", 5, 3)
    history.add("bo", "Hi", 9, 12)
    assert [(t.speaker, t.text, t.start_us, t.end_us) for t in history] == [
        ("player", "Hello there", 5, 5),
        ("bo", "Hi", 9, 12),
    ]
    assert [t.text for t in history.last(1)] == ["Hi"]
    assert history.last(0) == []


def test_it_is_bounded_in_turns_and_in_characters():
    history = DialogueHistory()
    for i in range(TURN_LIMIT + 5):
        history.add("player", f"turn {i}", i, i)
    assert len(history) == TURN_LIMIT
    assert history.heard == TURN_LIMIT + 5
    for i in range(200):
        history.add("player", "x" * 10 * TEXT_LIMIT, i, i)
    assert sum(len(t.text) for t in history) <= CHARACTER_LIMIT


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=50), st.integers(0, 10**12)), max_size=30))
def test_it_survives_being_kept(turns):
    history = DialogueHistory()
    for speaker, text, at in turns:
        history.add(speaker, text, at, at + 1000)
    again = DialogueHistory.from_json(history.as_json(10**12), 10**12)
    assert list(again) == list(history)
    assert again.heard == history.heard


@pytest.mark.parametrize("turns", [[["player", 3, 0, 0]], [["player"]], 7, [[None, "x", 0, 0]]])
def test_other_data_is_refused(turns):
    with pytest.raises((TypeError, ValueError)):
        DialogueHistory.from_json({"heard": 1, "turns": turns}, 0)
