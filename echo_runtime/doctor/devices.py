"""Cameras, microphones, loudspeakers, and the program that speaks texts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from echo_runtime.doctor.finding import Finding

if TYPE_CHECKING:
    from echo_runtime.capture.devices.choosing import Device

NO_CAMERA = "plug one in, or use a video file (--player PATH) or the game's own tracking (--player engine)"
NO_MICROPHONE = "plug one in, or use a sound file (--voice PATH) or the game's microphone (--voice engine)"


def devices() -> Iterator[Finding]:
    try:
        from echo_runtime.capture.devices.listing import list_devices
    except Exception as error:
        yield Finding("devices", "warning", f"cannot be listed ({type(error).__name__}: {error})", "see libraries")
        return
    found = list_devices()
    for problem in found.problems:
        sentence, _, advice = problem.partition(": ")
        yield Finding("devices", "warning", sentence if advice else problem, advice)
    yield from _kind("cameras", found.cameras, NO_CAMERA)
    for camera in found.cameras:
        yield from _closed(camera)
    yield from _kind("microphones", found.microphones, NO_MICROPHONE)
    yield from _kind("loudspeakers", found.loudspeakers, "")


def _kind(kind: str, found: Sequence[Device], advice: str) -> Iterator[Finding]:
    if not found:
        yield Finding(kind, "warning" if advice else "note", "none found", advice)
        return
    names = ", ".join(f'{device.number} "{device.name}"{" (default)" if device.default else ""}' for device in found)
    yield Finding(kind, "ok", names)


def _closed(camera: Device) -> Iterator[Finding]:
    """What keeps a camera that is there from being used: rights, or another program."""
    if not camera.path or not sys.platform.startswith("linux"):
        return
    from echo_runtime.capture.devices.holders import holders_of_file

    if not os.access(camera.path, os.R_OK | os.W_OK):
        yield Finding(
            "cameras", "warning", f'"{camera.name}" is closed to this user ({camera.path})',
            "sudo usermod -aG video $USER, then log in again",
        )  # fmt: skip
    elif holders := holders_of_file(camera.path):
        used = f'"{camera.name}" is open in {", ".join(holders)}'
        yield Finding("cameras", "warning", used, "close that program before you use the camera here")


def speech_program() -> Iterator[Finding]:
    program = shutil.which("espeak-ng")
    if program:
        yield Finding("espeak-ng", "ok", f"{program} can speak texts (run --voice-for-text espeak-ng)")
        return
    how = {"linux": "sudo apt-get install espeak-ng", "darwin": "brew install espeak-ng"}.get(
        sys.platform, "https://github.com/espeak-ng/espeak-ng/releases"
    )
    yield Finding("espeak-ng", "note", "not found; without it NPCs speak sound, and texts by a server only", how)
