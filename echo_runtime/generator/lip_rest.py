"""Lips rest where nothing is said: breath, hiss and the room's tail are sound, but no speech.

What is 30 dB below the voice for a fifth of a second is taken for silence. The speech encoder reads breath as faint f
and h, and half-open lips in pauses look like a face that has stopped.
"""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import MELS_PER_FRAME, FloatArray

QUIET_DB, SILENT_DB = -27.0, -33.0
"""Levels below the voice between which lips come together more and more."""
NEAR_FRAMES = 2
"""Pictures before and after which must be as quiet: the closure of a t or k is no pause."""
FAINTEST_DB = 10.0
"""A voice is at least this loud, in dB of the log-mel's whole power: recorded speech peaks at 24 to 37, digital silence
is at −41."""
FORGETTING_DB = 0.06
"""By so much the level of the voice falls per picture in which nothing louder is heard: 1.5 dB a second."""
_DB = 10.0 / np.log(10.0)


def levels_db(mel: FloatArray) -> FloatArray:
    """Log-mel (4n, 80), natural logarithm of power → loudest level of each picture (n,), dB."""
    level: FloatArray = _DB * np.log(np.exp(mel.astype(np.float64)).sum(1))
    return level.reshape(-1, MELS_PER_FRAME).max(1).astype(np.float32)


def voice_level(before: float, levels: FloatArray) -> float:
    """The level of the voice, dB, after pictures of `levels` (n,); `before` them it was `before`."""
    for level in levels:
        before = max(before - FORGETTING_DB, float(level), FAINTEST_DB)
    return before


def resting(levels: FloatArray, voice_db: float) -> FloatArray:
    """levels (n + 2 · NEAR_FRAMES,) around n pictures → (n,): 1 where lips rest, 0 where something is said."""
    near = np.lib.stride_tricks.sliding_window_view(levels, 2 * NEAR_FRAMES + 1).max(1)
    share: FloatArray = np.clip((voice_db + QUIET_DB - near) / (QUIET_DB - SILENT_DB), 0.0, 1.0).astype(np.float32)
    return share
