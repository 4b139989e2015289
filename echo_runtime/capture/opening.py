"""From what a user writes after --player and --voice to a source."""

from __future__ import annotations

from typing import TypeVar

from echo_runtime.capture.camera import Camera
from echo_runtime.capture.engine import EngineSource
from echo_runtime.capture.live_link import LiveLinkFace
from echo_runtime.capture.microphone import Microphone
from echo_runtime.capture.sound_file import SoundFile
from echo_runtime.capture.source import Clock, FaceSource, PictureSource, SoundSource, monotonic_us
from echo_runtime.capture.video_file import VideoFile
from echo_runtime.errors import UsageError

Default = TypeVar("Default", int, None)


def open_player(
    name: str, engine: EngineSource | None = None, clock: Clock = monotonic_us
) -> PictureSource | FaceSource | None:
    """`camera`, `camera:1`, `camera:HD Webcam`, `camera:/dev/video2`, the path of a video, `engine`, `livelink`,
    `livelink:11111`, or `none`."""
    kind, _, which = name.partition(":")
    if kind == "camera":
        return Camera(_number_or_name(which, 0), clock=clock)
    if kind == "livelink":
        return LiveLinkFace.named(which, clock)
    if name == "engine":
        if engine is None:
            raise UsageError("--player engine needs a server that an engine can reach")
        return engine.faces
    return None if name == "none" else VideoFile(name)


def open_voice(name: str, engine: EngineSource | None = None, clock: Clock = monotonic_us) -> SoundSource | None:
    """`microphone`, `microphone:NAME`, the path of a sound or video file, `engine`, or `none`."""
    kind, _, which = name.partition(":")
    if kind == "microphone":
        return Microphone(_number_or_name(which, None), clock=clock)
    if name == "engine":
        if engine is None:
            raise UsageError("--voice engine needs a server that an engine can reach")
        return engine.sounds
    return None if name == "none" else SoundFile(name)


def _number_or_name(which: str, default: Default) -> int | str | Default:
    which = which.strip()
    return int(which) if which.isascii() and which.isdigit() else which or default
