"""Ports, and whether messages pass through this machine's own network."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator

from echo_runtime.doctor.finding import Finding
from echo_runtime.doctor.imports import Imported


def ports(numbers: dict[int, str]) -> Iterator[Finding]:
    """`numbers`: TCP ports and what they are for."""
    from echo_runtime.capture.devices.holders import holders_of_port

    for port, purpose in numbers.items():
        error = _bind(port)
        if error is None:
            yield Finding("ports", "ok", f"{port} ({purpose}) is free")
        elif error.errno == errno.EADDRINUSE:
            holders = holders_of_port(port)
            by = f" by {', '.join(holders)}" if holders else ""
            yield Finding(
                "ports", "warning", f"{port} ({purpose}) is taken{by}",
                "close it if it is an old runtime, or give another: run --control-port NUMBER (0 picks a free one), "
                "and the same in the engine",
            )  # fmt: skip
        else:
            yield Finding(
                "ports", "warning", f"{port} ({purpose}) cannot be opened: {error.strerror}",
                "choose a port above 1023 that no firewall keeps: run --control-port NUMBER",
            )  # fmt: skip


def _bind(port: int) -> OSError | None:
    with socket.socket() as probe:
        # as ZeroMQ does: a port that was closed a moment ago is free. On Windows the option would steal a taken one.
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error
    return None


def loopback(imported: dict[str, Imported]) -> Iterator[Finding]:
    zmq = imported.get("zmq")
    if zmq is None:
        return
    if not zmq.error:
        yield Finding("network", "ok", f"a message goes out and back in {zmq.facts['round_trip_ms']:.1f} ms")
    elif not zmq.error.startswith(("ImportError", "ModuleNotFoundError")):
        yield Finding(
            "network", "error", f"no message passes through 127.0.0.1 ({zmq.error})",
            "let the firewall or virus scanner pass connections of Python within this machine",
        )  # fmt: skip
