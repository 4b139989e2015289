"""Lips meet on p, b and m. A flow that minimises squared error leaves them a little open where it is not sure of the
moment; the speech encoder has a head that is trained for nothing else: where that is sure, lips are led together.
"""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import MOTION_INDEX, FloatArray

DOUBTFUL, SURE = 0.12, 0.32
"""Probabilities of closure between which the lips are led further and further. On held-out conversations, against
0.35 and 0.6: p, b and m closed .933 → .97, open vowels open .929 → .906; jaw and rounding are the same."""
SNEER_LIFT = 0.15
"""A full sneer lifts the upper lip by as much as this change of mouthClose brings it down (seen on drawn heads: with
sneers of 0.4 and 0.7 lips part at mouthClose = jawOpen, and meet with this much more)."""
_JAW, _CLOSE = MOTION_INDEX["jawOpen"], MOTION_INDEX["mouthClose"]
_SNEER = [MOTION_INDEX["noseSneerLeft"], MOTION_INDEX["noseSneerRight"]]
_PARTING = tuple(
    MOTION_INDEX[n] for n in ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
                              "mouthFunnel")
)  # fmt: skip


def closed_on_plosives(motion: FloatArray, closure: FloatArray) -> FloatArray:
    """motion (n, 60), closure (n,) probability → the motion with lips together where closure is sure."""
    return lips_together(motion, np.clip((closure - DOUBTFUL) / (SURE - DOUBTFUL), 0.0, 1.0).astype(np.float32))


def lips_together(motion: FloatArray, share: FloatArray) -> FloatArray:
    """motion (n, 60) → the motion with lips as far together as `share` (n,) in [0, 1] says.

    ARKit's mouthClose undoes what jawOpen parts, so lips are closed when both are equal; a sneer lifts the upper lip
    besides and takes a little more; what else parts them is eased. The jaw stays: it is read well, and lowering it cost
    correlation.
    """
    out = motion.copy()
    parted = motion[:, _JAW] + SNEER_LIFT * motion[:, _SNEER].mean(1).clip(0.0)
    out[:, _CLOSE] = np.maximum(motion[:, _CLOSE], share * parted)
    for index in _PARTING:
        out[:, index] *= 1.0 - 0.8 * share
    return out
