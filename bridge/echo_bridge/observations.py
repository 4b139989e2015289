"""What an engine sends of the player, as the runtime's own signals."""

from __future__ import annotations

from echo_bridge.commands import PlayerAudio, PlayerFace
from echo_bridge.curves import from_payload
from echo_bridge.pose import euler
from echo_bridge.sound import from_pcm16
from echo_runtime.signals import CurvesObservation, FloatArray


def curves_observation(message: PlayerFace, payload: bytes, received_us: int) -> CurvesObservation:
    """The player's face from a `player_face`, in the curve set that it came in. Raises ProtocolError."""
    return CurvesObservation(
        message.pts or received_us,
        message.curves,
        from_payload(payload),
        euler(message.head),
        tuple(message.position),
        tuple(message.gaze),
        message.validity,
        dict(message.regions),
        message.source,
    )


def sound(message: PlayerAudio, payload: bytes, received_us: int) -> tuple[int, FloatArray, int]:
    """(capture time of the first sample in microseconds, mono samples (n,) in [-1, 1], rate) of a `player_audio`."""
    samples = from_pcm16(payload, message.channels)
    start = message.pts or received_us - len(samples) * 1_000_000 // message.rate
    return start, samples, message.rate
