"""The reference client: connects to a runtime, commands it, and always has the newest frame at hand.

with EchoClient.connect() as client:
    client.open_npc("mira")
    client.speak("mira", samples, rate=16_000)
    for frame in client.frames("mira"):
        show(frame.rgba)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from echo_bridge import addresses, commands, limits
from echo_bridge.commanding import AHEAD_US, CHUNK_SECONDS, TEXT_SECONDS, Commanding
from echo_bridge.connection import Connection, Received, Status
from echo_bridge.inbox import Inbox
from echo_bridge.keys import ClientKeys
from echo_bridge.replies import Welcome
from echo_bridge.streams import topic

__all__ = ["AHEAD_US", "CHUNK_SECONDS", "TEXT_SECONDS", "EchoClient"]


class EchoClient(Commanding):
    """A connection to one runtime. All methods may be called from any thread; those that command wait for the answer.

    They raise CommandFailedError (the runtime refused; its `code` and sentence), ConnectionLostError (no answer in
    `timeout` seconds) and ProtocolError (a value that may not be sent).
    """

    @classmethod
    def connect(
        cls,
        address: str = f"tcp://127.0.0.1:{limits.DEFAULT_CONTROL_PORT}",
        client: str = "",
        timeout: float = 5.0,
        npcs: Iterable[str] | None = None,
        video: bool = True,
        cues: bool = True,
        on_receive: Callable[[Received], None] | None = None,
        insecure_lan: bool = False,
        *,
        server_key: str = "",
        key_file: str | Path = "",
        on_status: Callable[[Status, str], None] = lambda status, text: None,
        on_warning: Callable[[str], None] = lambda text: None,
        on_welcome: Callable[[Welcome, bool], None] = lambda welcome, new_run: None,
        wait: bool = True,
        proto: tuple[int, int] | None = None,
    ) -> Self:
        """Connect to the control socket at `address` and subscribe to `npcs` (all of them when None).

        `client` names this client; one that returns under the same name finds its session again. "" takes a new name.
        `server_key` (the runtime's public key) and `key_file` (one's own) encrypt the connection. `on_status` is told
        connecting, connected, lost, refused, each with a sentence or "", `on_warning` that the runtime speaks a newer
        minor version, `on_welcome` every WELCOME and whether it is of another run than the one before; all in the drain
        thread. A runtime that is lost is looked for until `close`; NPCs that were open are opened again in a new run of
        it. `wait` false returns at once.
        Raises VersionError for a runtime of another major version, ConnectionLostError when none answers in `timeout`
        seconds, KeyFileError for keys that cannot be read.
        """
        host, port = addresses.parse(address)
        keys = ClientKeys.given(server_key, key_file)
        if keys is None:
            remedy = "give the runtime's key with --server-key and one's own with --key"
            addresses.require_loopback(host, insecure_lan, remedy)
        names = list(npcs) if npcs is not None else [""]
        prefixes = {
            stream: [topic(stream, name) for name in names]
            for stream, wanted in (("video", video), ("cues", cues))
            if wanted
        }
        listeners = [on_receive] if on_receive else []
        inbox = Inbox()

        def tell(item: Received) -> None:
            for listener in listeners:
                listener(item)

        name = client or f"python-{random.getrandbits(48):012x}"
        clients: list[Self] = []

        def greeted(welcome: Welcome, new_run: bool) -> None:
            if clients and new_run:
                clients[0]._open_again()
            on_welcome(welcome, new_run)

        connection = Connection(
            host, port, name, inbox, prefixes, tell, on_status=on_status, on_welcome=greeted, on_warning=on_warning,
            keys=keys, proto=proto,
        )  # fmt: skip
        clients.append(cls(connection, inbox, listeners, names if video else []))
        try:
            if wait:
                connection.wait_until_greeted(timeout)
        except BaseException:
            connection.close()
            raise
        return clients[0]

    def close(self) -> None:
        """Say goodbye and close the sockets."""
        if not self._connection.closing and not self._connection.closed:
            self._connection.send(commands.Bye())
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
