"""What a client has at hand: the runtime's greeting, the newest frames and faces, statistics, refusals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from echo_bridge.clock import monotonic_us
from echo_bridge.connection import Connection, Received, Status
from echo_bridge.inbox import Face, Frame, Inbox
from echo_bridge.replies import Welcome
from echo_runtime.errors import ConnectionLostError


class Receiving:
    """The receiving half of `EchoClient`. Its methods may be called from any thread."""

    def __init__(
        self, connection: Connection, inbox: Inbox, listeners: list[Callable[[Received], None]], watched: list[str]
    ) -> None:
        self._connection, self._inbox, self._listeners, self._watched = connection, inbox, listeners, watched

    @property
    def welcome(self) -> Welcome:
        """What the runtime said of itself: ports, curve sets, formats, capabilities."""
        assert self._connection.welcome is not None
        return self._connection.welcome

    @property
    def status(self) -> tuple[Status, str]:
        """connecting, connected, lost or refused, and a sentence or ""."""
        return self._connection.status, self._connection.status_text

    @property
    def alive(self) -> bool:
        """Whether the runtime answers."""
        return self._connection.alive

    @property
    def closing_text(self) -> str:
        """Why the runtime ended the session; "" while it has not."""
        return self._connection.closing

    @property
    def refusals(self) -> list[Any]:
        """The last `failed` and `error` messages that no method has raised, for example of `player_face`."""
        return list(self._connection.refusals)

    def take_refusals(self) -> list[Any]:
        """The `refusals` that were not taken before."""
        taken: list[Any] = []
        while self._connection.refusals:
            taken.append(self._connection.refusals.popleft())
        return taken

    @property
    def malformed(self) -> int:
        """Messages that were refused and dropped."""
        return self._inbox.malformed

    def watch(self, npc: str) -> None:
        """Receive one more NPC, where only some were asked for."""
        self._connection.watch(npc)
        if self._watched:
            self._watched.append(npc)

    @property
    def npcs_seen(self) -> list[str]:
        """NPCs of which something has been received."""
        return self._inbox.names

    def runtime_now(self) -> int:
        """The runtime's clock in microseconds, by the quickest of the last pings."""
        return monotonic_us() + self._connection.offset.offset_us

    @property
    def round_trip_us(self) -> int:
        return self._connection.offset.round_trip_us

    def on_receive(self, listener: Callable[[Received], None]) -> None:
        """Call `listener` with every accepted Frame, Face, SpeechChunk and Event; in the drain thread, so be quick."""
        self._listeners.append(listener)

    def latest_frame(self, npc: str) -> Frame | None:
        """The newest picture; None before the first, and after an interrupt or a restart until the next one."""
        return self._inbox.npc(npc).frame

    def latest_face(self, npc: str) -> Face | None:
        return self._inbox.npc(npc).face

    def wait_for_frame(self, npc: str, after_seq: int = 0, timeout: float = 5.0) -> Frame:
        """The newest frame with a `seq` above `after_seq`. ConnectionLostError when none comes in `timeout` s."""
        deadline = time.monotonic() + timeout
        with self._inbox.changed:
            while True:
                frame = self._inbox.npc(npc).frame
                if frame is not None and frame.header.seq > after_seq:
                    return frame
                left = deadline - time.monotonic()
                if left <= 0.0 or self._connection.closing:
                    raise ConnectionLostError(
                        self._connection.closing or f"No new frame of '{npc}' has come within {timeout:g} s."
                    )
                self._inbox.changed.wait(left)

    def frames(self, npc: str, timeout: float = 5.0) -> Iterator[Frame]:
        """Every new newest frame; a slow reader skips what it was too late for. Ends when none comes in `timeout` s."""
        seq = 0
        while True:
            try:
                frame = self.wait_for_frame(npc, seq, timeout)
            except ConnectionLostError:
                return
            seq = frame.header.seq
            yield frame

    def statistics(self, npc: str) -> dict[str, Any]:
        """Frames by origin, gaps, frame rate and latencies of one NPC since the connection began."""
        return {**self._inbox.statistics(npc), "malformed": self._inbox.malformed, "unknown": self._inbox.unknown}

    def _wait_until_settled(self, npc: str, seq: int, timeout: float = 5.0) -> None:
        """Until picture `seq` has come; an interrupt may have thrown it away since."""
        deadline = time.monotonic() + timeout
        with self._inbox.changed:
            while self._inbox.npc(npc).settled < seq:
                left = deadline - time.monotonic()
                if left <= 0.0 or self._connection.closing:
                    raise ConnectionLostError(
                        self._connection.closing or f"Picture {seq} of '{npc}' has not come within {timeout:g} s."
                    )
                self._inbox.changed.wait(left)
