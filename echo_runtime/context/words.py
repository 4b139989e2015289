"""Words of a text and their stems, for the lexicon and for topics.

The stemmer takes off English inflections only (plurals, -ed, -ing, -ly, -ness, -ier, -iest), so that "stories" meets
"story" and "cried" meets "cry"; what it makes of words of other languages does not matter, because it is always
compared with what it made of the same word before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

TEXT_LIMIT = 4096
"""Characters of one text that are read; the rest is cut off."""
_WORD = re.compile(
    r"[^\W\d_]+(?:['’][^\W\d_]+)*"  # letters of any script, with apostrophes inside
    r"|[:;]-?[()DPp]|<3"
    r"|[\U0001F300-\U0001FAFF☹☺❤♥]"
    r"|[.,;:!?…]+|[—–\n]|(?<=\s)-(?=\s)"
)
_VOWELS = "aeiou"
_VOWEL = re.compile("[aeiouy]")
_SPLIT_NOT = {"cannot": ("can", "not")}


@dataclass(frozen=True)
class Token:
    """`text` in lower case with plain apostrophes; `stem` of it; `loud`: written in capitals; `mark`: punctuation."""

    text: str
    stem: str
    loud: bool = False
    mark: bool = False


def tokens(text: str) -> list[Token]:
    """Words, emoticons and punctuation in order. Anything else (digits, control characters) is left out."""
    out: list[Token] = []
    for match in _WORD.finditer(text[:TEXT_LIMIT]):
        raw = match.group()
        word = raw.lower().replace("’", "'")
        if not (raw[0].isalpha() or raw in ("<3",) or ord(raw[0]) > 0x2600 or raw[-1] in "()DPp"):
            out.append(Token(word, word, mark=True))
            continue
        loud = len(raw) > 2 and raw.isupper()
        out += [Token(part, stem(part), loud) for part in _SPLIT_NOT.get(word, (word,))]
    return out


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The stem of a lower-case word; two inflections of one word have the same.

    When an e belongs at the end is decided as by Porter ("An algorithm for suffix stripping", 1980, steps 1b and 5a),
    so that "hated" meets "hate" and not "hat".
    """
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) > 48:
        return word[:48]
    if len(word) > 3:
        word = _without_ending(_without_plural(word))
    root = word[:-1]
    if len(word) > 3 and word[-1] == "e" and (_measure(root) > 1 or (_measure(root) == 1 and not _short(root))):
        word = root
    if len(word) > 2 and word[-1] == "y" and word[-2] not in _VOWELS:
        word = root + "i"
    return word


def _without_plural(word: str) -> str:
    if word.endswith(("ies", "ied")):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_ending(word: str) -> str:
    for ending in ("ingly", "edly", "ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and not word.endswith("eed") and _VOWEL.search(root):
            word = _restored(root)
            break
    for ending, by in (("iness", "y"), ("ness", ""), ("ily", "y"), ("iest", "y"), ("ier", "y"), ("ly", "")):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3:
            return root + by
    return word


def _restored(root: str) -> str:
    """The word that -ed or -ing was put to: without a doubled consonant, with an e where it had one."""
    if root[-1] == root[-2] and root[-1] not in "lsz" + _VOWELS:
        return root[:-1]
    if root.endswith(("at", "bl", "iz")) or (_measure(root) == 1 and _short(root)):
        return root + "e"
    return root


def _measure(root: str) -> int:
    """How many times a vowel is followed by a consonant, Porter's m."""
    return len(re.findall("[aeiouy]+[^aeiouy]+", root))


def _short(root: str) -> bool:
    """Whether it ends consonant, vowel, consonant, Porter's *o."""
    return len(root) >= 3 and root[-3] not in _VOWELS and root[-2] in "aeiouy" and root[-1] not in "aeiouwxy"
