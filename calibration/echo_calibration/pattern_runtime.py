"""A runtime without models that publishes the test pattern, each picture with the time at which it left.

    python -m echo_calibration.pattern_runtime [--port N] [--rate FPS] [--size N] [--skew-us N] [--drift-ppm X]

Any client connects to it as to a runtime, opens the NPC `pattern`, and shows it. It prints a line of JSON when it is
ready, and ends with Ctrl-C or after `--seconds`. `--skew-us` and `--drift-ppm` give it a clock that is off by a known
amount: to measure those who measure clocks.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from echo_bridge.clock import monotonic_us
from echo_bridge.commands import Bye, CloseNpc, ListNpcs, OpenNpc, PlayerAudio, PlayerFace, SayText, Stats
from echo_bridge.limits import DEFAULT_CONTROL_PORT
from echo_bridge.server import BridgeServer

from echo_calibration.colour_pattern import colour_pattern
from echo_calibration.latency import PATTERN
from echo_calibration.time_code import write_time_code
from echo_runtime.errors import EchoError

NPC = PATTERN


def skewed_clock(skew_us: int = 0, drift_ppm: float = 0.0) -> Callable[[], int]:
    """This machine's clock, off by `skew_us` and going faster by `drift_ppm` (since the clock's own zero)."""

    def now() -> int:
        true = monotonic_us()
        return true + skew_us + round(true * drift_ppm / 1e6)

    return now


class PatternRuntime:
    """Publishes until `stop` says so. Raises AddressInUseError."""

    def __init__(
        self, port: int = 0, rate: float = 25.0, size: int = 256, clock: Callable[[], int] = monotonic_us
    ) -> None:
        self.server = BridgeServer(control_port=port, clock=clock)
        self._rate, self._size, self._clock = rate, size, clock
        self._picture = colour_pattern(size, size)
        self._watched = False
        self.clients: set[str] = set()

    def run(self, stop: Callable[[], bool], on_client: Callable[[str], None] = lambda name: None) -> None:
        due = time.monotonic()
        while not stop():
            for request in self.server.poll(max(0.0, min(due - time.monotonic(), 0.1))):
                self._answer(request)
                name = request.session.client
                if name not in self.clients:
                    self.clients.add(name)
                    on_client(name)
            if time.monotonic() >= due:
                due = max(due + 1.0 / self._rate, time.monotonic() - 0.2)
                if self._watched:
                    self._publish()

    def _publish(self) -> None:
        now = self._clock()
        write_time_code(self._picture, now)
        self.server.publisher.publish_picture(
            NPC, self._picture, pts=now, origin="generated", observed_us=now, generated_us=now
        )

    def _answer(self, request: Any) -> None:
        message = request.message
        if isinstance(message, OpenNpc):
            self._watched = True
            request.done(npc=NPC, avatar=NPC, width=self._size, height=self._size, rate=self._rate, epoch=0)
        elif isinstance(message, ListNpcs):
            request.done(npcs=[{"name": NPC, "avatar": NPC, "state": "listening"}], next="")
        elif isinstance(message, Stats):
            request.done(clients=len(self.clients))
        elif isinstance(message, Bye | CloseNpc | PlayerFace | PlayerAudio | SayText):
            request.done()
        else:
            request.failed("unsupported", "This is a test pattern: it neither speaks nor feels.")

    def close(self) -> None:
        self.server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m echo_calibration.pattern_runtime", description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_CONTROL_PORT)
    parser.add_argument("--rate", type=float, default=25.0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--seconds", type=float, default=0.0, help="0: until Ctrl-C")
    parser.add_argument("--skew-us", type=int, default=0)
    parser.add_argument("--drift-ppm", type=float, default=0.0)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        clock = skewed_clock(options.skew_us, options.drift_ppm)
        runtime = PatternRuntime(options.port, options.rate, options.size, clock)
    except EchoError as error:
        print(f"pattern_runtime: {error}", file=sys.stderr)
        return 2
    print(json.dumps({"event": "ready", **runtime.server.ports}), flush=True)
    end = time.monotonic() + options.seconds if options.seconds else float("inf")
    with contextlib.suppress(KeyboardInterrupt):
        runtime.run(lambda: time.monotonic() >= end)
    runtime.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
