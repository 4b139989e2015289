"""The runtime's loop: takes commands, sees the player, generates and publishes every NPC's frames at their time.

One thread does all of it in order, so that the same commands at the same times give the same frames. It never waits for
a device, a subscriber or a model that is still loading: without the models an NPC idles, and when frames are late their
pictures are held.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from echo_bridge import limits
from echo_bridge.commands import Advance
from echo_bridge.control import Request
from echo_bridge.pose import quaternion
from echo_bridge.server import BridgeServer

from echo_runtime.avatars import AvatarManifest
from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.player import PlayerCapture
from echo_runtime.errors import CommandFailedError, PackageError
from echo_runtime.recording.inflow import Inflow, in_step
from echo_runtime.runtime.clock import Clock, VirtualClock
from echo_runtime.runtime.linguistics import Linguistics
from echo_runtime.runtime.memory_keeping import Keeping
from echo_runtime.runtime.model_loading import ModelLoading
from echo_runtime.runtime.models import avatar_package
from echo_runtime.runtime.npc_memories import NpcMemories
from echo_runtime.runtime.npc_session import NpcSession
from echo_runtime.runtime.observation import Observation
from echo_runtime.runtime.statistics import RuntimeStatistics
from echo_runtime.runtime.text_speech import TextSpeech
from echo_runtime.runtime.turn import turn_cues
from echo_runtime.signals import (
    FRAME_US,
    ROTATION,
    SAMPLE_RATE,
    TRANSLATION,
    AvatarFrame,
    FloatArray,
    Origin,
    SpokenSound,
    Style,
)

CHUNK_LEAD_US = 36_000
"""A chunk is begun this long before its first frame is due: less than a frame, so that it follows the newest player."""
DRAW_LEAD_US = 12_000
HELD_AFTER_US = 2 * FRAME_US
"""A frame that is later than this repeats the last picture, to catch up …"""
HELD_AT_MOST = 3
"""… but never more often in a row: a slow machine shows a lower frame rate, not a frozen face."""
SKIP_AFTER_US = 1_000_000
ADVANCED_NPCS = 32
"""NPCs whose last picture the answer to `advance` names: more would not fit its header."""
POLL_S = 0.2
NOTE_LENGTH = 1000
"""Characters of a `note` event, so that it fits a header."""


@dataclass(frozen=True)
class RuntimeOptions:
    """`wait_for_client`: the player's file begins when the first client has opened an NPC. `seconds`: stop after so
    much of the player's time; None runs until stopped. `seed`: of all chance in the motion."""

    seed: int = 0
    seconds: float | None = None
    wait_for_client: bool = False


