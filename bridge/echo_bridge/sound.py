"""Sound in the wire's form: PCM16, little-endian, interleaved."""

from __future__ import annotations

import numpy as np

from echo_runtime.errors import ProtocolError
from echo_runtime.signals import FloatArray


def to_pcm16(samples: FloatArray) -> bytes:
    """Samples in [-1, 1], (n,) or (n, channels), to bytes. Louder ones are clipped; NaN is refused."""
    samples = np.asarray(samples, np.float32)
    if not np.isfinite(samples).all():
        raise ProtocolError("The sound holds values that are not finite.")
    return np.round(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()


def from_pcm16(payload: bytes | memoryview, channels: int = 1) -> FloatArray:
    """Bytes to float32 samples in [-1, 1]: (n,), the mean of the channels."""
    samples = np.frombuffer(payload, "<i2").astype(np.float32) / 32767.0
    if channels > 1:
        samples = samples.reshape(-1, channels).mean(axis=1)
    return np.maximum(samples, -1.0)
