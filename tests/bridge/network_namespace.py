"""A second network on this machine: a namespace with an Ethernet pair, so that tests reach the runtime from outside."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator


def absent() -> str | None:
    """Why there can be none here; None if there can."""
    if shutil.which("ip") is None:
        return "the program ip (iproute2) is not installed"
    if os.geteuid() != 0:
        return "making a network namespace needs root"
    name = f"echo{os.getpid()}t"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if made.returncode:
        return f"no network namespace can be made here: {made.stderr.strip()}"
    with contextlib.suppress(subprocess.CalledProcessError):
        _ip("netns", "del", name)
    return None


@contextlib.contextmanager
def second_network() -> Iterator[tuple[str, list[str]]]:
    """(this side's address, the words that run a program on the other side)."""
    name, inner, outer = f"echo{os.getpid()}", f"eci{os.getpid()}"[:15], f"eco{os.getpid()}"[:15]
    net = f"10.213.{os.getpid() % 250}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", outer, "type", "veth", "peer", "name", inner)
        _ip("link", "set", inner, "netns", name)
        _ip("addr", "add", f"{net}.1/24", "dev", outer)
        _ip("link", "set", outer, "up")
        _ip("-n", name, "addr", "add", f"{net}.2/24", "dev", inner)
        _ip("-n", name, "link", "set", inner, "up")
        yield f"{net}.1", ["ip", "netns", "exec", name]
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "del", outer)
        _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
