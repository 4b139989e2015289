"""An open NPC, as the runtime's loop keeps it."""

from __future__ import annotations

from echo_bridge.control import Request

from echo_runtime.avatars import AvatarManifest
from echo_runtime.runtime.npc_session import NpcSession


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
