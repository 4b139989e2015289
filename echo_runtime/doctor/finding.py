"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """`part`: what was looked at, in a word or two. `level`: an `error` keeps a demo from running, a `warning`
    something else; a `note` is for the reader to judge. `text`: what was found. `advice`: what to do, "" for nothing.
    """

    part: str
    level: Level
    text: str
    advice: str = ""
