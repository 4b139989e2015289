"""The player: a face as a tracker reports it, and a voice as a microphone hears it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.generator.speech_encoder import MOUTH_GROUPS
from echo_runtime.signals import (
    COEFFICIENTS,
    FACE_DIM,
    FRAME_RATE,
    GAZE,
    MOTION_DIM,
    ROTATION,
    TRANSLATION,
    FloatArray,
    gaze_coefficients,
)
from echo_runtime.training.dyads import expression, gestures
from echo_runtime.training.dyads.listener import PlayerCues, Smile
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.speech.augmentation import augment_sound, noise

DECAY_S = 0.3
"""Time constant with which a lost face goes to neutral."""
SEEN_FRAMES = 12
"""What must have been seen of a smile or surprise to answer it."""


@dataclass(frozen=True)
class Script:
    """What the player does besides speaking; times in seconds."""

    smiles: list[Smile]
    surprises: list[float]
    nods: list[float]


def write_script(random: np.random.Generator, seconds: float, npc: Voice) -> Script:
    """Smiles every few seconds, a surprise now and then, nods at the NPC's clause ends."""
    smiles: list[Smile] = []
    now = random.uniform(0.5, 5.0)
    every = random.uniform(2.0, 6.0)
    while now < seconds - 0.6:
        hold = random.uniform(0.5, 2.2)
        smiles.append(Smile(now, hold, random.uniform(0.4, 1.0)))
        now += hold + 1.2 + random.exponential(every)
    surprises = []
    now = random.uniform(1.0, 8.0)
    while now < seconds - 1.0:
        surprises.append(now)
        now += 2.5 + random.exponential(6.0)
    nods = [end + random.uniform(0.15, 0.5) for end in npc.clause_ends() if random.random() < 0.5]
    return Script(smiles, surprises, [n for n in nods if n < seconds - 0.7])


def player_motion(random: np.random.Generator, voice: Voice, npc: Voice, script: Script) -> FloatArray:
    """(T, 60): the player's true motion, before any tracker."""
    frames = round(voice.seconds * FRAME_RATE)
    t = np.arange(frames) / FRAME_RATE
    smile, surprise, nods, lids = (np.zeros(frames) for _ in range(4))
    for s in script.smiles:
        smile = np.maximum(smile, s.height * gestures.plateau(t, s.start, s.hold, 0.3, 0.5))
    for time in script.surprises:
        surprise = np.maximum(surprise, gestures.startle(t, time))
    for time in script.nods:
        nods += gestures.nod(t, time) + 0.6 * gestures.nod(t, time + 0.45)
    for time in gestures.blink_times(random, voice.seconds, random.uniform(0.15, 0.4), npc.clause_ends()):
        lids = np.maximum(lids, gestures.blink(t, time))
    mouth = voice.mouth() * random.uniform(0.75, 1.15)
    pucker = mouth[:, MOUTH_GROUPS.index("mouthPucker")]
    smile = smile * (1.0 - 0.4 * np.clip(pucker / 0.6, 0, 1))
    groups = {
        "mouthSmile": smile,
        "cheekSquint": 0.6 * smile,
        "mouthDimple": 0.2 * smile,
        "browInnerUp": 0.7 * surprise + 0.04 * np.clip(gestures.sway(random, frames, 4.0), 0, None),
        "browOuterUp": 0.7 * surprise,
        "eyeWide": 0.5 * surprise * (1 - lids),
        "eyeBlink": lids,
        "browDown": 0.06 * np.clip(gestures.sway(random, frames, 9.0), 0, None),
    }
    for i, name in enumerate(MOUTH_GROUPS):
        groups[name] = groups.get(name, 0.0) + mouth[:, i]
    groups["jawOpen"] = groups["jawOpen"] + 0.12 * surprise
    motion = np.zeros((frames, MOTION_DIM), np.float32)
    motion[:, COEFFICIENTS] = expression.left_and_right(groups, expression.character_asymmetry(random, 0.1), frames)
    lively = 0.4 + voice.activity(FRAME_RATE)
    lively = gestures.smoothed(lively, 0.3)
    tilt = random.normal(0, [0.08, 0.08, 0.04])  # where the camera stands
    size = [0.05, 0.07, 0.035]
    rotation = np.stack(
        [
            tilt[i] + size[i] * (gestures.sway(random, frames, 5.0) + 0.6 * lively * gestures.sway(random, frames, 1.6))
            for i in range(3)
        ],
        1,
    )
    rotation[:, 0] += 0.12 * nods
    motion[:, ROTATION] = rotation
    motion[:, TRANSLATION] = np.stack([0.015 * gestures.sway(random, frames, 6.0) for _ in range(3)], 1)
    gaze, _ = gestures.saccades(random, t, (0.08, 0.05), 0.9)
    gaze[:, 0] -= 0.8 * rotation[:, 1]
    gaze[:, 1] += 0.8 * rotation[:, 0]
    motion[:, GAZE] = np.clip(gaze, -0.6, 0.6)
    return motion


