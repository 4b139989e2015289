"""Where converted graphs and measured choices are kept between starts."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """`ECHO_CACHE_DIR` when set, else the user's cache folder of this system (~/.cache/echo-runtime on Linux).

    It may be deleted at any time: everything in it is made again.
    """
    override = os.environ.get("ECHO_CACHE_DIR")
    return Path(override) if override else Path(platformdirs.user_cache_dir("echo-runtime", appauthor=False))
