"""What `--player` and `--voice` name, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.opening import open_player, open_voice
from echo_runtime.capture.source import Clock, Source
from echo_runtime.capture.video_file import VideoFile
from echo_runtime.errors import UsageError

HEADSETS = ("engine", "livelink")
"""Sources of ready faces, which a camera may stand in for."""


@dataclass(frozen=True)
class PlayerInputs:
    """`face` and `voice` may be None. `clip`: the player's video file, to be shown beside the NPC, if it is one.
    `headset`: what is believed before `face`, where it measures."""

    face: Source[Any] | None
    voice: Source[Any] | None
    engine: EngineSource
    clip: Path | None
    headset: Source[Any] | None = None

    @property
    def device(self) -> bool:
        """Whether a camera or microphone takes part, so that only the real clock makes sense."""
        sources = (self.face, self.voice, self.headset)
        return any(source is not None and source.live and source.origin != "engine" for source in sources)


def open_inputs(player: str, voice: str, clock: Clock) -> PlayerInputs:
    """Files are opened now, devices when the player begins. Raises as `capture.opening` does.

    `player` may be a headset or phone and what stands in for it, as `engine+camera` or `livelink:11111+camera:1`.
    """
    engine, headset = EngineSource(), None
    worn, plus, behind = player.partition("+")
    if plus and worn.partition(":")[0] in HEADSETS:
        headset, player = open_player(worn, engine, clock), behind
    face = open_player(player, engine, clock)
    if headset is not None and (face is None or face.tracked):
        raise UsageError(f"--player {worn}+{behind}: a camera or a video stands in for a headset, not {behind!r}.")
    clip = Path(player) if isinstance(face, VideoFile) else None
    return PlayerInputs(face, open_voice(voice, engine, clock), engine, clip, headset)