def tracked(random: np.random.Generator, motion: FloatArray) -> FloatArray:
    """(T, 60) → (T, 61) as a tracker would report it: offset and gain per channel, noise, lag-free; lost for 0.5–3 s
    about once a minute, then decaying to neutral with validity 0."""
    frames = len(motion)
    face = motion.copy()
    if random.random() < 0.5:
        # some trackers report eyeLook coefficients beside gaze, some do not
        face[:, COEFFICIENTS] += gaze_coefficients(face[:, GAZE])
    face[:, COEFFICIENTS] = face[:, COEFFICIENTS] * random.uniform(0.75, 1.15, 52) + random.normal(0.01, 0.03, 52)
    jitter = random.uniform(0.003, 0.02)
    coloured = 0.5 * random.normal(size=face.shape) + 0.5 * gestures.smoothed(random.normal(size=face.shape), 0.06) * 2
    scale = np.ones(MOTION_DIM) * jitter
    scale[ROTATION], scale[TRANSLATION], scale[GAZE] = jitter * 0.5, jitter * 0.15, jitter * 1.5
    face = face + coloured * scale
    face[:, COEFFICIENTS] = np.clip(face[:, COEFFICIENTS], 0, 1)
    validity = np.ones(frames)
    for _ in range(random.poisson(frames / FRAME_RATE / 60.0)):
        first = int(random.integers(0, frames))
        validity[first : first + int(random.uniform(0.5, 3.0) * FRAME_RATE)] = 0.0
    decay = np.exp(-1.0 / (DECAY_S * FRAME_RATE))
    last = np.zeros(MOTION_DIM)
    for k in range(frames):
        if validity[k] == 0.0:
            face[k] = last * decay
        last = face[k]
    out = np.zeros((frames, FACE_DIM), np.float32)
    out[:, :MOTION_DIM], out[:, MOTION_DIM] = face, validity
    return out


def heard(random: np.random.Generator, voice: Voice) -> FloatArray:
    """(16000 · seconds,): the player's voice through a room and a microphone, with noise in the pauses too."""
    clean = voice.sound(1.0)
    if not clean.any():
        return (1e-3 * random.normal(size=len(clean))).astype(np.float32)
    sound = augment_sound(clean, random)
    return noise(sound, random, (18.0, 45.0)) if random.random() < 0.8 else sound


def cues_of(script: Script, face: FloatArray) -> PlayerCues:
    """What the NPC can react to: what happened while the tracker had the face. `face` (T, 61) as tracked."""
    seen = face[:, MOTION_DIM]

    def shown(start: float) -> bool:
        first = int(start * FRAME_RATE)
        return bool(seen[first : first + SEEN_FRAMES].mean() > 0.7) if first < len(seen) else False

    smiles = [s for s in script.smiles if shown(s.start)]
    return PlayerCues(smiles, [time for time in script.surprises if shown(time)], face[:, ROTATION])
