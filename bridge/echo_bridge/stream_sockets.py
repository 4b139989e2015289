"""The client's two SUB sockets: what to subscribe to, and turning what comes into frames, faces, speech and events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import numpy as np
import zmq

from echo_bridge import jpeg, limits
from echo_bridge.clock import ClockOffset, monotonic_us
from echo_bridge.codec import UnknownTypeError, decode
from echo_bridge.control_socket import keep_trying
from echo_bridge.curves import from_payload
from echo_bridge.inbox import Face, Frame, Inbox, SpeechChunk
from echo_bridge.keys import ClientKeys
from echo_bridge.sound import from_pcm16
from echo_bridge.streams import STREAMS, Coefficients, Event, Speech, Video, check_topic, topic
from echo_runtime.errors import ProtocolError

Received = Frame | Face | SpeechChunk | Event


class StreamSockets:
    """Cues and video of one client. `watch` may be called from any thread, all else in the one that drains.

    `prefixes`: stream → topics to subscribe to. `on_receive` is called with everything that is accepted; what is
    refused or not known is counted in `inbox`.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        poller: zmq.Poller,
        host: str,
        prefixes: dict[str, list[bytes]],
        keys: ClientKeys | None,
        inbox: Inbox,
        offset: ClockOffset,
        on_receive: Callable[[Received], None],
    ) -> None:
        self._context, self._poller, self._host = context, poller, host
        self._prefixes, self._keys, self._inbox, self._offset = prefixes, keys, inbox, offset
        self._on_receive = on_receive
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        self._ports: dict[str, int] = {}
        self._wanted: deque[str] = deque()

    def watch(self, npc: str) -> None:
        """Subscribe to one more NPC at the next `subscribe`, on every stream that is subscribed to at all."""
        self._wanted.append(npc)

    def subscribe(self) -> None:
        """Do what `watch` has asked for."""
        while self._wanted:
            npc = self._wanted.popleft()
            for stream, prefixes in self._prefixes.items():
                prefix = topic(stream, npc)
                if prefix not in prefixes:
                    prefixes.append(prefix)
                    if stream in self._sockets:
                        self._sockets[stream].setsockopt(zmq.SUBSCRIBE, prefix)

    def open(self, ports: Mapping[str, int], every_picture: bool, anew: bool) -> None:
        """Connect to the ports of WELCOME; nothing happens if they are the same, unless `anew`.

        `every_picture`: let as many wait as come, where a virtual clock makes them.
        """
        if self._ports == ports and not anew:
            return
        self.close()
        self._ports = dict(ports)
        for stream in self._prefixes:
            if stream in ports:
                few = stream == "video" and not every_picture
                self._sockets[stream] = self._connect(stream, ports[stream], few)

    def _connect(self, stream: str, port: int, few: bool) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, limits.VIDEO_BACKLOG if few else limits.CUES_QUEUE)
        socket.setsockopt(zmq.MAXMSGSIZE, limits.VIDEO_BYTES if stream == "video" else limits.SOUND_BYTES)
        keep_trying(socket, self._keys)
        for prefix in self._prefixes[stream]:
            socket.setsockopt(zmq.SUBSCRIBE, prefix)
        socket.connect(f"tcp://{self._host}:{port}")
        self._poller.register(socket, zmq.POLLIN)
        return socket

    def close(self) -> None:
        for socket in self._sockets.values():
            self._poller.unregister(socket)
            socket.close(linger=0)
        self._sockets, self._ports = {}, {}

    def receive(self, ready: Mapping[object, int]) -> None:
        """Empty those sockets that the poller found ready; at most 256 messages each, then control has its turn."""
        for socket in list(self._sockets.values()):
            if socket not in ready:
                continue
            for _ in range(256):
                try:
                    parts = socket.recv_multipart(zmq.DONTWAIT, copy=False)
                except zmq.Again:
                    break
                self._take(parts)

    def _take(self, parts: list[zmq.Frame]) -> None:
        try:
            item = self._read(parts, monotonic_us() + self._offset.offset_us)
        except UnknownTypeError:
            self._inbox.unknown += 1
        except ProtocolError:
            self._inbox.malformed += 1
        else:
            if item is None:
                return
            if not isinstance(item, Event):
                self._inbox.put(item)
            self._on_receive(item)

    def _read(self, parts: list[zmq.Frame], received_us: int) -> Received | None:
        """One published message; None if it is outdated or was there before. Raises ProtocolError."""
        if len(parts) != 3:
            raise ProtocolError(f"A published message has {len(parts)} parts; it must have three.")
        payload = parts[2].buffer
        message = decode(STREAMS, parts[1].bytes, len(payload))
        check_topic(parts[0].bytes, message)
        if isinstance(message, Video) and message.format == "jpeg":
            jpeg.check(payload, message)
        if not self._inbox.accept(message):
            return None
        if isinstance(message, Video):
            data = np.frombuffer(payload, np.uint8)
            if message.format != "jpeg":
                data = data.reshape(message.height, message.width, 4)
            return Frame(message, data, received_us)
        if isinstance(message, Coefficients):
            return Face(message, from_payload(payload), received_us)
        if isinstance(message, Speech):
            return SpeechChunk(message, from_pcm16(payload, message.channels), received_us)
        return message if isinstance(message, Event) else None
