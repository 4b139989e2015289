"""c_emo: the NPC's affect as a vector that conditions the generator.

Ten numbers: a distribution over eight emotions (intensity moves weight from neutral to the named one),
then valence and arousal in [-1, 1] (circumplex of Russell 1980; the coordinates per emotion are rounded from it).
"""

from __future__ import annotations

import numpy as np

from echo_runtime.errors import UsageError
from echo_runtime.signals import FloatArray

EMOTIONS = ("neutral", "happy", "sad", "angry", "surprised", "afraid", "disgusted", "tender")
AFFECT_DIM = len(EMOTIONS) + 2
VALENCE_AROUSAL = {
    "neutral": (0.0, 0.0), "happy": (0.8, 0.5), "sad": (-0.7, -0.4), "angry": (-0.6, 0.7),
    "surprised": (0.2, 0.8), "afraid": (-0.6, 0.6), "disgusted": (-0.6, 0.2), "tender": (0.6, -0.2),
}  # fmt: skip
_TABLE = np.array([VALENCE_AROUSAL[name] for name in EMOTIONS], np.float32)


def affect_vector(emotion: str = "neutral", intensity: float = 1.0) -> FloatArray:
    """(10,) c_emo of one named emotion at an intensity in [0, 1]."""
    if emotion not in EMOTIONS:
        raise UsageError(f"There is no emotion {emotion!r}; the known ones are {', '.join(EMOTIONS)}.")
    if not 0.0 <= intensity <= 1.0:
        raise UsageError(f"An emotion's intensity is between 0 and 1, not {intensity!r}.")
    out = np.zeros(AFFECT_DIM, np.float32)
    out[0] = 1.0 - intensity
    out[EMOTIONS.index(emotion)] += intensity
    out[len(EMOTIONS) :] = np.array(VALENCE_AROUSAL[emotion]) * intensity
    return out


def affect_of(distribution: FloatArray) -> FloatArray:
    """(10,) c_emo of a distribution (8,) over EMOTIONS: valence and arousal are the means of the emotions' own."""
    return np.concatenate([distribution, distribution @ _TABLE]).astype(np.float32)
