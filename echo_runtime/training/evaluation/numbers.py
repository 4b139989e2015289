"""Measures as JSON holds them."""

from __future__ import annotations

import math
from typing import Any

DIGITS = 4


def rounded(value: Any) -> Any:
    """Four decimals for numbers, null for what is not a number, dictionaries and lists all the way down."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    return round(value, DIGITS) if math.isfinite(value) else None
