"""The runtime's loop: takes commands, sees the player, generates and publishes every NPC's frames at their time.

One thread does all of it in order, so that the same commands at the same times give the same frames. It never waits for
a device, a subscriber or a model that is still loading: without the models an NPC idles, and when frames are late their
pictures are held.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from echo_bridge import limits
from echo_bridge.commands import Advance
from echo_bridge.control import Request
from echo_bridge.server import BridgeServer

from echo_runtime.avatars import AvatarManifest
from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.errors import CommandFailedError, PackageError
from echo_runtime.recording.inflow import Inflow, in_step
from echo_runtime.runtime.clock import Clock, VirtualClock
from echo_runtime.runtime.frame_making import FrameMaking
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.memory_keeping import Keeping
from echo_runtime.runtime.model_loading import ModelLoading
from echo_runtime.runtime.models import avatar_package
from echo_runtime.runtime.npc import Npc
from echo_runtime.runtime.npc_memories import NpcMemories
from echo_runtime.runtime.npc_session import NpcSession
from echo_runtime.runtime.observation import Observation
from echo_runtime.runtime.publication import Publication
from echo_runtime.runtime.statistics import RuntimeStatistics
from echo_runtime.runtime.text_speech import TextSpeech
from echo_runtime.signals import (
    Style,
)

CHUNK_LEAD_US = 36_000
"""A chunk is begun this long before its first frame is due: less than a frame, so that it follows the newest player."""
DRAW_LEAD_US = 12_000
ADVANCED_NPCS = 32
"""NPCs whose last picture the answer to `advance` names: more would not fit its header."""
POLL_S = 0.2


@dataclass(frozen=True)
class RuntimeOptions:
    """`wait_for_client`: the player's file begins when the first client has opened an NPC. `seconds`: stop after so
    much of the player's time; None runs until stopped. `seed`: of all chance in the motion."""

    seed: int = 0
    seconds: float | None = None
    wait_for_client: bool = False


