"""What an engine sends of the player, as the runtime's own signals."""

from __future__ import annotations

import numpy as np

from echo_bridge.commands import PlayerAudio, PlayerFace
from echo_bridge.curves import from_payload
from echo_bridge.headset_curves import HEADSET_SETS, to_arkit
from echo_bridge.pose import euler
from echo_bridge.sound import from_pcm16
from echo_runtime.signals import (
    COEFFICIENTS,
    GAZE,
    MOTION_DIM,
    ROTATION,
    TRANSLATION,
    FaceObservation,
    FloatArray,
)


def face_observation(message: PlayerFace, payload: bytes, received_us: int) -> FaceObservation:
    """The player's face from a `player_face` in any known curve set, as ARKit coefficients cut to [0, 1]."""
    motion = np.zeros(MOTION_DIM, np.float32)
    values = np.clip(from_payload(payload), 0.0, 1.0)
    motion[COEFFICIENTS] = to_arkit(message.curves, values) if message.curves in HEADSET_SETS else values
    motion[ROTATION] = euler(message.head)
    motion[TRANSLATION] = message.position
    motion[GAZE] = message.gaze
    return FaceObservation(message.pts or received_us, motion, message.validity, message.source)


def sound(message: PlayerAudio, payload: bytes, received_us: int) -> tuple[int, FloatArray, int]:
    """(capture time of the first sample in microseconds, mono samples (n,) in [-1, 1], rate) of a `player_audio`."""
    samples = from_pcm16(payload, message.channels)
    start = message.pts or received_us - len(samples) * 1_000_000 // message.rate
    return start, samples, message.rate
