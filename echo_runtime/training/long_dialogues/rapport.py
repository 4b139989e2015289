"""How what the player did minutes ago bears on the NPC's face now: the truth that a long behavioural memory must learn.

Three slow states x_k (warmth, attention, tension) are leaky sums of evidence, squashed:

    x_k(t) = tanh( Σ_i w_k(kind_i) · amount_i · exp(−(t − t_i) / τ_k) ),   t_i ≤ t,   τ = 240, 150, 200 s

with the weights of WEIGHTS. They raise the corners of the mouth, open or lower the brows, and change how often the NPC
nods and looks away (`slow_face`, `nod_share`, `glance_rate`) and how broadly it smiles of its own accord.

Marks are single: laughed at in a mishap, left alone in a sad moment, or comforted. When such a situation comes back,
the NPC is guarded by

    g(t) = clip( Σ_j m_j · exp(−(t − t_j) / 600 s), −1, 1 ),   over the marks j of that situation,
    m = 1 for a hurt and −0.7 for comfort

and shows it while the situation lasts (`guarded_face`, `withheld`). Immediate reactions to the player are as in dyads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from echo_runtime.signals import FRAME_RATE
from echo_runtime.training.dyads import gestures

SLOW_STATES = ("warmth", "attention", "tension")
TIME_S = (240.0, 150.0, 200.0)
WEIGHTS: dict[str, tuple[float, float, float]] = {
    "smile_returned": (0.14, 0.01, -0.02),
    "smile_ignored": (-0.14, -0.01, 0.0),
    "smiled": (0.05, 0.0, -0.01),
    "nod": (0.01, 0.07, 0.0),
    "glance": (0.0, -0.11, 0.0),
    "laughed_along": (0.25, 0.05, -0.1),
    "mocked": (-0.35, 0.0, 0.4),
    "comforted": (0.3, 0.2, -0.15),
    "turned_away": (-0.25, -0.4, 0.05),
    "raised_voice": (-0.08, 0.0, 0.2),
    "interrupted": (-0.03, -0.06, 0.12),
}
"""Per piece of evidence, on warmth, attention, tension; of a glance per second of it."""
FACE_KINDS = ("smile_returned", "smile_ignored", "smiled", "nod", "glance", "laughed_along", "comforted", "turned_away")
"""Evidence that counts only if the player's face was seen."""
GUARD_S = 600.0
MARKS: dict[str, float] = {"mocked": 1.0, "turned_away": 1.0, "comforted": -0.7}
ONSET_S = 0.6
"""How softly the guarded face comes and goes."""
FULL_RATE = 7.0
"""Looks away per minute of listening to somebody who pays no attention."""


@dataclass(frozen=True)
class Evidence:
    """Something the player did, over at `time` seconds; `kind` of WEIGHTS."""

    time: float
    kind: str
    amount: float = 1.0


@dataclass(frozen=True)
class Mark:
    """A single behaviour of MARKS in a `situation`, over at `time` seconds."""

    time: float
    situation: str
    kind: str


def rapport_course(evidence: Iterable[Evidence], frames: int) -> np.ndarray:
    """(T, 3) SLOW_STATES in (−1, 1)."""
    pushes = np.zeros((frames, len(SLOW_STATES)))
    for e in evidence:
        at = int(np.ceil(e.time * FRAME_RATE))
        if 0 <= at < frames:
            pushes[at] += np.array(WEIGHTS[e.kind]) * e.amount
    out = np.zeros_like(pushes)
    for k, seconds in enumerate(TIME_S):
        out[:, k] = lfilter([1.0], [1.0, -np.exp(-1.0 / (seconds * FRAME_RATE))], pushes[:, k])
    return np.tanh(out)


def slow_face(rapport: np.ndarray) -> dict[str, np.ndarray]:
    """Group → (T,), what the slow states add to the NPC's face."""
    warm, attention, tension = rapport.T
    kind, cool = np.clip(warm, 0, None), np.clip(-warm, 0, None)
    tense = np.clip(tension, 0, None)
    return {
        "mouthSmile": 0.26 * kind,
        "cheekSquint": 0.16 * kind,
        "mouthFrown": 0.2 * cool,
        "mouthPress": 0.14 * cool + 0.16 * tense,
        "browDown": 0.12 * cool + 0.36 * tense,
        "browInnerUp": 0.16 * np.clip(attention, 0, None),
        "browOuterUp": 0.16 * np.clip(attention, 0, None),
        "eyeSquint": 0.08 * kind + 0.12 * tense,
    }


def nod_share(rapport: np.ndarray) -> np.ndarray:
    """(T,) how many of the nods of a listener as in dyads this one makes: fewer for a player who does not listen."""
    return np.clip(0.8 + 0.6 * rapport[:, 1], 0.15, 1.0)


def glance_rate(rapport: np.ndarray) -> np.ndarray:
    """(T,) further looks away per minute while the NPC listens."""
    return np.clip(0.4 * FULL_RATE * (0.7 - 1.6 * rapport[:, 1]), 0.0, FULL_RATE)


def guard(marks: Sequence[Mark], situation: str, time: float) -> float:
    """g in [−1, 1] of the situation that begins at `time` seconds."""
    earlier = [m for m in marks if m.situation == situation and m.time < time]
    return float(np.clip(sum(MARKS[m.kind] * np.exp(-(time - m.time) / GUARD_S) for m in earlier), -1.0, 1.0))


def window(frames: int, start: float, end: float) -> np.ndarray:
    """(T,) 1 between the seconds, with soft edges."""
    t = np.arange(frames) / FRAME_RATE
    return gestures.plateau(t, start, max(end - start - ONSET_S, 0.0), ONSET_S, ONSET_S)


def guarded_face(situation: str, g: float) -> dict[str, float]:
    """Group → what is added to the NPC's face while the situation lasts."""
    hurt, trust = max(g, 0.0), max(-g, 0.0)
    if situation == "mishap":
        return {
            "browDown": 0.45 * hurt, "mouthPress": 0.5 * hurt, "mouthFrown": 0.25 * hurt, "eyeSquint": 0.15 * hurt,
            "mouthSmile": 0.4 * trust, "cheekSquint": 0.25 * trust,
        }  # fmt: skip
    return {
        "mouthPress": 0.5 * hurt, "browDown": 0.3 * hurt, "eyeBlink": 0.12 * hurt,
        "browInnerUp": 0.3 * trust, "mouthSmile": 0.25 * trust,
    }  # fmt: skip


def withheld(situation: str, g: float) -> float:
    """Share of the affect that the NPC does not show: hurt, it hides its sadness, and its surprise at a mishap."""
    return 0.7 * max(g, 0.0) if situation == "sad" else 0.5 * max(g, 0.0)
