"""Lines get times: each is said with an utterance of the pool that is about as long as its text.

The sound does not say the text: nothing that is trained here recognises words, which reach the NPC as text only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import DialogueTurn
from echo_runtime.training.dyads.pool import Character
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.long_dialogues.script import Line, Scene, Speaker
from echo_runtime.training.speech.synthesis import Utterance

LEAD_S = 0.7
"""Silence at the beginning of a scene, and the least at its end: where scenes are joined nobody speaks."""
PLAIN_GAIN, RAISED_GAIN = (0.26, 0.4), 0.95
"""Peaks of ordinary lines and of one said with a raised voice, about 9 dB louder."""
_GRID_S = 0.04
_WORD_S, _LINE_S = 0.25, 0.3


@dataclass(frozen=True)
class Said:
    """A line with its time: begins at `start` seconds. `gain`: peak of its sound."""

    line: Line
    start: float
    utterance: Utterance
    gain: float

    @property
    def end(self) -> float:
        return self.start + self.utterance.duration


@dataclass(frozen=True)
class PlacedScene:
    """A scene from `start` to `end` seconds, multiples of a frame. `interruptions`: when the player cut in."""

    scene: Scene
    start: float
    end: float
    said: tuple[Said, ...]
    interruptions: tuple[float, ...] = ()

    def of(self, speaker: Speaker) -> list[Said]:
        return [s for s in self.said if s.line.speaker == speaker]


def place(
    random: np.random.Generator,
    scene: Scene,
    start: float,
    npc: Character,
    player: Character,
    interrupts: float = 0.0,
    silence_s: float | None = None,
) -> PlacedScene:
    """Gaps of 0.15–0.6 s between speakers, of 0.3–0.8 s within one's words, some overlaps (as in dyads.turns).

    `interrupts`: chance that the player cuts a line of the NPC's small talk short. `silence_s`: after the last line.
    """
    said: list[Said] = []
    interruptions: list[float] = []
    now = start + LEAD_S
    for i, line in enumerate(scene.lines):
        character = npc if line.speaker == "npc" else player
        utterance, gain = _utterance(random, line.text, character), random.uniform(*PLAIN_GAIN)
        following = scene.lines[i + 1] if i + 1 < len(scene.lines) else None
        changes = following is not None and following.speaker != line.speaker
        gap = random.uniform(0.15, 0.6) if changes else random.uniform(0.3, 0.8)
        if changes and random.random() < 0.08:
            gap = -random.uniform(0.05, 0.3)
        cut, share = random.random(), random.uniform(0.5, 0.8)
        interruptible = changes and line.speaker == "npc" and scene.kind == "small_talk" and utterance.duration > 1.2
        if interruptible and cut < interrupts:
            utterance = shortened(utterance, share * utterance.duration)
            line = Line("npc", _broken_off(line.text, share))
            gap = -random.uniform(0.2, 0.35)
            interruptions.append(now + utterance.duration + gap)
        said.append(Said(line, now, utterance, gain))
        now += utterance.duration + gap
    last = max(s.end for s in said)
    pause = random.uniform(0.9, 2.2) if random.random() < 0.9 else random.uniform(3.0, 8.0)
    end = last + max(LEAD_S, pause if silence_s is None else silence_s)
    return PlacedScene(scene, start, round(end / _GRID_S) * _GRID_S, tuple(said), tuple(interruptions))


def _utterance(random: np.random.Generator, text: str, character: Character) -> Utterance:
    wanted = _LINE_S + _WORD_S * len(text.split())
    nearest = sorted(character.utterances, key=lambda u: abs(u.duration - wanted))
    return nearest[int(random.integers(min(5, len(nearest))))]


def shortened(utterance: Utterance, seconds: float) -> Utterance:
    """Its first seconds, faded out within 30 ms."""
    samples = utterance.samples[: int(seconds * 16_000)].copy()
    fade = min(480, len(samples))
    samples[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    segments = tuple((a, min(b, seconds), v) for a, b, v in utterance.segments if a < seconds)
    return Utterance(samples, segments)


def _broken_off(text: str, share: float) -> str:
    words = text.rstrip(".?!").split()
    return " ".join(words[: max(1, round(share * len(words)))]) + " …"


def voice_of(said: Sequence[Said], speaker: Speaker, start: float, seconds: float) -> Voice:
    """What `speaker` says from `start` on, as a Voice of its own time; every sound at peak 1."""
    voice = Voice(seconds)
    before = ""
    for s in said:
        if s.line.speaker == speaker:
            voice.said.append((s.start - start, s.utterance))
            if before != speaker:
                voice.turn_starts.append(s.start - start)
            if s.line.text.rstrip().endswith("?"):
                voice.question_ends.append(s.end - start)
        before = s.line.speaker
    return voice


def turns_of(scenes: Sequence[PlacedScene]) -> tuple[DialogueTurn, ...]:
    """Every line with its speaker, "player" or "npc", in order of its beginning."""
    said = sorted((s for placed in scenes for s in placed.said), key=lambda s: s.start)
    return tuple(DialogueTurn(s.line.speaker, s.line.text, round(s.start * 1e6), round(s.end * 1e6)) for s in said)
