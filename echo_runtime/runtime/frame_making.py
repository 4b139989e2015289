"""One NPC's frame: the player is observed, a chunk planned where one begins, what is due told, and a picture drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_runtime.runtime.npc import Npc
from echo_runtime.runtime.turn import turn_cues
from echo_runtime.signals import FRAME_US

if TYPE_CHECKING:
    from echo_runtime.runtime.model_loading import ModelLoading
    from echo_runtime.runtime.runtime import Runtime

HELD_AFTER_US = 2 * FRAME_US
"""A frame that is later than this repeats the last picture, to catch up …"""
HELD_AT_MOST = 3
"""… but never more often in a row: a slow machine shows a lower frame rate, not a frozen face."""
SKIP_AFTER_US = 1_000_000


class FrameMaking:
    """Part of the loop, inside its steps."""

    def __init__(self, runtime: Runtime, loading: ModelLoading) -> None:
        self._runtime, self._loading = runtime, loading
        self._clock, self._statistics, self._inflow = runtime.clock, runtime.statistics, runtime.inflow
        self._publication, self._observation = runtime.publication, runtime.observation
        self._observed_us = 0

    def frame(self, npc: Npc) -> None:
        """Makes and publishes the next frame."""
        session = npc.session
        if session.pausing and session.needs_chunk:
            self._runtime.stand_still(npc)
            return
        if not self._clock.virtual:
            skipped = self._catch_up(npc)
            if skipped:
                self._publication.event(npc, "degraded", {"step": "skipped", "frames": skipped})
        if not session.ready:
            self._try_to_wake(npc)
        if not session.ready:
            frame = session.frame
            self._publication.frame(npc, session.next_idle(), frame, "idle")
            return
        self._runtime.observe()
        if session.needs_chunk:
            self._plan(npc)
        frame = session.frame
        position = session.position
        self._note_turn(npc, position)
        motion = session.next_motion()
        late_us = self._clock.now_us() - session.pts_us(frame)
        if late_us > HELD_AFTER_US and npc.held_in_row < HELD_AT_MOST and not self._clock.virtual:
            self._degrade(npc, holding=True)
            npc.held_in_row += 1
            self._publication.frame(npc, motion, frame, "held")
            return
        if late_us <= HELD_AFTER_US:
            self._degrade(npc, holding=False)
        npc.held_in_row = 0
        assert session.draw is not None
        with self._statistics.stage("draw"):
            session.picture = session.draw(motion)
        self._publication.frame(npc, motion, frame, "generated")

    def _catch_up(self, npc: Npc) -> int:
        now = self._clock.now_us()
        if now - npc.session.pts_us(npc.session.frame) > SKIP_AFTER_US:
            return npc.session.skip_to(now)
        return 0

    def _try_to_wake(self, npc: Npc) -> None:
        ready = [*self._inflow.take("ready", lambda: self._loading.ready(npc.avatar))]
        loaded, models = self._loading.avatars.get(npc.avatar), self._loading.models
        if ready and loaded is not None and models is not None:
            npc.session.wake(models.mover, loaded.draw)
            self._observation.wake(npc.session.name, models)
        elif npc.avatar in self._loading.failures:
            self._runtime.stop.set()
            raise self._loading.failures[npc.avatar]

    def observe(self) -> None:
        """Brings the perception up to now; the player is shared by all NPCs."""
        if self._runtime.player_start_us is None or not self._observation.ready:
            return
        with self._statistics.stage("observe"):
            now = self._clock.now_us()
            for window in self._inflow.take(
                "player", lambda: [w] if (w := self._runtime.capture.advance(now)).ticks else []
            ):
                end_us = self._runtime.player_start_us + (window.first_tick + window.ticks) * FRAME_US
                sessions = [npc.session for npc in self._runtime.npcs.values()]
                if self._observation.take(window.face, window.voice, end_us, sessions, window.seen, window.shape):
                    self._another_player()
                self._observed_us = window.observed_us
                self._runtime.linguistics.hear(window.sound, window.voice[:, -1], end_us)

    def _another_player(self) -> None:
        self._runtime.capture.forget_player()
        self._publication.note(
            "Another person sits there now; the NPCs begin anew with them.", self._runtime.npcs.values()
        )
        identity = self._observation.identity
        for npc in self._runtime.npcs.values():
            npc.session.turn.taking.forget_player()
            self._publication.event(npc, "player_changed", {"player": identity.players, "by": identity.by})

    def _plan(self, npc: Npc) -> None:
        session = npc.session
        with self._statistics.stage("move"):
            session.said = self._runtime.linguistics.c_emo(session.name, session.pts_us(session.frame))
            pieces = session.plan(self._observation.f_pu(session.name), self._observed_us)
        self._publication.speech(npc, pieces)

    def _note_turn(self, npc: Npc, position: int) -> None:
        session = npc.session
        utterance = session.speech.utterance_at(position)
        if utterance in npc.texts:
            text = npc.texts.pop(utterance)
            self._runtime.linguistics.say(session.name, text, self._clock.now_us(), npc=session.name)
        if session.turn.update(speaking=utterance != 0):
            self._publication.event(npc, "turn", {"state": session.turn.state})
        waits_s = session.speech.starts_in_s(position)
        cues = turn_cues(session.pts_us(session.frame), self._observation.voice, utterance != 0, waits_s)
        for event in session.turn.follow(cues):
            self._publication.event(npc, event.name, event.detail)
        for label in session.speech.take_finished(position):
            self._publication.event(npc, "speech_ended", {}, utt=label)
            npc.texts.pop(label, None)
            if label in npc.speaking:
                npc.speaking.pop(label).done()

    def _degrade(self, npc: Npc, holding: bool) -> None:
        if npc.holding != holding:
            npc.holding = holding
            self._publication.event(npc, "degraded", {"step": "held" if holding else "none"})
