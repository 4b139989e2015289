"""The runtime's control socket: greets clients, answers pings, and hands commands over to the runtime.

A thread of its own owns the socket, so that a ping is answered while a frame is being computed. The runtime takes
requests with `poll` and answers them from any thread.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import zmq

from echo_bridge import addresses, limits
from echo_bridge.clock import monotonic_us
from echo_bridge.codec import Message, UnknownTypeError, build, encode, unpack
from echo_bridge.commands import COMMANDS, Bye, CurveNames, Hello, Ping, PlayerFace
from echo_bridge.curves import ANNOUNCED, CURVE_SETS, from_payload
from echo_bridge.fields import Version
from echo_bridge.keys import ServerKeys
from echo_bridge.replies import Closing, Error, Failed, Pong, Welcome
from echo_bridge.request import Request, RequestQueue, sentence
from echo_bridge.sessions import Session, Sessions
from echo_bridge.streams import FORMATS
from echo_bridge.wake_up import WakeUp
from echo_runtime import __version__
from echo_runtime.errors import ProtocolError

__all__ = ["CAPABILITIES", "ControlServer", "Request", "Session"]
CAPABILITIES = (
    "speak", "interrupt", "emotion", "thinking", "attention", "player_face", "player_audio", "say_text", "pause",
    "curve_names",
)  # fmt: skip
_NO_MEMORY = "This runtime keeps no memory that could be saved: ask for the capability 'memory' first."
_NEEDS = {
    "advance": ("advance", "This runtime has a real clock: only one started with --virtual-clock can be advanced."),
    "speak_text": (
        "speak_text",
        "This runtime has no voice for text: start it with --voice-for-text espeak-ng (or another), or send the sound "
        "with speak_begin, speak_audio and speak_end.",
    ),
    "save_memory": ("memory", _NO_MEMORY),
    "load_memory": ("memory", _NO_MEMORY),
}
"""Commands that need a capability: which one, and what to say without it."""


class ControlServer:
    """ROUTER socket and its thread. `clock` gives microseconds; `idle` is called about every 50 ms in the thread.

    `newest_face_only`: a `player_face` that the runtime has not taken yet is replaced by a newer one of its client;
    turn it off where every one counts (a virtual clock). `keys`: encrypt, and let in only whom they allow.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        host: str = "127.0.0.1",
        port: int = limits.DEFAULT_CONTROL_PORT,
        *,
        ports: dict[str, int] | None = None,
        caps: Sequence[str] = CAPABILITIES,
        formats: Sequence[str] = FORMATS[:1],
        clock: Callable[[], int] = monotonic_us,
        idle: Callable[[], None] = lambda: None,
        newest_face_only: bool = True,
        keys: ServerKeys | None = None,
    ) -> None:
        self._keys = keys
        self._clock, self._idle = clock, idle
        self._caps, self._formats = tuple(caps), tuple(formats)
        self.run_name = secrets.token_hex(8)
        self._sessions = Sessions()
        self._outbox: deque[tuple[bytes, bytes]] = deque()
        self._requests = RequestQueue(newest_face_only)
        self._closed = threading.Event()
        self._socket = context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 1000)  # so that `closing` leaves, on a busy machine too
        self._socket.setsockopt(zmq.MAXMSGSIZE, limits.CONTROL_MESSAGE_BYTES)
        self._socket.setsockopt(zmq.HEARTBEAT_IVL, limits.HEARTBEAT_MS)
        self._socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, limits.HEARTBEAT_TIMEOUT_MS)
        if keys is not None:
            keys.protect(self._socket)
        try:
            self.port = addresses.bind(self._socket, host, port, "--control-port")
        except BaseException:
            self._socket.close(linger=0)
            raise
        self.ports = {"control": self.port, **(ports or {})}
        self._wake_up = WakeUp()
        self._thread = threading.Thread(target=self._serve, name="echo-control", daemon=True)
        self._thread.start()

    def poll(self, timeout_s: float = 0.0) -> list[Request]:
        """All requests that have come since the last call; waits up to `timeout_s` for the first.

        A client that has left comes as a request with `commands.Bye`, whose `vanished` is true if it fell silent.
        """
        return self._requests.take(timeout_s)

    def reply(self, session: Session, message: Message) -> None:
        """Queue a message for a client, from any thread; nothing happens if it is away."""
        route = session.route
        if route is not None:
            self._outbox.append((route, encode(message)))
            self._wake_up.wake()

    def dismiss(self, keys: set[str]) -> None:
        """End the sessions of clients whose keys are allowed no more. In the control thread (`idle`)."""
        for session in self._sessions.present:
            if session.key in keys:
                text = "The runtime allows this client's key no more: have it added to the allow-list again."
                self.reply(session, Closing(code="key_removed", text=text))
                self._flush()
                self._sessions.leave(session)
                self._requests.put(Request(self.reply, session, Bye(vanished=True), b"", self._clock()))

    def close(self, text: str = "The runtime was stopped.") -> None:
        """Tell all clients, and stop."""
        if self._closed.is_set():
            return
        for session in self._sessions.present:
            self.reply(session, Closing(code="stopped", text=text))
        self._closed.set()
        self._wake_up.wake()
        self._thread.join(timeout=5.0)

    # In the control thread ---------------------------------------------------------------------------------------

    def _serve(self) -> None:
        poller = zmq.Poller()
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._wake_up.fileno(), zmq.POLLIN)
        while True:
            ready = dict(poller.poll(50))
            if self._wake_up.fileno() in ready:
                self._wake_up.clear()
            if self._socket in ready:
                for _ in range(64):  # then let replies out
                    if not self._receive():
                        break
            self._flush()
            self._dismiss_silent()
            if self._closed.is_set():
                break
            self._idle()
        self._socket.close()
        self._wake_up.close()

    def _flush(self) -> None:
        while self._outbox:
            # a client that is gone or does not read is no reason to wait or to stop
            with contextlib.suppress(zmq.ZMQError):
                self._socket.send_multipart(self._outbox.popleft(), flags=zmq.DONTWAIT)

    def _send(self, route: bytes, message: Message) -> None:
        self._outbox.append((route, encode(message)))

    def _receive(self) -> bool:
        """Take one message in. False when there is none."""
        try:
            first = self._socket.recv(zmq.DONTWAIT, copy=self._keys is None)
        except zmq.Again:
            return False
        parts, key = [first if isinstance(first, bytes) else first.bytes], ""
        count = 1
        while self._socket.getsockopt(zmq.RCVMORE):
            part = self._socket.recv()
            count += 1
            if count <= 3:  # the rest is thrown away as it comes
                parts.append(part)
        route, now = parts[0], self._clock()
        if self._keys is not None:
            key = _user(first)
            if not self._keys.allowed.allows(key):
                return True  # it was allowed when it connected
        session = self._sessions.at(route)
        number = 0
        try:
            if not 2 <= count <= 3:
                raise ProtocolError(f"A control message has {count - 1} parts; it must have a header and a payload.")
            header = unpack(parts[1])
            payload = parts[2] if count == 3 else b""
            if header["t"] == Hello.TYPE:
                self._greet(route, header, key)
                return True
            if session is None:
                raise _NoSessionError("Say HELLO first: this connection has no session.")
            session.heard_s = time.monotonic()
            if type(header.get("id")) is int and 0 < header["id"] < 2**64:
                number = header["id"]
            self._take(session, header, payload, now)
        except ProtocolError as error:
            text = sentence(str(error))
            if number:
                code = "unknown_command" if isinstance(error, UnknownTypeError) else error.code
                self._send(route, Failed(id=number, code=code, text=text))
            else:
                self._send(route, Error(code=error.code, text=text))
        return True

    def _greet(self, route: bytes, header: dict[str, Any], key: str) -> None:
        major, minor = limits.PROTOCOL
        theirs = Version().read("hello.proto", header.get("proto"))
        if theirs[0] != major:
            older = "client" if theirs[0] < major else "runtime"
            spoken = f"This runtime speaks protocol {major}.{minor} and the client {theirs[0]}.{theirs[1]}"
            text = f"{spoken}: update the {older}."
            self._send(route, Error(code="version", text=text, supported=(limits.PROTOCOL,)))
            return
        hello = Hello.from_header(header)
        if self._sessions.at(route) is None and len(self._sessions.present) >= limits.SESSIONS:
            text = f"This runtime has {limits.SESSIONS} clients already: close one."
            self._send(route, Error(code="too_many_clients", text=text))
            return
        session, returned, replaced = self._sessions.enter(route, hello.client, key)
        if replaced is not None:
            text = f"Another connection took over the session of '{hello.client}'."
            self._send(replaced, Closing(code="replaced", text=text))
        session.caps, session.proto, session.heard_s = hello.caps, theirs, time.monotonic()
        self._send(
            route,
            Welcome(
                proto=limits.PROTOCOL, session=session.name, returned=returned, run=self.run_name, now=self._clock(),
                ports=self.ports, curve_sets=ANNOUNCED, formats=self._formats, caps=self._caps, runtime=__version__,
            ),
        )  # fmt: skip

    def _take(self, session: Session, header: dict[str, Any], payload: bytes, now: int) -> None:
        message = build(COMMANDS, header, len(payload))
        route = session.route or b""
        if isinstance(message, Ping):
            self._send(route, Pong(id=message.id, sent=message.sent, received=now, answered=self._clock()))
            return
        capability, without = _NEEDS.get(message.TYPE, ("", ""))
        if capability and capability not in self._caps:
            self._send(route, Failed(id=message.id, code="unsupported", text=without))
            return
        if isinstance(message, PlayerFace):
            names = CURVE_SETS.get(message.curves)
            if names is None or len(names) != message.count:
                raise ProtocolError(
                    f"player_face has {message.count} values of the curve set '{message.curves}'; this runtime knows "
                    f"{', '.join(f'{name} ({len(curves)} values)' for name, curves in CURVE_SETS.items())}."
                )
            from_payload(payload)  # refuses what is not finite
        request = Request(self.reply, session, message, payload, now)
        if isinstance(message, CurveNames):
            if message.curves not in CURVE_SETS:
                raise ProtocolError(f"The curve set '{message.curves}' is not known; known: {', '.join(CURVE_SETS)}.")
            request.done(curves=message.curves, names=CURVE_SETS[message.curves])
            return
        if isinstance(message, Bye):
            request.done()
            self._flush()
            self._sessions.leave(session)
        self._requests.put(request)

    def _dismiss_silent(self) -> None:
        oldest = time.monotonic() - limits.SILENCE_SECONDS
        for session in self._sessions.present:
            if session.heard_s < oldest:
                self._sessions.leave(session)
                self._requests.put(Request(self.reply, session, Bye(vanished=True), b"", self._clock()))


class _NoSessionError(ProtocolError):
    code = "no_session"


def _user(frame: Any) -> str:
    """The user id that the authenticator gave to a message's connection: its public key."""
    try:
        return str(frame.get("User-Id"))
    except zmq.ZMQError:
        return ""
