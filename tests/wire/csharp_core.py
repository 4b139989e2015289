"""The C# core, built with Mono where it is installed: its live program and its own tests."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

with contextlib.suppress(ImportError):  # absent on Windows, as is sh
    import fcntl

SOURCE = Path(__file__).parents[2] / "engine_plugins" / "unity" / "core_tests"
CORE = SOURCE.parent / "com.echo-runtime.unity" / "Runtime" / "Core"
GOLDEN = Path(__file__).parents[2] / "bridge" / "golden"


def absent() -> str | None:
    """Why the C# programs cannot be built or run here; None if they can."""
    for tool in ("mcs", "mono"):
        if shutil.which(tool) is None:
            return f"{tool} (Debian: mono-mcs, mono-runtime) is not installed"
    if shutil.which("sh") is None:
        return "there is no sh to run build.sh"
    return None


def build(folder: Path) -> list[str]:
    """Build the live program in `folder` and return the words that start it. Raises with the compiler's words."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "building.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two builds in one folder at once, each runs the other's halves
        if not _is_built(folder):
            made = subprocess.run(["sh", str(SOURCE / "build.sh"), str(folder)], capture_output=True, text=True)
            assert made.returncode == 0, f"build.sh failed:\n{made.stdout}{made.stderr}"
    return ["mono", str(folder / "EchoLive.exe")]


def _is_built(folder: Path) -> bool:
    """Whether both programs are newer than all their sources."""
    programs = [folder / name for name in ("CoreTests.exe", "EchoLive.exe")]
    if not all(program.exists() for program in programs):
        return False
    built = min(program.stat().st_mtime for program in programs)
    sources = [*SOURCE.rglob("*.cs"), *CORE.rglob("*.cs"), SOURCE / "build.sh"]
    return all(source.stat().st_mtime < built for source in sources)


def build_tests(folder: Path) -> list[str]:
    """The same for the core's own tests; the words end with the folder of the golden vectors."""
    build(folder)
    return ["mono", str(folder / "CoreTests.exe"), str(GOLDEN)]
