"""Whether libraries can be imported. Another process finds out: one that crashes or hangs is a finding, not the end."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echo_runtime.doctor.finding import Finding
from echo_runtime.doctor.libraries import REINSTALL
from echo_runtime.doctor.probe import MARK
from echo_runtime.doctor.requirements import import_name, installed_version, library_names, wanted

IMPORT_S = 120.0
"""A cold disk and a virus scanner may need this long for torch."""
SYSTEM_PACKAGES = {"cv2": "libgl1 libglib2.0-0", "mediapipe": "libegl1 libgles2", "sounddevice": "libportaudio2"}
"""What Debian and Ubuntu call the system libraries that these need."""


@dataclass(frozen=True)
class Imported:
    """`error`: "" or one line. `facts`: see probe.FACTS."""

    name: str
    error: str
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


def import_all(names: Sequence[str], timeout: float = IMPORT_S) -> dict[str, Imported]:
    """Imports them in order, in a process that is started anew behind one that it did not survive. `timeout`: seconds
    for each."""
    found: dict[str, Imported] = {}
    while waiting := [name for name in names if name not in found]:
        for imported in _import_until_crash(waiting, timeout):
            found[imported.name] = imported
    return found


def _import_until_crash(names: Sequence[str], timeout: float) -> Iterator[Imported]:
    """At least one result."""
    flags = ["-P"] if sys.version_info >= (3, 11) else []  # the folder of probe.py has no say in what is imported
    flags += ["-S"] if sys.flags.no_site else []
    program = [sys.executable, *flags, str(Path(__file__).with_name("probe.py")), *names]
    try:
        process = subprocess.Popen(
            program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            encoding="utf-8", errors="replace",
        )  # fmt: skip
    except OSError as error:
        yield from (Imported(name, f"no process can be started ({error})") for name in names)
        return
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    current, deadline = names[0], time.monotonic() + timeout
    try:
        while True:
            try:
                text = lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                yield Imported(current, f"does not finish within {timeout:.0f} s")
                return
            if text is None:
                break
            with contextlib.suppress(ValueError):
                line = json.loads(text)
                if "begin" in line:
                    current, deadline = line["begin"], time.monotonic() + timeout
                else:
                    yield Imported(line["name"], line["error"], line["seconds"], line["facts"])
                    current = ""
        if current:
            status = process.wait(10)
            ended = f"by signal {-status}" if status < 0 else f"with status {status}"
            yield Imported(current, f"ends the process {ended}")
    finally:
        process.kill()
        process.wait()


def _read(process: subprocess.Popen[str], lines: queue.SimpleQueue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(MARK):
            lines.put(line.removeprefix(MARK))
    lines.put(None)


def names_to_import() -> list[str]:
    """Of the libraries that this project needs and that are installed."""
    names = [name for name in library_names(wanted().libraries) if installed_version(name)]
    return list(dict.fromkeys(import_name(name) for name in names))


def failed_imports(imported: dict[str, Imported]) -> Iterator[Finding]:
    for name, result in imported.items():
        if not result.error:
            continue
        advice = REINSTALL
        if sys.platform.startswith("linux") and name in SYSTEM_PACKAGES:
            advice = f"sudo apt-get install {SYSTEM_PACKAGES[name]}; if that does not help, {REINSTALL}"
        if name == "sounddevice":  # only the microphone needs it
            yield Finding("imports", "warning", f"{name} cannot be imported: {result.error}", advice)
        else:
            yield Finding("imports", "error", f"{name} cannot be imported: {result.error}", advice)
    slow = sorted((i for i in imported.values() if not i.error), key=lambda i: -i.seconds)[:1]
    good = [name for name, result in imported.items() if not result.error]
    if good:
        longest = f"; {slow[0].name} took longest, {slow[0].seconds:.1f} s" if slow else ""
        yield Finding("imports", "ok", f"{len(good)} libraries can be imported{longest}")
