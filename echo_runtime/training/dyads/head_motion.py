"""How the NPC's head moves: posture, sway, nods, beats of speech, a little mimicry. Nothing above 5 Hz."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FloatArray
from echo_runtime.training.dyads import expression, gestures
from echo_runtime.training.dyads.manner import Manner
from echo_runtime.training.dyads.nods import NOD_RAD

BEAT_RAD = 0.05
"""Depth of the beat on the strongest accent of a clause."""
DECLINATION_RAD = 0.03
MIMICRY_DELAY_FRAMES = 15
"""The head's yaw and roll follow a little of the player's after 0.6 s (Chartrand & Bargh 1999)."""


def head_motion(
    random: np.random.Generator,
    felt: FloatArray,
    speaking: np.ndarray,
    nodding: np.ndarray,
    beating: np.ndarray,
    declining: np.ndarray,
    seen: FloatArray,
    manner: Manner,
) -> tuple[np.ndarray, np.ndarray]:
    """(T, 3) rotation in radians and (T, 3) translation in metres.

    `felt` (T, 10) affect; `speaking` (T,) in [0, 1]; `nodding` in units of NOD_RAD; `beating`, `declining` (T,) see
    prosody; `seen` (T, 3) rotation of the player. While the NPC listens its pitch moves little and slowly but for nods:
    a listener's nod stands out.
    """
    frames = len(felt)
    posture = gestures.smoothed(expression.posture(felt), 0.5) * (0.6 + 0.4 * manner.faces)
    before = np.concatenate([np.repeat(seen[:1], MIMICRY_DELAY_FRAMES, 0), seen])[:frames]
    before = gestures.smoothed(before - before.mean(0), 0.4)
    slow = [gestures.sway(random, frames, 6.0 / manner.speed) for _ in range(5)]
    slow_pitch = gestures.sway(random, frames, 10.0 / manner.speed)
    lively = [gestures.sway(random, frames, 1.8 / manner.speed) for _ in range(3)]
    much = manner.sway
    pitch = (
        0.016 * much * slow_pitch
        + much * speaking * (0.012 * slow[0] + 0.014 * lively[0])
        + (0.5 + 0.5 * much) * (BEAT_RAD * beating + DECLINATION_RAD * declining)
        + NOD_RAD * nodding
        + posture[:, 0]
    )
    yaw = much * (0.045 * slow[1] + 0.03 * lively[1] * speaking) + 0.15 * before[:, 1] + posture[:, 1]
    roll = much * (0.024 * slow[2] + 0.017 * lively[2] * speaking) + 0.2 * before[:, 2] + posture[:, 2]
    # the neck pivots below the head: turning moves it sideways, nodding lowers it
    x = 0.03 * yaw - 0.05 * roll + 0.003 * much * slow[3]
    y = -0.02 * np.abs(pitch) - 0.01 * pitch
    z = 0.02 * pitch + 0.004 * much * slow[4] + posture[:, 3]
    return np.stack([pitch, yaw, roll], 1), np.stack([x, y, z], 1)
