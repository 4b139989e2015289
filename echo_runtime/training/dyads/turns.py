"""Who speaks when: turn-taking with pauses, overlaps and silences, and the sound that comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from echo_runtime.generator.speech_encoder import MOUTH_GROUPS
from echo_runtime.signals import FRAME_RATE, MEL_RATE, SAMPLE_RATE, FloatArray
from echo_runtime.training.dyads.pool import Character
from echo_runtime.training.speech.mouth import Segment, closure_weight, mouth_groups, viseme_track
from echo_runtime.training.speech.synthesis import Utterance

PAUSE_S = 0.25
"""A silence of at least this is a pause; a shorter one belongs to articulation (Goldman-Eisler 1968)."""
_EDGE_FRAMES = 6
"""Frames around an utterance in which the mouth still moves into and out of it."""


@dataclass
class Voice:
    """What one partner says in a session of `seconds`: utterances with their start times, where turns begin, and where
    questions end."""

    seconds: float
    said: list[tuple[float, Utterance]] = field(default_factory=list)
    turn_starts: list[float] = field(default_factory=list)
    question_ends: list[float] = field(default_factory=list)

    @property
    def segments(self) -> list[Segment]:
        """All segments in session time."""
        return [(start + a, start + b, v) for start, u in self.said for a, b, v in u.segments]

    def clause_ends(self) -> list[float]:
        """Session times at which the partner ends a clause."""
        return [start + end for start, u in self.said for end in u.clause_ends()]

    def pauses(self, least_s: float = PAUSE_S) -> list[float]:
        """Session times at which the partner falls silent for at least `least_s`, within an utterance or after one."""
        spoken = [(a, b) for a, b, viseme in sorted(self.segments) if viseme != "sil"]
        following = [a for a, _ in spoken[1:]] + [np.inf]
        return [b for (_, b), then in zip(spoken, following[: len(spoken)], strict=True) if then - b >= least_s]

    def sound(self, peak: float) -> FloatArray:
        """(16000 · seconds,) with utterances at `peak`."""
        out = np.zeros(round(self.seconds * SAMPLE_RATE), np.float32)
        for start, utterance in self.said:
            first = round(start * SAMPLE_RATE)
            length = min(len(utterance.samples), len(out) - first)
            out[first : first + length] += utterance.samples[:length] * peak
        return out

    def activity(self, rate: int) -> FloatArray:
        """(rate · seconds,) 1 while speaking; pauses shorter than PAUSE_S count as speaking."""
        out = np.zeros(round(self.seconds * rate), np.float32)
        last = -np.inf
        for start, end, viseme in sorted(self.segments):
            if viseme == "sil":
                continue
            begin = last if start - last < PAUSE_S else start
            out[max(0, int(np.ceil(begin * rate - 1e-6))) : max(0, int(np.ceil(end * rate - 1e-6)))] = 1.0
            last = max(last, end)
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
                near = slice(max(0, int((start - 0.3) * FRAME_RATE)), int((end + 0.3) * FRAME_RATE))
                out[near] = np.maximum(out[near], closure_weight(times[near], start, end))
        return out.astype(np.float32)

    def visemes(self) -> np.ndarray:
        """(100 · seconds,) int8."""
        return viseme_track(self.segments, self.seconds, MEL_RATE)


def take_turns(random: np.random.Generator, seconds: float, npc: Character, player: Character) -> tuple[Voice, Voice]:
    """(NPC's, player's) speech: turns of one to three utterances with pauses of 0.3–0.8 s between them, gaps of
    0.2–1.3 s between turns, now and then a silence of seconds or an overlap of up to 0.4 s (Heldner & Edlund, "Pauses,
    gaps and overlaps in conversations", 2010)."""
    voices = (Voice(seconds), Voice(seconds))
    partners = (npc, player)
    lines = [_endless(random, len(c.utterances)) for c in partners]
    now, turn = random.uniform(0.2, 1.6), int(random.random() < 0.5)
    while now < seconds - 1.2:
        voice, partner = voices[turn], partners[turn]
        if voice.said:
            now = max(now, voice.said[-1][0] + voice.said[-1][1].duration + 0.2)  # nobody speaks over themselves
        voice.turn_starts.append(now)
        for _ in range(random.integers(1, 4)):
            number = next(lines[turn])
            utterance = partner.utterances[number]
            if now + utterance.duration > seconds - 0.3:
                now = seconds
                break
            voice.said.append((now, utterance))
            now += utterance.duration
            if partner.asks(number):
                voice.question_ends.append(now)
                if random.random() < 0.8:
                    break  # who asks waits for the answer
            now += random.uniform(0.3, 0.8)
        else:
            now -= random.uniform(0.1, 0.3)
        changed = random.random() < 0.88
        turn = 1 - turn if changed else turn
        choice = random.random()
        if changed and choice < 0.12:
            now = max(0.0, now - random.uniform(0.3, 0.8))  # comes in before the other has ended
        elif choice < 0.88:
            now += random.uniform(0.15, 0.6)
        else:
            now += random.uniform(1.0, 3.0)
    return voices


def _endless(random: np.random.Generator, count: int) -> Iterator[int]:
    """0 … count − 1 in random order, again and again."""
    while True:
        yield from (int(i) for i in random.permutation(count))
