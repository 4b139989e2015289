"""LAU, linguistic-driven affect: from the dialogue's words to E_txt and c_emo.

One object per NPC. Hearing a turn costs a fraction of a millisecond, being asked for c_emo a few microseconds, however
long the conversation has been. Pure: no clock, no threads, no I/O; an answer of a language model (`affect_endpoint`) is
brought by the caller when it is there, and until then the lexicon's reading holds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echo_runtime.context.affect import EMOTIONS, affect_of
from echo_runtime.context.affect_course import AffectCourse
from echo_runtime.context.dialogue_history import DialogueHistory
from echo_runtime.context.episodic_store import EpisodicStore, Recall
from echo_runtime.context.lexicon_affect import FELT, TextAffect, TextReading, read_text
from echo_runtime.signals import DialogueTurn, FloatArray

LINE_SHARE = 0.62
"""How far a line of full intensity moves the NPC's own feelings."""
OWN_WEIGHT, PARTNER_WEIGHT = 1.0, 0.8
"""The partner's feelings are shared, but count less than the NPC's own words."""
_NAMES = {name: i for i, name in enumerate(EMOTIONS)}
SAME_SUBJECT_S = 30.0
"""So long a turn may go on about what earlier ones were about."""
_SAME_SUBJECT_TURNS, _LINKED_SHARE = 4, 0.6
_UNDER_WAY = 8
"""Turns that may follow while a language model still thinks about one; beyond, its answer is too late."""


_WORDS = {
    "happy": "happy and excited", "sad": "sad and downcast", "angry": "angry and tense",
    "surprised": "surprised and alert", "afraid": "afraid and uneasy", "disgusted": "disgusted and repelled",
    "tender": "tender and affectionate",
}  # fmt: skip


@dataclass(frozen=True)
class EmotionText:
    """E_txt: `distribution` (8,) over EMOTIONS, valence and arousal in [-1, 1], and `sentence`, the paper's y_emo."""

    distribution: FloatArray
    valence: float
    arousal: float
    sentence: str

    @property
    def emotion(self) -> str:
        """The strongest one; neutral while little is felt."""
        if 1.0 - self.distribution[0] < FELT:
            return "neutral"
        return EMOTIONS[1 + int(np.argmax(self.distribution[1:]))]


@dataclass(frozen=True)
class Heard:
    """What one turn did: its number, how it was read, and what it brought back."""

    number: int
    reading: TextReading
    recalled: Recall | None


@dataclass
class LinguisticState:
    """All that the LAU remembers. `english`: per speaker, whether the last text that could be told was in the lexicon's
    language; `unread`: turns that were not. `recent`: topics of the last turns that had any, with their times."""

    history: DialogueHistory = field(default_factory=DialogueHistory)
    store: EpisodicStore = field(default_factory=EpisodicStore)
    course: AffectCourse = field(default_factory=AffectCourse)
    english: dict[str, bool] = field(default_factory=dict)
    unread: int = 0
    recent: deque[tuple[int, set[str]]] = field(default_factory=lambda: deque(maxlen=_SAME_SUBJECT_TURNS))


@dataclass
class _Step:
    """A turn that a language model may still answer: the course before it and what it did. `linked`: topics of turns
    before that it goes on about. `judged`: the model's
    answer, once it is there."""

    number: int
    before: AffectCourse
    time_us: int
    feelings: np.ndarray
    recalled: np.ndarray | None
    topics: set[str]
    linked: set[str]
    speaker: str
    judged: np.ndarray | None = None

    def after(self) -> AffectCourse:
        if self.judged is not None:
            return self.before.replaced(self.time_us, self.judged)
        course = self.before
        if self.recalled is not None:
            course = course.moved(self.time_us, self.recalled)
        return course.moved(self.time_us, self.feelings)


