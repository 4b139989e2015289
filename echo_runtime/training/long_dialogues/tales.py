"""The script of the training dialogues: somebody begins a tale, tells it in three to five sentences, and is heard out.

A tale's topic comes up again, in neutral words, after 30 seconds to 10 minutes (log-uniform), sometimes twice. A
quarter of the tales carries no feeling: being mentioned again then means nothing, and so do topics never told.
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from echo_runtime.training.long_dialogues import tale_texts as texts
from echo_runtime.training.long_dialogues.script import (
    ARCS,
    MENTIONED,
    SITUATIONS,
    Fresh,
    Line,
    Scene,
    Speaker,
    draw_emotion,
    felt,
    slots,
    worded,
)

CALLBACK_S = (20.0, 570.0)
"""From the end of a tale to the scene in which it is mentioned; the mention itself comes some fifteen seconds later."""
CALLBACK_CHANCE, SECOND_CHANCE = 0.85, 0.35
NEUTRAL_SHARE = 0.25
_STRANGER_CHANCE = 0.04
"""Of a mention of something that nobody told of."""
FIRST_SITUATION_S, SITUATION_S = (15.0, 150.0), (90.0, 480.0)
"""When the NPC's first sad tale and first mishap come, and how long after one the next follows (log-uniform)."""


class TaleWriter:
    """Writes one dialogue of about `length_s` seconds."""

    topics = texts.TOPICS

    def __init__(self, random: np.random.Generator, length_s: float) -> None:
        self._random, self._length_s, self._pick = random, length_s, Fresh(random)
        self._untold = list(random.permutation(len(self.topics)))
        self._arc = str(random.choice(list(ARCS)))
        self._due: list[tuple[float, int]] = []
        self._ended: list[tuple[int, float]] = []
        self._said: dict[int, frozenset[str]] = {}
        self._situations = {kind: float(random.uniform(*FIRST_SITUATION_S)) for kind in SITUATIONS}
        self._last = ""

    def scene(self, now: float) -> Scene:
        # a tale that has just ended is mentioned so long after now
        self._due += [(now + delay, topic) for topic, delay in self._ended]
        self._ended = []
        for entry in sorted(self._due):
            if entry[0] <= now:
                self._due.remove(entry)
                return self.mention(entry[1], self._said[entry[1]])
        if not self._last:
            self._last = "greeting"
            return self.greeting()
        kind = self._next_kind(now)
        self._last = kind
        if kind == "mishap":
            return self.mishap()
        if kind == "joke":
            return self.joke()
        if kind == "small_talk" or not self._untold:
            return self.small_talk()
        topic = int(self._untold.pop())
        if kind == "stranger":
            return self.mention(topic)
        emotion = "sad" if kind == "sad" else draw_emotion(self._random, self._arc, now / self._length_s, NEUTRAL_SHARE)
        if emotion == "sad" and kind == "own_tale":
            emotion = "happy"
        if self._random.random() < CALLBACK_CHANCE:
            delay = float(np.exp(self._random.uniform(*np.log(CALLBACK_S))))
            self._ended.append((topic, delay))
            if self._random.random() < SECOND_CHANCE:
                self._ended.append((topic, delay + self._random.uniform(60.0, 240.0)))
        tale = self.tale(topic, emotion, "player" if kind == "tale" else "npc")
        self._said[topic] = tale.said
        return tale

    def _next_kind(self, now: float) -> str:
        if self._last != "small_talk" and self._random.random() < 0.85:
            return "small_talk"
        for kind, due in self._situations.items():
            if due <= now:
                self._situations[kind] = now + float(np.exp(self._random.uniform(*np.log(SITUATION_S))))
                return kind
        chances = [0.42, 0.29, 0.12, 0.17 - _STRANGER_CHANCE, _STRANGER_CHANCE]
        return str(self._random.choice(["small_talk", "tale", "own_tale", "joke", "stranger"], p=chances))

    def tale(self, topic: int, emotion: str, teller: Speaker) -> Scene:
        words, random = self.topics[topic], self._random
        listener: Speaker = "npc" if teller == "player" else "player"
        lines = [Line(teller, worded(self._pick(texts.OPENINGS), words), topic=topic)]
        if random.random() < 0.5:
            lines.append(Line(listener, self._pick(texts.ASIDES)))
        said: set[str] = set()
        for i in range(random.integers(3, 6)):
            # what is mentioned later, "a" or "b", must have been told of with the feeling
            text = self._pick.about(texts.TALES[emotion], MENTIONED - said if i == 0 else frozenset())
            said |= slots(text)
            lines.append(felt(teller, worded(text, words), emotion, topic))
            if random.random() < 0.3:
                lines.append(Line(listener, self._pick(texts.ASIDES)))
        return Scene("tale", tuple(lines), topic, emotion, teller, frozenset(said))

    def mention(self, topic: int, said: Set[str] = frozenset()) -> Scene:
        words = self.topics[topic]
        who: Speaker = "player" if self._random.random() < 0.75 else "npc"
        other: Speaker = "npc" if who == "player" else "player"
        lines = [
            *self._pair(),
            Line(who, worded(self._pick.about(texts.MENTIONS, said), words), topic=topic, recalls=True),
            Line(other, self._pick(texts.MENTION_ANSWERS)),
            *self._pair(),
            *(self._pair() if self._random.random() < 0.6 else ()),
        ]
        return Scene("mention", tuple(lines), topic)

    def joke(self) -> Scene:
        words = texts.PROPS[self._random.integers(len(texts.PROPS))]
        count = int(self._random.integers(1, 3))
        told = [felt("npc", worded(self._pick(texts.JOKES), words), "happy") for _ in range(count)]
        return Scene("joke", tuple(told), emotion="happy", teller="npc")

    def mishap(self) -> Scene:
        words = texts.PROPS[self._random.integers(len(texts.PROPS))]
        told = [felt("npc", worded(self._pick(texts.MISHAPS), words), "surprised") for _ in range(2)]
        return Scene("mishap", (*told, Line("player", self._pick(texts.ASIDES))), emotion="surprised", teller="npc")

    def small_talk(self) -> Scene:
        pairs = [line for _ in range(self._random.integers(2, 5)) for line in self._pair()]
        return Scene("small_talk", tuple(pairs))

    def greeting(self) -> Scene:
        asked, answered = texts.GREETINGS[self._random.integers(len(texts.GREETINGS))]
        return Scene("greeting", (Line("player", asked), Line("npc", answered), *self._pair()))

    def _pair(self) -> tuple[Line, Line]:
        asked, answered = texts.SMALL_TALK[self._random.integers(len(texts.SMALL_TALK))]
        fillers = {name: str(self._random.choice(words)) for name, words in texts.FILLERS.items()}
        first: Speaker = "player" if self._random.random() < 0.6 else "npc"
        second: Speaker = "npc" if first == "player" else "player"
        words = ("", "", "")
        return Line(first, worded(asked, words, fillers)), Line(second, worded(answered, words, fillers))
