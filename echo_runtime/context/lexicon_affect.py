"""What a text says of its speaker's feelings, by a lexicon: words and phrases, negation with its scope, intensifiers
and diminishers, "but", questions and exclamations. Deterministic, without state, a fraction of a millisecond per text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.language import english_words, is_english
from echo_runtime.context.lexicon import Feeling, Lexicon, english
from echo_runtime.context.words import Token, tokens
from echo_runtime.signals import FloatArray

NEGATION_REACH = 4
"""Words after "not" that it turns around, unless the clause ends before."""
MODIFIER_REACH = 3
SATURATION = 1.3
"""Feelings add up; their sum x becomes an intensity 1 − exp(−SATURATION · x)."""
FELT = 0.25
"""Intensity from which a text counts as one that carries a feeling."""
TOPICS = 8
_TOPIC_LENGTH = 3
_BEFORE_BUT, _AFTER_BUT = 0.4, 1.3
_CONDITION, _QUESTION = 0.5, 0.5
_EXCLAMATION = 1.2
_CAPITALS = 1.3
_NEUTRAL, _HAPPY, _SAD, _ANGRY, _SURPRISED, _AFRAID, _DISGUSTED, _TENDER = range(len(EMOTIONS))
_NEGATED: dict[int, tuple[int, float]] = {
    _HAPPY: (_SAD, 0.6),
    _SAD: (_HAPPY, 0.18),
    _ANGRY: (_TENDER, 0.25),
    _SURPRISED: (_SURPRISED, 0.0),
    _AFRAID: (_HAPPY, 0.18),
    _DISGUSTED: (_HAPPY, 0.15),
    _TENDER: (_SAD, 0.55),
}
"""What "not happy", "not sad" … come to, and how much is left of it."""
_CONSOLED = {_SAD, _AFRAID}
"""What "don't be …" comforts, instead of denying it."""


@dataclass(frozen=True)
class TextAffect:
    """`emotions` (8,): a distribution over EMOTIONS, neutral being what is left; `valence`, `arousal` in [-1, 1]."""

    emotions: FloatArray
    valence: float = 0.0
    arousal: float = 0.0

    @property
    def intensity(self) -> float:
        """Of all feelings together, in [0, 1]."""
        return float(1.0 - self.emotions[_NEUTRAL])

    @property
    def emotion(self) -> str:
        """The strongest one; neutral below FELT."""
        if self.intensity < FELT:
            return "neutral"
        return EMOTIONS[1 + int(np.argmax(self.emotions[1:]))]


NEUTRAL = TextAffect(np.eye(1, len(EMOTIONS), dtype=np.float32)[0])


@dataclass(frozen=True)
class TextReading:
    """A text as the lexicon sees it. `topics`: stems of what it is about, each once, at most TOPICS. `refers_back`: it
    speaks of something by "it", "she" …. `english`: see `language.is_english`; where it is False the affect is neutral.
    """

    affect: TextAffect
    topics: tuple[str, ...]
    refers_back: bool
    english: bool | None


@lru_cache(maxsize=64)
def read_text(text: str) -> TextReading:
    """Reads one turn. Kept for the last texts, because several NPCs hear the same."""
    lexicon = english()
    words = tokens(text)
    sum_, valence, arousal, known = np.zeros(len(EMOTIONS)), 0.0, 0.0, 0
    for sentence, ending in _sentences(words):
        for feeling, weight, emotions in _felt(sentence, ending, lexicon):
            sum_ += weight * emotions
            sign = 1.0 if emotions is feeling.emotions else -0.5
            size = weight * float(feeling.emotions.max())
            valence += size * sign * feeling.valence
            arousal += size * feeling.arousal * (1.0 if sign > 0 else 0.3)
            known += 1
        if "?" in ending and ("!" in ending or len(sentence) <= 2) and _wonders(sentence):
            sum_[_SURPRISED] += 0.6
            arousal += 0.4
    foreign = is_english(words, known)
    topics = _topics(words, lexicon)
    back = any(t.text in lexicon.back_references for t in words)
    if foreign is False or known + sum_.sum() == 0:
        return TextReading(NEUTRAL, topics, back, foreign)
    return TextReading(_affect(sum_, valence, arousal), topics, back, foreign)


def _affect(sum_: np.ndarray, valence: float, arousal: float) -> TextAffect:
    total = float(sum_[1:].sum())
    emotions = np.zeros(len(EMOTIONS), np.float32)
    if total > 1e-6:
        intensity = 1.0 - np.exp(-SATURATION * total)
        emotions[1:] = sum_[1:] / total * intensity
    emotions[0] = max(0.0, 1.0 - float(emotions[1:].sum()))
    return TextAffect(emotions, float(np.tanh(valence)), float(np.tanh(arousal)))


def _sentences(words: Sequence[Token]) -> Iterator[tuple[list[Token], str]]:
    """Sentences with their commas, and the marks that end each."""
    sentence: list[Token] = []
    for token in words:
        if token.mark and any(c in ".!?…\n" for c in token.text):
            if sentence:
                yield sentence, token.text
            sentence = []
        else:
            sentence.append(token)
    if sentence:
        yield sentence, ""


def _felt(sentence: list[Token], ending: str, lexicon: Lexicon) -> Iterator[tuple[Feeling, float, np.ndarray]]:
    """Every feeling of a sentence with its weight, and its emotions as they stand, turned around where negated."""
    size = 1.0
    if "!" in ending:
        size *= _EXCLAMATION ** min(ending.count("!"), 3)
    if "?" in ending:
        size *= _QUESTION
    words = [t.text for t in sentence]
    but = max((i for i, word in enumerate(words) if i and word in lexicon.contrast), default=None)
    unsure = next((i for i, word in enumerate(words) if word in lexicon.conditions), None)
    at = 0
    while at < len(sentence):
        token = sentence[at]
        phrase = lexicon.phrase(words[at : at + 6])
        feeling, length = phrase or (lexicon.feeling(token.text, token.stem), 1)
        modifier = phrase is None and token.text in lexicon.modifiers and len(sentence) > 1
        if feeling is None or token.mark or modifier:
            at += 1
            continue
        weight = size * _modified(sentence, at, lexicon)
        if any(t.loud for t in sentence[at : at + length]):
            weight *= _CAPITALS
        if but is not None:
            weight *= _BEFORE_BUT if at < but else _AFTER_BUT
        if unsure is not None and at > unsure and not any(sentence[i].mark for i in range(unsure, at)):
            weight *= _CONDITION
        negation = _negation(sentence, at, lexicon)
        yield feeling, weight, _turned(feeling.emotions, negation)
        at += length


def _clause_before(sentence: list[Token], at: int, reach: int, lexicon: Lexicon) -> list[Token]:
    """Up to `reach` words before `at`, back to where the clause begins; nearest first."""
    out: list[Token] = []
    for token in reversed(sentence[max(0, at - reach) : at]):
        if token.mark or token.text in lexicon.contrast or token.text in ("because", "since", "while", "when"):
            break
        out.append(token)
    return out


def _modified(sentence: list[Token], at: int, lexicon: Lexicon) -> float:
    factor = 1.0
    for token in _clause_before(sentence, at, MODIFIER_REACH, lexicon):
        if token.text in lexicon.breaks and token.text not in lexicon.modifiers:
            break
        factor *= lexicon.modifiers.get(token.text, 1.0)
    return min(max(factor, 0.3), 2.5)


def _negates(token: Token, lexicon: Lexicon) -> bool:
    return token.text in lexicon.negators or token.text.endswith("n't")


def _negation(sentence: list[Token], at: int, lexicon: Lexicon) -> str:
    """What stands before the word at `at`: "", "denied", "comforted" or, as in "never been happier", "raised"."""
    before = _clause_before(sentence, at, NEGATION_REACH, lexicon)
    found = [(i, token) for i, token in enumerate(before) if _negates(token, lexicon)]
    if len(found) != 1:
        return ""  # none, or two that cancel
    distance, negator = found[0]
    between = [t.text for t in before[:distance]]
    if any(word in ("only", "just", "doubt", "wonder", "but", "matter") for word in between):
        return ""
    if any(word in ("and", "or", "so") and word not in lexicon.modifiers for word in between):
        return ""
    if sentence[at].text.endswith("er") or "more" in between:
        return "raised" if "been" in between or "be" in between else "denied"
    place = at - distance - 1
    opens = place == 0 or sentence[place - 1].mark or sentence[place - 1].text in ("please", "do", "oh", "now")
    if opens and (negator.text in ("don't", "dont") or (place > 0 and sentence[place - 1].text == "do")):
        return "comforted"
    return "denied"


def _turned(emotions: FloatArray, negation: str) -> np.ndarray:
    if negation in ("", "raised"):
        return emotions
    out = np.zeros(len(EMOTIONS))
    for emotion in np.flatnonzero(emotions):
        weight = float(emotions[emotion])
        if negation == "comforted" and emotion in _CONSOLED:
            out[_TENDER] += 0.7 * weight
        else:
            into, share = _NEGATED[int(emotion)]
            out[into] += share * weight
    return out


def _wonders(sentence: list[Token]) -> bool:
    words = {t.text for t in sentence}
    return bool(words & {"what", "really", "you", "how", "who", "huh", "him", "her", "me", "us", "them", "already"})


def _topics(words: Sequence[Token], lexicon: Lexicon) -> tuple[str, ...]:
    """The stems that a turn is about: neither function words nor feelings; the rarer-looking, longer ones first."""
    poor = english_words().topic_poor
    stems = {
        t.stem
        for t in words
        if not t.mark
        and len(t.stem) >= _TOPIC_LENGTH
        and t.text[0].isalpha()
        and t.stem not in poor
        and t.text not in lexicon.modifiers
        and "'" not in t.text.removesuffix("'s")
        and not _strong(lexicon.feeling(t.text, t.stem))
    }
    return tuple(sorted(stems, key=lambda s: (-len(s), s))[:TOPICS])


def _strong(feeling: Feeling | None) -> bool:
    return feeling is not None and float(feeling.emotions.max()) >= 0.5
