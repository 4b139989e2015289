"""What leaves the runtime's loop: frames, speech and events, for the wire and for listeners in this process."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Any

from echo_bridge.pose import quaternion
from echo_bridge.server import BridgeServer

from echo_runtime.recording.inflow import Inflow
from echo_runtime.runtime.clock import Clock
from echo_runtime.runtime.npc import Npc
from echo_runtime.runtime.statistics import RuntimeStatistics
from echo_runtime.signals import (
    FRAME_RATE,
    ROTATION,
    SAMPLE_RATE,
    TRANSLATION,
    AvatarFrame,
    FloatArray,
    Origin,
    SpokenSound,
)

NOTE_LENGTH = 1000
"""Characters of a `note` event, so that it fits a header."""


class Publication:
    """Used in the loop's thread only; listeners are called there too and have to be quick."""

    def __init__(self, bridge: BridgeServer, clock: Clock, inflow: Inflow, statistics: RuntimeStatistics) -> None:
        self._publisher, self._clock, self._inflow, self._statistics = bridge.publisher, clock, inflow, statistics
        self.listeners: list[Callable[[AvatarFrame], None]] = []
        self.speech_listeners: list[Callable[[SpokenSound], None]] = []
        self.note_listeners: list[Callable[[str], None]] = []

    def frame(self, npc: Npc, motion: FloatArray, frame: int, origin: Origin) -> None:
        """Motion (60,) and the session's picture as the NPC's frame of that number."""
        session, camera = npc.session, npc.manifest.camera
        assert session.picture is not None
        pts = session.pts_us(frame)
        utterance = session.speech.utterance_at(frame * SAMPLE_RATE // FRAME_RATE)
        observed = session.observed_us if origin == "generated" else 0
        began = time.perf_counter()
        self._publisher.publish_motion(
            session.name, motion, pts=pts, origin=origin, epoch=session.epoch, utt=utterance, observed_us=observed
        )
        self._publisher.publish_picture(
            session.name,
            session.picture,
            pts=pts,
            origin=origin,
            epoch=session.epoch,
            utt=utterance,
            head=quaternion(motion[ROTATION]),
            position=tuple(map(float, motion[TRANSLATION])),
            camera_fov=math.radians(camera.fov_deg),
            camera_distance=camera.distance_m,
            observed_us=observed,
            generated_us=self._clock.now_us(),
        )
        if origin != "idle":
            self._statistics.busy_s += time.perf_counter() - began
        latency = self._clock.now_us() - observed if observed else None
        self._statistics.published(origin, latency)
        if self.listeners:
            shown = AvatarFrame(session.name, pts, origin, motion, session.picture, observed, session.epoch, utterance)
            for listener in self.listeners:
                listener(shown)

    def speech(self, npc: Npc, pieces: Iterable[Any]) -> None:
        """Pieces of what the NPC says, as `NpcSession.plan` gives them."""
        session = npc.session
        for piece in pieces:
            pts = session.start_us + piece.start * 1_000_000 // SAMPLE_RATE
            self._publisher.publish_speech(
                session.name, piece.samples, pts=pts, utt=piece.label, epoch=session.epoch, last=piece.last
            )
            for listener in self.speech_listeners:
                listener(SpokenSound(session.name, pts, piece.samples, session.epoch))

    def event(self, npc: Npc, name: str, detail: dict[str, Any], utt: int = 0, pts: int | None = None) -> None:
        """Tells clients of something that happened with the NPC. `pts`: now by default."""
        session = npc.session
        self._inflow.told(session.name, name, detail)
        self._publisher.publish_event(session.name, name, detail, pts=pts, epoch=session.epoch, utt=utt)

    def note(self, text: str, npcs: Iterable[Npc]) -> None:
        """Tells the user, and the clients of these NPCs, a sentence."""
        for listener in self.note_listeners:
            listener(text)
        for npc in npcs:
            self.event(npc, "note", {"text": text[:NOTE_LENGTH]})
