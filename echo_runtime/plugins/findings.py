"""What a check of an installed plugin found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `text` is one sentence; of a warning or an error it says what to do."""

    level: Level
    text: str
