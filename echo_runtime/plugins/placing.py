"""A folder of a project is replaced as a whole: complete before it takes the old one's place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from echo_runtime.errors import PluginError


def placed(place: Path, fill: Callable[[Path], None]) -> list[Path]:
    """Lets `fill` make a new folder beside `place` and puts it there; returns the files in it.

    What breaks off leaves the old folder, or brings it back. Raises PluginError when the disk or an editor refuses.
    """
    fresh = place.with_name(f".{place.name}.installing")
    old = place.with_name(f".{place.name}.old")
    try:
        place.parent.mkdir(exist_ok=True)
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
        fill(fresh)
        if place.exists():
            place.rename(old)
        try:
            fresh.rename(place)
        except OSError:
            if old.exists():
                old.rename(place)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise PluginError(
            f"{place.name} cannot be placed into {place.parent}: {error.strerror or error}. "
            "Close the editor if it holds files there, and see that the folder may be written to."
        ) from error
    return sorted(path for path in place.rglob("*") if path.is_file())
