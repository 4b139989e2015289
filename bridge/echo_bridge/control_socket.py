"""The client's control socket: a DEALER, and what libzmq tells of its connection."""

from __future__ import annotations

from collections.abc import Iterator

import zmq

from echo_bridge import limits
from echo_bridge.keys import ClientKeys
from echo_bridge.link_monitor import LinkMonitor


class ControlSocket:
    """Connects to tcp://host:port and keeps trying: libzmq does after 0.1 s, then less often, at least every second.

    Owned by one thread from the first use on. `keys`: encrypt.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], host: str, port: int, keys: ClientKeys | None) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 200)
        self.socket.setsockopt(zmq.MAXMSGSIZE, limits.CONTROL_MESSAGE_BYTES)
        keep_trying(self.socket, keys)
        self.monitor = LinkMonitor(self.socket)
        self.socket.connect(f"tcp://{host}:{port}")

    def send(self, header: bytes, payload: bytes = b"") -> bool:
        """False when it cannot be sent now."""
        try:
            self.socket.send_multipart([header, payload], flags=zmq.DONTWAIT)
        except zmq.Again:
            return False
        return True

    def receive(self) -> Iterator[list[bytes]]:
        """The parts of each message that has come; does not wait."""
        while True:
            try:
                parts = self.socket.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return
            yield parts

    def close(self) -> None:
        self.monitor.close()
        self.socket.close()


def keep_trying(socket: zmq.Socket[bytes], keys: ClientKeys | None) -> None:
    """What all sockets of a client have in common: how they come back, heartbeats, encryption."""
    socket.setsockopt(zmq.RECONNECT_IVL, 100)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
    socket.setsockopt(zmq.HEARTBEAT_IVL, limits.HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, limits.HEARTBEAT_TIMEOUT_MS)
    if keys is not None:
        keys.protect(socket)
