"""What the demonstration bundles: a player's performance (to be drawn as a clip) and the NPC's lines.

The performance is never used in training: its sentences are its own, and the NPC's voice is a held-out one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FACE_DIM, FRAME_RATE, MOTION_DIM, FloatArray
from echo_runtime.training.dyads.listener import Smile
from echo_runtime.training.dyads.player import Script, player_motion
from echo_runtime.training.dyads.pool import trimmed
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.speech.corpus import peak_normalised
from echo_runtime.training.speech.synthesis import Utterance, synthesize

NPC_VOICE = "flite:slt"
NPC_TEXTS = (
    "Welcome, my friend! I have been waiting for you all morning.",
    "The bridge? Oh, a storm broke it, but nobody was hurt.",
    "Greet your brother at the mill from me.",
    "Goodbye, and please come back whenever you want to talk.",
)
_PLAYER_VOICES = ("flite:rms", "flite:awb", "espeak:en-us+f3", "espeak:en-gb-x-rp+m2", "espeak:en-us+m7")
_GREETINGS = (
    "Hello there! How lovely to meet you.",
    "Good morning! My name is Bo, and I am new here.",
    "Hey, is anybody home?",
)
_QUESTIONS = ("Could you tell me what happened to the bridge?", "Do you maybe know the way to the farm above the moor?")
_REPLIES = (
    "Oh, wow! I would never have thought of that. Thank you very much.",
    "Really? That makes me very happy, my friend.",
)
ANSWER_PAUSE_S = 7.0
"""How long the player waits for the NPC's answer."""


@dataclass(frozen=True)
class Performance:
    """A player alone. `player_face` (T, 61) without any tracker's flaws, validity 1; `player_voice` (640 T,) at 16 kHz;
    `events`: times in seconds of smile, surprise, nod, speech_start, speech_end."""

    player_face: FloatArray
    player_voice: FloatArray
    events: dict[str, np.ndarray]


@dataclass(frozen=True)
class NpcLine:
    """One line of the NPC: `text`, and the `utterance` with its true visemes; peak 0.7."""

    text: str
    utterance: Utterance


def player_performance(seed: int = 0, seconds: float = 20.0) -> Performance:
    """Greets, asks, waits ANSWER_PAUSE_S with nods and a clear smile, answers surprised, smiles again; then waits.

    Another seed gives another voice, other words, other times and another head. A longer performance repeats the round.
    """
    random = np.random.default_rng([seed, 20])
    seconds = round(seconds * FRAME_RATE) / FRAME_RATE
    voice_name = _PLAYER_VOICES[seed % len(_PLAYER_VOICES)]
    voice = Voice(seconds)
    smiles: list[Smile] = []
    surprises: list[float] = []
    nods: list[float] = []
    spans: list[tuple[float, float]] = []

    def smile(start: float) -> None:
        if start < seconds - 1.0:
            smiles.append(Smile(start, random.uniform(1.2, 1.6), random.uniform(0.75, 1.0)))

    def say(text: str, start: float) -> float:
        utterance = trimmed(
            synthesize(text, voice_name, pitch=random.uniform(0.4, 0.6), rate=random.uniform(0.95, 1.1))
        )
        if start + utterance.duration > seconds - 0.2:
            return seconds
        voice.said.append((start, utterance))
        spans.append((start, start + utterance.duration))
        return start + utterance.duration

    def pick(texts: tuple[str, ...]) -> str:
        return texts[random.integers(len(texts))]

    now = random.uniform(0.5, 0.9)
    while now < seconds - 2.0:
        voice.turn_starts.append(now)
        now = say(pick(_GREETINGS), now)
        smile(now + random.uniform(0.0, 0.3))
        now = say(pick(_QUESTIONS), now + random.uniform(1.0, 1.5))
        nods += [now + random.uniform(1.4, 2.0), now + random.uniform(3.2, 3.8)]
        smile(now + random.uniform(4.4, 5.0))
        now += ANSWER_PAUSE_S
        surprises.append(now - 0.3)
        now = say(pick(_REPLIES), now)
        smile(now + random.uniform(0.2, 0.5))
        now += ANSWER_PAUSE_S
    last = seconds - 0.8
    script = Script(smiles, [s for s in surprises if s < last], [n for n in nods if n < last])
    face = np.ones((round(seconds * FRAME_RATE), FACE_DIM), np.float32)
    face[:, :MOTION_DIM] = player_motion(random, voice, Voice(seconds), script)
    sound = voice.sound(random.uniform(0.4, 0.6))
    sound = sound + (6e-4 * random.normal(size=len(sound))).astype(np.float32)  # a microphone is never digitally silent
    events = {
        "smile": [s.start for s in smiles],
        "surprise": script.surprises,
        "nod": script.nods,
        "speech_start": [a for a, _ in spans],
        "speech_end": [b for _, b in spans],
    }
    return Performance(face, sound.astype(np.float32), {name: np.array(times) for name, times in events.items()})


def npc_lines() -> list[NpcLine]:
    """The NPC's lines, 2.5–5 s each, by a voice that no training saw."""
    lines = []
    for text in NPC_TEXTS:
        spoken = trimmed(synthesize(text, NPC_VOICE, rate=0.97))
        lines.append(NpcLine(text, Utterance(peak_normalised(spoken.samples, 0.7), spoken.segments)))
    return lines
