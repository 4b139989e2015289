"""The lexicon of feelings of one language, as its data file says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.words import stem, tokens
from echo_runtime.signals import FloatArray

PHRASE_WORDS = 6


@dataclass(frozen=True)
class Feeling:
    """What a word or phrase carries: `emotions` (8,) weights in the order of EMOTIONS, valence, arousal."""

    emotions: FloatArray
    valence: float
    arousal: float


@dataclass(frozen=True)
class Lexicon:
    """`exact`: by word; `stems`: by stem; `phrases`: by words, then stems. `modifiers`: word → factor on the feeling
    that follows. `negators`, `contrast`, `conditions`, `breaks`, `back_references`: words that steer the reading."""

    language: str
    exact: dict[str, Feeling]
    stems: dict[str, Feeling]
    phrases: dict[tuple[str, ...], Feeling]
    modifiers: dict[str, float]
    negators: frozenset[str]
    contrast: frozenset[str]
    conditions: frozenset[str]
    breaks: frozenset[str]
    back_references: frozenset[str]

    def feeling(self, word: str, root: str) -> Feeling | None:
        return self.exact.get(word) or self.stems.get(root)

    def phrase(self, words: list[str]) -> tuple[Feeling, int] | None:
        """The longest phrase with which `words` begin, and how many words it has."""
        for length in range(min(len(words), PHRASE_WORDS), 1, -1):
            found = self.phrases.get(tuple(words[:length]))
            if found is not None:
                return found, length
        return None

    def __len__(self) -> int:
        return len(self.exact) + len(self.stems) + len(self.phrases)


@cache
def english() -> Lexicon:
    """The lexicon that is shipped."""
    data = tomllib.loads((files("echo_runtime.context") / "lexicon_en.toml").read_text("utf-8"))
    exact: dict[str, Feeling] = {}
    stems: dict[str, Feeling] = {}
    phrases: dict[tuple[str, ...], Feeling] = {}
    for group in data["group"]:
        weights = np.zeros(len(EMOTIONS), np.float32)
        for name, weight in group["emotions"].items():
            weights[EMOTIONS.index(name)] = weight
        feeling = Feeling(weights, float(group["valence"]), float(group["arousal"]))
        for word in group["words"].split():
            if word.startswith("="):
                exact[word[1:]] = feeling
            else:
                stems[stem(word)] = feeling
        for phrase in group.get("phrases", "").splitlines():
            if phrase.strip():
                phrases[tuple(t.text for t in tokens(phrase))] = feeling
    words = {name: frozenset(value.split()) for name, value in data["words"].items()}
    return Lexicon(data["language"], exact, stems, phrases, dict(data["modifiers"]), **words)
