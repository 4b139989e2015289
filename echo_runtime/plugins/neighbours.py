"""A folder that is no project may lie just beside one: which one was meant?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_MOST_LOOKED_AT = 200
"""Subfolders; a home folder may have thousands."""


def neighbour_hint(folder: Path, is_project: Callable[[Path], bool]) -> str:
    """ "One lies in …: was that meant? " for a project above or directly below a folder; "" where there is none."""
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir())[:_MOST_LOOKED_AT]
    except OSError:
        below = []
    for place in (*folder.resolve().parents, *below):
        try:
            found = is_project(place)
        except OSError:
            continue
        if found:
            return f"One lies in {place}: was that meant? "
    return ""
