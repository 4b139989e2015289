"""Commands of clients on their way into the runtime, and their answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from echo_bridge import limits
from echo_bridge.codec import Message
from echo_bridge.commands import Bye, Command, PlayerFace
from echo_bridge.replies import Ack, Done, Failed
from echo_bridge.sessions import Session
from echo_runtime.errors import EchoError, ProtocolError

log = logging.getLogger(__name__)


class Request:
    """A command of a client, to be answered by `ack`, then `done` or `failed`; from any thread, each at most once."""

    def __init__(
        self, reply: Callable[[Session, Message], None], session: Session, message: Command, payload: bytes, now: int
    ) -> None:
        self.session = session
        self.message = message
        self.payload = payload
        self.received_us = now
        self._send = reply
        self._state = 0  # 1 acknowledged, 2 answered

    def ack(self, buffered_us: int = 0) -> None:
        """The command is under way."""
        if self._state == 0:
            self._state = 1
            self._reply(Ack(id=self.message.id, buffered_us=buffered_us))

    def done(self, **result: Any) -> None:
        """The command is finished; acknowledges first where that has not been done."""
        self.ack()
        if self._state == 1:
            self._state = 2
            try:
                self._reply(Done(id=self.message.id, result=result))
            except ProtocolError as error:  # the client must not wait for an answer that cannot be sent
                self._reply(Failed(id=self.message.id, code="internal", text=sentence(str(error))))
                log.error("%s has a result that cannot be sent: %s", self.message.TYPE, error)

    def failed(self, code: str, text: str) -> None:
        """The command is refused, or broke off. `text`: one sentence."""
        if self._state < 2:
            self._state = 2
            self._send(self.session, Failed(id=self.message.id, code=code, text=sentence(text)))

    def refuse(self, error: EchoError) -> None:
        """`failed` with an error's own code and sentence."""
        self.failed(error.code, str(error))

    def overtake(self, later: Request) -> None:
        """A newer one of its kind and session has come: this one is done, and is the newer from here on."""
        self.done()
        self.message, self.payload, self.received_us, self._state = later.message, later.payload, later.received_us, 0

    def _reply(self, message: Message) -> None:
        if self.message.id:
            self._send(self.session, message)


class RequestQueue:
    """Requests that the runtime has not taken yet; at most `limits.WAITING_REQUESTS`, the next is refused as busy.

    `newest_face_only`: a `player_face` that waits is replaced by a newer one of its client. From any thread.
    """

    def __init__(self, newest_face_only: bool) -> None:
        self._newest_face_only = newest_face_only
        self._waiting: list[Request] = []
        self._faces: dict[Session, Request] = {}
        self._arrived = threading.Condition()

    def take(self, timeout_s: float) -> list[Request]:
        """All that wait; waits up to `timeout_s` seconds for the first."""
        with self._arrived:
            if not self._waiting and timeout_s > 0.0:
                self._arrived.wait(timeout_s)
            requests, self._waiting = self._waiting, []
            self._faces.clear()
        return requests

    def put(self, request: Request) -> None:
        with self._arrived:
            if self._newest_face_only and isinstance(request.message, PlayerFace):
                waiting = self._faces.get(request.session)
                if waiting is not None:
                    waiting.overtake(request)
                    return
            if len(self._waiting) >= limits.WAITING_REQUESTS and not isinstance(request.message, Bye):
                request.failed("busy", f"{len(self._waiting)} commands are waiting: send more slowly.")
                return
            if isinstance(request.message, PlayerFace):
                self._faces[request.session] = request
            self._waiting.append(request)
            self._arrived.notify()


def sentence(text: str) -> str:
    """At most 512 bytes, as the wire carries it."""
    return text if len(text.encode()) <= 512 else text.encode()[:508].decode(errors="ignore") + "…"
