import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.context.words import TEXT_LIMIT, stem, tokens


@pytest.mark.parametrize(
    "family",
    [
        "story stories", "cry cried cries crying", "happy happier happiest happily happiness", "hate hated hating",
        "love loved loving loves", "worry worried worries worrying", "wish wishes wished", "scare scared scaring",
        "hop hopped hopping", "terrify terrified terrifying", "dragon dragons dragon's", "need needed needs",
    ],
)  # fmt: skip
def test_inflections_of_a_word_meet_in_one_stem(family):
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize("pair", ["hat hate", "car care", "scar scare", "hop hope", "bus bu", "feed fe", "die dy"])
def test_different_words_stay_apart(pair):
    first, second = pair.split()
    assert stem(first) != stem(second)


def test_words_punctuation_and_emoticons_are_told_apart():
    found = tokens("I’m SO sad :( … really?! 😭 cannot 3.5")
    assert [t.text for t in found] == ["i'm", "so", "sad", ":(", "…", "really", "?!", "😭", "can", "not", "."]
    assert [t.mark for t in found] == [False, False, False, False, True, False, True, False, False, False, True]


@given(st.text(max_size=300))
def test_any_text_can_be_read(text):
    for token in tokens(text):
        assert token.text
        assert len(token.stem) <= 48 or token.mark


def test_a_text_without_end_is_cut():
    assert sum(len(t.text) for t in tokens("a " * 10 * TEXT_LIMIT)) <= TEXT_LIMIT
