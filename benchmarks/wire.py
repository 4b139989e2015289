"""What the wire costs: from the publisher's process into the latest slot of a client's, in Python, C# and C++.

    python benchmarks/wire.py [--language python,csharp,cpp] [--seconds 20] [--json]

Per language, 512×512 BGRA at 60 pictures per second from the runtime's own publisher in one process to the live program
in another: `p50_ms` and `p99_ms` from the header's `published_us` to the picture lying in the slot,
`frame_age_after_stall_ms` of the first picture that a game loop takes after standing still for two seconds,
`alloc_bytes_per_frame` on the receiving side in steady state. `streams16.lost`: sequence gaps of 16 streams of 256×256
at 25 pictures per second, summed over the languages. What cannot be built here is null, with the reason. Other load on
the machine falls on the numbers.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from echo_bridge.process import RuntimeProcess

ROOT = Path(__file__).resolve().parents[1]
CORES = ROOT / "tests" / "wire"
"""Where each language's live program says how it is built."""
LANGUAGES = ("python", "csharp", "cpp")
BARS = {"p50_ms": 1.5, "p99_ms": 6.0, "frame_age_after_stall_ms": 50.0}
STALL_SECONDS = 2.0
STREAMS_SECONDS = 10.0
KEYS = (*BARS, "alloc_bytes_per_frame")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Latency, losses and allocations between the runtime and a client.")
    parser.add_argument("--language", default=",".join(LANGUAGES), help="which, separated by commas")
    parser.add_argument("--seconds", type=float, default=20.0, help="of 512×512 per language")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--publish", nargs=3, type=int, metavar=("STREAMS", "SIDE", "RATE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.publish:
        publish(*options.publish)
        return 0
    found = measure(options.language.split(","), options.seconds)
    if options.json:
        print(json.dumps({"wire": found}, indent=1))
    else:
        print_table(found)
    return 0


def measure(languages: Sequence[str], seconds: float) -> dict[str, Any]:
    """The numbers of each language and of the sixteen streams."""
    sys.path.insert(0, str(CORES))
    found: dict[str, Any] = {}
    lost: dict[str, int] = {}
    received: dict[str, int] = {}
    for language in languages:
        core = importlib.import_module(f"{language}_core") if (CORES / f"{language}_core.py").exists() else None
        reason = "there is no such core here" if core is None else core.absent()
        if core is None or reason is not None:
            found[language] = {**dict.fromkeys(KEYS), "reason": reason}
            continue
        folder = ROOT / "build" / "wire" / language
        folder.mkdir(parents=True, exist_ok=True)
        words = core.build(folder)
        found[language] = one_stream(words, seconds)
        summary = watch(words, (16, 256, 25), "", STREAMS_SECONDS)["summary"]
        lost[language], received[language] = summary["lost"], summary["frames"]
    total = sum(lost.values()) if lost else None
    found["streams16"] = {"lost": total, "by_language": lost, "frames": received}
    found["load_average"] = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return found


def one_stream(words: list[str], seconds: float) -> dict[str, Any]:
    events = watch(words, (1, 512, 60), "s0", seconds, stall_at=seconds / 2)
    summary = events["summary"]
    stall = events.get("stall_over", {})
    return {
        **{key: summary.get(key) for key in ("p50_ms", "p99_ms", "max_ms", "alloc_bytes_per_frame", "frames", "lost")},
        "frame_age_after_stall_ms": stall.get("frame_age_ms"),
    }


def watch(
    words: list[str], streams: tuple[int, int, int], npc: str, seconds: float, stall_at: float | None = None
) -> dict[str, dict[str, Any]]:
    """Publisher and live program, each a process of its own; the last event of each name."""
    publisher = [sys.executable, __file__, "--publish", *map(str, streams)]
    with RuntimeProcess(publisher, timeout=60.0) as process:
        line = [*words, "--port", str(process.control_port), "--client", "bench", "--watch", npc, "--fps", "60"]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as live:
            assert live.stdin is not None
            assert live.stdout is not None
            begin = time.monotonic()
            if stall_at is not None:
                time.sleep(stall_at)
                live.stdin.write(f"stall {STALL_SECONDS:g}\n")
            time.sleep(max(0.0, begin + seconds - time.monotonic()))
            out, _ = live.communicate("quit\n", timeout=60.0)
    return {event["event"]: event for event in map(json.loads, out.splitlines())}


def publish(streams: int, side: int, rate: int) -> None:
    """In a process of its own: pictures as the runtime publishes them, each stream at its own moment of the frame."""
    import numpy as np
    from echo_bridge import BridgeServer

    pictures = np.random.default_rng(0).integers(0, 255, (8, side, side, 4), np.uint8)
    with BridgeServer(control_port=0) as server:
        print(json.dumps({"event": "ready", "control": server.ports["control"]}), flush=True)
        begin, number = time.monotonic(), 0
        try:
            while True:
                due = begin + number / (rate * streams)
                for request in server.poll(max(0.0, due - time.monotonic())):
                    request.done()
                if time.monotonic() >= due:
                    name, picture = f"s{number % streams}", pictures[number // streams % len(pictures)]
                    pts = time.monotonic_ns() // 1000
                    server.publisher.publish_picture(name, picture, pts=pts, origin="generated")
                    number += 1
        except KeyboardInterrupt:
            pass


def print_table(found: dict[str, Any]) -> None:
    print(f"{'':<10} {'p50 ms':>8} {'p99 ms':>8} {'after a stall ms':>17} {'bytes per frame':>16}")
    for language, numbers in found.items():
        if isinstance(numbers, dict) and language != "streams16":
            shown = " ".join(
                f"{_shown(numbers[key]):>{width}}" for key, width in zip(KEYS, (8, 8, 17, 16), strict=True)
            )
            print(f"{language:<10} {shown}  {numbers.get('reason') or ''}")
    print(f"{'bars':<10} {BARS['p50_ms']:8} {BARS['p99_ms']:8} {BARS['frame_age_after_stall_ms']:17}")
    print(f"16 streams of 256×256 at 25: {found['streams16']['lost']} lost {found['streams16']['by_language']}")
    print(f"load average of the machine: {found['load_average']}")


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
