"""Where the NPC looks: at the player while listening, away when it begins to speak or thinks before an answer."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FRAME_RATE
from echo_runtime.training.dyads import gestures
from echo_runtime.training.dyads.manner import Manner
from echo_runtime.training.dyads.turns import Voice

LISTENING_SPREAD, SPEAKING_SPREAD = (0.035, 0.025), (0.09, 0.05)
"""Deviations of fixations in yaw and pitch, radians; listeners look at their partner (Argyle & Cook 1976)."""
AVERSION_CHANCE, AVERSION_S = 0.85, (0.4, 0.9)
"""Of looking away when beginning to speak (Kendon 1967), and for how long."""
THINKING_CHANCE, THINKING_S = 0.7, (0.25, 0.45)
"""Of looking away, for a shorter time, in a gap of at least THINKING_GAP_S before the NPC's answer."""
THINKING_GAP_S = 0.6
VESTIBULO_OCULAR_GAIN = 0.75
SHOWN_RAD = 0.06
"""A jump of gaze of at least this is counted as a saccade."""


def aversions(random: np.random.Generator, voice: Voice, partner: Voice) -> list[tuple[float, float]]:
    """(start, end) in seconds of the NPC's looks away."""
    found = []
    ends = np.array(sorted(start + u.duration for start, u in partner.said))
    for start in voice.turn_starts:
        earlier = ends[ends <= start]
        gap = start - earlier[-1] if len(earlier) else 0.0
        if THINKING_GAP_S <= gap < 2.5 and random.random() < THINKING_CHANCE:
            begin = start - min(gap - 0.2, random.uniform(0.5, 0.8))
            found.append((begin, begin + random.uniform(*THINKING_S)))
        if random.random() < AVERSION_CHANCE:
            begin = start - random.uniform(0.0, 0.15)
            found.append((begin, begin + random.uniform(*AVERSION_S)))
    return found


def gaze_of(
    random: np.random.Generator,
    t: np.ndarray,
    speaking: np.ndarray,
    away: list[tuple[float, float]],
    rotation: np.ndarray,
    manner: Manner,
) -> tuple[np.ndarray, list[float]]:
    """(T, 2) yaw and pitch in radians relative to the head, and the times of saccades of at least SHOWN_RAD.

    `speaking` (T,) in [0, 1]; `away`: see `aversions`; `rotation` (T, 3) of the head, against which the eyes turn.
    """
    fixed, _ = gestures.saccades(random, t, LISTENING_SPREAD, 1.0 / manner.saccades)
    wandering, _ = gestures.saccades(random, t, SPEAKING_SPREAD, 1.1 / manner.saccades)
    gaze = np.where(speaking[:, None] > 0.5, wandering, fixed)
    for begin, end in away:
        inside = (t >= begin) & (t < end)
        gaze[inside] = [random.choice([-1, 1]) * random.uniform(0.16, 0.32), random.uniform(-0.12, 0.14)]
    jumps = np.linalg.norm(np.diff(gaze, axis=0), axis=1)
    times = [float(k + 1) / FRAME_RATE for k in np.flatnonzero(jumps >= SHOWN_RAD)]
    # a saccade takes about 40 ms: one frame lies in between
    gaze[1:] = 0.65 * gaze[1:] + 0.35 * gaze[:-1]
    held = [
        gaze[:, 0] - VESTIBULO_OCULAR_GAIN * rotation[:, 1],
        gaze[:, 1] + VESTIBULO_OCULAR_GAIN * rotation[:, 0],
    ]
    return np.clip(np.stack(held, 1), -0.6, 0.6), times
