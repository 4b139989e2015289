"""A client of a few lines on plain sockets, written from bridge/PROTOCOL.md and RFC 23 alone.

It uses nothing of the project, neither its codec nor libzmq: what it cannot do with these words and bytes, the
specification lacks.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Any

import msgpack

MORE, LONG, COMMAND = 1, 2, 4


class Zmtp:
    """One connection of ZMTP 3.0 with the NULL mechanism, as a socket of `kind` (DEALER or SUB)."""

    def __init__(self, port: int, kind: bytes, patience_s: float) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patience_s)
        self._socket.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" + bytes(31))
        greeting = self._read(64)
        assert (greeting[0], greeting[9], greeting[10]) == (0xFF, 0x7F, 3)
        ready = b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind
        self._socket.sendall(bytes([COMMAND, len(ready)]) + ready)
        flags, body = self._frame()
        assert flags & COMMAND
        assert body[:6] == b"\x05READY"

    def send(self, *parts: bytes) -> None:
        for place, part in enumerate(parts):
            flags = (MORE if place + 1 < len(parts) else 0) | (LONG if len(part) > 255 else 0)
            size = struct.pack(">Q", len(part)) if flags & LONG else bytes([len(part)])
            self._socket.sendall(bytes([flags]) + size + part)

    def receive(self) -> list[bytes]:
        """The parts of the next message; heartbeats are answered meanwhile."""
        parts: list[bytes] = []
        while True:
            flags, body = self._frame()
            if flags & COMMAND:
                if body[:5] == b"\x04PING":
                    pong = b"\x04PONG" + body[7:]
                    self._socket.sendall(bytes([COMMAND, len(pong)]) + pong)
                continue
            parts.append(body)
            if not flags & MORE:
                return parts

    def close(self) -> None:
        self._socket.close()

    def _frame(self) -> tuple[int, bytes]:
        flags = self._read(1)[0]
        size = struct.unpack(">Q", self._read(8))[0] if flags & LONG else self._read(1)[0]
        assert size <= 64 << 20
        return flags, self._read(size)

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise ConnectionError("the runtime has closed the connection")
            data += piece
        return bytes(data)


class PlainClient:
    """HELLO, subscriptions to everything, commands with their answers, and what is published."""

    def __init__(self, control_port: int, client: str, patience_s: float = 60.0) -> None:
        self._control = Zmtp(control_port, b"DEALER", patience_s)
        self._id = 0
        self._control.send(msgpack.packb({"t": "hello", "proto": [1, 0], "client": client}), b"")
        self.welcome = self.answer("welcome")
        assert self.welcome["proto"][0] == 1
        self._streams = {
            name: Zmtp(self.welcome["ports"][name], b"SUB", patience_s) for name in ("cues", "video")
        }  # fmt: skip
        for name, stream in self._streams.items():
            stream.send(b"\x01" + name.encode() + b"/")
        self._highest: dict[str, int] = {}
        self._last: dict[tuple[str, str], int] = {}

    def answer(self, *types: str, number: int | None = None) -> dict[str, Any]:
        """The next answer of these types, to a command if `number` is given; others are passed over."""
        while True:
            header, *_ = self._control.receive()
            message: dict[str, Any] = msgpack.unpackb(header)
            if message["t"] in types and number in (None, message.get("id")):
                return message

    def begin(self, kind: str, payload: bytes = b"", **fields: Any) -> int:
        self._id += 1
        self._control.send(msgpack.packb({"t": kind, "id": self._id, **fields}), payload)
        return self._id

    def command(self, kind: str, payload: bytes = b"", **fields: Any) -> dict[str, Any]:
        """Its result."""
        answer = self.answer("done", "failed", number=self.begin(kind, payload, **fields))
        assert answer["t"] == "done", answer
        return dict(answer["result"])

    def offset_us(self) -> int:
        """The runtime's clock less ours, by the quickest of eight pings."""
        found = []
        for _ in range(8):
            sent = time.monotonic_ns() // 1000
            pong_to = self.begin("ping", sent=sent)
            pong, returned = self.answer("pong", number=pong_to), time.monotonic_ns() // 1000
            trip = (returned - sent) - (pong["answered"] - pong["received"])
            found.append((trip, ((pong["received"] - sent) + (pong["answered"] - returned)) // 2))
        return min(found)[1]

    def published(self, stream: str) -> tuple[dict[str, Any], bytes]:
        """The next message that is neither outdated nor there before: header, payload."""
        while True:
            topic, data, payload = self._streams[stream].receive()
            header = msgpack.unpackb(data)
            npc, kind = header["npc"], header["t"]
            assert topic == f"{stream}/{npc}/".encode()
            old = header["seq"] <= self._last.get((npc, kind), 0)
            self._last[npc, kind] = max(header["seq"], self._last.get((npc, kind), 0))
            outdated = header["epoch"] < self._highest.get(npc, 0)
            self._highest[npc] = max(header["epoch"], self._highest.get(npc, 0))
            if not old and not outdated:
                return header, payload

    def close(self) -> None:
        self.command("bye")
        for connection in (self._control, *self._streams.values()):
            connection.close()
