"""Folders that the runtime writes into: whether it may, and whether there is room."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from echo_runtime.doctor.finding import Finding, Level

LOW_BYTES = 1 << 30
NONE_BYTES = 50 << 20


def folders() -> Iterator[Finding]:
    try:
        where = Path(tempfile.gettempdir())
    except OSError as error:
        yield Finding(
            "folders", "error", f"there is no folder for temporary files ({error})",
            "name a folder in the environment variable TMPDIR",
        )  # fmt: skip
    else:
        yield from _look("temporary files", where, "error", "name another folder in the environment variable TMPDIR")
    try:
        out = Path.cwd() / "out"
    except OSError:
        yield Finding("folders", "error", "the current folder is gone", "change to another folder")
    else:
        advice = "change to a folder of your own, or name one: demo --out FOLDER"
        yield from _look("the demo's films", out, "error", advice)
    try:
        from platformdirs import user_config_path, user_data_path

        from echo_runtime.backends.cache_folder import cache_folder
    except Exception:
        return  # a library that is missing is a finding of its own
    cache_advice = "name another folder in the environment variable ECHO_CACHE_DIR, or every start measures anew"
    yield from _look("the cache", cache_folder(), "warning", cache_advice)
    own = "make it writable for you"
    yield from _look("keys", user_config_path("echo-runtime"), "warning", f"{own}, or name another: keys --folder")
    yield from _look("calibrations", user_data_path("echo-runtime"), "warning", own)


def _look(purpose: str, folder: Path, level: Level, advice: str) -> Iterator[Finding]:
    place = nearest(folder)
    problem = "there is no such place" if place is None else unwritable(place)
    if place is None or problem:
        yield Finding("folders", level, f"{folder} ({purpose}) cannot be written: {problem}", advice)
        return
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        free = LOW_BYTES
    if free < NONE_BYTES:
        yield Finding("folders", level, f"{folder} ({purpose}): the disk is full", "delete something, or another disk")
    elif free < LOW_BYTES:
        room = f"{free / 2**20:.0f} MiB are free"
        yield Finding("folders", "warning", f"{folder} ({purpose}): only {room}", "make room before you record films")
    else:
        yield Finding("folders", "ok", f"{folder} ({purpose}) can be written; {free / 2**30:.0f} GiB are free")


def nearest(folder: Path) -> Path | None:
    """`folder`, or what of its way exists: there it would be made. None when a file is in the way."""
    for place in (folder, *folder.parents):
        try:
            if place.is_dir():
                return place
            if place.exists() or place.is_symlink():
                return None
        except OSError:
            return None
    return None


def unwritable(folder: Path) -> str:
    """Why no file can be made there; "" when one could. It is removed again."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".echo-doctor-", dir=folder)
    except OSError as error:
        return error.strerror or type(error).__name__
    try:
        os.write(descriptor, b"x" * 4096)
    except OSError as error:
        return error.strerror or type(error).__name__
    finally:
        os.close(descriptor)
        os.unlink(name)
    return ""
