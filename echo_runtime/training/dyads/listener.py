"""How the NPC behaves: the truth that the motion generator learns.

Listening and speaking, the NPC
- nods 0.36–0.48 s after nine in ten of the partner's pauses, and sometimes, smaller, in backchannels (see nods);
- gives a smile back 0.38–0.58 s after the player's begins; how much depends on the affect (`expression.MIRRORING`):
  a happy NPC nearly all of it, an angry one almost none; while it speaks, less;
- raises its brows 0.2–0.4 s after the player shows surprise, after most questions, at its greeting, and on accents of
  its own (Ekman 1979 calls these batons);
- looks away when it begins to speak and, shorter, when it thinks before an answer (see gaze);
- blinks as a Poisson process, and at ends of clauses, its own and the partner's, about 0.33 per second together;
- beats and sinks its head with its own speech (see prosody), sways it smoothly, more when it speaks, and lets its yaw
  and roll follow a little of the player's (see head_motion);
- wears the face and posture of its affect, the mouth of it at 60 % while it speaks.
Its style (see manner) scales how often and how far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from echo_runtime.generator.speech_encoder import MOUTH_GROUPS
from echo_runtime.signals import (
    COEFFICIENTS,
    FRAME_RATE,
    GAZE,
    MOTION_DIM,
    ROTATION,
    TRANSLATION,
    FloatArray,
    Style,
)
from echo_runtime.training.dyads import expression, gestures, prosody
from echo_runtime.training.dyads.gaze import aversions, gaze_of
from echo_runtime.training.dyads.head_motion import head_motion
from echo_runtime.training.dyads.manner import Manner, manner
from echo_runtime.training.dyads.nods import Nod, nodding, nods_of
from echo_runtime.training.dyads.turns import Voice

SMILE_DELAY_S = (0.38, 0.58)
SURPRISE_DELAY_S = (0.2, 0.4)
QUESTION_DELAY_S = (0.3, 0.4)
QUESTION_CHANCE, ACCENT_CHANCE = 0.7, 0.35
"""Of a brow flash after the partner's question, and on the strongest accent of an own clause."""
BLINK_RATE, BLINK_CHANCE = 0.2, 0.3
"""Poisson blinks per second, and the chance of one at an end of a clause."""


@dataclass(frozen=True)
class Smile:
    """One smile: begins at `start`, is full after 0.3 s, stays `hold`, and is gone 0.5 s later; `height` in [0, 1]."""

    start: float
    hold: float
    height: float


@dataclass(frozen=True)
class PlayerCues:
    """What the NPC can see of the player: `smiles`; `surprises` as times; `rotation` (T, 3) of the head."""

    smiles: list[Smile]
    surprises: list[float]
    rotation: FloatArray


@dataclass(frozen=True)
class Undercurrent:
    """What an NPC brings along from before the conversation at hand. `groups`: values (T,) added to the face of its
    affect; `nods`: instead of drawn ones; `glances`: (start, end) in seconds of further looks away."""

    groups: Mapping[str, np.ndarray]
    nods: list[Nod]
    glances: list[tuple[float, float]]


def npc_motion(
    random: np.random.Generator,
    voice: Voice,
    partner: Voice,
    cues: PlayerCues,
    affect: FloatArray,
    style: Style | None = None,
    undercurrent: Undercurrent | None = None,
) -> tuple[FloatArray, dict[str, list[float]]]:
    """(T, 60) of the NPC, and the times of its blinks, saccades, nods, brow flashes and smile answers.

    With an undercurrent no number is drawn that depends on it but the directions of its glances, which come last: the
    same seed moves alike with another one, but for what the undercurrent does.
    """
    how = manner(style or Style())
    frames = len(affect)
    t = np.arange(frames) / FRAME_RATE
    seconds = frames / FRAME_RATE
    speaking = gestures.smoothed(voice.activity(FRAME_RATE), 0.12)
    felt = gestures.smoothed(affect, 0.45)  # faces change slower than words
    loud = prosody.loudness(voice.sound(1.0), frames) * speaking
    accents = prosody.accents(loud, voice)
    away = aversions(random, voice, partner)

    groups = expression.faces(felt, how.faces)
    if undercurrent is not None:
        away += undercurrent.glances
        for name, values in undercurrent.groups.items():
            groups[name] = np.clip(groups.get(name, 0.0) + values, 0.0, None)
    breath = np.clip(1.0 + 0.12 * gestures.sway(random, frames, 7.0), 0.6, 1.4)
    for name, values in groups.items():
        groups[name] = values * breath * (1.0 - 0.4 * speaking if name.startswith("mouth") else 1.0)
    smiling, answers = _answered_smiles(random, t, cues, expression.mirroring(felt) * how.smiles, speaking)
    for name, share in (("mouthSmile", 1.0), ("cheekSquint", 0.6), ("mouthDimple", 0.15), ("eyeSquint", 0.12)):
        groups[name] = groups[name] + share * smiling
    groups = {name: gestures.soft_limit(values) for name, values in groups.items()}
    flashes = _brow_flashes(random, groups, t, voice, partner, cues, accents, speaking, how)

    prompts = voice.clause_ends() + partner.clause_ends()
    chance = min(0.6, BLINK_CHANCE * how.blinks)
    blinks = gestures.blink_times(random, seconds, BLINK_RATE * how.blinks, prompts, chance)
    lids = np.zeros(frames)
    for time in blinks:
        near = slice(int(time * FRAME_RATE), int((time + 0.4) * FRAME_RATE))
        lids[near] = np.maximum(lids[near], gestures.blink(t[near], time))
    groups["eyeBlink"] = np.maximum(groups["eyeBlink"], lids)
    groups["eyeWide"] = groups["eyeWide"] * (1.0 - lids)

    _speak(groups, voice)
    motion = np.zeros((frames, MOTION_DIM), np.float32)
    asymmetry = expression.character_asymmetry(random)
    motion[:, COEFFICIENTS] = expression.left_and_right(groups, asymmetry, frames)
    nods = nods_of(random, seconds, partner, speaking, how) if undercurrent is None else undercurrent.nods
    rotation, translation = head_motion(
        random,
        felt,
        speaking,
        nodding(t, nods),
        prosody.beats(t, accents),
        prosody.declination(t, voice),
        cues.rotation,
        how,
    )
    motion[:, ROTATION], motion[:, TRANSLATION] = rotation, translation
    motion[:, GAZE], jumps = gaze_of(random, t, speaking, away, rotation, how)
    times = {
        "blink": blinks,
        "saccade": jumps,
        "nod": [nod.start for nod in nods],
        "brow_flash": flashes,
        "smile_answer": answers,
    }
    return motion, times


