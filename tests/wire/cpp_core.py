"""The C++ core, built where a compiler is: its live program, its own tests, and its Windows DLL."""

from __future__ import annotations

import contextlib
import ctypes.util
import os
import shutil
import subprocess
from pathlib import Path

with contextlib.suppress(ImportError):  # absent on Windows, as are make and g++
    import fcntl

SOURCE = Path(__file__).parents[2] / "engine_plugins" / "unreal" / "core_tests"
MINGW = "x86_64-w64-mingw32-g++-posix"


def absent() -> str | None:
    """Why the live program cannot be built or run here; None if it can."""
    for tool in ("cmake", "g++", "make"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if ctypes.util.find_library("zmq") is None:
        return "libzmq is not installed"
    return None


def absent_for_tests() -> str | None:
    """Why the core's own tests cannot be built here; None if they can."""
    if (reason := absent()) is not None:
        return reason
    if not any((Path(root) / "gtest" / "gtest.h").exists() for root in ("/usr/include", "/usr/local/include")):
        return "GoogleTest (libgtest-dev) is not installed"
    if not any((Path(root) / "zmq.h").exists() for root in ("/usr/include", "/usr/local/include")):
        return "libzmq's headers (libzmq3-dev) are not installed"
    return None


def absent_for_windows() -> str | None:
    """Why the Windows DLL cannot be built here; None if it can."""
    for tool in ("cmake", "make", MINGW):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    return None


def build(folder: Path) -> list[str]:
    """Build the live program in `folder` and return the words that start it. Raises with the compiler's words."""
    run_cmake(folder, "echo-live", "-DECHO_TESTS=OFF")
    return [str(folder / "echo-live")]


def run_cmake(folder: Path, target: str, *settings: str) -> None:
    """Configure and build one target in `folder`; AssertionError with what the tools said."""
    jobs = str(max(1, len(os.sched_getaffinity(0))))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "building.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two builds in one folder at once, each takes the other's halves
        for words in (
            ["cmake", "-S", str(SOURCE), "-B", str(folder), *settings],
            ["cmake", "--build", str(folder), "--target", target, "--parallel", jobs],
        ):
            made = subprocess.run(words, capture_output=True, text=True)
            assert made.returncode == 0, f"{' '.join(words)}\n{made.stdout[-4000:]}{made.stderr[-4000:]}"
