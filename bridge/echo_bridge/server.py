"""The runtime's whole side of the wire: control, cues and video sockets on one address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import zmq

from echo_bridge import addresses, jpeg, limits
from echo_bridge.clock import monotonic_us
from echo_bridge.control import CAPABILITIES, ControlServer, Request
from echo_bridge.publisher import Publisher


class BridgeServer:
    """Listens from construction to `close`. Ports given as 0 are chosen freely; `ports` says which.

    Raises AddressInUseError, and UsageError for an address outside this machine unless `insecure_lan`.
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
    ) -> None:
        addresses.require_loopback(host, insecure_lan)
        # with a virtual clock frames come as fast as they are made, and each of them counts
        queue = limits.CUES_QUEUE if "advance" in caps else limits.VIDEO_QUEUE
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            self.publisher = Publisher(
                self._context, host, cues_port, video_port, picture_format, queue, clock, jpeg_quality,
                encode_at_once="advance" in caps,
            )  # fmt: skip
            try:
                self.control = ControlServer(
                    self._context, host, control_port, ports=self.publisher.ports, caps=caps, clock=clock,
                    formats=(picture_format,), idle=self.publisher.answer_subscriptions,
                    newest_face_only=newest_face_only,
                )  # fmt: skip
            except BaseException:
                self.publisher.close()
                raise
        except BaseException:
            self._context.term()
            raise
        self.ports = self.control.ports

    def poll(self, timeout_s: float = 0.0) -> list[Request]:
        """See `ControlServer.poll`."""
        return self.control.poll(timeout_s)

    def close(self) -> None:
        """Tell the clients, and free the ports."""
        self.control.close()
        self.publisher.close()
        self._context.term()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
