"""Who is connected: sessions by client name, kept while a client is away so that it finds them again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from echo_bridge import limits

_REMEMBERED = 64


@dataclass(eq=False)
class Session:
    """One client. `npcs` is for the server's use: what this client has opened. `key`: its public key, "" if plain."""

    client: str
    key: str = ""
    caps: tuple[str, ...] = ()
    proto: tuple[int, int] = limits.PROTOCOL
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    route: bytes | None = None
    """The connection it speaks through now; None while it is away."""
    heard_s: float = 0.0
    """On the process's own monotonic clock: the runtime's may be virtual."""
    returned: bool = False
    """Whether the client had it before the connection it speaks through now."""
    npcs: set[str] = field(default_factory=set)

    @property
    def present(self) -> bool:
        return self.route is not None

    @property
    def newer_minor(self) -> bool:
        return self.proto[1] > limits.PROTOCOL[1]


class Sessions:
    """The table of sessions. Owned by the control thread."""

    def __init__(self) -> None:
        self._by_client: dict[tuple[str, str], Session] = {}
        self._by_route: dict[bytes, Session] = {}

    def at(self, route: bytes) -> Session | None:
        return self._by_route.get(route)

    @property
    def present(self) -> list[Session]:
        return list(self._by_route.values())

    def enter(self, route: bytes, client: str, key: str = "") -> tuple[Session, bool, bytes | None]:
        """(session, whether it was there before this connection, the connection it was taken over from, if any).

        A client that says HELLO twice, because the first answer is long in coming, is told the same twice. A session
        belongs to its key: another key cannot take it over by its name.
        """
        replaced: bytes | None = None
        earlier = self._by_route.get(route)
        if earlier is not None and (earlier.key, earlier.client) != (key, client):
            self.leave(earlier)  # the same connection under a new name
        session = self._by_client.pop((key, client), None)
        if session is None:
            session = Session(client, key)
        elif session.route != route:
            session.returned, replaced = True, session.route
        if replaced is not None:
            self._by_route.pop(replaced, None)
        session.route = route
        self._by_client[key, client] = session  # at the end: the longest unheard are forgotten first
        self._by_route[route] = session
        for name in [name for name, old in self._by_client.items() if not old.present]:
            if len(self._by_client) <= _REMEMBERED:
                break
            del self._by_client[name]
        return session, session.returned, replaced

    def leave(self, session: Session) -> None:
        if session.route is not None:
            self._by_route.pop(session.route, None)
            session.route = None
