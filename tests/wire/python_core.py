"""The Python reference client as a live program: nothing to build."""

from __future__ import annotations

import sys
from pathlib import Path


def absent() -> str | None:
    """Why it cannot be run here; None if it can."""
    return None


def build(folder: Path) -> list[str]:
    """The words that start the live program."""
    return [sys.executable, "-m", "echo_bridge.live"]
