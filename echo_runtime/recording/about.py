"""What a recording's header says of the runtime and the machine that wrote it."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import Any

from echo_runtime import __version__

_LIBRARIES = ("numpy", "torch", "openvino", "soxr", "mediapipe")


def about_this_runtime() -> dict[str, Any]:
    """Versions and machine: what may change a result in its last bits. All plain texts."""
    from echo_runtime.backends.choice import hardware_name

    about = {"echo-runtime": __version__, "python": platform.python_version(), "system": sys.platform}
    for name in _LIBRARIES:
        try:
            about[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            about[name] = "none"
    return {**about, "hardware": hardware_name()}
