"""What libzmq does beneath a socket: connected, disconnected, refused. See zmq_socket_monitor(3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal

import zmq

LinkEvent = Literal["connected", "disconnected", "refused"]
_EVENTS = {
    zmq.EVENT_HANDSHAKE_SUCCEEDED: "connected",
    zmq.EVENT_DISCONNECTED: "disconnected",
    zmq.EVENT_HANDSHAKE_FAILED_AUTH: "refused",
    zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "refused",
}


class LinkMonitor:
    """The events of one connecting socket, read in the thread that owns it. Close it before the socket."""

    def __init__(self, socket: zmq.Socket[bytes]) -> None:
        self._watched = socket
        events = 0
        for event in _EVENTS:
            events |= event
        self.socket = socket.get_monitor_socket(events)

    def read(self) -> Iterator[tuple[LinkEvent, str]]:
        """(event, reason of a refusal) since the last call; does not wait."""
        while True:
            try:
                parts = self.socket.recv_multipart(zmq.DONTWAIT)
            except zmq.ZMQError:
                return
            code, value = struct.unpack("=HI", parts[0])
            kind = _EVENTS.get(code)
            if kind == "connected":
                yield "connected", ""
            elif kind == "disconnected":
                yield "disconnected", ""
            elif code == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                yield (
                    "refused",
                    f"The runtime does not allow this client's key (status {value}): add it to the allow-list.",
                )
            elif kind == "refused":
                yield "refused", "The runtime and this client disagree about encryption: give both keys, or neither."

    def close(self) -> None:
        self._watched.disable_monitor()
        self.socket.close(linger=0)
