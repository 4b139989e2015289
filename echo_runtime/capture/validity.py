"""What becomes of a face that is not seen any more: its values return to neutral and its validity falls.

A viewer's face that vanished must neither freeze in a grimace nor jump; the perception masks it as validity falls.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from echo_runtime.signals import FRAME_US, FaceObservation

DECAY_S = 0.3
"""Time constant of the return to neutral."""
RECOVERY_S = 0.08
"""Time constant with which a face that is found again takes over."""
STALE_US = 250_000
"""A face is held this long without a new observation (a camera in the dark may give 5 pictures a second)."""


def decayed(last: FaceObservation, since_us: int | None = None, *, time_us: int) -> FaceObservation:
    """`last` as it stands at `time_us` when it has been lost since `since_us` (default: since its own time).

    Motion and validity are multiplied by exp(−elapsed / 0.3 s).
    """
    elapsed = max(time_us - (last.time_us if since_us is None else since_us), 0) / 1e6
    keep = math.exp(-elapsed / DECAY_S)
    motion = (last.motion * np.float32(keep)).astype(np.float32)
    return replace(last, time_us=time_us, motion=motion, validity=last.validity * keep)


def recovered(before: FaceObservation, seen: FaceObservation) -> FaceObservation:
    """`seen`, a fresh measurement, taking over from `before`: the less valid that was, the more gently.

    A `before` from long ago (a camera that was unplugged) has decayed meanwhile, as it did for whoever was shown it.
    """
    elapsed = max(seen.time_us - before.time_us, 0) / 1e6
    if elapsed > STALE_US / 1e6:
        before = decayed(before, before.time_us + STALE_US, time_us=seen.time_us)
        elapsed = FRAME_US / 1e6
    validity = before.validity + (1.0 - before.validity) * (1.0 - math.exp(-elapsed / RECOVERY_S))
    if validity > 0.95:
        return replace(seen, validity=1.0)
    motion = before.motion + np.float32(validity) * (seen.motion - before.motion)
    return replace(seen, motion=motion.astype(np.float32), validity=validity)
