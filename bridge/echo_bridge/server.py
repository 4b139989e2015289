"""The runtime's whole side of the wire: control, cues and video sockets on one address."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import zmq

from echo_bridge import addresses, jpeg, limits
from echo_bridge.authentication import Authenticator
from echo_bridge.clock import monotonic_us
from echo_bridge.control import CAPABILITIES, ControlServer, Request
from echo_bridge.keys import ServerKeys
from echo_bridge.publisher import Publisher

log = logging.getLogger(__name__)


class BridgeServer:
    """Listens from construction to `close`. Ports given as 0 are chosen freely; `ports` says which.

    With `keys` all three sockets are encrypted and take only clients that are allowed; the allow-list's file is looked
    at every second. Raises AddressInUseError, and UsageError for an address outside this machine without keys, unless
    `insecure_lan`.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        control_port: int = limits.DEFAULT_CONTROL_PORT,
        cues_port: int = 0,
        video_port: int = 0,
        *,
        insecure_lan: bool = False,
        picture_format: str = "bgra8",
        jpeg_quality: int = jpeg.QUALITY,
        caps: Sequence[str] = CAPABILITIES,
        clock: Callable[[], int] = monotonic_us,
        newest_face_only: bool = True,
        keys: ServerKeys | None = None,
    ) -> None:
        if keys is None:
            remedy = "make keys with `echo-runtime keys new` and give them with --keys"
            addresses.require_loopback(host, insecure_lan, remedy)
        self.host, self._keys = host, keys
        self._authenticator: Authenticator | None = None
        self._problem = ""
        # with a virtual clock frames come as fast as they are made, and each of them counts
        queue = limits.CUES_QUEUE if "advance" in caps else limits.VIDEO_QUEUE
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            if keys is not None:
                self._authenticator = Authenticator(self._context, keys.allowed)
            self.publisher = Publisher(
                self._context, host, cues_port, video_port, picture_format, queue, clock, jpeg_quality,
                encode_at_once="advance" in caps, keys=keys,
            )  # fmt: skip
            try:
                self.control = ControlServer(
                    self._context, host, control_port, ports=self.publisher.ports, caps=caps, clock=clock,
                    formats=(picture_format,), idle=self._look_around, newest_face_only=newest_face_only, keys=keys,
                )  # fmt: skip
            except BaseException:
                self.publisher.close()
                raise
        except BaseException:
            self._end()
            raise
        self.ports = self.control.ports

    def poll(self, timeout_s: float = 0.0) -> list[Request]:
        """See `ControlServer.poll`."""
        return self.control.poll(timeout_s)

    def close(self) -> None:
        """Tell the clients, and free the ports."""
        self.control.close()
        self.publisher.close()
        self._end()

    def _end(self) -> None:
        if self._authenticator is not None:
            self._authenticator.close()
        self._context.term()

    def _look_around(self) -> None:
        """Every 50 ms or so, in the control thread."""
        self.publisher.answer_subscriptions()
        if self._keys is not None:
            self._keys.allowed.refresh(after_s=1.0)
            if self._keys.allowed.problem != self._problem:
                self._problem = self._keys.allowed.problem
                if self._problem:
                    log.warning("The allow-list stays as it was: %s", self._problem)
            gone = self._keys.allowed.take_removed()
            if gone:
                self.control.dismiss(gone)
                self.publisher.cut_off()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
