"""Whether a text is in the language of the lexicon, by its function words.

Words alone do not tell: the German "die" would be an English death. Nobody's language is named; all that is asked is
whether the lexicon may read the text.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from echo_runtime.context.words import Token, stem


@dataclass(frozen=True)
class EnglishWords:
    """`function_words` of English; `topic_poor`: stems of words that say nothing of a topic; `others`: function words
    per other language."""

    function_words: frozenset[str]
    topic_poor: frozenset[str]
    others: dict[str, frozenset[str]]


@cache
def english_words() -> EnglishWords:
    data = tomllib.loads((files("echo_runtime.context") / "english.toml").read_text("utf-8"))
    function = frozenset(data["function_words"].split())
    poor = frozenset(stem(word) for word in [*function, *data["topic_poor"].split()])
    return EnglishWords(function, poor, {k: frozenset(v.split()) for k, v in data["other_languages"].items()})


def is_english(words: Sequence[Token], known: int) -> bool | None:
    """True, False, or None where the text is too short to tell. `known`: words of it that stand in the lexicon."""
    texts = [t.text for t in words if not t.mark and t.text[0].isalpha()]
    if not texts:
        return None
    if sum(not _latin(text) for text in texts) * 2 > len(texts):
        return False
    language = english_words()
    own = sum(text in language.function_words for text in texts)
    other = max(sum(text in theirs for text in texts) for theirs in language.others.values())
    if other > own:
        return False if other >= 2 or own == 0 else None
    if own > other or (own and known):
        return True
    return True if known and len(texts) <= 4 else None


def _latin(text: str) -> bool:
    return text[0].isascii() or "LATIN" in unicodedata.name(text[0], "")
