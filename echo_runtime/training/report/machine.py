"""What a report says about the machine and the software that made its numbers."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

_PACKAGES = ("echo-runtime", "torch", "openvino", "mediapipe", "numpy")


def processor_name() -> str:
    """As the kernel or the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def machine_facts() -> dict[str, str]:
    """Processor, cores that this process may use, system, Python and the versions of what computes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    facts = {
        "processor": f"{processor_name()}, {cores} core{'s' if cores > 1 else ''} used",
        "system": platform.platform(),
        "Python": platform.python_version(),
    }
    for name in _PACKAGES:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return facts
