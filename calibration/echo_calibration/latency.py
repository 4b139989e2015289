"""What lies between a picture that the runtime publishes and a game that shows it: clocks, network, the game's tick.

The client that measures is the reference client in the place of a game: it takes the newest picture at every tick of
its loop and copies it into a buffer as a game does into a texture. That moment is called the upload.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from echo_bridge.client import EchoClient
from echo_bridge.clock import monotonic_us
from echo_bridge.process import RuntimeProcess

from echo_calibration.time_code import TIME_BITS, read_time_code
from echo_runtime.errors import CalibrationError

FEWEST_PICTURES = 10
PATTERN = "pattern"
SETTLING_S = 0.3
"""What the first eight pings take."""


@dataclass(frozen=True)
class Times:
    """Milliseconds, by percentile."""

    p50: float
    p95: float
    p99: float
    most: float

    @staticmethod
    def of(microseconds: list[int]) -> Times:
        values = np.percentile(np.array(microseconds, np.float64), (50, 95, 99, 100)) / 1000
        return Times(*(round(float(v), 3) for v in values))


@dataclass(frozen=True)
class Latency:
    """`offset_us`: add it to this machine's clock to get the runtime's; sure to half of `round_trip_us`, the quickest
    ping's. `drift_ppm`: by how much the runtime's clock goes faster, None for less than ten seconds. `received_ms`,
    `upload_ms`: from `published_us` to the client's receiving thread, and to the copy into the texture's buffer.
    `pictures` uploaded, `skipped` since a newer one was there at the tick, `lost` on the way. `time_codes` read from
    pixels, of which `differing` did not fit the picture's header; both 0 for a runtime that writes none.
    """

    offset_us: int
    round_trip_us: int
    drift_ppm: float | None
    received_ms: Times
    upload_ms: Times
    pictures: int
    skipped: int
    lost: int
    time_codes: int
    differing: int

    def document(self) -> dict[str, Any]:
        return asdict(self)


def measure_latency(client: EchoClient, npc: str, seconds: float = 5.0, ticks_per_s: float = 60.0) -> Latency:
    """Be a game for `seconds`: `npc` must be open. Raises CalibrationError when hardly a picture comes."""
    received: list[int] = []
    uploaded: list[int] = []
    offsets: list[tuple[int, int, int]] = []
    codes = differing = first = last = taken = 0
    texture: Any = None
    before = client.statistics(npc).get("seq_gaps", 0)
    start = due = time.monotonic()
    while time.monotonic() - start < seconds:
        due += 1.0 / ticks_per_s
        time.sleep(max(due - time.monotonic(), 0.0))
        offset, trip = client.runtime_now() - monotonic_us(), client.round_trip_us
        if not offsets or offsets[-1][1:] != (offset, trip):
            offsets.append((monotonic_us(), offset, trip))
        frame = client.latest_frame(npc)
        if frame is None or frame.header.seq <= last:
            continue
        first, last, taken = first or frame.header.seq, frame.header.seq, taken + 1
        if texture is None or texture.shape != frame.pixels.shape:
            texture = np.empty_like(frame.pixels)
        np.copyto(texture, frame.pixels)
        if frame.header.again or not frame.header.published_us:
            continue
        uploaded.append(client.runtime_now() - frame.header.published_us)
        received.append(frame.received_us - frame.header.published_us)
        code = read_time_code(texture)
        if code is not None:
            codes += 1
            differing += code != frame.header.pts & (1 << TIME_BITS) - 1
    if len(uploaded) < FEWEST_PICTURES:
        raise CalibrationError(
            f"Only {len(uploaded)} pictures of {npc!r} came in {seconds:g} s (at least {FEWEST_PICTURES} are needed); "
            "see that the NPC is open and not paused, and measure longer."
        )
    lost = int(client.statistics(npc).get("seq_gaps", 0)) - int(before)
    return Latency(
        offset_us=client.runtime_now() - monotonic_us(),
        round_trip_us=client.round_trip_us,
        drift_ppm=_drift(offsets),
        received_ms=Times.of(received),
        upload_ms=Times.of(uploaded),
        pictures=taken,
        skipped=last - first + 1 - taken - lost,
        lost=lost,
        time_codes=codes,
        differing=differing,
    )


@contextlib.contextmanager
def pattern_client(*options: str) -> Iterator[EchoClient]:
    """A client of a pattern runtime that was started for it, as a process of its own, with the pattern open."""
    program = [sys.executable, "-m", "echo_calibration.pattern_runtime", "--port", "0", *options]
    with (
        RuntimeProcess(program, timeout=120.0) as process,
        EchoClient.connect(f"tcp://127.0.0.1:{process.control_port}", timeout=30.0) as client,
    ):
        client.timeout = 30.0
        client.open_npc(PATTERN)
        time.sleep(SETTLING_S)
        yield client


def measure_here(seconds: float = 5.0, ticks_per_s: float = 60.0) -> Latency:
    """What this machine does with a runtime that only publishes: the least that any game can have."""
    with pattern_client() as client:
        return measure_latency(client, PATTERN, seconds, ticks_per_s)


def _drift(offsets: list[tuple[int, int, int]]) -> float | None:
    """Parts per million by which the offset grows; None where ten seconds were not watched."""
    times = np.array([o[0] for o in offsets], np.float64)
    if len(times) < 5 or times[-1] - times[0] < 10e6:
        return None
    slope = np.polyfit(times - times[0], [o[1] - offsets[0][1] for o in offsets], 1)[0]
    return round(float(slope) * 1e6, 1)
