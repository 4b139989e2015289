"""The client's sockets and the thread that drains them: nothing ever waits in a queue behind a slow reader."""

from __future__ import annotations

import contextlib
import socket as sockets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import zmq

from echo_bridge import jpeg, limits
from echo_bridge.clock import ClockOffset, monotonic_us
from echo_bridge.codec import UnknownTypeError, decode, encode
from echo_bridge.commands import Command, Hello, Ping
from echo_bridge.curves import from_payload
from echo_bridge.inbox import Face, Frame, Inbox, SpeechChunk
from echo_bridge.keys import ClientKeys
from echo_bridge.link_monitor import LinkMonitor
from echo_bridge.pending import Pending, PendingCommands
from echo_bridge.replies import REPLIES, Ack, Closing, Done, Error, Failed, Pong, Welcome
from echo_bridge.sound import from_pcm16
from echo_bridge.streams import STREAMS, Coefficients, Event, Speech, Video, check_topic, topic
from echo_runtime.errors import ConnectionLostError, EchoError, ProtocolError, VersionError

Received = Frame | Face | SpeechChunk | Event
Status = Literal["connecting", "connected", "lost", "refused"]
QUIET_CODES = frozenset({"replaced", "key_removed"})
"""Of `closing`: the client does not come back by itself."""


