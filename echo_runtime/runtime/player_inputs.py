"""What `--player` and `--voice` name, as sources."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.source import Clock, Source
from echo_runtime.errors import UsageError


@dataclass(frozen=True)
class PlayerInputs:
    """`face` and `voice` may be None. `clip`: the player's video file, for showing beside the NPC; None if it is none.
    `live`: a device or an engine takes part, so that only the real clock makes sense."""

    face: Source[Any] | None
    voice: Source[Any] | None
    engine: EngineSource
    clip: Path | None
    live: bool

    @property
    def notes(self) -> list[str]:
        """Sentences about what is odd in the files."""
        return [note for source in (self.face, self.voice) if source is not None for note in source.notes]


def open_inputs(player: str, voice: str, clock: Clock) -> PlayerInputs:
    """`player`: camera, camera:N, engine, none or a video file; `voice`: microphone, microphone:NAME, engine, none or a
    file with sound. Files are opened now, devices when the player begins.

    Raises UsageError, MediaError, MissingDependencyError.
    """
    engine = EngineSource()
    face_kind, _, face_device = player.partition(":")
    voice_kind, _, voice_device = voice.partition(":")
    face: Source[Any] | None = None
    sound: Source[Any] | None = None
    clip = None
    if player == "engine":
        face = engine.faces
    elif face_kind == "camera":
        from echo_runtime.capture.camera import Camera

        face = Camera(_camera_device(face_device), clock=clock)
    elif player != "none":
        from echo_runtime.capture.video_file import VideoFile

        clip = Path(player)
        face = VideoFile(clip)
    if voice == "engine":
        sound = engine.sounds
    elif voice_kind == "microphone":
        from echo_runtime.capture.microphone import Microphone

        device: int | str | None = int(voice_device) if voice_device.isdigit() else voice_device or None
        sound = Microphone(device, clock=clock)
    elif voice != "none":
        from echo_runtime.capture.sound_file import SoundFile

        sound = SoundFile(voice)
    live = face_kind == "camera" or voice_kind == "microphone"
    return PlayerInputs(face, sound, engine, clip, live)


def _camera_device(text: str) -> int | str:
    if not text:
        return 0
    if text.isdigit():
        return int(text)
    if text.startswith("/"):
        return text
    raise UsageError(f"--player camera:{text} names no camera; give a number as in camera:0, or a device path.")
