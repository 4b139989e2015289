"""Who may connect: the ZAP handler (ZeroMQ RFC 27) that libzmq asks in every CURVE handshake (RFC 26)."""

from __future__ import annotations

import threading
from collections import deque

import zmq
from zmq.utils import z85

from echo_bridge.keys import AllowList

_ENDPOINT = "inproc://zeromq.zap.01"


class Authenticator:
    """Answers libzmq's questions in a thread of its own, for all sockets of `context`. Start it before any is bound.

    A key that is allowed gets status 200 and its own Z85 text as user id, which every message of its connection then
    carries; any other, and any other mechanism, gets 400. `refused`: the addresses of the last that were refused.
    """

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], allowed: AllowList) -> None:
        self._allowed = allowed
        self.refused: deque[str] = deque(maxlen=32)
        self._stop = threading.Event()
        self._socket = context.socket(zmq.REP)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RCVTIMEO, 100)
        self._socket.bind(_ENDPOINT)
        self._thread = threading.Thread(target=self._serve, name="echo-authentication", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5.0)

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                parts = self._socket.recv_multipart()
            except zmq.Again:
                continue
            except zmq.ZMQError:
                break
            status, text, user = b"400", b"The key is not allowed.", b""
            number = parts[1] if len(parts) > 1 else b""
            try:
                address, mechanism, key = parts[3].decode(errors="replace"), parts[5], z85.encode(parts[6])
                if parts[0] == b"1.0" and mechanism == b"CURVE" and self._allowed.allows(key.decode()):
                    status, text, user = b"200", b"OK", key
                else:
                    self.refused.append(address)
            except (IndexError, ValueError):
                pass  # a mechanism without credentials
            self._socket.send_multipart([b"1.0", number, status, text, user, b""])
        self._socket.close(linger=0)
