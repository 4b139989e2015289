"""The engine's part in a recorded run: waits for the models, starts the watching client, starts the player, and sends
the NPC's lines when their moments have come. Speaks to the runtime over the wire only, as a game would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from echo_bridge.client import EchoClient
from echo_bridge.streams import Event

from echo_runtime.demo.performance import Line
from echo_runtime.errors import ConnectionLostError, EchoError
from echo_runtime.runtime.serving import Serving
from echo_runtime.runtime.watching import WatchingClient

_MODELS_S = 300.0
"""How long the first start may measure backends before this gives up."""
_WATCHER_S = 30.0


class Conversation:
    """Runs in a thread beside the runtime. `finish` gives what the watching client counted, or raises what failed."""

    def __init__(
        self, serving: Serving, npc: str, watch: Callable[[], WatchingClient], lines: Sequence[Line] = ()
    ) -> None:
        self._serving, self._npc, self._watch, self._lines = serving, npc, watch, lines
        self._client: WatchingClient | None = None
        self._failure: EchoError | None = None
        self._started_us = 0
        self.recalled: list[tuple[int, dict[str, Any]]] = []
        """When (runtime's clock, microseconds) and what the NPC was reminded of."""
        self._player_started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conversation", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> dict[str, Any]:
        self._thread.join(timeout=10.0)
        if self._failure is not None:
            raise self._failure
        if self._client is None:
            raise ConnectionLostError("The run ended before the models were ready, so nothing was recorded.")
        return self._client.finish()

    def _run(self) -> None:
        try:
            with EchoClient.connect(self._serving.address, client="conversation", npcs=[self._npc]) as client:
                client.on_receive(self._note)
                self._wait_for_generated(client)
                self._client = self._watch()
                self._wait_for_player()
                self._speak(client)
        except EchoError as error:
            if not self._serving.runtime.stop.is_set() and not self._over:
                self._failure = error
                self._serving.stop()

    @property
    def _over(self) -> bool:
        runtime = self._serving.runtime
        seconds, start = runtime.options.seconds, runtime.player_start_us
        return seconds is not None and start is not None and runtime.clock.now_us() >= start + seconds * 1e6 - 1e5

    def _note(self, item: Any) -> None:
        if isinstance(item, Event) and item.name == "player_started":
            self._started_us = int(item.detail.get("start_us", 0))
            self._player_started.set()
        elif isinstance(item, Event) and item.name == "recalled":
            self.recalled.append((item.pts, item.detail))

    def _wait_for_generated(self, client: EchoClient) -> None:
        deadline = time.monotonic() + _MODELS_S
        while time.monotonic() < deadline and not self._serving.runtime.stop.is_set():
            frame = client.latest_frame(self._npc)
            if frame is not None and frame.header.origin == "generated":
                return
            time.sleep(0.05)
        raise ConnectionLostError(f"The models were not ready within {_MODELS_S:.0f} s.")

    def _wait_for_player(self) -> None:
        """The watching client opens the NPC once it listens, and with that the player begins."""
        assert self._client is not None
        deadline = time.monotonic() + _WATCHER_S
        while time.monotonic() < deadline and self._client.running:
            if self._player_started.wait(0.1):
                return
        raise ConnectionLostError("The watching client did not connect.")

    def _speak(self, client: EchoClient) -> None:
        for line in self._lines:
            wait_s = line.at_s - (client.runtime_now() - self._started_us) / 1e6
            if self._serving.runtime.stop.wait(max(0.0, wait_s)) or self._over:
                return
            client.emotion(self._npc, *line.emotion)
            client.speak(self._npc, line.samples, line.rate, text=line.text)
