"""The client's connection and the thread that drains it: nothing ever waits in a queue behind a slow reader."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

import zmq

from echo_bridge import limits
from echo_bridge.clock import ClockOffset, monotonic_us
from echo_bridge.codec import decode, encode
from echo_bridge.commands import Command, Ping
from echo_bridge.control_socket import ControlSocket
from echo_bridge.greeting import Greeting
from echo_bridge.inbox import Inbox
from echo_bridge.keys import ClientKeys
from echo_bridge.pending import Pending, PendingCommands
from echo_bridge.replies import REPLIES, Ack, Closing, Done, Error, Failed, Pong, Welcome
from echo_bridge.stream_sockets import Received, StreamSockets
from echo_bridge.wake_up import WakeUp
from echo_runtime.errors import ConnectionLostError, ProtocolError

__all__ = ["Connection", "Received", "Status"]

Status = Literal["connecting", "connected", "lost", "refused"]
QUIET_CODES = frozenset({"replaced", "key_removed"})
"""Of `closing`: the client does not come back by itself."""


class Connection:
    """A control socket, two SUB sockets, and the thread that owns them.

    A runtime that is not there yet, comes back or is another one is greeted whenever the connection stands. Called in
    the thread, so be quick: `on_receive`, `on_status` (status, one sentence or ""), `on_welcome` (welcome, whether it
    is another run than before) and `on_warning` (one sentence).
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
        self.host, self.port = host, port
        self.status: Status = "connecting"
        self.status_text = ""
        self._on_status, self._on_welcome, self._on_warning = on_status, on_welcome, on_warning
        self._greeting = Greeting(client, proto)
        self.offset = ClockOffset()
        self.welcome: Welcome | None = None
        """The runtime's answer to HELLO; None before the first."""
        self.closing: str = ""
        """Why the runtime ended the session, "" while it has not."""
        self.refusals: deque[Failed | Error] = deque(maxlen=32)
        """What came without belonging to a waiting command."""
        self._inbox = inbox
        self._pending = PendingCommands()
        self._outbox: deque[tuple[int, bytes, bytes]] = deque()
        """Number of the command (0 = none), header, payload."""
        self._linked = False
        self._stop = threading.Event()
        self._greeted = threading.Event()
        self._heard = time.monotonic()
        self._next_ping = 0.0
        self._pings = 0
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._control = ControlSocket(self._context, host, port, keys)
        self._poller = zmq.Poller()
        self._streams = StreamSockets(self._context, self._poller, host, prefixes, keys, inbox, self.offset, on_receive)
        self._wake_up = WakeUp()
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
        if self._greeting.refusal is not None:
            raise self._greeting.refusal

    def send(self, command: Command, payload: bytes = b"") -> None:
        """Queue a command. It is lost if the runtime is not connected."""
        if self._stop.is_set():
            raise ConnectionLostError("The connection is closed.")
        command.check_payload(len(payload))
        self._outbox.append((command.id, encode(command), payload))
        self._wake_up.wake()

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
        self._streams.watch(npc)
        self._wake_up.wake()

    @property
    def alive(self) -> bool:
        """Whether the runtime has been heard of lately and has not ended the session."""
        return not self._stop.is_set() and not self.closing and time.monotonic() - self._heard < limits.SILENCE_SECONDS

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._stop.is_set()

    def close(self) -> None:
        self._stop.set()
        self._wake_up.wake()
        self._thread.join(timeout=5.0)

    # In the drain thread -----------------------------------------------------------------------------------------

    def _drain(self) -> None:
        self._poller.register(self._control.socket, zmq.POLLIN)
        self._poller.register(self._wake_up.fileno(), zmq.POLLIN)
        self._poller.register(self._control.monitor.socket, zmq.POLLIN)
        self._say("connecting", "")
        try:
            while not self._stop.is_set():
                wait_ms = int(1000 * (self._next_ping - time.monotonic()) + 1)
                ready = dict(self._poller.poll(max(0, min(200, wait_ms))))
                if self._wake_up.fileno() in ready:
                    self._wake_up.clear()
                link_changed = self._control.monitor.socket in ready
                if link_changed or self._control.socket in ready:
                    self._receive_control()  # first: a goodbye came before the connection ended
                if link_changed:
                    self._follow_link()
                self._streams.receive(ready)
                self._streams.subscribe()
                self._ping_when_due()
                self._send_outbox()
        except zmq.ZMQError as error:
            self.closing = self.closing or f"The connection broke: {error}."
        finally:
            with contextlib.suppress(zmq.ZMQError):  # what was queued just before the end, `bye` among it
                self._send_outbox()
            self._pending.abandon(self.closing)
            self._control.close()
            self._streams.close()
            self._wake_up.close()
            self._context.term()

    def _send_outbox(self) -> None:
        while self._outbox:
            number, header, payload = self._outbox.popleft()
            # nothing is kept for a runtime that is not there. (ZMQ_IMMEDIATE would say so by itself, but it also throws
            # away what was received and not read yet, a goodbye above all.)
            if not self._linked or not self._control.send(header, payload):
                self._pending.fail(number, ConnectionLostError(self.closing or "The runtime is not connected."))

    def _say(self, status: Status, text: str) -> None:
        if (status, text) != (self.status, self.status_text) or status == "connecting":
            self.status, self.status_text = status, text
            self._on_status(status, text)

    def _follow_link(self) -> None:
        for event, reason in self._control.monitor.read():
            if event == "connected":
                self._linked = True
                if not self._greeting.quiet:
                    self._hail()
            elif event == "disconnected":
                self._linked = False
                self._lose("")
            elif not self._greeting.quiet and not self._greeted.is_set():
                self._say("refused", reason)

    def _hail(self) -> None:
        """HELLO, and again every second until it is answered."""
        self._control.send(self._greeting.hello())
        self._next_ping = time.monotonic() + limits.PING_SECONDS

    def _lose(self, why: str) -> None:
        """Nobody answers what is under way."""
        self._pending.abandon(why or self.closing)
        if self.status == "connected":
            self._say("lost", why)
        with self._inbox.changed:
            self._inbox.changed.notify_all()

    def _receive_control(self) -> None:
        for parts in self._control.receive():
            self._heard = time.monotonic()
            try:
                if len(parts) > 2:
                    raise ProtocolError(f"A control message has {len(parts)} parts; it must have one or two.")
                message = decode(REPLIES, parts[0], sum(map(len, parts[1:])))
            except ProtocolError:
                self._inbox.malformed += 1
                continue
            if isinstance(message, Welcome):
                self._settle_in(message)
            elif isinstance(message, Pong):
                self.offset.add(message.sent, message.received, message.answered, monotonic_us())
                if self.status == "lost" and not self._greeting.under_way and not self.closing:
                    self._say("connected", "")  # it was silent for a while, and is the same
            elif isinstance(message, Closing):
                self._end_session(message)
            elif isinstance(message, (Ack, Done, Failed)):
                if not self._pending.answer(message) and isinstance(message, Failed):
                    self.refusals.append(message)
            elif isinstance(message, Error):
                self._meet(message)

    def _end_session(self, closing: Closing) -> None:
        self.closing = closing.text
        if closing.code in QUIET_CODES:
            self._greeting.quiet = True
            self._streams.close()
            self._lose(closing.text)
            self._say("refused", closing.text)
        else:
            self._lose(closing.text)

    def _meet(self, error: Error) -> None:
        if error.code == "no_session":
            # the runtime was restarted, or took us for gone: it knows nothing of what was under way
            if not self._greeting.quiet and not self._greeting.under_way:
                self._pending.abandon(self.closing)
                self._hail()
        elif self._greeting.under_way:
            self._greeting.refuse(error)
            self._say("refused", error.text)
            self._greeted.set()
        else:
            self.refusals.append(error)

    def _settle_in(self, welcome: Welcome) -> None:
        meaning = self._greeting.take(welcome)
        if meaning == "refused":
            self._say("refused", str(self._greeting.refusal))
            self._greeted.set()
        elif meaning != "repeated":
            new_run = meaning == "new_run"
            if new_run:
                self._inbox.reset()
                self.offset.reset()
            self.welcome, self.closing = welcome, ""
            self._heard = time.monotonic()
            self._streams.open(welcome.ports, every_picture="advance" in welcome.caps, anew=new_run)
            self._pings, self._next_ping = 0, 0.0
            self._greeted.set()
            if warning := self._greeting.take_warning():
                self._on_warning(warning)
            self._on_welcome(welcome, new_run)
            self._say("connected", "")

    def _ping_when_due(self) -> None:
        now = time.monotonic()
        if now < self._next_ping:
            return
        self._next_ping = now + limits.PING_SECONDS
        if self._greeting.under_way and self._linked:
            self._hail()
        elif self._linked and self.welcome is not None and not self.closing:
            if now - self._heard > limits.SILENCE_SECONDS:
                self._lose("")
            if self._pings < 8:  # the first eight come quickly, so that the offset is good at once
                self._next_ping = now + 0.02
            self._pings += 1
            self._control.send(encode(Ping(sent=monotonic_us())))
