"""Where datagrams go: `HOST`, `HOST:PORT`, `[IPv6]:PORT`, for one NPC `NPC=HOST:PORT`."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from echo_runtime.errors import UsageError


@dataclass(frozen=True)
class Destination:
    """`npc`: whose face is sent there, "" = not said. `family`, `address`: as `socket.sendto` wants them."""

    npc: str
    host: str
    port: int
    family: socket.AddressFamily
    address: Any

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def destination(text: str, option: str, port: int) -> Destination:
    """`text` as a user wrote it after `option`, with the `port` that holds where none is said.

    A name is looked up now. Raises UsageError for what is no destination, or a name that nobody knows; an address that
    does not answer is none of its business, datagrams go there all the same.
    """
    npc, equals, where = text.rpartition("=")
    if equals and not npc:
        raise UsageError(f"{option} {text}: before '=' the name of an NPC is missing.")
    host, said = where, ""
    if where.startswith("["):
        host, bracket, rest = where[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{option} {text}: write an IPv6 address as [::1]:{port}.")
        said = rest[1:]
    elif where.count(":") == 1:
        host, _, said = where.partition(":")
    if said and not (said.isascii() and said.isdigit() and 1 <= int(said) <= 65535):
        raise UsageError(f"{option} {text}: {said!r} is no port; write {host or 'HOST'}:{port}.")
    number = int(said) if said else port
    if not host or any(c.isspace() for c in host):
        raise UsageError(f"{option} {text}: name the machine that receives, as in {option} 127.0.0.1:{number}.")
    try:
        found = socket.getaddrinfo(host, number, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{option} {text}: no machine called {host!r} is known ({error}).") from error
    family, _, _, _, address = found[0]
    return Destination(npc, host, number, family, address)
