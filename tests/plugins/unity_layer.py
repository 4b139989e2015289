"""The Unity layer without Unity: where its sources lie, and what is needed to compile them."""

from __future__ import annotations

import shutil
from pathlib import Path

UNITY = Path(__file__).parents[2] / "engine_plugins" / "unity"
PACKAGE = UNITY / "com.echo-runtime.unity"


def absent() -> str | None:
    """Why C# cannot be compiled or run here; None if it can."""
    for tool in ("mcs", "mono", "sh"):
        if shutil.which(tool) is None:
            return f"{tool} (Debian: mono-mcs, mono-runtime) is not installed"
    return None