class Connection:
    """One DEALER and two SUB sockets, and the thread that owns them.

    A runtime that is not there yet, comes back or is another one is greeted whenever the connection stands; libzmq
    retries after 0.1 s, then less often, at least every second. Called in the thread, so be quick: `on_receive`,
    `on_status` (status, one sentence or ""), `on_welcome` (welcome, whether it is another run than before) and
    `on_warning` (one sentence).
    `prefixes`: stream → topics to subscribe to. `proto`: what HELLO says.
    """

    def __init__(
        self,
        host: str,
        port: int,
        client: str,
        inbox: Inbox,
        prefixes: dict[str, list[bytes]],
        on_receive: Callable[[Received], None],
        *,
        on_status: Callable[[Status, str], None] = lambda status, text: None,
        on_welcome: Callable[[Welcome, bool], None] = lambda welcome, new: None,
        on_warning: Callable[[str], None] = lambda text: None,
        keys: ClientKeys | None = None,
        proto: tuple[int, int] | None = None,
    ) -> None:
        self.host, self.port, self.client = host, port, client
        self.status: Status = "connecting"
        self.status_text = ""
        self._on_status, self._on_welcome, self._on_warning = on_status, on_welcome, on_warning
        self._keys, self._proto, self._warned = keys, proto, False
        self.offset = ClockOffset()
        self.welcome: Welcome | None = None
        self.closing: str = ""
        """Why the runtime ended the session, "" while it has not."""
        self.refusals: deque[Failed | Error] = deque(maxlen=32)
        """What came without belonging to a waiting command."""
        self._inbox, self._on_receive = inbox, on_receive
        self._pending = PendingCommands()
        self._outbox: deque[tuple[int, bytes, bytes]] = deque()
        """Number of the command (0 = none), header, payload."""
        self._wanted: deque[str] = deque()
        self._linked = self._hailing = self._quiet = False
        self._stop = threading.Event()
        self._greeted = threading.Event()
        self._refused: EchoError | None = None
        self._heard = time.monotonic()
        self._next_ping = 0.0
        self._pings = 0
        self._prefixes = prefixes
        self._ports: dict[str, int] = {}
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._control = self._context.socket(zmq.DEALER)
        self._control.setsockopt(zmq.LINGER, 200)
        self._control.setsockopt(zmq.RECONNECT_IVL, 100)
        self._control.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
        self._control.setsockopt(zmq.HEARTBEAT_IVL, limits.HEARTBEAT_MS)
        self._control.setsockopt(zmq.HEARTBEAT_TIMEOUT, limits.HEARTBEAT_TIMEOUT_MS)
        self._control.setsockopt(zmq.MAXMSGSIZE, limits.CONTROL_MESSAGE_BYTES)
        if keys is not None:
            keys.protect(self._control)
        self._monitor = LinkMonitor(self._control)
        self._control.connect(f"tcp://{host}:{port}")
        self._streams: dict[str, zmq.Socket[bytes]] = {}
        self._wake_read, self._wake_write = sockets.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._thread = threading.Thread(target=self._drain, name="echo-client", daemon=True)
        self._thread.start()

    # For the client's threads ------------------------------------------------------------------------------------

    def wait_until_greeted(self, timeout: float) -> None:
        """Raises VersionError, ProtocolError, or ConnectionLostError when nobody answers."""
        if not self._greeted.wait(timeout):
            if self.status == "refused":
                raise ConnectionLostError(self.status_text)
            raise ConnectionLostError(
                f"No runtime answers at tcp://{self.host}:{self.port} within {timeout:g} s: start one with "
                "'echo-runtime run', or give its address with --address."
            )
        if self._refused is not None:
            raise self._refused

    def send(self, command: Command, payload: bytes = b"") -> None:
        """Queue a command. It is lost if the runtime is not connected."""
        if self._stop.is_set():
            raise ConnectionLostError("The connection is closed.")
        command.check_payload(len(payload))
        self._outbox.append((command.id, encode(command), payload))
        self._wake()

    def begin(self, kind: type[Command], payload: bytes = b"", **fields: Any) -> Pending:
        """Send a command that will be answered."""
        number, pending = self._pending.new(kind.TYPE)
        try:
            self.send(kind(id=number, **fields), payload)
        except BaseException:
            self._pending.forget(number)
            raise
        if self.closing:
            self._pending.abandon(self.closing)
        return pending

    def watch(self, npc: str) -> None:
        """Subscribe to one more NPC, on every stream that is subscribed to at all. From any thread."""
        self._wanted.append(npc)
        self._wake()

    def _subscribe_wanted(self) -> None:
        while self._wanted:
            npc = self._wanted.popleft()
            for stream, prefixes in self._prefixes.items():
                prefix = topic(stream, npc)
                if prefix not in prefixes:
                    prefixes.append(prefix)
                    if stream in self._streams:
                        self._streams[stream].setsockopt(zmq.SUBSCRIBE, prefix)

    @property
    def alive(self) -> bool:
        """Whether the runtime has been heard of lately and has not ended the session."""
        return not self._stop.is_set() and not self.closing and time.monotonic() - self._heard < limits.SILENCE_SECONDS

    def close(self) -> None:
        self._stop.set()
        self._wake()
        self._thread.join(timeout=5.0)

    # In the drain thread -----------------------------------------------------------------------------------------

    def _drain(self) -> None:
        poller = zmq.Poller()
        poller.register(self._control, zmq.POLLIN)
        poller.register(self._wake_read.fileno(), zmq.POLLIN)
        poller.register(self._monitor.socket, zmq.POLLIN)
        self._say("connecting", "")
        try:
            while not self._stop.is_set():
                ready = dict(poller.poll(max(0, min(200, int(1000 * (self._next_ping - time.monotonic()) + 1)))))
                if self._wake_read.fileno() in ready:
                    with contextlib.suppress(BlockingIOError):
                        self._wake_read.recv(4096)
                self._receive_control(poller)  # first: a goodbye came before the connection ended
                if self._monitor.socket in ready:
                    self._follow_link()
                for socket in list(self._streams.values()):
                    if socket in ready and not socket.closed:
                        self._receive_stream(socket)
                self._subscribe_wanted()
                self._ping_when_due()
                self._send_outbox()
        except zmq.ZMQError as error:
            self.closing = self.closing or f"The connection broke: {error}."
        finally:
            with contextlib.suppress(zmq.ZMQError):  # what was queued just before the end, `bye` among it
                self._send_outbox()
            self._pending.abandon(self.closing)
            self._monitor.close()
            self._control.close()
            for socket in self._streams.values():
                socket.close(linger=0)
            self._wake_read.close()
            self._wake_write.close()
            self._context.term()

    def _send_outbox(self) -> None:
        while self._outbox:
            number, header, payload = self._outbox.popleft()
            try:
                if not self._linked:
                    # nothing is kept for a runtime that is not there. (ZMQ_IMMEDIATE would say so by itself, but it
                    # also throws away what was received and not read yet, a goodbye above all.)
                    raise zmq.Again
                self._control.send_multipart([header, payload], flags=zmq.DONTWAIT)
            except zmq.Again:
                self._pending.fail(number, ConnectionLostError(self.closing or "The runtime is not connected."))

    def _say(self, status: Status, text: str) -> None:
        if (status, text) != (self.status, self.status_text) or status == "connecting":
            self.status, self.status_text = status, text
            self._on_status(status, text)

    def _follow_link(self) -> None:
        for event, reason in self._monitor.read():
            if event == "connected":
                self._linked = True
                if not self._quiet:
                    self._hail()
            elif event == "disconnected":
                self._linked = False
                self._lose("")
            elif not self._quiet and not self._greeted.is_set():
                self._say("refused", reason)

    def _hail(self) -> None:
        """HELLO, and again every second until it is answered."""
        self._hailing = True
        proto = self._proto or limits.PROTOCOL
        with contextlib.suppress(zmq.Again):
            self._control.send_multipart([encode(Hello(proto=proto, client=self.client)), b""], flags=zmq.DONTWAIT)
        self._next_ping = time.monotonic() + limits.PING_SECONDS

    def _lose(self, why: str) -> None:
        """Nobody answers what is under way."""
        self._pending.abandon(why or self.closing)
        if self.status == "connected":
            self._say("lost", why)
        with self._inbox.changed:
            self._inbox.changed.notify_all()

    def _receive_control(self, poller: zmq.Poller) -> None:
        while True:
            try:
                parts = self._control.recv_multipart(zmq.DONTWAIT)
            except zmq.Again:
                return
            self._heard = time.monotonic()
            try:
                message = decode(REPLIES, parts[0])
            except ProtocolError:
                self._inbox.malformed += 1
                continue
            if isinstance(message, Welcome):
                self._settle_in(message, poller)
            elif isinstance(message, Pong):
                self.offset.add(message.sent, message.received, message.answered, monotonic_us())
            elif isinstance(message, Closing):
                self._end_session(message, poller)
            elif isinstance(message, (Ack, Done, Failed)):
                if not self._pending.answer(message) and isinstance(message, Failed):
                    self.refusals.append(message)
            elif isinstance(message, Error):
                self._meet(message)

    def _end_session(self, closing: Closing, poller: zmq.Poller) -> None:
        self.closing = closing.text
        if closing.code in QUIET_CODES:
            self._quiet = True
            self._close_streams(poller)
            self._lose(closing.text)
            self._say("refused", closing.text)
        else:
            self._lose(closing.text)

    def _meet(self, error: Error) -> None:
        if error.code == "no_session":
            # the runtime was restarted, or took us for gone: it knows nothing of what was under way
            if not self._quiet and not self._hailing:
                self._pending.abandon(self.closing)
                self._hail()
        elif self._hailing:
            kind = VersionError if error.code == "version" else ProtocolError
            if error.code == "version":
                self._hailing = False  # asking again will not change it; a new connection may lead to another runtime
            self._refused = kind(error.text)
            self._say("refused", error.text)
            self._greeted.set()
        else:
            self.refusals.append(error)

    def _settle_in(self, welcome: Welcome, poller: zmq.Poller) -> None:
        ours = self._proto or limits.PROTOCOL
        if welcome.proto[0] != ours[0]:
            self._hailing, self._quiet = False, True
            spoken = (
                f"The runtime speaks protocol {welcome.proto[0]}.{welcome.proto[1]} and this client {ours[0]}.{ours[1]}"
            )
            older = "client" if ours[0] < welcome.proto[0] else "runtime"
            self._refused = VersionError(f"{spoken}: update the {older}.")
            self._say("refused", str(self._refused))
            self._greeted.set()
            return
        self._hailing, self._refused = False, None
        if welcome.proto[1] > ours[1] and not self._warned:
            self._warned = True
            spoken = f"protocol {welcome.proto[0]}.{welcome.proto[1]}, newer than this client's {ours[0]}.{ours[1]}"
            self._on_warning(f"The runtime speaks {spoken}: what is new there goes unused until the client is updated.")
        new_run = self.welcome is not None and self.welcome.run != welcome.run
        if new_run:
            self._inbox.reset()
            self.offset.reset()
        self._pings = 0
        self.welcome, self.closing = welcome, ""
        self._heard = time.monotonic()
        if self._ports != welcome.ports or new_run:
            self._close_streams(poller)
            self._streams = {
                stream: self._subscribe(stream, welcome.ports[stream], poller)
                for stream in self._prefixes
                if stream in welcome.ports
            }
            self._ports = dict(welcome.ports)
        self._next_ping = 0.0
        self._greeted.set()
        self._on_welcome(welcome, new_run)
        self._say("connected", "")

    def _close_streams(self, poller: zmq.Poller) -> None:
        for socket in self._streams.values():
            poller.unregister(socket)
            socket.close(linger=0)
        self._streams = {}

    def _subscribe(self, stream: str, port: int, poller: zmq.Poller) -> zmq.Socket[bytes]:
        socket = self._context.socket(zmq.SUB)
        socket.setsockopt(zmq.LINGER, 0)
        virtual = self.welcome is not None and "advance" in self.welcome.caps
        few = stream == "video" and not virtual
        socket.setsockopt(zmq.RCVHWM, limits.VIDEO_BACKLOG if few else limits.CUES_QUEUE)
        socket.setsockopt(zmq.MAXMSGSIZE, limits.VIDEO_BYTES if stream == "video" else limits.SOUND_BYTES)
        socket.setsockopt(zmq.RECONNECT_IVL, 100)
        socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
        socket.setsockopt(zmq.HEARTBEAT_IVL, limits.HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, limits.HEARTBEAT_TIMEOUT_MS)
        if self._keys is not None:
            self._keys.protect(socket)
        for prefix in self._prefixes[stream]:
            socket.setsockopt(zmq.SUBSCRIBE, prefix)
        socket.connect(f"tcp://{self.host}:{port}")
        poller.register(socket, zmq.POLLIN)
        return socket

    def _receive_stream(self, socket: zmq.Socket[bytes]) -> None:
        for _ in range(256):  # then look at control again
            try:
                parts = socket.recv_multipart(zmq.DONTWAIT, copy=False)
            except zmq.Again:
                return
            received_us = monotonic_us() + self.offset.offset_us
            try:
                if len(parts) != 3:
                    raise ProtocolError(f"A published message has {len(parts)} parts; it must have three.")
                payload = parts[2].buffer
                message = decode(STREAMS, parts[1].bytes, len(payload))
                check_topic(parts[0].bytes, message)
                if isinstance(message, Video) and message.format == "jpeg":
                    jpeg.check(payload, message)
                if not self._inbox.accept(message):
                    continue
                item: Received
                if isinstance(message, Video):
                    data = np.frombuffer(payload, np.uint8)
                    if message.format != "jpeg":
                        data = data.reshape(message.height, message.width, 4)
                    item = Frame(message, data, received_us)
                elif isinstance(message, Coefficients):
                    item = Face(message, from_payload(payload), received_us)
                elif isinstance(message, Speech):
                    item = SpeechChunk(message, from_pcm16(payload, message.channels), received_us)
                elif isinstance(message, Event):
                    item = message
                else:
                    continue
            except UnknownTypeError:
                self._inbox.unknown += 1
                continue
            except ProtocolError:
                self._inbox.malformed += 1
                continue
            if not isinstance(item, Event):
                self._inbox.put(item)
            self._on_receive(item)

    def _ping_when_due(self) -> None:
        now = time.monotonic()
        if now < self._next_ping:
            return
        self._next_ping = now + limits.PING_SECONDS
        if self._hailing and self._linked:
            self._hail()
        elif self._linked and self.welcome is not None and not self.closing:
            if now - self._heard > limits.SILENCE_SECONDS:
                self._lose("")
            if self._pings < 8:  # the first eight come quickly, so that the offset is good at once
                self._next_ping = now + 0.02
            self._pings += 1
            with contextlib.suppress(zmq.Again):
                self._control.send_multipart([encode(Ping(sent=monotonic_us())), b""], flags=zmq.DONTWAIT)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._wake_write.send(b"\0")
