"""What a client has received of each NPC: the newest frame, the newest face, and counts. No sockets, no clock."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from echo_bridge import jpeg, limits
from echo_bridge.streams import Coefficients, Published, Speech, Video
from echo_runtime.signals import ByteArray, FloatArray

_LATENCIES = 20_000
"""How many of the newest latencies percentiles are taken from: 13 minutes of frames."""


@dataclass(frozen=True)
class Frame:
    """A received picture. `data`: the message's payload, (H, W, 4) uint8 or one JPEG file (n,), a view of the message.

    `received_us`: on the runtime's clock, as well as the client knows it.
    """

    header: Video
    data: ByteArray
    received_us: int

    @cached_property
    def pixels(self) -> ByteArray:
        """(H, W, 4) uint8, channels in `order`. A JPEG file is decoded at the first use: ProtocolError if damaged."""
        return jpeg.decode(self.data.tobytes(), self.header) if self.header.format == "jpeg" else self.data

    @property
    def order(self) -> str:
        """`bgra8` or `rgba8`."""
        return "bgra8" if self.header.format == "jpeg" else self.header.format

    @property
    def rgba(self) -> ByteArray:
        """(H, W, 4) uint8, red first."""
        return self.pixels[..., [2, 1, 0, 3]] if self.order == "bgra8" else self.pixels


@dataclass(frozen=True)
class Face:
    """Received coefficients: `values` (n,) float32 in the order of `header.curves`."""

    header: Coefficients
    values: FloatArray
    received_us: int


@dataclass(frozen=True)
class SpeechChunk:
    """Received speech: `samples` (n,) float32 mono at `header.rate`."""

    header: Speech
    samples: FloatArray
    received_us: int


@dataclass
class Stream:
    """Order of one type of message of one NPC."""

    last: int = 0
    countable: bool = False
    """Whether `last` came live, so that a gap after it is a loss."""
    gaps: int = 0

    def accept(self, seq: int, again: bool) -> bool:
        """Whether a message is new. Counts what is missing between live messages."""
        if seq <= self.last:
            return False
        if self.countable and not again:
            self.gaps += seq - self.last - 1
        self.last, self.countable = seq, not again
        return True


@dataclass
class Npc:
    """Everything received of one NPC."""

    epoch: int = 0
    frame: Frame | None = None
    face: Face | None = None
    settled: int = 0
    """`seq` of the newest picture that has come, whether it is kept or an interrupt has outdated it."""
    streams: dict[str, Stream] = field(default_factory=dict)
    received: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    outdated: int = 0
    """Messages of a lower epoch, dropped."""
    live: int = 0
    """Frames that came when they were published."""
    first_us: int = 0
    last_us: int = 0

    def raise_epoch(self, epoch: int) -> None:
        """An interrupt: what waits of a lower epoch is thrown away."""
        if epoch > self.epoch:
            self.epoch = epoch
            self.frame = self.face = None

    publish_to_client: deque[int] = field(default_factory=lambda: deque(maxlen=_LATENCIES))
    capture_to_publish: deque[int] = field(default_factory=lambda: deque(maxlen=_LATENCIES))


class Inbox:
    """Sorts what arrives. `take` is called by the drain thread; everything else by anyone."""

    def __init__(self) -> None:
        self._npcs: dict[str, Npc] = {}
        self.changed = threading.Condition()
        self.malformed = 0
        self.unknown = 0

    def reset(self) -> None:
        """A new run of the runtime: numbers and epochs begin anew, the counts stay."""
        with self.changed:
            for npc in self._npcs.values():
                npc.epoch, npc.frame, npc.face, npc.settled = 0, None, None, 0
                for stream in npc.streams.values():
                    stream.last, stream.countable = 0, False

    def accept(self, message: Published) -> bool:
        """Whether a message is to be used: not of a lower epoch, not seen before."""
        with self.changed:
            npc = self._remember(message.npc)
            stream = npc.streams.setdefault(message.TYPE, Stream())
            new = stream.accept(message.seq, message.again)  # first: what an interrupt outdates is no gap
            if message.epoch < npc.epoch:
                npc.outdated += 1
                if message.TYPE == Video.TYPE:
                    npc.settled = max(npc.settled, message.seq)
                    self.changed.notify_all()
                return False
            npc.raise_epoch(message.epoch)
            if new:
                npc.received[message.TYPE] += 1
            return new

    def expect(self, name: str, epoch: int) -> None:
        """Nothing of a lower epoch is to be seen from now on: the answer to an interrupt says so."""
        with self.changed:
            self._remember(name).raise_epoch(epoch)

    def put(self, item: Frame | Face | SpeechChunk) -> None:
        """Make a newly accepted item the newest, and count it."""
        with self.changed:
            npc = self._remember(item.header.npc)
            if isinstance(item, Frame):
                npc.frame = item
                npc.settled = item.header.seq
                self._measure(npc, item)
            elif isinstance(item, Face):
                npc.face = item
            self.changed.notify_all()

    def _remember(self, name: str) -> Npc:
        """The NPC's record. Of more than `limits.NPCS` the one unheard for longest is forgotten: names cost nothing."""
        npc = self._npcs.pop(name, None) or Npc()
        self._npcs[name] = npc  # at the end: the newest
        if len(self._npcs) > limits.NPCS:
            del self._npcs[next(iter(self._npcs))]
        return npc

    @staticmethod
    def _measure(npc: Npc, frame: Frame) -> None:
        header = frame.header
        npc.origins[header.origin] += 1
        if header.again:
            return  # its stamps are from long before it was sent
        npc.live += 1
        npc.first_us = npc.first_us or frame.received_us
        npc.last_us = frame.received_us
        if header.published_us:
            npc.publish_to_client.append(frame.received_us - header.published_us)
            if header.origin == "generated" and header.observed_us > 0:
                npc.capture_to_publish.append(header.published_us - header.observed_us)

    def npc(self, name: str) -> Npc:
        """A record of one NPC; an empty one if nothing came of it."""
        with self.changed:
            return self._npcs.get(name) or Npc()

    @property
    def names(self) -> list[str]:
        with self.changed:
            return sorted(self._npcs)

    def statistics(self, name: str) -> dict[str, Any]:
        """Counts and latencies of one NPC, as `echo-runtime listen --report` writes them."""
        with self.changed:
            npc = self._npcs.get(name) or Npc()
            span = (npc.last_us - npc.first_us) / 1e6
            return {
                "frames_by_origin": {origin: npc.origins[origin] for origin in ("generated", "held", "idle")},
                "frames_received": npc.received["video"],
                "seq_gaps": sum(stream.gaps for stream in npc.streams.values()),
                "gaps_by_type": {kind: stream.gaps for kind, stream in npc.streams.items()},
                "outdated": npc.outdated,
                "fps": round((npc.live - 1) / span, 2) if span > 0.0 else 0.0,
                "received": dict(npc.received),
                "latency_ms": {
                    "publish_to_client": percentiles(npc.publish_to_client),
                    "capture_to_publish": percentiles(npc.capture_to_publish),
                },
            }


def percentiles(latencies_us: deque[int]) -> dict[str, float | None]:
    """{"p50", "p95"} in milliseconds; None where nothing was measured."""
    if not latencies_us:
        return {"p50": None, "p95": None}
    p50, p95 = np.percentile(np.fromiter(latencies_us, np.float64), (50, 95)) / 1000.0
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3)}
