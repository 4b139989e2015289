import json
import time
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.lexicon import english
from echo_runtime.context.lexicon_affect import TOPICS, read_text
from echo_runtime.context.words import stem

SENTENCES = json.loads((Path(__file__).parent / "affect_sentences.json").read_text("utf-8"))


def felt(text, emotion):
    return float(read_text(text).affect.emotions[EMOTIONS.index(emotion)])


def test_sentences_of_its_own_test_set_are_read_rightly():
    """160 sentences, 20 per emotion. They have the lexicon's author and are easier than talk is: see docs/words.md."""
    assert set(SENTENCES) == set(EMOTIONS)
    assert all(len(texts) == 20 for texts in SENTENCES.values())
    right = {e: np.mean([read_text(t).affect.emotion == e for t in texts]) for e, texts in SENTENCES.items()}
    assert np.mean(list(right.values())) >= 0.9
    assert min(right.values()) >= 0.8


def test_a_word_stands_in_one_group_only():
    groups = tomllib.loads((files("echo_runtime.context") / "lexicon_en.toml").read_text("utf-8"))["group"]
    places: dict[str, set[int]] = {}
    for number, group in enumerate(groups):
        for word in group["words"].split():
            places.setdefault(word if word.startswith("=") else stem(word), set()).add(number)
    assert {word for word, found in places.items() if len(found) > 1} == set()
    assert len(english()) > 1000


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("I am not happy.", "sad"),
        ("I am not happy about it, you know.", "sad"),
        ("I am happy, not tired.", "happy"),
        ("He is not only rude but disgusting.", "disgusted"),
        ("I have never been happier.", "happy"),
        ("I am not not happy.", "happy"),
        ("Don't be afraid.", "tender"),
        ("I'm not afraid of anything.", "neutral"),
        ("It was fun, but now I am sad.", "sad"),
        ("I was sad, but now I am happy.", "happy"),
        ("You did WHAT?!", "surprised"),
        ("What is your name?", "neutral"),
        ("", "neutral"),
        ("…", "neutral"),
    ],
)
def test_negation_contrast_and_questions(text, emotion):
    assert read_text(text).affect.emotion == emotion


def test_intensifiers_raise_and_diminishers_lower():
    plain = felt("I am sad.", "sad")
    assert felt("I am very sad.", "sad") > plain > felt("I am a bit sad.", "sad") > 0.2
    assert felt("I am annoyed!", "angry") > felt("I am annoyed.", "angry")
    assert felt("I am ANNOYED.", "angry") > felt("I am annoyed.", "angry")
    assert felt("Are you sad?", "sad") < plain
    assert felt("If I were sad, you would know.", "sad") < plain


@pytest.mark.parametrize(
    "text",
    [
        "Die Geschichte war sehr traurig.", "Cette histoire était très triste.", "La historia era muy triste.",
        "Это очень грустная история", "這個故事很悲傷", "Bu çok üzücü bir hikaye.",
    ],
)  # fmt: skip
def test_a_language_that_the_lexicon_lacks_is_neutral_and_known_to_be_so(text):
    reading = read_text(text)
    assert reading.english is False
    assert reading.affect.emotion == "neutral"
    assert reading.affect.intensity == 0.0


def test_topics_are_what_a_text_is_about():
    reading = read_text("The dragon burned our villages, and I was very sad about it.")
    assert {"dragon", "villag"} <= set(reading.topics)
    assert "sad" not in reading.topics
    assert "the" not in reading.topics
    assert reading.refers_back
    assert len(read_text(" ".join(f"word{c}{d}" for c in "abcdef" for d in "ghijkl")).topics) <= TOPICS


@given(st.text(max_size=400))
def test_any_text_gives_a_distribution(text):
    affect = read_text(text).affect
    assert affect.emotions.shape == (8,)
    assert affect.emotions.min() >= 0.0
    assert affect.emotions.sum() == pytest.approx(1.0, abs=1e-5)
    assert -1.0 <= affect.valence <= 1.0
    assert -1.0 <= affect.arousal <= 1.0


def test_an_enormous_text_costs_no_time():
    began = time.perf_counter()
    read_text("I am not very happy but sad, never mind! " * 20_000)
    assert time.perf_counter() - began < 2.0
