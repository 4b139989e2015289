"""Which process holds a device file or a port, as far as Linux lets this user see it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def holders_of_file(path: str | Path) -> list[str]:
    """Processes other than this one that have `path` open: "zoom (process 4242)". Empty where that cannot be seen."""
    try:
        wanted = os.stat(path)
    except OSError:
        return []
    same = (wanted.st_dev, wanted.st_ino)
    return [_named(pid) for pid, open_file in _open_files() if _identity(open_file) == same]


def holders_of_port(port: int, udp: bool = False) -> list[str]:
    """Processes that listen on `port`; this one may be among them."""
    inodes = _listening_inodes(port, "udp" if udp else "tcp")
    sockets = {f"socket:[{inode}]" for inode in inodes}
    found = {pid for pid, open_file in _open_files(own=True) if sockets and _target(open_file) in sockets}
    return [_named(pid) for pid in sorted(found)]


def _listening_inodes(port: int, kind: str) -> set[str]:
    """From /proc/net/tcp: columns as in https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt."""
    found = set()
    for table in (PROC / "net" / kind, PROC / "net" / f"{kind}6"):
        try:
            rows = table.read_text("ascii", "replace").splitlines()[1:]
        except OSError:
            continue
        for columns in map(str.split, rows):
            listening = kind == "udp" or columns[3] == "0A"
            if listening and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(columns[9])
    return found


def _open_files(own: bool = False) -> Iterator[tuple[int, Path]]:
    """(process, its open file) of all processes whose files this user may see."""
    try:
        processes = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    except OSError:
        return
    for pid in processes:
        if pid == os.getpid() and not own:
            continue
        try:
            files = list((PROC / str(pid) / "fd").iterdir())
        except OSError:
            continue
        for file in files:
            yield pid, file


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _target(file: Path) -> str:
    try:
        return os.readlink(file)
    except OSError:
        return ""


def _named(pid: int) -> str:
    try:
        name = (PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()
    except OSError:
        name = "a program"
    return f"{name} (process {pid})"
