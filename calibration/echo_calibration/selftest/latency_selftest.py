"""Whether the offset of a clock that is known to be off is found, and whether times arrive with the right pictures."""

from __future__ import annotations

from typing import Any

from echo_bridge.clock import monotonic_us

from echo_calibration.latency import PATTERN, measure_latency, pattern_client
from echo_calibration.pattern_runtime import skewed_clock

LARGEST_ERROR_MS = 1.0
SKEWS_US = (0, 3_600_000_000, -1_234_567, 86_400_000_000)
"""A runtime's clock may be an hour or a day from the client's: each machine counts from when it was switched on."""


def check_latency(seconds: float = 3.0, skews_us: tuple[int, ...] = SKEWS_US) -> dict[str, Any]:
    """A process with a skewed clock publishes pictures over loopback; a client measures its offset. The processes read
    the same system clock, so the true offset is known exactly."""
    rows = []
    for skew_us in skews_us:
        with pattern_client(f"--skew-us={skew_us}") as client:
            truth = skewed_clock(skew_us)
            errors = []
            latency = measure_latency(client, PATTERN, seconds)
            for _ in range(5):
                errors.append(abs((client.runtime_now() - monotonic_us()) - (truth() - monotonic_us())))
            rows.append({"skew_us": skew_us, "offset_error_ms": max(errors) / 1000, **latency.document()})
    largest = max(row["offset_error_ms"] for row in rows)
    return {
        "max_offset_error_ms": largest,
        "round_trip_ms": max(row["round_trip_us"] for row in rows) / 1000,
        "upload_ms_p50": max(row["upload_ms"]["p50"] for row in rows),
        "upload_ms_p99": max(row["upload_ms"]["p99"] for row in rows),
        "time_codes": sum(row["time_codes"] for row in rows),
        "differing": sum(row["differing"] for row in rows),
        "each": rows,
        "passed": largest <= LARGEST_ERROR_MS and all(r["time_codes"] > 0 and not r["differing"] for r in rows),
    }