class LinguisticAffect:
    """The LAU of the NPC `npc`. Owned by one thread."""

    def __init__(self, npc: str, state: LinguisticState | None = None) -> None:
        self.npc = npc
        self.state = state or LinguisticState()
        self.from_endpoint = 0
        """Turns that a language model answered in time."""
        self._steps: deque[_Step] = deque(maxlen=_UNDER_WAY)
        self._notes: list[str] = []
        self._told_language = False

    # -- what is said -------------------------------------------------------------------------------------------------

    def hear(self, speaker: str, text: str, start_us: int, end_us: int | None = None) -> Heard | None:
        """Takes a turn of the player, of this NPC or of somebody else; None when it is empty."""
        state = self.state
        end_us = start_us if end_us is None else end_us
        turn = state.history.add(speaker, text, start_us, end_us)
        if turn is None:
            return None
        reading = self._read(turn)
        topics, linked = set(reading.topics), self._linked(turn, reading)
        weight = OWN_WEIGHT if turn.speaker == self.npc else PARTNER_WEIGHT
        feelings = LINE_SHARE * weight * reading.affect.emotions[1:].astype(np.float64)
        recalled = state.store.recall(reading.topics, turn.end_us)
        brought = None if recalled is None else recalled.feelings
        step = _Step(state.history.heard, state.course, turn.end_us, feelings, brought, topics, linked, turn.speaker)
        self._steps.append(step)
        state.course = step.after()
        state.store.rest(reading.topics, turn.end_us)
        self._learn(step, feelings)
        state.store.mention(reading.topics)
        if topics:
            self.state.recent.append((turn.end_us, topics))
        return Heard(step.number, reading, recalled)

    def answer(self, number: int, affect: TextAffect) -> bool:
        """A language model's reading of the NPC's feelings after turn `number` takes the place of the lexicon's; what
        was said since stays. False when it comes too late to matter."""
        place = next((i for i, step in enumerate(self._steps) if step.number == number), None)
        if place is None:
            return False
        step = self._steps[place]
        step.judged = affect.emotions[1:].astype(np.float64)
        course = step.before
        for later in list(self._steps)[place:]:
            later.before = course
            course = later.after()
        self.state.course = course
        self._learn(step, LINE_SHARE * step.judged)
        self.from_endpoint += 1
        return True

    def _learn(self, step: _Step, feelings: np.ndarray) -> None:
        store = self.state.store
        store.learn(sorted(step.topics), feelings, step.speaker, step.time_us)
        store.learn(sorted(step.linked), feelings, step.speaker, step.time_us, _LINKED_SHARE)

    def _read(self, turn: DialogueTurn) -> TextReading:
        """The lexicon's reading; neutral for one who has just been speaking another language."""
        reading = read_text(turn.text)
        if reading.english is not None:
            if len(self.state.english) > 64:
                self.state.english.clear()
            self.state.english[turn.speaker] = reading.english
        if self.state.english.get(turn.speaker, True):
            return reading
        self.state.unread += 1
        if not self._told_language:
            self._told_language = True
            self._notes.append(
                f"{turn.speaker} speaks a language that the lexicon of feelings lacks (it has English): "
                "what they say leaves the face neutral unless an affect endpoint reads it."
            )
        return TextReading(read_text("").affect, reading.topics, reading.refers_back, False)

    def _linked(self, turn: DialogueTurn, reading: TextReading) -> set[str]:
        """Topics of the last turns that this one goes on about: it shares one with them, or says "it"."""
        own: set[str] = set(reading.topics)
        linked: set[str] = set()
        for time_us, topics in reversed(self.state.recent):
            if turn.start_us - time_us > SAME_SUBJECT_S * 1e6:
                break
            if own & topics or (reading.refers_back and not own and not linked):
                linked |= topics
                own |= topics
        return linked - set(reading.topics)

    # -- what is felt -------------------------------------------------------------------------------------------------

    def c_emo(self, time_us: int) -> FloatArray:
        """(10,) the generator's condition at a time that is not before the last turn."""
        return affect_of(self.state.course.distribution(time_us))

    def emotion_text(self, time_us: int) -> EmotionText:
        """E_txt at that time."""
        affect = self.c_emo(time_us)
        distribution = affect[: len(EMOTIONS)]
        ranked = [(float(distribution[_NAMES[name]]), words) for name, words in _WORDS.items()]
        strength, words = max(ranked)
        second, others = sorted(ranked)[-2]
        if strength < FELT / 2:
            sentence = f"{self.npc} is calm."
        else:
            degree = "primarily" if strength > 0.5 else "mildly"
            also = f", and somewhat {others.split()[0]}" if second > 0.15 else ""
            sentence = f"{self.npc} is {degree} {words}{also}."
        return EmotionText(distribution, float(affect[-2]), float(affect[-1]), sentence)

    def take_notes(self) -> list[str]:
        """Sentences for the user, each once."""
        notes, self._notes = self._notes, []
        return notes

    # -- kept ---------------------------------------------------------------------------------------------------------

    def parted(self, now_us: int) -> dict[str, Any]:
        """The whole state as JSON, at the moment when the player goes; times are ages."""
        state = self.state
        return {
            "history": state.history.as_json(now_us),
            "episodes": state.store.as_json(now_us),
            "affect": state.course.as_json(now_us),
            "english": dict(state.english),
            "unread": state.unread,
            "recent": [[now_us - time_us, sorted(topics)] for time_us, topics in state.recent],
        }

    @classmethod
    def meet_again(cls, npc: str, data: dict[str, Any], now_us: int, elapsed_s: float) -> LinguisticAffect:
        """The LAU as it was when they parted, `elapsed_s` later, on a clock that now shows `now_us`. Raises KeyError,
        TypeError, ValueError or OverflowError on other data than `parted` gives."""
        then_us = now_us - int(max(elapsed_s, 0.0) * 1e6)
        english = {str(speaker): bool(value) for speaker, value in data["english"].items()}
        recent = [(then_us - int(age), {str(topic) for topic in topics}) for age, topics in data["recent"]]
        state = LinguisticState(
            DialogueHistory.from_json(data["history"], then_us),
            EpisodicStore.from_json(data["episodes"], then_us),
            AffectCourse.from_json(data["affect"], then_us).after_absence(now_us, elapsed_s),
            english,
            int(data["unread"]),
            deque(recent[-_SAME_SUBJECT_TURNS:], maxlen=_SAME_SUBJECT_TURNS),
        )
        return cls(npc, state)
