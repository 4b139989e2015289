"""NPCs as Live Link Face subjects, as Unreal's Apple ARKit Face Support receives them for MetaHumans and others."""

from __future__ import annotations

import time
import uuid

from echo_runtime.live_link_face import LiveLinkFrame, encode, values_of
from echo_runtime.signals import FRAME_RATE, AvatarFrame

NAMESPACE = uuid.UUID("8f0a52f7-3b1c-5d77-9d0e-2f9a4e6f5c11")
"""Of the ids of NPCs: an NPC of one name is the same device in every run."""
DAY_US = 86_400_000_000


class LiveLinkEncoder:
    """A frame to one datagram: the subject is the NPC's name, the time is that of day, at 25 frames per second."""

    def __init__(self) -> None:
        self._midnight_us: int | None = None
        """The runtime's time at the last midnight before the first frame."""
        self._devices: dict[str, str] = {}

    def __call__(self, frame: AvatarFrame) -> list[bytes]:
        if self._midnight_us is None:
            now = time.localtime()
            of_day = (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec) * 1_000_000
            self._midnight_us = frame.pts_us - of_day
        device = self._devices.setdefault(frame.npc, str(uuid.uuid5(NAMESPACE, frame.npc)).upper())
        number, rest = divmod((frame.pts_us - self._midnight_us) % DAY_US * FRAME_RATE, 1_000_000)
        values = values_of(frame.motion)
        return [encode(LiveLinkFrame(device, frame.npc, values, number, rest / 1e6, (FRAME_RATE, 1)))]