class Runtime:
    """See the module. Commands are handled by `command_handling.CommandHandling`."""

    def __init__(
        self,
        bridge: BridgeServer,
        capture: PlayerCapture,
        engine: EngineSource,
        loading: ModelLoading,
        clock: Clock,
        options: RuntimeOptions,
        linguistics: Linguistics | None = None,
        keeping: Keeping | None = None,
        text_speech: TextSpeech | None = None,
        inflow: Inflow | None = None,
    ) -> None:
        from echo_runtime.runtime.command_handling import CommandHandling

        self.bridge, self.capture, self.engine, self.clock, self.options = bridge, capture, engine, clock, options
        self.npcs: dict[str, Npc] = {}
        self.statistics = RuntimeStatistics()
        self.player_start_us: int | None = None
        self.stop = threading.Event()
        self.linguistics = linguistics or Linguistics()
        self.inflow = inflow or Inflow()
        self.publication = Publication(bridge, clock, self.inflow, self.statistics)
        self.listeners = self.publication.listeners
        """Called with every published frame, in the loop's thread: be quick."""
        self.speech_listeners = self.publication.speech_listeners
        """Likewise with every published piece of speech."""
        self.note_listeners = self.publication.note_listeners
        """Called with sentences for the user, in the loop's thread."""
        self.memories = NpcMemories(self.linguistics, clock, keeping, self.inflow.wall)
        self.text_speech = text_speech or TextSpeech()
        self.text_speech.inflow = self.inflow
        self._loading = loading
        self._running = False
        self.observation = Observation(self.memories, clock.virtual, self.inflow)
        self._making = FrameMaking(self, loading)
        self._handling = CommandHandling(self)
        self._advance: list[tuple[int, Request]] = []

    # -- NPCs ---------------------------------------------------------------------------------------------------------

    @in_step("open")
    def open_npc(self, name: str, avatar: str = "", style: Style | None = None) -> Npc:
        """Opens an NPC, with what it remembers, or returns the open one. `style`: by default the avatar's own. Raises
        PackageError, NpcMemoryError and CommandFailedError (too many)."""
        if name in self.npcs:
            return self.npcs[name]
        if len(self.npcs) >= limits.NPCS:
            raise CommandFailedError(
                "too_many_npcs", f"{limits.NPCS} NPCs are open: close one before opening '{name}'."
            )
        package = avatar_package(avatar or name)
        manifest = package.manifest
        assert isinstance(manifest, AvatarManifest)
        seed = self.options.seed * 1_000_003 + crc32(name.encode())
        reference = package.reference()
        if reference.shape[:2] != manifest.size[::-1]:
            raise PackageError(f"The reference picture of {package.directory} is not {manifest.size} pixels.")
        style = style or manifest.style.of_motion
        self.memories.open(name)
        session = NpcSession(name, None, None, self.clock.now_us() + CHUNK_LEAD_US, seed, reference, style)
        session.epoch = self.bridge.publisher.epoch(name)  # clients drop what is below the highest that they have seen
        npc = self.npcs[name] = Npc(session, str(Path(avatar or name)), manifest)
        if self._running:
            self._loading.ask(npc.avatar)
        return npc

    def close_npc(self, name: str) -> None:
        npc = self.npcs.pop(name)
        self.text_speech.drop(name)
        for request in npc.speaking.values():
            request.failed("closed", f"The NPC {name} was closed.")
        self.memories.close(name)
        self.observation.close_npc(name)
        self.bridge.publisher.forget(name)

    def pause(self, npc: Npc) -> int:
        """The NPC stands still once the chunk in flight is shown; returns the time from which it does."""
        session = npc.session
        if session.paused:
            return session.pts_us(session.frame)
        at_us = session.pause()
        if session.needs_chunk:
            self.stand_still(npc)
        return at_us

    def resume(self, npc: Npc) -> int:
        """The NPC goes on; returns the time of its next frame, 0 if it was not paused."""
        session = npc.session
        if not (session.paused or session.pausing):
            return 0
        stood = session.paused
        pts = session.resume(self.clock.now_us() + CHUNK_LEAD_US)
        if stood:
            self.publication.event(npc, "paused", {"on": False}, pts=pts)
        return pts

    def stand_still(self, npc: Npc) -> None:
        """From the next frame on."""
        npc.session.stand_still()
        self.publication.event(npc, "paused", {"on": True}, pts=npc.session.pts_us(npc.session.frame))

    @in_step("begin")
    def begin_player(self) -> None:
        """Opens the player's devices or files at this moment. Raises what the sources raise."""
        if self.player_start_us is not None:
            return
        self.player_start_us = self.clock.now_us()
        self.capture.start(self.player_start_us)
        for npc in self.npcs.values():
            self.publication.event(npc, "player_started", {"start_us": self.player_start_us})

    def flat_statistics(self) -> dict[str, float | str]:
        """For `stats`: one level, numbers and short texts."""
        capture, report = self.capture.statistics, self.statistics.report()
        flat: dict[str, float | str] = {f"frames_{k}": v for k, v in report["frames_by_origin"].items()}
        flat |= {f"{stage}_ms_p50": value["p50"] for stage, value in report["stage_ms"].items()}
        flat |= {f"latency_ms_{k}": v for k, v in report["capture_to_publish_ms"].items()}
        flat |= {
            "realtime_factor": report["realtime_factor"],
            "pictures": capture.pictures,
            "share_tracked": capture.share_tracked,
            "sound_s": capture.sound_s,
            "pictures_skipped": capture.skipped,
        }
        flat |= self.capture.device_statistics
        flat |= self.observation.identity.statistics()
        flat |= self.linguistics.statistics() | self.text_speech.statistics()
        return {key: value for key, value in flat.items() if value == value}  # without NaN

    # -- the loop -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Until `stop` is set or the time is over."""
        if not self.options.wait_for_client:
            self.begin_player()
        # only now: a missing camera is said at once, not after seconds of loading
        self._running = True
        for npc in self.npcs.values():
            self._loading.ask(npc.avatar)
        while not self.stop.is_set() and not self._over():
            due_us, due = self._next_due()
            if self.clock.virtual:
                self._run_virtual(due_us, due)
                continue
            wait_s = min(max(due_us - self.clock.now_us(), 0) / 1e6, POLL_S)
            self._handle(self.bridge.poll(wait_s))
            if due is None:
                self.observe()  # or the player's minutes would all be seen at once when an NPC goes on
            if due is not None and self.npcs.get(due.session.name) is due and self.clock.now_us() >= due_us:
                self._frame(due)

    def again(self, step: str, arguments: tuple[Any, ...]) -> None:
        """Instead of `run`: does one step of a recorded run, through whose `inflow` everything comes."""
        self._running = True
        if step == "frame":
            npc = self.npcs.get(arguments[0])  # by name
            if npc is not None:
                self._frame(npc)
            return
        if step == "handle":
            self._handle(*arguments)
        elif step == "observe":
            self.observe()
        elif step == "open":
            self.open_npc(*arguments)
        else:
            self.begin_player()

    def answer(self, request: Request) -> None:
        """Carries out a command at once, in the loop's thread."""
        self._handling.take(request)

    def _over(self) -> bool:
        if self.options.seconds is None or self.player_start_us is None:
            return False
        return self.clock.now_us() >= self.player_start_us + int(self.options.seconds * 1e6)

    def _next_due(self) -> tuple[int, Npc | None]:
        moving = [(self._due_us(npc), npc) for npc in self.npcs.values() if not npc.session.paused]
        if not moving:
            return self.clock.now_us() + int(POLL_S * 1e6), None
        return min(moving, key=lambda due: due[0])

    def _due_us(self, npc: Npc) -> int:
        session = npc.session
        lead = CHUNK_LEAD_US if session.needs_chunk else DRAW_LEAD_US
        return session.pts_us(session.frame) - lead

    def _run_virtual(self, due_us: int, npc: Npc | None) -> None:
        """With a virtual clock time moves to the next frame, but not past what clients asked for by `advance`."""
        assert isinstance(self.clock, VirtualClock)
        limit = self._advance[0][0] if self._advance else None
        free = self.options.seconds is not None and self.player_start_us is not None
        if limit is None and not free:
            self._handle(self.bridge.poll(POLL_S))
            return
        self._handle(self.bridge.poll(0.0))
        if limit is not None and due_us > limit:
            self.clock.move_to(limit)
            last = self.bridge.publisher.video_seq
            seq = {name: last[name] for name in list(last)[-ADVANCED_NPCS:]}
            self._advance.pop(0)[1].done(now=limit, seq=seq)
            return
        self.clock.move_to(due_us)
        if npc is None:
            self.observe()
        if npc is not None and self.npcs.get(npc.session.name) is npc:
            self._frame(npc)

    def advance(self, request: Request) -> None:
        """Takes an `advance` command: it is done when the virtual clock has moved by so much."""
        assert isinstance(request.message, Advance)
        start = self._advance[-1][0] if self._advance else self.clock.now_us()
        request.ack()
        self._advance.append((start + request.message.us, request))

    @in_step("handle")
    def _handle(self, requests: list[Request]) -> None:
        for request in requests:
            self._handling.take(request)
        self.memories.poll()
        self.text_speech.poll(self.npcs)
        for note in self.inflow.take("note", self.capture.take_notes):
            self.publication.note(note, self.npcs.values())
        for event in self.linguistics.poll():
            if event.npc in self.npcs:
                self.publication.event(self.npcs[event.npc], event.name, event.detail)

    @in_step("frame")
    def _frame(self, npc: Npc) -> None:
        self._making.frame(npc)

    @in_step("observe")
    def observe(self) -> None:
        """Brings the perception up to now; the player is shared by all NPCs."""
        self._making.observe()
