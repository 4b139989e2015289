"""Addresses: what may be listened on, and binding with an error that says which port is taken."""

from __future__ import annotations

import ipaddress
import re

import zmq

from echo_runtime.errors import AddressInUseError, BridgeError, UsageError


def is_loopback(host: str) -> bool:
    """Whether `host` never leaves this machine. Names other than localhost are not resolved, and count as outside."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def require_loopback(host: str, insecure_lan: bool, remedy: str) -> None:
    """Raise UsageError for an address outside this machine, unless `insecure_lan` allows unencrypted traffic there.

    `remedy`: how to encrypt instead, as a clause.
    """
    if not insecure_lan and not is_loopback(host):
        raise UsageError(
            f"The address {host} is outside this machine, where traffic must be encrypted: {remedy}, or say "
            "--insecure-lan to send faces and voices unencrypted on your own network."
        )


def parse(address: str) -> tuple[str, int]:
    """`tcp://HOST:PORT`, `HOST:PORT` or `PORT` to (host, port). Raises UsageError."""
    match = re.fullmatch(r"(?:tcp://)?(?:(\[[0-9a-fA-F:]+\]|[A-Za-z0-9_.\-*]+):)?(\d{1,5})", address.strip())
    if match is None or not 0 < int(match[2]) < 65536:
        raise UsageError(f"The address '{address}' is not of the form tcp://127.0.0.1:27810.")
    return match[1] or "127.0.0.1", int(match[2])


def bind(socket: zmq.Socket[bytes], host: str, port: int, option: str) -> int:
    """Bind to `port`, or to any free one when it is 0, and return it. `option` is what chooses another port."""
    try:
        socket.bind(f"tcp://{host}:{port or '*'}")
    except zmq.ZMQError as error:
        if error.errno == zmq.EADDRINUSE:
            raise AddressInUseError(
                f"Port {port} on {host} is in use, perhaps by another runtime: stop that, or choose another port "
                f"with {option} (0 takes a free one)."
            ) from error
        raise BridgeError(f"Cannot listen on {host}:{port}: {error}.") from error
    return int(socket.getsockopt_string(zmq.LAST_ENDPOINT).rsplit(":", 1)[1])
