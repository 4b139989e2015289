"""What the runtime knows of the player: one perception that all NPCs share, and for each NPC a context of its own."""

from __future__ import annotations

import numpy as np

from echo_runtime.capture.face_shape import SHAPE_SPREAD
from echo_runtime.context.player_identity import PlayerIdentity
from echo_runtime.recording.inflow import Inflow
from echo_runtime.runtime.models import Models, PlayerPerception
from echo_runtime.runtime.npc_memories import NpcMemories
from echo_runtime.runtime.npc_session import NpcSession
from echo_runtime.runtime.player_context import PlayerContext
from echo_runtime.signals import MELS_PER_FRAME, VOICE_DIM, FloatArray

PERCEPTION, CONTEXT = "lpe", "hbcu"
"""Names of the parts of an NPC's memory."""


class Observation:
    """Used by the runtime's loop only. `immediate`: contexts answer at once (virtual clocks)."""

    def __init__(self, memories: NpcMemories, immediate: bool, inflow: Inflow | None = None) -> None:
        self._memories, self._immediate, self._inflow = memories, immediate, inflow or Inflow()
        self._perception: PlayerPerception | None = None
        self.contexts: dict[str, PlayerContext] = {}
        self.identity = PlayerIdentity(SHAPE_SPREAD)
        self.voice: FloatArray = np.zeros((0, VOICE_DIM), np.float32)
        """The newest ticks of the player's voice, for turn-taking."""
        self.seen_us = 0
        """Runtime time up to which the player has been seen and heard."""

    @property
    def ready(self) -> bool:
        """Whether there is a perception; before, the player's time waits."""
        return self._perception is not None

    def wake(self, npc: str, models: Models) -> None:
        """The models are ready, and the NPC begins to follow the player."""
        if self._perception is None:
            self._perception = models.perception()
            self._memories.add_part(PERCEPTION, self._perception)
        context = models.player_context(npc, self._immediate)
        if context is not None and npc not in self.contexts:
            context.through(self._inflow, npc)
            self.contexts[npc] = context
            self._memories.add_own_part(npc, CONTEXT, context)

    def take(
        self,
        face: FloatArray,
        voice: FloatArray,
        end_us: int,
        sessions: list[NpcSession],
        seen: FloatArray | None = None,
        shape: FloatArray | None = None,
    ) -> bool:
        """New ticks of the player, the last of which ends at `end_us`; `seen`: see PlayerPerception, `shape`: see
        PlayerWindow. True when they showed that another person sits there: of the one before nothing stays."""
        assert self._perception is not None
        self._perception.observe(face, voice, seen)
        self.voice, self.seen_us = voice, end_us
        for session in sessions:
            context = self.contexts.get(session.name)
            if context is not None:
                context.observe(face, voice, session.speech.utterance_at(session.position) != 0, end_us)
        overheard = any(session.speech.utterance_at(session.position) for session in sessions)
        changed = self._look_who_it_is(face, voice, shape, overheard)
        if changed:
            self._begin_anew()
        return changed

    def _look_who_it_is(self, face: FloatArray, voice: FloatArray, shape: FloatArray | None, overheard: bool) -> bool:
        changed = False
        for tick in range(len(face)):
            heard = voice[MELS_PER_FRAME * tick : MELS_PER_FRAME * (tick + 1)]
            sign = self.identity.observe(face[tick], heard, None if shape is None else shape[tick], overheard)
            if sign in ("left", "heard"):
                self._memories.keep_before()
            changed |= sign == "other"
        self._memories.doubt(self.identity.phase == "doubt")
        return changed

    def _begin_anew(self) -> None:
        assert self._perception is not None
        self._memories.begin_anew()
        self._perception.reset()
        for context in self.contexts.values():
            context.reset()

    def f_pu(self, npc: str) -> FloatArray:
        """(1, K, width): what the generator reads of the player, for this NPC."""
        assert self._perception is not None
        context = self.contexts.get(npc)
        return self._perception.f_pu if context is None else context.f_pu(self._perception.f_pu, self.seen_us)

    def close_npc(self, npc: str) -> None:
        """After its memory was taken."""
        context = self.contexts.pop(npc, None)
        if context is not None:
            context.close()

    def close(self) -> None:
        for npc in list(self.contexts):
            self.close_npc(npc)
