"""The player's face in one scene: the motion of dyads, and upon it what only long dialogues have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echo_runtime.context.affect import EMOTIONS, affect_vector
from echo_runtime.signals import FRAME_RATE, GAZE, MOTION_INDEX, ROTATION, FloatArray
from echo_runtime.training.dyads import expression, gestures
from echo_runtime.training.dyads.listener import Smile
from echo_runtime.training.dyads.player import DECAY_S, Script, player_motion
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.long_dialogues.behaviour import Deeds, Span
from echo_runtime.training.long_dialogues.laughter import bouncing
from echo_runtime.training.long_dialogues.placing import Said

THROWN_BACK_RAD = 0.2
"""The head in mocking laughter, upwards."""
GONE_CHANCE, GONE_S = 0.1, (30.0, 180.0)
"""Of a player who leaves the camera's view in the dialogue, and for how long."""
_SMILING = ("mouthSmile", "cheekSquint", "mouthDimple")


def moved(deeds: Deeds, by_s: float) -> Deeds:
    """The same deeds `by_s` seconds later; what is remembered of them stays where it is."""

    def spans(those: Sequence[Span]) -> tuple[Span, ...]:
        return tuple(Span(s.start + by_s, s.end + by_s, s.size) for s in those)

    def smiles(those: Sequence[Smile]) -> tuple[Smile, ...]:
        return tuple(Smile(s.start + by_s, s.hold, s.height) for s in those)

    return Deeds(
        smiles(deeds.smiles),
        tuple(n + by_s for n in deeds.nods),
        tuple(s + by_s for s in deeds.surprises),
        spans(deeds.glances),
        spans(deeds.turned),
        spans(deeds.laughs),
        spans(deeds.mocking),
        spans(deeds.compassion),
        smiles(deeds.offered),
    )


def player_scene(
    random: np.random.Generator,
    voice: Voice,
    npc: Voice,
    deeds: Deeds,
    told: Sequence[Said],
    start: float,
    shown: float,
) -> FloatArray:
    """(T, 60) of a scene whose time begins at `start` seconds of the dialogue; `deeds` already in the scene's time.

    `told`: the player's lines; their feelings show on the face as far as `shown`, but for the smile of a happy one,
    which is among the deeds.
    """
    motion = player_motion(random, voice, npc, Script(list(deeds.smiles), list(deeds.surprises), list(deeds.nods)))
    t = np.arange(len(motion)) / FRAME_RATE
    groups: dict[str, np.ndarray] = {}

    def add(name: str, values: np.ndarray) -> None:
        groups[name] = groups.get(name, np.zeros(len(t))) + values

    quiet = 1.0 - 0.4 * gestures.smoothed(voice.activity(FRAME_RATE), 0.12)
    felt = np.zeros((len(t), len(affect_vector())), np.float32)
    for said in told:
        if said.line.emotion != "neutral":
            one = gestures.plateau(t, said.start - start, said.utterance.duration + 0.4, 0.4, 0.9)
            vector = affect_vector(said.line.emotion)
            column = EMOTIONS.index(said.line.emotion)
            felt[:, column] = np.maximum(felt[:, column], one * vector[column])
    felt[:, 1 : len(EMOTIONS)] /= np.maximum(felt[:, 1 : len(EMOTIONS)].sum(1, keepdims=True), 1.0)
    for name in {name for face in expression.FACES.values() for name in face}:
        if name not in _SMILING:
            part = expression.mixed(expression.FACES, name, felt)
            add(name, 0.8 * shown * part * (quiet if name.startswith("mouth") else 1.0))
    for laugh in (*deeds.laughs, *deeds.mocking):
        whole = gestures.plateau(t, laugh.start, max(laugh.end - laugh.start - 0.6, 0.1), 0.2, 0.5)
        pulse = bouncing(t, laugh.start, laugh.end)
        for name, size in (("mouthSmile", 0.9), ("cheekSquint", 0.75), ("eyeSquint", 0.4), ("mouthUpperUp", 0.15)):
            add(name, size * whole)
        add("jawOpen", 0.12 * whole + 0.16 * pulse)
        motion[:, ROTATION.start] += 0.03 * pulse
    for laugh in deeds.mocking:
        back = gestures.plateau(t, laugh.start, max(laugh.end - laugh.start - 0.8, 0.1), 0.3, 0.5)
        motion[:, ROTATION.start] -= THROWN_BACK_RAD * back
    for care in deeds.compassion:
        whole = gestures.plateau(t, care.start, max(care.end - care.start - 0.8, 0.1), 0.5, 0.6)
        add("browInnerUp", 0.55 * whole)
        add("mouthFrown", 0.1 * whole)
        motion[:, ROTATION.start + 2] += 0.12 * care.size * whole
    asymmetry: dict[str, float] = {}
    motion[:, :52] = np.clip(motion[:, :52] + expression.left_and_right(groups, asymmetry, len(t)), 0.0, 1.0)
    for glance in deeds.glances:
        away = gestures.plateau(t, glance.start, max(glance.end - glance.start - 0.3, 0.1), 0.15, 0.15)
        _turn(motion, away, 0.35 * glance.size, 0.65 * glance.size)
    for turn in deeds.turned:
        away = gestures.plateau(t, turn.start, max(turn.end - turn.start - 0.9, 0.1), 0.45, 0.45)
        _turn(motion, away, turn.size, 0.4 * turn.size)
        motion[:, ROTATION.start] += 0.1 * away
    motion[:, GAZE] = np.clip(motion[:, GAZE], -0.6, 0.6)
    assert set(groups) <= {name.removesuffix("Left").removesuffix("Right") for name in MOTION_INDEX}
    return motion


def _turn(motion: FloatArray, share: np.ndarray, head: float, eyes: float) -> None:
    """Turns head and eyes by so many radians of yaw; what the eyes did before fades out meanwhile."""
    motion[:, ROTATION.start + 1] += head * share
    motion[:, GAZE.start] = motion[:, GAZE.start] * (1.0 - share) + eyes * share


def gone_for_a_while(random: np.random.Generator, face: FloatArray) -> FloatArray:
    """(T, 61) tracked, in one of ten dialogues without a face for half a minute to three; decaying as in `tracked`."""
    chance, start, length = random.random(), random.random(), random.uniform(*GONE_S)
    if chance >= GONE_CHANCE:
        return face
    first = max(1, int(start * len(face)))
    last = min(len(face), first + int(length * FRAME_RATE))
    out = face.copy()
    after = np.arange(1, last - first + 1) / FRAME_RATE
    out[first:last, :-1] = face[first - 1, :-1] * np.exp(-after / DECAY_S)[:, None]
    out[first:last, -1] = 0.0
    return out
