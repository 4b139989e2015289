"""How the NPC behaves: the truth that the motion generator learns.

Listening and speaking, the NPC
- nods 0.2–0.5 s after most clause ends of the partner, and in backchannels every few seconds of a long turn
  (Dittmann & Llewellyn 1968); one nod or two, the second smaller;
- gives a smile back 0.3–0.8 s after the player's begins; how much depends on the affect (`expression.MIRRORING`):
  a happy NPC nearly all of it, an angry one almost none; while it speaks, less;
- raises its brows 0.2–0.4 s after the player shows surprise;
- looks away for 0.4–0.9 s when it begins to speak (Kendon 1967), and back; while listening it keeps its gaze on the
  player; saccades between; the eyes stay on the player when the head turns;
- blinks as a Poisson process plus at ends of clauses, its own and the partner's, about 0.3 per second together;
- sways its head smoothly, more when it speaks; lets its pitch follow the loudness of its own voice, and its yaw and
  roll a little the player's head, 0.6 s later;
- raises its brows on its own loud syllables;
- wears the face and posture of its affect, the mouth of it at 60 % while it speaks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.generator.speech_encoder import MOUTH_GROUPS
from echo_runtime.signals import COEFFICIENTS, FRAME_RATE, GAZE, MOTION_DIM, ROTATION, TRANSLATION, FloatArray
from echo_runtime.training.dyads import expression, gestures
from echo_runtime.training.dyads.turns import Voice

SMILE_DELAY_S = (0.3, 0.8)
SURPRISE_DELAY_S = (0.2, 0.4)
NOD_DELAY_S = (0.2, 0.5)
BLINK_RATE = 0.19
"""Poisson blinks per second, before those at clause ends."""
NOD_RAD = 0.11
_MIMICRY_FRAMES = 15


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


def loudness(sound: FloatArray, frames: int) -> np.ndarray:
    """(T,) smooth loudness in about [0, 1.2], 1 at a loud syllable."""
    energy = (sound[: frames * 640].reshape(frames, 640) ** 2).mean(1)
    level = gestures.smoothed(np.sqrt(energy), 0.06)
    loud = np.percentile(level[level > 1e-4], 85) if (level > 1e-4).any() else 1.0
    return np.clip(level / loud, 0.0, 1.2)


def npc_motion(
    random: np.random.Generator,
    voice: Voice,
    partner: Voice,
    cues: PlayerCues,
    affect: FloatArray,
) -> tuple[FloatArray, dict[str, list[float]]]:
    """(T, 60) of the NPC, and the times of its blinks, nods and smile answers."""
    frames = len(affect)
    t = np.arange(frames) / FRAME_RATE
    speaking = gestures.smoothed(voice.activity(FRAME_RATE), 0.12)
    listening = 1.0 - speaking
    felt = gestures.smoothed(affect, 0.45)  # faces change slower than words
    loud = loudness(voice.sound(1.0), frames) * speaking
    seconds = frames / FRAME_RATE

    groups = expression.faces(felt)
    breath = 1.0 + 0.12 * gestures.sway(random, frames, 7.0)
    mouth_share = 1.0 - 0.4 * speaking
    for name, values in groups.items():
        groups[name] = values * np.clip(breath, 0.6, 1.4) * (mouth_share if name.startswith("mouth") else 1.0)

    def add(name: str, values: np.ndarray) -> None:
        groups[name] = groups.get(name, np.zeros(frames)) + values

    # smiles given back
    answers = []
    answered = np.zeros(frames)
    gain = expression.mirroring(felt)
    for smile in cues.smiles:
        start = smile.start + random.uniform(*SMILE_DELAY_S)
        shape = gestures.plateau(t, start, smile.hold * random.uniform(0.85, 1.15), 0.36, 0.7)
        answered = np.maximum(answered, smile.height * shape)
        if start < seconds - 0.5:
            answers.append(start)
    answered = answered * gain * (listening + 0.45 * speaking)
    add("mouthSmile", answered)
    add("cheekSquint", 0.6 * answered)
    add("mouthDimple", 0.15 * answered)
    add("eyeSquint", 0.12 * answered)

    # surprise shared
    raised = np.zeros(frames)
    for time in cues.surprises:
        raised = np.maximum(raised, gestures.startle(t, time + random.uniform(*SURPRISE_DELAY_S)))
    raised = raised * (0.9 * listening + 0.4 * speaking)
    accent = np.clip(loud - 0.6, 0, 1)
    # brows already up have less way to go
    for name, share in (("browInnerUp", 0.7), ("browOuterUp", 0.8), ("eyeWide", 0.5)):
        up = share * raised + (0.25 * accent if name != "eyeWide" else 0.0)
        add(name, up * (1.0 - groups.get(name, np.zeros(frames))))

    nod_times, nods = _nods(random, t, partner, listening)
    prompts = voice.clause_ends() + partner.clause_ends()
    blink_times = gestures.blink_times(random, seconds, BLINK_RATE, prompts)
    lids = np.zeros(frames)
    for time in blink_times:
        lids = np.maximum(lids, gestures.blink(t, time))
    groups["eyeBlink"] = np.maximum(groups.get("eyeBlink", 0.0), lids)
    groups["eyeWide"] = groups["eyeWide"] * (1.0 - lids)

    _speak(groups, voice)
    motion = np.zeros((frames, MOTION_DIM), np.float32)
    asymmetry = expression.character_asymmetry(random)
    motion[:, COEFFICIENTS] = expression.left_and_right(groups, asymmetry, frames)
    rotation, translation = _head(random, frames, felt, speaking, loud, nods, cues)
    motion[:, ROTATION], motion[:, TRANSLATION] = rotation, translation
    motion[:, GAZE] = _gaze(random, t, voice, speaking, rotation)
    return motion, {"blink": blink_times, "nod": nod_times, "smile_answer": answers}


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


def _nods(
    random: np.random.Generator, t: np.ndarray, partner: Voice, listening: np.ndarray
) -> tuple[list[float], np.ndarray]:
    """Times, and (T,) pitch in units of one nod."""
    wanted = [end + random.uniform(*NOD_DELAY_S) for end in partner.clause_ends() if random.random() < 0.75]
    for start, utterance in partner.said:
        # a backchannel in the middle of what goes on for long
        if utterance.duration > 2.5 and random.random() < 0.4:
            wanted.append(start + random.uniform(0.45, 0.75) * utterance.duration)
    times: list[float] = []
    pitch = np.zeros(len(t))
    for time in sorted(wanted):
        if (times and time - times[-1] < 0.9) or time > t[-1] - 0.3:
            continue
        if listening[int(time * FRAME_RATE)] < 0.5:
            continue  # who speaks does not nod
        times.append(time)
        size = random.uniform(0.7, 1.2)
        pitch += size * gestures.nod(t, time)
        if random.random() < 0.35:
            pitch += 0.6 * size * gestures.nod(t, time + 0.5, 0.55)
    return times, pitch


def _head(
    random: np.random.Generator,
    frames: int,
    felt: FloatArray,
    speaking: np.ndarray,
    loud: np.ndarray,
    nods: np.ndarray,
    cues: PlayerCues,
) -> tuple[np.ndarray, np.ndarray]:
    """(T, 3) rotation in radians and (T, 3) translation in metres."""
    posture = gestures.smoothed(expression.posture(felt), 0.5)
    seen = np.concatenate([np.repeat(cues.rotation[:1], _MIMICRY_FRAMES, 0), cues.rotation])[:frames]
    seen = gestures.smoothed(seen - seen.mean(0), 0.4)
    slow = [gestures.sway(random, frames, 6.0) for _ in range(5)]
    lively = [gestures.sway(random, frames, 1.7) for _ in range(3)]
    accent = gestures.smoothed(loud, 0.12) - 0.45 * speaking
    pitch = 0.022 * slow[0] + 0.02 * lively[0] * speaking + 0.045 * accent + NOD_RAD * nods + posture[:, 0]
    yaw = 0.05 * slow[1] + 0.035 * lively[1] * speaking + 0.15 * seen[:, 1] + posture[:, 1]
    roll = 0.025 * slow[2] + 0.018 * lively[2] * speaking + 0.2 * seen[:, 2] + posture[:, 2]
    # the neck pivots below the head: turning moves it sideways, nodding lowers it
    x = 0.03 * yaw - 0.05 * roll + 0.003 * slow[3]
    y = -0.02 * np.abs(pitch) - 0.01 * pitch
    z = 0.02 * pitch + 0.004 * slow[4] + posture[:, 3]
    return np.stack([pitch, yaw, roll], 1), np.stack([x, y, z], 1)


def _gaze(
    random: np.random.Generator, t: np.ndarray, voice: Voice, speaking: np.ndarray, rotation: np.ndarray
) -> np.ndarray:
    """(T, 2) yaw and pitch in radians, relative to the head."""
    fixed = gestures.saccades(random, t, (0.035, 0.025), 1.0)
    wandering = gestures.saccades(random, t, (0.09, 0.05), 1.1)
    gaze = np.where(speaking[:, None] > 0.5, wandering, fixed)
    for start in voice.turn_starts:
        if random.random() < 0.8:
            begin = start - random.uniform(0.0, 0.3)
            away = (t >= begin) & (t < begin + random.uniform(0.4, 0.9))
            gaze[away] = [random.choice([-1, 1]) * random.uniform(0.16, 0.32), random.uniform(-0.12, 0.14)]
    # a saccade takes about 40 ms: one frame lies in between
    gaze[1:] = 0.65 * gaze[1:] + 0.35 * gaze[:-1]
    # eyes hold the player while the head moves (vestibulo-ocular reflex)
    held = np.stack([gaze[:, 0] - 0.75 * rotation[:, 1], gaze[:, 1] + 0.75 * rotation[:, 0]], 1)
    return np.clip(held, -0.6, 0.6)
