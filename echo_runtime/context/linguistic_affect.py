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
from echo_runtime.context.affect_course import AffectCourse, evidence_of
from echo_runtime.context.dialogue_history import DialogueHistory
from echo_runtime.context.episodic_store import EpisodicStore, Recall
from echo_runtime.context.lexicon_affect import FELT, TextAffect, TextReading, read_text
from echo_runtime.signals import DialogueTurn, FloatArray

OWN_WEIGHT, PARTNER_WEIGHT = 1.0, 0.8
_NAMES = {name: i for i, name in enumerate(EMOTIONS)}
ANSWERS: dict[str, dict[str, float]] = {
    "happy": {"happy": 1.0},
    "sad": {"sad": 0.85, "tender": 0.15},
    "angry": {"angry": 0.5, "afraid": 0.2},
    "surprised": {"surprised": 0.85},
    "afraid": {"afraid": 0.7, "tender": 0.15},
    "disgusted": {"disgusted": 0.8},
    "tender": {"tender": 0.7, "happy": 0.3},
}
"""What the partner's feeling makes the NPC feel: it is shared, tempered by sympathy, and anger only in part."""
EARLIER_TOPIC_S = 30.0
"""So long "it" and "she" may mean what the turn before was about."""
_EARLIER_SHARE = 0.6
_UNDER_WAY = 8
"""Turns that may follow while a language model still thinks about one; beyond, its answer is too late."""


def _answers() -> FloatArray:
    table = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.float32)
    for theirs, own in ANSWERS.items():
        for name, share in own.items():
            table[_NAMES[theirs], _NAMES[name]] = share
    return table


_ANSWERS = _answers()
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
    language; `unread`: turns that were not."""

    history: DialogueHistory = field(default_factory=DialogueHistory)
    store: EpisodicStore = field(default_factory=EpisodicStore)
    course: AffectCourse = field(default_factory=AffectCourse)
    english: dict[str, bool] = field(default_factory=dict)
    unread: int = 0


@dataclass
class _Step:
    """A turn that a language model may still answer: the course before it, what it did, its topics."""

    number: int
    before: AffectCourse
    time_us: int
    emotions: np.ndarray
    recalled: np.ndarray | None
    topics: tuple[str, ...]
    speaker: str


class LinguisticAffect:
    """The LAU of the NPC `npc`. Owned by one thread."""

    def __init__(self, npc: str, state: LinguisticState | None = None) -> None:
        self.npc = npc
        self.state = state or LinguisticState()
        self.from_endpoint = 0
        """Turns that a language model answered in time."""
        self._steps: deque[_Step] = deque(maxlen=_UNDER_WAY)
        self._earlier: tuple[int, tuple[str, ...]] = (0, ())
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
        topics = self._meant(turn, reading)
        emotions = self._felt(turn, reading.affect)
        recalled = state.store.recall(reading.topics, turn.end_us)
        step = _Step(state.history.heard, state.course, turn.end_us, emotions, None, topics, turn.speaker)
        if recalled is not None:
            step.recalled = recalled.feelings
        self._steps.append(step)
        state.course = _followed(state.course, step)
        state.store.rest(reading.topics, turn.end_us)
        state.store.learn(topics, evidence_of(emotions), turn.speaker, turn.end_us, _share(reading))
        state.store.mention(reading.topics)
        if reading.topics:
            self._earlier = (turn.end_us, reading.topics)
        return Heard(step.number, reading, recalled)

    def answer(self, number: int, affect: TextAffect) -> bool:
        """A language model's reading of the NPC's feelings after turn `number` takes the place of the lexicon's; what
        was said since stays. False when it comes too late to matter."""
        place = next((i for i, step in enumerate(self._steps) if step.number == number), None)
        if place is None:
            return False
        steps = list(self._steps)[place:]
        steps[0].emotions = affect.emotions.astype(np.float64)
        course = steps[0].before
        for step in steps:
            step.before = course
            course = _followed(course, step)
        self.state.course = course
        self.state.store.learn(steps[0].topics, evidence_of(steps[0].emotions), steps[0].speaker, steps[0].time_us)
        self.from_endpoint += 1
        return True

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

    def _felt(self, turn: DialogueTurn, affect: TextAffect) -> np.ndarray:
        """(8,) what the turn makes this NPC feel; neutral is not kept up."""
        if turn.speaker == self.npc:
            return OWN_WEIGHT * affect.emotions.astype(np.float64)
        return PARTNER_WEIGHT * (affect.emotions @ _ANSWERS).astype(np.float64)

    def _meant(self, turn: DialogueTurn, reading: TextReading) -> tuple[str, ...]:
        """Topics that the turn's feeling belongs to: its own, or those of the turn before when it says "it"."""
        time_us, earlier = self._earlier
        if reading.topics or not reading.refers_back or turn.start_us - time_us > EARLIER_TOPIC_S * 1e6:
            return reading.topics
        return earlier

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
        }

    @classmethod
    def meet_again(cls, npc: str, data: dict[str, Any], now_us: int, elapsed_s: float) -> LinguisticAffect:
        """The LAU as it was when they parted, `elapsed_s` later, on a clock that now shows `now_us`. Raises KeyError,
        TypeError, ValueError or OverflowError on other data than `parted` gives."""
        then_us = now_us - int(max(elapsed_s, 0.0) * 1e6)
        english = {str(speaker): bool(value) for speaker, value in data["english"].items()}
        state = LinguisticState(
            DialogueHistory.from_json(data["history"], then_us),
            EpisodicStore.from_json(data["episodes"], then_us),
            AffectCourse.from_json(data["affect"], then_us).after_absence(now_us, elapsed_s),
            english,
            int(data["unread"]),
        )
        return cls(npc, state)


def _followed(course: AffectCourse, step: _Step) -> AffectCourse:
    """The course after a turn; the one before stays as it was."""
    after = AffectCourse(course.time_us, course.evidence)
    after.say(step.time_us, step.emotions)
    if step.recalled is not None:
        after.recall(step.time_us, step.recalled)
    return after


def _share(reading: TextReading) -> float:
    return 1.0 if reading.topics else _EARLIER_SHARE
