"""The offset between two clocks from four-timestamp pings. Pure: times come in as arguments."""

from __future__ import annotations

import time
from collections import deque


def monotonic_us() -> int:
    """This process's monotonic clock in microseconds."""
    return time.monotonic_ns() // 1000


class ClockOffset:
    """Offset of the runtime's clock to ours, from the ping with the smallest round trip of the last eight.

    A queueing delay lengthens one direction only and so falsifies the offset by half of it; the quickest ping has the
    least of it (as in NTP, RFC 5905 section 10).
    """

    def __init__(self, window: int = 8) -> None:
        self._pings: deque[tuple[int, int]] = deque(maxlen=window)

    def add(self, sent: int, received: int, answered: int, returned: int) -> None:
        """`sent` and `returned` on our clock, `received` and `answered` on the runtime's; microseconds."""
        round_trip = (returned - sent) - (answered - received)
        offset = ((received - sent) + (answered - returned)) // 2
        self._pings.append((max(round_trip, 0), offset))

    def reset(self) -> None:
        self._pings.clear()

    @property
    def known(self) -> bool:
        return bool(self._pings)

    @property
    def offset_us(self) -> int:
        """Add to our time to get the runtime's. 0 before the first ping."""
        return min(self._pings)[1] if self._pings else 0

    @property
    def round_trip_us(self) -> int:
        return min(self._pings)[0] if self._pings else 0
