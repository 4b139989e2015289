"""What a dialogue is made of before it has times: lines, scenes, and the writer that gives one scene after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np

Speaker = Literal["player", "npc"]
SceneKind = Literal["greeting", "small_talk", "tale", "joke", "mishap", "mention"]
SITUATIONS = ("sad", "mishap")
"""Moments of the NPC that come back, and in which what the player did last time matters (see rapport)."""

MENTIONED = frozenset("ab")
"""The words of a topic by which it is mentioned; the third belongs to its tale only."""
LINE_STRENGTH = 0.5
"""How far one line that carries a feeling moves the NPC's affect towards it, told by itself."""
HEARD_SHARE = 0.8
"""The same of the player's lines, against the NPC's own."""


@dataclass(frozen=True)
class Line:
    """One sentence. `emotion` (one of EMOTIONS) and `strength` in [0, 1]: what it makes the NPC feel while it is fresh.
    `topic`: number of the topic whose words it has; `recalls`: it mentions a topic in words that say no feeling."""

    speaker: Speaker
    text: str
    emotion: str = "neutral"
    strength: float = 0.0
    topic: int | None = None
    recalls: bool = False


@dataclass(frozen=True)
class Scene:
    """Lines that belong together; silence follows them. `teller`: whose tale, joke or mishap it is. `said`: which of
    the topic's words, of "a", "b", "c", its teller spoke of with the tale's feeling."""

    kind: SceneKind
    lines: tuple[Line, ...]
    topic: int | None = None
    emotion: str = "neutral"
    teller: Speaker = "player"
    said: frozenset[str] = frozenset()

    @property
    def situation(self) -> str | None:
        """One of SITUATIONS, or None."""
        if self.teller != "npc":
            return None
        if self.kind == "mishap":
            return "mishap"
        return "sad" if self.kind == "tale" and self.emotion == "sad" else None


class ScriptWriter(Protocol):
    """Writes one dialogue, scene by scene; holds what was told. `topics`: the three words of each topic."""

    @property
    def topics(self) -> Sequence[tuple[str, str, str]]: ...

    def scene(self, now: float) -> Scene:
        """The scene that begins at `now` seconds."""
        ...

    def tale(self, topic: int, emotion: str, teller: Speaker) -> Scene:
        """That tale, whenever it is wanted."""
        ...

    def mention(self, topic: int, said: Set[str] = frozenset()) -> Scene:
        """Small talk in which the topic is mentioned, by one of the words `said` in its tale if there are any."""
        ...

    def mishap(self) -> Scene:
        """What befell the NPC."""
        ...

    def small_talk(self) -> Scene:
        """Nothing of weight."""
        ...

    def greeting(self) -> Scene:
        """How the dialogue begins."""
        ...


def felt(speaker: Speaker, text: str, emotion: str, topic: int | None = None, size: float = 1.0) -> Line:
    """A line that carries `emotion`; its strength by who says it."""
    strength = LINE_STRENGTH * size * (1.0 if speaker == "npc" else HEARD_SHARE)
    return Line(speaker, text, emotion, 0.0 if emotion == "neutral" else strength, topic)


def slots(text: str) -> set[str]:
    """Which of a topic's words a frame of a sentence has room for: of "a", "b", "c"."""
    return {slot for slot in "abc" if "{" + slot + "}" in text}


@dataclass
class Fresh:
    """Sentences of a list in random order, each once before any comes again."""

    random: np.random.Generator
    left: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def __call__(self, texts: tuple[str, ...]) -> str:
        if not self.left.get(texts):
            self.left[texts] = [texts[i] for i in self.random.permutation(len(texts))]
        return self.left[texts].pop()

    def about(self, texts: tuple[str, ...], said: Set[str]) -> str:
        """The next one that has room for one of the words `said`, or the next one if none has."""
        for _ in texts:
            text = self(texts)
            if not said or slots(text) & said:
                return text
        return text


def worded(text: str, words: tuple[str, str, str], fillers: Mapping[str, str] | None = None) -> str:
    """`text` with a topic's words and fillers in their places, its first letter a capital."""
    a, b, c = words
    out = text.format(a=a, b=b, c=c, **(fillers or {}))
    return out[0].upper() + out[1:]


ARCS: dict[str, tuple[float, float, float]] = {
    "even": (0.0, 0.0, 0.0), "rising": (-0.8, 0.0, 0.8), "falling": (0.8, 0.0, -0.8), "valley": (0.6, -0.9, 0.5),
    "hill": (-0.6, 0.9, -0.5),
}  # fmt: skip
"""The course of a dialogue's mood: valence in [-1, 1] at its beginning, middle and end."""
_VALENCE = {
    "happy": 0.9, "tender": 0.7, "surprised": 0.2, "disgusted": -0.6, "afraid": -0.6, "angry": -0.7, "sad": -0.8,
}  # fmt: skip


def draw_emotion(random: np.random.Generator, arc: str, share: float, neutral: float) -> str:
    """An emotion for the tale at `share` in [0, 1] of the dialogue, rather one of the arc's valence there; `neutral` is
    the share of tales that carry none."""
    if random.random() < neutral:
        return "neutral"
    valence = float(np.interp(share, (0.0, 0.5, 1.0), ARCS[arc]))
    names = list(_VALENCE)
    weights = np.exp([1.6 * valence * _VALENCE[name] for name in names])
    return str(random.choice(names, p=weights / weights.sum()))
