"""The script of the dialogues that evaluate: an errand of small steps, in which one asks about a topic, the other gives
the verdict first, and the reasons only when asked.

It shares no sentence and no topic with tales, its topics come back after 40 seconds to 9 minutes (uniform), and who
asks, how many sentences carry the feeling, and how scenes follow each other are different too.
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from echo_runtime.training.long_dialogues import errand_texts as texts
from echo_runtime.training.long_dialogues.script import (
    ARCS,
    MENTIONED,
    Fresh,
    Line,
    Scene,
    Speaker,
    draw_emotion,
    felt,
    slots,
    worded,
)

CALLBACK_S = (40.0, 540.0)
NEUTRAL_SHARE = 0.2
_ROUND = ("small_talk", "asked", "small_talk", "mishap", "small_talk", "own", "joke", "asked", "small_talk", "sad")
"""Scenes in turn; the round begins anywhere."""


class ErrandWriter:
    """Writes one dialogue of about `length_s` seconds."""

    topics = texts.TOPICS

    def __init__(self, random: np.random.Generator, length_s: float) -> None:
        self._random, self._length_s, self._pick = random, length_s, Fresh(random)
        self._untold = list(random.permutation(len(self.topics)))
        self._arc = str(random.choice(list(ARCS)))
        self._due: list[tuple[float, int]] = []
        self._said: dict[int, frozenset[str]] = {}
        self._begun = False
        self._step = int(random.integers(len(_ROUND)))

    def scene(self, now: float) -> Scene:
        if not self._begun:
            self._begun = True
            return self.greeting()
        due = [entry for entry in self._due if entry[0] <= now]
        if due and self._random.random() < 0.7:
            self._due.remove(due[0])
            return self.mention(due[0][1], self._said[due[0][1]])
        kind = _ROUND[self._step % len(_ROUND)]
        self._step += 1
        if self._random.random() < 0.15:
            self._step += 1  # some steps are left out
        if kind == "mishap":
            return self.mishap()
        if kind == "joke":
            return self.joke()
        if kind == "small_talk" or not self._untold:
            return self.small_talk()
        topic = int(self._untold.pop())
        share = now / self._length_s
        emotion = "sad" if kind == "sad" else draw_emotion(self._random, self._arc, share, NEUTRAL_SHARE)
        if emotion == "sad" and kind == "own":
            emotion = "tender"
        self._due.append((now + 20.0 + self._random.uniform(*CALLBACK_S), topic))
        tale = self.tale(topic, emotion, "player" if kind == "asked" else "npc")
        self._said[topic] = tale.said
        return tale

    def tale(self, topic: int, emotion: str, teller: Speaker) -> Scene:
        words, random = self.topics[topic], self._random
        asker: Speaker = "npc" if teller == "player" else "player"
        lines = [Line(asker, worded(self._pick(texts.ASKED), words), topic=topic)]
        verdict = self._pick.about(texts.VERDICTS[emotion], MENTIONED)
        said = slots(verdict)
        lines.append(felt(teller, worded(verdict, words), emotion, topic, 1.2))
        for _ in range(random.integers(2, 4)):
            lines.append(Line(asker, self._pick(texts.PROMPTS)))
            for _ in range(random.integers(1, 3)):
                reason = self._pick(texts.REASONS[emotion])
                said |= slots(reason)
                lines.append(felt(teller, worded(reason, words), emotion, topic))
        return Scene("tale", tuple(lines), topic, emotion, teller, frozenset(said))

    def mention(self, topic: int, said: Set[str] = frozenset()) -> Scene:
        words = self.topics[topic]
        who: Speaker = "player" if self._random.random() < 0.6 else "npc"
        other: Speaker = "npc" if who == "player" else "player"
        lines = [
            Line(who, worded(self._pick.about(texts.MENTIONS, said), words), topic=topic, recalls=True),
            Line(other, self._pick(texts.ACKNOWLEDGED)),
            *(line for _ in range(self._random.integers(2, 4)) for line in self._pair()),
        ]
        return Scene("mention", tuple(lines), topic)

    def joke(self) -> Scene:
        words = texts.PROPS[self._random.integers(len(texts.PROPS))]
        told = felt("npc", worded(self._pick(texts.JOKES), words), "happy", size=1.3)
        return Scene("joke", (told,), emotion="happy", teller="npc")

    def mishap(self) -> Scene:
        words = texts.PROPS[self._random.integers(len(texts.PROPS))]
        told = [felt("npc", worded(self._pick(texts.MISHAPS), words), "surprised") for _ in range(2)]
        return Scene("mishap", (told[0], Line("player", self._pick(texts.PROMPTS)), told[1]), None, "surprised", "npc")

    def small_talk(self) -> Scene:
        return Scene("small_talk", tuple(line for _ in range(self._random.integers(3, 5)) for line in self._pair()))

    def greeting(self) -> Scene:
        asked, answered = texts.GREETINGS[self._random.integers(len(texts.GREETINGS))]
        return Scene("greeting", (Line("player", asked), Line("npc", answered)))

    def _pair(self) -> tuple[Line, Line]:
        asked, answered = texts.SMALL_TALK[self._random.integers(len(texts.SMALL_TALK))]
        fillers = {name: str(self._random.choice(words)) for name, words in texts.FILLERS.items()}
        words = ("", "", "")
        return Line("player", worded(asked, words, fillers)), Line("npc", worded(answered, words, fillers))
