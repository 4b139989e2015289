"""Clients of a replay: they may watch and ask, but the commands that are obeyed are those of the recording."""

from __future__ import annotations

from echo_bridge.commands import Bye, Command, ListNpcs, OpenNpc, Stats
from echo_bridge.control import Request
from echo_bridge.server import BridgeServer

from echo_runtime.runtime.runtime import Runtime

_REFUSED = "This runtime replays a recording: it takes no commands but open_npc (to watch), list_npcs and stats."


class Spectators:
    """Answers the clients that are there. Used between the steps of a replay."""

    def __init__(self, runtime: Runtime, bridge: BridgeServer) -> None:
        self._runtime, self._bridge = runtime, bridge
        self._waiting: list[Request] = []
        """For an NPC that the recording has not opened yet."""

    def serve(self, wait_s: float = 0.0) -> None:
        """Waits up to `wait_s` for a question."""
        for request in [*self._waiting, *self._bridge.poll(wait_s)]:
            if request in self._waiting:
                self._waiting.remove(request)
            self._answer(request, request.message)

    def _answer(self, request: Request, message: Command) -> None:
        if isinstance(message, Bye):
            request.done()
        elif isinstance(message, OpenNpc):
            # with the player not begun, opening would begin it
            if message.npc in self._runtime.npcs and self._runtime.player_start_us is not None:
                self._runtime.answer(request)
            else:
                self._waiting.append(request)
        elif isinstance(message, ListNpcs | Stats):
            self._runtime.answer(request)
        else:
            request.failed("replaying", _REFUSED)