class Npc:
    """A session with what the wire needs to know of its avatar."""

    def __init__(self, session: NpcSession, avatar: str, manifest: AvatarManifest) -> None:
        self.session = session
        self.avatar = avatar
        self.manifest = manifest
        self.holding = False
        """Whether the last `degraded` event said that pictures are held."""
        self.speaking: dict[int, Request] = {}
        self.texts: dict[int, str] = {}
        """What is said in the utterances that have not begun to be heard."""
        self.held_in_row = 0


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
        self.listeners: list[Callable[[AvatarFrame], None]] = []
        """Called with every published frame, in the loop's thread: be quick."""
        self.speech_listeners: list[Callable[[SpokenSound], None]] = []
        """Likewise with every published piece of speech."""
        self.note_listeners: list[Callable[[str], None]] = []
        """Called with sentences for the user, in the loop's thread."""
        self.linguistics = linguistics or Linguistics()
        self.inflow = inflow or Inflow()
        self.memories = NpcMemories(self.linguistics, clock, keeping, self.inflow.wall)
        self.text_speech = text_speech or TextSpeech()
        self.text_speech.inflow = self.inflow
        self._loading = loading
        self._running = False
        self.observation = Observation(self.memories, clock.virtual, self.inflow)
        self._observed_us = 0
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
            self._stand_still(npc)
        return at_us

    def resume(self, npc: Npc) -> int:
        """The NPC goes on; returns the time of its next frame, 0 if it was not paused."""
        session = npc.session
        if not (session.paused or session.pausing):
            return 0
        stood = session.paused
        pts = session.resume(self.clock.now_us() + CHUNK_LEAD_US)
        if stood:
            self._event(session.name, "paused", {"on": False}, pts=pts)
        return pts

    def _stand_still(self, npc: Npc) -> None:
        npc.session.stand_still()
        self._event(npc.session.name, "paused", {"on": True}, pts=npc.session.pts_us(npc.session.frame))

    @in_step("begin")
    def begin_player(self) -> None:
        """Opens the player's devices or files at this moment. Raises what the sources raise."""
        if self.player_start_us is not None:
            return
        self.player_start_us = self.clock.now_us()
        self.capture.start(self.player_start_us)
        for name in self.npcs:
            self._event(name, "player_started", {"start_us": self.player_start_us})

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
                self._observe()  # or the player's minutes would all be seen at once when an NPC goes on
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
            self._observe()
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
            self._observe()
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
            self._tell(note)
        for event in self.linguistics.poll():
            if event.npc in self.npcs:
                self._event(event.npc, event.name, event.detail)

    # -- one frame ----------------------------------------------------------------------------------------------------

    @in_step("frame")
    def _frame(self, npc: Npc) -> None:
        session = npc.session
        if session.pausing and session.needs_chunk:
            self._stand_still(npc)
            return
        if not self.clock.virtual:
            skipped = self._catch_up(npc)
            if skipped:
                self._event(session.name, "degraded", {"step": "skipped", "frames": skipped})
        if not session.ready:
            self._try_to_wake(npc)
        if not session.ready:
            frame = session.frame
            self._publish(npc, session.next_idle(), frame, "idle")
            return
        self._observe()
        if session.needs_chunk:
            self._plan(npc)
        frame = session.frame
        position = session.position
        self._note_turn(npc, position)
        motion = session.next_motion()
        late_us = self.clock.now_us() - session.pts_us(frame)
        if late_us > HELD_AFTER_US and npc.held_in_row < HELD_AT_MOST and not self.clock.virtual:
            self._degrade(npc, holding=True)
            npc.held_in_row += 1
            self._publish(npc, motion, frame, "held")
            return
        if late_us <= HELD_AFTER_US:
            self._degrade(npc, holding=False)
        npc.held_in_row = 0
        assert session.draw is not None
        with self.statistics.stage("draw"):
            session.picture = session.draw(motion)
        self._publish(npc, motion, frame, "generated")

    def _catch_up(self, npc: Npc) -> int:
        now = self.clock.now_us()
        if now - npc.session.pts_us(npc.session.frame) > SKIP_AFTER_US:
            return npc.session.skip_to(now)
        return 0

    def _try_to_wake(self, npc: Npc) -> None:
        ready = [*self.inflow.take("ready", lambda: self._loading.ready(npc.avatar))]
        loaded, models = self._loading.avatars.get(npc.avatar), self._loading.models
        if ready and loaded is not None and models is not None:
            npc.session.wake(models.mover, loaded.draw)
            self.observation.wake(npc.session.name, models)
        elif npc.avatar in self._loading.failures:
            self.stop.set()
            raise self._loading.failures[npc.avatar]

    @in_step("observe")
    def _observe(self) -> None:
        """Brings the perception up to now; the player is shared by all NPCs."""
        if self.player_start_us is None or not self.observation.ready:
            return
        with self.statistics.stage("observe"):
            now = self.clock.now_us()
            for window in self.inflow.take("player", lambda: [w] if (w := self.capture.advance(now)).ticks else []):
                end_us = self.player_start_us + (window.first_tick + window.ticks) * FRAME_US
                sessions = [npc.session for npc in self.npcs.values()]
                if self.observation.take(window.face, window.voice, end_us, sessions, window.seen, window.shape):
                    self._another_player()
                self._observed_us = window.observed_us
                self.linguistics.hear(window.sound, window.voice[:, -1], end_us)

    def _another_player(self) -> None:
        self.capture.forget_player()
        self._tell("Another person sits there now; the NPCs begin anew with them.")
        identity = self.observation.identity
        for npc in self.npcs.values():
            npc.session.turn.taking.forget_player()
            self._event(npc.session.name, "player_changed", {"player": identity.players, "by": identity.by})

    def _plan(self, npc: Npc) -> None:
        session = npc.session
        with self.statistics.stage("move"):
            session.said = self.linguistics.c_emo(session.name, session.pts_us(session.frame))
            pieces = session.plan(self.observation.f_pu(session.name), self._observed_us)
        for piece in pieces:
            pts = session.start_us + piece.start * 1_000_000 // SAMPLE_RATE
            self.bridge.publisher.publish_speech(
                session.name, piece.samples, pts=pts, utt=piece.label, epoch=session.epoch, last=piece.last
            )
            for listener in self.speech_listeners:
                listener(SpokenSound(session.name, pts, piece.samples, session.epoch))

    def _note_turn(self, npc: Npc, position: int) -> None:
        session = npc.session
        utterance = session.speech.utterance_at(position)
        if utterance in npc.texts:
            text = npc.texts.pop(utterance)
            self.linguistics.say(session.name, text, self.clock.now_us(), npc=session.name)
        if session.turn.update(speaking=utterance != 0):
            self._event(session.name, "turn", {"state": session.turn.state})
        waits_s = session.speech.starts_in_s(position)
        cues = turn_cues(session.pts_us(session.frame), self.observation.voice, utterance != 0, waits_s)
        for event in session.turn.follow(cues):
            self._event(session.name, event.name, event.detail)
        for label in session.speech.take_finished(position):
            self._event(session.name, "speech_ended", {}, utt=label)
            npc.texts.pop(label, None)
            if label in npc.speaking:
                npc.speaking.pop(label).done()

    def _degrade(self, npc: Npc, holding: bool) -> None:
        if npc.holding != holding:
            npc.holding = holding
            self._event(npc.session.name, "degraded", {"step": "held" if holding else "none"})

    def _publish(self, npc: Npc, motion: FloatArray, frame: int, origin: Origin) -> None:
        session, camera = npc.session, npc.manifest.camera
        assert session.picture is not None
        pts = session.pts_us(frame)
        utterance = session.speech.utterance_at(frame * SAMPLE_RATE // 25)
        observed = session.observed_us if origin == "generated" else 0
        began = time.perf_counter()
        self.bridge.publisher.publish_motion(
            session.name, motion, pts=pts, origin=origin, epoch=session.epoch, utt=utterance, observed_us=observed
        )
        self.bridge.publisher.publish_picture(
            session.name,
            session.picture,
            pts=pts,
            origin=origin,
            epoch=session.epoch,
            utt=utterance,
            head=quaternion(motion[ROTATION]),
            position=tuple(map(float, motion[TRANSLATION])),
            camera_fov=camera.fov_deg * 3.141592653589793 / 180.0,
            camera_distance=camera.distance_m,
            observed_us=observed,
            generated_us=self.clock.now_us(),
        )
        if origin != "idle":
            self.statistics.busy_s += time.perf_counter() - began
        latency = self.clock.now_us() - observed if observed else None
        self.statistics.published(origin, latency)
        if self.listeners:
            shown = AvatarFrame(session.name, pts, origin, motion, session.picture, observed, session.epoch, utterance)
            for listener in self.listeners:
                listener(shown)

    def _tell(self, note: str) -> None:
        for listener in self.note_listeners:
            listener(note)
        for name in self.npcs:
            self._event(name, "note", {"text": note[:NOTE_LENGTH]})

    def _event(self, npc: str, name: str, detail: dict, utt: int = 0, pts: int | None = None) -> None:
        self.inflow.told(npc, name, detail)
        self.bridge.publisher.publish_event(npc, name, detail, pts=pts, epoch=self.npcs[npc].session.epoch, utt=utt)
