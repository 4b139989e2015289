"""Long texts are cut where a voice would pause."""

import pytest
from echo_bridge import limits
from echo_bridge.text_parts import text_parts
from hypothesis import given
from hypothesis import strategies as st


def test_at_sentences_then_words_then_characters():
    assert text_parts("One two. Three four! Five?", 20) == ["One two. Three four!", "Five?"]
    assert text_parts("One two. Three four! Five?", 10) == ["One two.", "Three", "four!", "Five?"]
    assert text_parts("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]
    assert text_parts("ü" * 6, 5) == ["üü", "üü", "üü"]
    assert text_parts("It costs 3.50 crowns.", 100) == ["It costs 3.50 crowns."]


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_blank_texts_have_no_parts(text):
    assert text_parts(text) == []


@given(st.text(max_size=400), st.integers(4, 60))
def test_nothing_is_lost_and_no_part_is_too_long(text, most):
    parts = text_parts(text, most)
    assert all(0 < len(part.encode()) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_short_texts_stay_whole():
    assert text_parts("Good evening.  Sit down.") == ["Good evening. Sit down."]
    assert len(text_parts("Word by word. " * 600)) == -(-len("Word by word. " * 600) // limits.TEXT_BYTES)
