"""Who speaks when: turn-taking with pauses, overlaps and silences, and the sound that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from echo_runtime.generator.speech_encoder import MOUTH_GROUPS
from echo_runtime.signals import FRAME_RATE, MEL_RATE, SAMPLE_RATE, FloatArray
from echo_runtime.training.dyads.pool import Character
from echo_runtime.training.speech.mouth import Segment, closure_weight, mouth_groups, viseme_track
from echo_runtime.training.speech.synthesis import Utterance

_EDGE_FRAMES = 6
"""Frames around an utterance in which the mouth still moves into and out of it."""


@dataclass
class Voice:
    """What one partner says in a session of `seconds`: utterances with their start times."""

    seconds: float
    said: list[tuple[float, Utterance]] = field(default_factory=list)
    turn_starts: list[float] = field(default_factory=list)

    @property
    def segments(self) -> list[Segment]:
        """All segments in session time."""
        return [(start + a, start + b, v) for start, u in self.said for a, b, v in u.segments]

    def clause_ends(self) -> list[float]:
        """Session times at which the partner ends a clause."""
        return [start + end for start, u in self.said for end in u.clause_ends()]

    def sound(self, peak: float) -> FloatArray:
        """(16000 · seconds,) with utterances at `peak`."""
        out = np.zeros(round(self.seconds * SAMPLE_RATE), np.float32)
        for start, utterance in self.said:
            first = round(start * SAMPLE_RATE)
            length = min(len(utterance.samples), len(out) - first)
            out[first : first + length] += utterance.samples[:length] * peak
        return out

    def activity(self, rate: int) -> FloatArray:
        """(rate · seconds,) 1 while speaking; pauses shorter than 0.25 s inside an utterance count as speaking."""
        times = np.arange(round(self.seconds * rate)) / rate
        out = np.zeros(len(times), np.float32)
        for start, utterance in self.said:
            for a, b, viseme in utterance.segments:
                if viseme != "sil" or b - a < 0.25:
                    out[(times >= start + a) & (times < start + b)] = 1.0
        return out

    def mouth(self) -> FloatArray:
        """(T, 12) MOUTH_GROUPS at the frames of the session."""
        out = np.zeros((round(self.seconds * FRAME_RATE), len(MOUTH_GROUPS)), np.float32)
        for start, utterance in self.said:
            first = int(start * FRAME_RATE) - _EDGE_FRAMES
            shift = start - first / FRAME_RATE
            moved = [(a + shift, b + shift, v) for a, b, v in utterance.segments]
            groups = mouth_groups(moved, utterance.duration + 2 * _EDGE_FRAMES / FRAME_RATE, FRAME_RATE)
            skip = max(0, -first)
            length = min(len(groups), len(out) - first) - skip
            if length > 0:
                place = out[first + skip : first + skip + length]
                np.maximum(place, groups[skip : skip + length], out=place)
        return out

    def closure(self) -> FloatArray:
        """(T,) how much p, b, m own the lips."""
        times = np.arange(round(self.seconds * FRAME_RATE)) / FRAME_RATE
        out = np.zeros(len(times))
        for start, end, viseme in self.segments:
            if viseme == "PP":
                out = np.maximum(out, closure_weight(times, start, end))
        return out.astype(np.float32)

    def visemes(self) -> np.ndarray:
        """(100 · seconds,) int8."""
        return viseme_track(self.segments, self.seconds, MEL_RATE)


def take_turns(random: np.random.Generator, seconds: float, npc: Character, player: Character) -> tuple[Voice, Voice]:
    """(NPC's, player's) speech: turns of one to three utterances, gaps of 0.2–0.8 s, now and then a silence of seconds
    or an overlap of up to 0.4 s (Heldner & Edlund, "Pauses, gaps and overlaps in conversations", 2010)."""
    voices = (Voice(seconds), Voice(seconds))
    lines = [iter(_shuffled(random, c.utterances, 40)) for c in (npc, player)]
    now, turn = random.uniform(0.2, 1.6), int(random.random() < 0.5)
    while now < seconds - 1.2:
        voices[turn].turn_starts.append(now)
        for _ in range(random.integers(1, 3 if turn == 0 else 4)):
            utterance = next(lines[turn])
            if now + utterance.duration > seconds - 0.3:
                now = seconds
                break
            voices[turn].said.append((now, utterance))
            now += utterance.duration + random.uniform(0.15, 0.55)
        changed = random.random() < 0.88
        turn = 1 - turn if changed else turn
        choice = random.random()
        if changed and choice < 0.12:
            now = max(0.0, now - random.uniform(0.3, 0.8))  # comes in before the other has ended
        elif choice < 0.8:
            now += random.uniform(0.05, 0.6)
        else:
            now += random.uniform(1.0, 3.0)
    return voices


def _shuffled(random: np.random.Generator, utterances: tuple[Utterance, ...], rounds: int) -> list[Utterance]:
    return [utterances[i] for _ in range(rounds) for i in random.permutation(len(utterances))]
