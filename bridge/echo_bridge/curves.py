"""Named curve sets: the order of coefficients. Names are sent once, in WELCOME; messages carry the set's name.

Engines order the same names differently (Unity's ARKit enumeration is alphabetical, Unreal's begins with eyeBlinkLeft),
so bare indices never cross the wire.
"""

from __future__ import annotations

import numpy as np

from echo_bridge.headset_curves import HEADSET_SETS
from echo_runtime.errors import ProtocolError
from echo_runtime.signals import ARKIT_NAMES, FloatArray

CURVE_SETS: dict[str, tuple[str, ...]] = {"arkit52": ARKIT_NAMES, **HEADSET_SETS}
ANNOUNCED: dict[str, tuple[str, ...]] = {"arkit52": ARKIT_NAMES, **dict.fromkeys(HEADSET_SETS, ())}
"""As WELCOME has them: the names of all sets exceed a header, so those of the player's side come with `curve_names`."""


def to_payload(values: FloatArray) -> bytes:
    """(n,) to float32, little-endian. Raises ProtocolError for values that are not finite."""
    data = np.asarray(values, "<f4")
    if data.ndim != 1 or not np.isfinite(data).all():
        raise ProtocolError(f"The coefficients (shape {data.shape}) are not one row of finite numbers.")
    return data.tobytes()


def from_payload(payload: bytes | memoryview) -> FloatArray:
    """Bytes to (n,) float32. Raises ProtocolError for values that are not finite."""
    values = np.frombuffer(payload, "<f4").astype(np.float32)
    if not np.isfinite(values).all():
        raise ProtocolError("The coefficients hold values that are not finite numbers.")
    return values
