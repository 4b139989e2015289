"""What the dialogue's words make the NPC feel: the truth of c_emo, and of what a mentioned topic recalls.

    a ← (1 − s) · a + s · e       at a line that carries emotion e with strength s
    a(t) = n + (a − n) · exp(−Δt / 25 s)     between lines, n being neutral

A tale's lines leave with its topic the emotion e and the strength S = 1 − Π (1 − s_i). A mention in neutral words
brings it back as a line of strength 0.9 · S · exp(−age / 30 min). The NPC's own words count as it begins to say them,
the player's when they have been said. Nothing but these words moves the affect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echo_runtime.context.affect import AFFECT_DIM, affect_vector
from echo_runtime.signals import FRAME_RATE, FloatArray
from echo_runtime.training.long_dialogues.placing import PlacedScene, Said

FELT_DECAY_S = 25.0
RECALL_SHARE, EPISODE_DECAY_S = 0.9, 1800.0
HEARD_AFTER_S, MEANT_BEFORE_S = 0.3, 0.0
"""From the end of the player's line, and before the beginning of the NPC's own, to the feeling."""


@dataclass(frozen=True)
class Callback:
    """A topic that came up again. `words`: of the topic; `emotion` and `strength`: how it was told; `told_s`: when that
    tale ended, `mentioned_s`: when the mention bears on the face, in seconds."""

    words: tuple[str, str, str]
    emotion: str
    strength: float
    told_s: float
    mentioned_s: float


def bears_at(said: Said) -> float:
    """When a line begins to move the NPC's affect, in seconds."""
    return said.end + HEARD_AFTER_S if said.line.speaker == "player" else said.start - MEANT_BEFORE_S


def callbacks_of(scenes: Sequence[PlacedScene], topics: Sequence[tuple[str, str, str]]) -> tuple[Callback, ...]:
    """Every mention of a topic that was told before, with feeling or without."""
    told: dict[int, tuple[str, float, float]] = {}
    found = []
    for placed in scenes:
        scene = placed.scene
        if scene.kind == "tale" and scene.topic is not None:
            left = 1.0
            for s in placed.said:
                left *= 1.0 - s.line.strength
            last = max(s.end for s in placed.said)
            told[scene.topic] = (scene.emotion, 1.0 - left, last)
        for s in placed.said:
            if s.line.recalls and s.line.topic in told:
                emotion, strength, at = told[s.line.topic]
                found.append(Callback(topics[s.line.topic], emotion, strength, at, bears_at(s)))
    return tuple(found)


def affect_course(scenes: Sequence[PlacedScene], callbacks: Sequence[Callback], frames: int) -> FloatArray:
    """(T, 10) c_emo of the NPC at every frame."""
    events = [
        (bears_at(s), s.line.emotion, s.line.strength) for p in scenes for s in p.said if s.line.emotion != "neutral"
    ]
    for c in callbacks:
        if c.emotion != "neutral":
            strength = RECALL_SHARE * c.strength * np.exp(-(c.mentioned_s - c.told_s) / EPISODE_DECAY_S)
            events.append((c.mentioned_s, c.emotion, float(strength)))
    neutral = affect_vector()
    course = np.tile(neutral, (frames, 1))
    state, since = neutral, 0.0
    for i, (time, emotion, strength) in enumerate(sorted(events)):
        state = neutral + (state - neutral) * np.float32(np.exp(-(time - since) / FELT_DECAY_S))
        state = (1.0 - strength) * state + strength * affect_vector(emotion)
        since = time
        following = sorted(events)[i + 1][0] if i + 1 < len(events) else np.inf
        first, last = int(np.ceil(time * FRAME_RATE)), int(min(np.ceil(following * FRAME_RATE), frames))
        if first < frames:
            after = np.arange(first, last) / FRAME_RATE - time
            course[first:last] = neutral + (state - neutral) * np.exp(-after / FELT_DECAY_S)[:, None]
    assert course.shape[1] == AFFECT_DIM
    return course.astype(np.float32)