def _answered_smiles(
    random: np.random.Generator, t: np.ndarray, cues: PlayerCues, gain: np.ndarray, speaking: np.ndarray
) -> tuple[np.ndarray, list[float]]:
    """(T,) the smile given back, and when each begins."""
    answered, starts = np.zeros(len(t)), []
    for smile in cues.smiles:
        start = smile.start + random.uniform(*SMILE_DELAY_S)
        shape = gestures.plateau(t, start, smile.hold * random.uniform(0.95, 1.1), 0.34, 0.6)
        answered = np.maximum(answered, smile.height * shape)
        if start < t[-1] - 0.5:
            starts.append(start)
    return answered * gain * (1.0 - 0.55 * speaking), starts


def _brow_flashes(
    random: np.random.Generator,
    groups: dict[str, np.ndarray],
    t: np.ndarray,
    voice: Voice,
    partner: Voice,
    cues: PlayerCues,
    accents: list[prosody.Accent],
    speaking: np.ndarray,
    how: Manner,
) -> list[float]:
    """Raises brows and lids in `groups`; the times at which they begin to rise."""

    def at(time: float) -> float:
        return float(speaking[min(max(int(time * FRAME_RATE), 0), len(t) - 1)])

    wanted: list[tuple[float, float, bool]] = []  # start, height, shared surprise
    for time in cues.surprises:
        start = time + random.uniform(*SURPRISE_DELAY_S)
        wanted.append((start, 0.9 - 0.45 * at(start), True))
    for time in partner.question_ends:
        start = time + random.uniform(*QUESTION_DELAY_S)
        if random.random() < QUESTION_CHANCE and at(start) < 0.5:
            wanted.append((start, 0.6, False))
    if voice.turn_starts:
        wanted.append((voice.turn_starts[0] + random.uniform(0.0, 0.1), 0.6, False))
    chance = min(0.8, ACCENT_CHANCE * how.flashes)
    for accent in accents:
        if random.random() < chance * (1.0 if accent.strongest else 0.3):
            wanted.append((accent.time - 0.15, 0.45 * accent.strength, False))
    raised = np.zeros(len(t))
    times: list[float] = []
    for start, height, shared in sorted(wanted):
        if (times and start - times[-1] < 0.6) or not 0.0 <= start < t[-1] - 0.4:
            continue
        times.append(start)
        shape = gestures.startle(t, start) if shared else gestures.flash(t, start)
        raised = np.maximum(raised, height * how.brows * shape)
    # brows already up have less way to go
    for name, share in (("browInnerUp", 0.75), ("browOuterUp", 0.8), ("eyeWide", 0.4)):
        groups[name] = groups[name] + share * raised * (1.0 - groups[name])
    return times


def _speak(groups: dict[str, np.ndarray], voice: Voice) -> None:
    """Lays the speaking mouth over the expression. Closed lips stay closed under any expression."""
    mouth, closure = voice.mouth(), voice.closure()
    pucker = mouth[:, MOUTH_GROUPS.index("mouthPucker")]
    for name in ("mouthSmile", "mouthStretch", "mouthDimple", "mouthFrown"):
        if name in groups:
            groups[name] = groups[name] * (1.0 - 0.5 * np.clip(pucker / 0.6, 0, 1))
    for name in ("mouthShrugUpper", "mouthShrugLower", "mouthUpperUp"):
        if name in groups:
            groups[name] = groups[name] * (1.0 - closure)
    for i, name in enumerate(MOUTH_GROUPS):
        groups[name] = groups.get(name, 0.0) + mouth[:, i]
