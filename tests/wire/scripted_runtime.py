"""A runtime's wire without its models, in a thread of the test: for what a real one never does."""

from __future__ import annotations

import contextlib
import importlib.util
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from echo_bridge import BridgeServer, commands

_spec = importlib.util.spec_from_file_location(
    "small_runtime", Path(__file__).parents[1] / "bridge" / "small_runtime.py"
)
assert _spec is not None
assert _spec.loader is not None
small_runtime = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(small_runtime)


class ScriptedRuntime:
    """Publishes drawn pictures of every NPC that is opened. `each_frame` is called in the thread after each of them."""

    def __init__(self, server: BridgeServer, rate: float, size: int, each_frame: Callable[[Any], None]) -> None:
        self.server, self.rate, self.size, self.each_frame = server, rate, size, each_frame
        self.npcs: dict[str, Any] = {}
        self.requests: list[commands.Command] = []
        self.buffered_us = 0
        """The most speech that has waited."""
        self.stop = threading.Event()

    def run(self) -> None:
        due = time.monotonic()
        while not self.stop.is_set():
            for request in self.server.poll(max(0.0, due - time.monotonic())):
                self.requests.append(request.message)
                small_runtime.handle(self.server, self.npcs, request)
            if time.monotonic() < due:
                continue
            due += 1.0 / self.rate
            for name, npc in list(self.npcs.items()):
                self.buffered_us = max(self.buffered_us, len(npc.sound) * 1_000_000 // small_runtime.RATE)
                small_runtime.publish(self.server, name, npc, self.size, self.rate, 0)
            self.each_frame(self)


@contextlib.contextmanager
def scripted_runtime(
    rate: float = 50.0,
    size: int = 32,
    each_frame: Callable[[Any], None] = lambda runtime: None,
    control_port: int = 0,
    **options: Any,
) -> Iterator[ScriptedRuntime]:
    """`options`: of BridgeServer."""
    with BridgeServer(control_port=control_port, **options) as server:
        runtime = ScriptedRuntime(server, rate, size, each_frame)
        thread = threading.Thread(target=runtime.run, daemon=True)
        thread.start()
        try:
            yield runtime
        finally:
            runtime.stop.set()
            thread.join(10.0)
