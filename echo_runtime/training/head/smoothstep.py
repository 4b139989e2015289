"""The soft step that borders are made of."""

from __future__ import annotations

from typing import Any

import numpy as np


def smoothstep(low: float, high: float, x: np.ndarray | np.floating[Any] | float) -> np.ndarray:
    """Hermite step from 0 at `low` to 1 at `high`; a falling step when `low` > `high`."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
