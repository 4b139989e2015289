"""The client's sockets and the thread that drains them: nothing ever waits in a queue behind a slow reader."""

from __future__ import annotations

import contextlib
import random
import socket as sockets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import zmq

from echo_bridge import jpeg, limits
from echo_bridge.clock import ClockOffset, monotonic_us
from echo_bridge.codec import UnknownTypeError, decode, encode
from echo_bridge.commands import Command, Hello, Ping
from echo_bridge.curves import from_payload
from echo_bridge.inbox import Face, Frame, Inbox, SpeechChunk
from echo_bridge.replies import REPLIES, Ack, Closing, Done, Error, Failed, Pong, Welcome
from echo_bridge.sound import from_pcm16
from echo_bridge.streams import STREAMS, Coefficients, Event, Speech, Video, check_topic
from echo_runtime.errors import CommandFailedError, ConnectionLostError, EchoError, ProtocolError, VersionError

Received = Frame | Face | SpeechChunk | Event


class Pending:
    """A command that has been sent. `ack` and `done` wait for its answers."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._acknowledged = threading.Event()
        self._finished = threading.Event()
        self._buffered_us = 0
        self._result: dict[str, Any] = {}
        self._error: EchoError | None = None

    def ack(self, timeout: float = 5.0) -> int:
        """Wait until it is acknowledged; returns `buffered_us`. Raises what `done` raises."""
        self._wait(self._acknowledged, timeout, "acknowledged")
        return self._buffered_us

    def done(self, timeout: float = 5.0) -> dict[str, Any]:
        """Wait for the result. CommandFailedError; ConnectionLostError when no answer comes in `timeout` s."""
        self._wait(self._finished, timeout, "answered")
        return self._result

    @property
    def finished(self) -> bool:
        return self._finished.is_set()

    def settle(self, answer: Ack | Done | Failed | EchoError) -> None:
        if isinstance(answer, Ack):
            self._buffered_us = answer.buffered_us
        else:
            if isinstance(answer, Done):
                self._result = answer.result
            else:
                self._error = CommandFailedError(answer.code, answer.text) if isinstance(answer, Failed) else answer
            self._finished.set()
        self._acknowledged.set()

    def _wait(self, event: threading.Event, timeout: float, verb: str) -> None:
        if not event.wait(timeout):
            raise ConnectionLostError(f"The runtime has not {verb} '{self.what}' within {timeout:g} s.")
        if self._error is not None:
            raise self._error


class Connection:
    """One DEALER and two SUB sockets. A returning or restarted runtime is greeted anew by itself."""

    def __init__(
        self,
        host: str,
        port: int,
        client: str,
        inbox: Inbox,
        prefixes: dict[str, list[bytes]],
        on_receive: Callable[[Received], None],
    ) -> None:
        self.host, self.port, self.client = host, port, client
        self.offset = ClockOffset()
        self.welcome: Welcome | None = None
        self.closing: str = ""
        """Why the runtime ended the session, "" while it has not."""
        self.refusals: deque[Failed | Error] = deque(maxlen=32)
        """What came without belonging to a waiting command."""
        self._inbox, self._on_receive = inbox, on_receive
        self._pending: dict[int, Pending] = {}
        # away from small numbers: a late answer to an earlier connection must not meet a new command
        self._number = random.getrandbits(40) << 20
        self._lock = threading.Lock()
        self._outbox: deque[tuple[bytes, bytes]] = deque()
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
        self._control.connect(f"tcp://{host}:{port}")
        self._streams: dict[str, zmq.Socket[bytes]] = {}
        self._wake_read, self._wake_write = sockets.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)
        self._thread = threading.Thread(target=self._drain, name="echo-client", daemon=True)
        self._say_hello()
        self._thread.start()

    # For the client's threads ------------------------------------------------------------------------------------

    def wait_until_greeted(self, timeout: float) -> None:
        """Raises VersionError, ProtocolError, or ConnectionLostError when nobody answers."""
        if not self._greeted.wait(timeout):
            raise ConnectionLostError(
                f"No runtime answers at tcp://{self.host}:{self.port} within {timeout:g} s: start one with "
                "'echo-runtime run', or give its address with --address."
            )
        if self._refused is not None:
            raise self._refused

    def send(self, command: Command, payload: bytes = b"") -> None:
        """Queue a command."""
        if self._stop.is_set():
            raise ConnectionLostError("The connection is closed.")
        command.check_payload(len(payload))
        self._outbox.append((encode(command), payload))
        self._wake()

    def begin(self, kind: type[Command], payload: bytes = b"", **fields: Any) -> Pending:
        """Send a command that will be answered."""
        pending = Pending(kind.TYPE)
        with self._lock:
            self._number += 1
            number = self._number
            self._pending[number] = pending
        try:
            self.send(kind(id=number, **fields), payload)
        except BaseException:
            self._forget(number)
            raise
        if self.closing:
            self._abandon()
        return pending

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
        try:
            while not self._stop.is_set():
                ready = dict(poller.poll(max(0, min(200, int(1000 * (self._next_ping - time.monotonic()) + 1)))))
                if self._wake_read.fileno() in ready:
                    with contextlib.suppress(BlockingIOError):
                        self._wake_read.recv(4096)
                self._receive_control(poller)
                for socket in list(self._streams.values()):
                    if socket in ready:
                        self._receive_stream(socket)
                self._ping_when_due()
                while self._outbox:
                    self._control.send_multipart(self._outbox.popleft(), flags=zmq.DONTWAIT)
        except zmq.ZMQError as error:
            self.closing = self.closing or f"The connection broke: {error}."
        finally:
            with contextlib.suppress(zmq.ZMQError):  # what was queued just before the end, `bye` among it
                while self._outbox:
                    self._control.send_multipart(self._outbox.popleft(), flags=zmq.DONTWAIT)
            self._abandon()
            self._control.close()
            for socket in self._streams.values():
                socket.close(linger=0)
            self._wake_read.close()
            self._wake_write.close()
            self._context.term()

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
                self.closing = message.text
                self._abandon()
                with self._inbox.changed:
                    self._inbox.changed.notify_all()
            elif isinstance(message, (Ack, Done, Failed)):
                self._answer(message)
            elif isinstance(message, Error):
                self._meet(message)

    def _answer(self, message: Ack | Done | Failed) -> None:
        with self._lock:
            pending = self._pending.get(message.id)
        if pending is not None:
            pending.settle(message)
            if not isinstance(message, Ack):
                self._forget(message.id)
        elif isinstance(message, Failed):
            self.refusals.append(message)

    def _meet(self, error: Error) -> None:
        if error.code == "no_session":
            # the runtime was restarted, or took us for gone: it knows nothing of what was under way
            if self._greeted.is_set():
                self._abandon()
                self._say_hello()
        elif not self._greeted.is_set():
            kind = VersionError if error.code == "version" else ProtocolError
            self._refused = kind(error.text)
            self._greeted.set()
        else:
            self.refusals.append(error)

    def _settle_in(self, welcome: Welcome, poller: zmq.Poller) -> None:
        if self.welcome is not None and self.welcome.run != welcome.run:
            self._inbox.reset()
            self.offset.reset()
            self._pings = 0
        self.welcome = welcome
        if self._ports != welcome.ports:
            for socket in self._streams.values():
                poller.unregister(socket)
                socket.close(linger=0)
            self._streams = {
                stream: self._subscribe(stream, welcome.ports[stream], poller)
                for stream in self._prefixes
                if stream in welcome.ports
            }
            self._ports = dict(welcome.ports)
        self._next_ping = 0.0
        self._greeted.set()

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
        if self.welcome is None or now - self._heard > limits.SILENCE_SECONDS:
            self._next_ping = now + limits.PING_SECONDS
            if self.welcome is not None:
                self._abandon()
                with self._inbox.changed:
                    self._inbox.changed.notify_all()
        # the first eight come quickly, so that the offset is good at once
        self._next_ping = now + (0.02 if self.welcome is not None and self._pings < 8 else limits.PING_SECONDS)
        if self.welcome is not None and not self.closing:
            self._pings += 1
            with contextlib.suppress(zmq.Again):
                self._control.send_multipart([encode(Ping(sent=monotonic_us())), b""], flags=zmq.DONTWAIT)

    def _say_hello(self) -> None:
        self._outbox.append((encode(Hello(proto=limits.PROTOCOL, client=self.client)), b""))

    def _abandon(self) -> None:
        with self._lock:
            lost = list(self._pending.values())
            self._pending.clear()
        for pending in lost:
            pending.settle(
                ConnectionLostError(self.closing or f"The runtime fell silent before it answered '{pending.what}'.")
            )

    def _forget(self, number: int) -> None:
        with self._lock:
            self._pending.pop(number, None)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            self._wake_write.send(b"\0")
