"""What `--player` and `--voice` name, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.opening import open_player, open_voice
from echo_runtime.capture.source import Clock, Source
from echo_runtime.capture.video_file import VideoFile


@dataclass(frozen=True)
class PlayerInputs:
    """`face` and `voice` may be None. `clip`: the player's video file, to be shown beside the NPC, if it is one."""

    face: Source[Any] | None
    voice: Source[Any] | None
    engine: EngineSource
    clip: Path | None

    @property
    def device(self) -> bool:
        """Whether a camera or microphone takes part, so that only the real clock makes sense."""
        return any(
            source is not None and source.live and source.origin != "engine" for source in (self.face, self.voice)
        )


def open_inputs(player: str, voice: str, clock: Clock) -> PlayerInputs:
    """Files are opened now, devices when the player begins. Raises as `capture.opening` does."""
    engine = EngineSource()
    face = open_player(player, engine, clock)
    return PlayerInputs(
        face, open_voice(voice, engine, clock), engine, Path(player) if isinstance(face, VideoFile) else None
    )
