"""Frames as datagrams: encoded and sent in a thread, the newest of each NPC, whether anybody listens or not."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable

from echo_bridge.encoding_thread import EncodingThread

from echo_runtime.outputs.destination import Destination
from echo_runtime.signals import AvatarFrame

Encode = Callable[[AvatarFrame], Iterable[bytes]]
Tell = Callable[[str], None]


class DatagramOutput:
    """A listener of frames. `encode`: a frame to its datagrams, in order; called in the thread only.

    `npc`: whose frames are sent, "" = all NPCs'. `farewell`: datagrams for the end. `sent`, `failed`: datagrams;
    `skipped`: frames that a newer one overtook. A network that refuses is said once, and once more when it is back.
    """

    def __init__(
        self, where: Destination, encode: Encode, *, npc: str = "", farewell: Iterable[bytes] = (), tell: Tell = print
    ) -> None:
        self.where, self.npc = where, npc
        self._encode, self._farewell, self._tell = encode, tuple(farewell), tell
        self._socket = socket.socket(where.family, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        # a full buffer of the network card must not stop the thread: the datagram is lost, as datagrams may be
        self._socket.setblocking(False)
        self._refused = ""
        self._thread = EncodingThread()
        self.sent = self.failed = 0

    @property
    def skipped(self) -> int:
        return self._thread.replaced

    @property
    def broken(self) -> int:
        """Frames that could not be encoded."""
        return self._thread.failed

    def __call__(self, frame: AvatarFrame) -> None:
        """In the loop's thread: hands over."""
        if self.npc in ("", frame.npc):
            self._thread.submit(frame.npc, lambda: self._send(self._encode(frame)))

    def _send(self, datagrams: Iterable[bytes]) -> None:
        for datagram in datagrams:
            try:
                self._socket.sendto(datagram, self.where.address)
            except OSError as error:
                self.failed += 1
                self._refusal(str(error))
            else:
                self.sent += 1
                self._refusal("")

    def _refusal(self, reason: str) -> None:
        if bool(reason) == bool(self._refused):
            return
        self._refused = reason
        if reason:
            self._tell(f"Nothing can be sent to {self.where} ({reason}); it is tried again with every frame.")
        else:
            self._tell(f"Datagrams go out to {self.where} again.")

    def close(self) -> None:
        """Ends the thread; what waits is dropped. May be called twice."""
        self._thread.close()
        if self._socket.fileno() >= 0:
            self._send(self._farewell)
            self._socket.close()
