"""A profile as a file that people can read and edit: JSON, one line per coefficient, format 1.

It holds up to three parts, each measured by a command of its own: the player's face, the microphone, and the delay
between camera and voice.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from echo_calibration.microphone import MicrophoneCalibration
from echo_calibration.player import PlayerCalibration, tracker_name
from echo_calibration.sync import EARLIEST_S, LATEST_S
from echo_runtime.capture.face_tracking import KnownFace
from echo_runtime.capture.landmark_map import shipped_landmark_map
from echo_runtime.errors import CalibrationError, CalibrationVersionError
from echo_runtime.signals import ARKIT_NAMES, FloatArray

FORMAT_VERSION = 1
_LARGEST_FILE = 100_000
_LARGEST_NUMBER = 1e6  # far above any frame count or metre; 1e308 would overflow float32
_ROTATION = ("headPitch", "headYaw", "headRoll")


@dataclass(frozen=True)
class SyncCalibration:
    """`delay_s`: add it to the voice's times to get the camera's. `camera`, `microphone`: as `--player` and `--voice`
    named them. `spread_s`, `syllables`: see sync.Delay."""

    delay_s: float
    spread_s: float = 0.0
    syllables: int = 0
    camera: str = ""
    microphone: str = ""


@dataclass(frozen=True)
class Profile:
    """What is known of one player at one place. `camera`: as `--player` named it, "" where it was a file. `written`:
    date and time in UTC, ISO 8601."""

    name: str
    player: PlayerCalibration | None = None
    microphone: MicrophoneCalibration | None = None
    sync: SyncCalibration | None = None
    camera: str = ""
    written: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """Which of player, microphone and sync were measured."""
        return tuple(name for name in ("player", "microphone", "sync") if getattr(self, name) is not None)


def save_profile(profile: Profile, path: str | Path) -> None:
    """Write the profile; an existing file is replaced at once or not at all. Raises CalibrationError."""
    written = profile.written or datetime.now(UTC).isoformat(timespec="seconds")
    document: dict[str, Any] = {"format_version": FORMAT_VERSION, "name": profile.name, "written": written}
    if profile.camera:
        document["camera"] = profile.camera
    if profile.microphone is not None:
        document["microphone"] = dict(vars(profile.microphone))
    if profile.sync is not None:
        document["sync"] = dict(vars(profile.sync))
    if profile.player is not None:
        document["player"] = _player_document(profile.player)
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as scratch:
            scratch.write(_readable(document))
        os.chmod(scratch.name, 0o644)
        os.replace(scratch.name, target)
    except OSError as error:
        raise CalibrationError(f"The profile {target} cannot be written: {error.strerror}.") from error


def load_profile(path: str | Path, *, with_player: bool = True) -> Profile:
    """Read a profile; without its player's part, whatever tracker that was measured with, if not `with_player`.

    Raises CalibrationError, with the place, when it is absent or damaged, CalibrationVersionError when it was made by
    another version of the runtime or for another face tracker.
    """
    file = Path(path)
    reader = _Reader(_document(file), file)
    profile = Profile(reader.text("name"), camera=reader.text("camera", ""), written=reader.text("written", ""))
    if reader.has("microphone"):
        numbers = {
            name: reader.number("microphone", name)
            for name in ("noise_db", "speech_db", "peak_db", "clipped", "quality")
        }
        threshold = reader.number("microphone", "threshold", least=0.05, most=0.95)
        device = reader.text("microphone", "device", "")
        profile = replace(profile, microphone=MicrophoneCalibration(**numbers, threshold=threshold, device=device))
    if reader.has("sync"):
        profile = replace(
            profile,
            sync=SyncCalibration(
                reader.number("sync", "delay_s", least=EARLIEST_S, most=LATEST_S),
                reader.number("sync", "spread_s"),
                int(reader.number("sync", "syllables")),
                reader.text("sync", "camera", ""),
                reader.text("sync", "microphone", ""),
            ),
        )
    if with_player and reader.has("player"):
        profile = replace(profile, player=_read_player(reader))
    return profile


def _player_document(player: PlayerCalibration) -> dict[str, Any]:
    def rounded(values: FloatArray) -> list[float]:
        return [round(float(v), 5) for v in values]

    return {
        "tracker": player.tracker,
        "quality": player.quality,
        "frames": {"neutral": player.frames[0], "movement": player.frames[1]},
        "pose": dict(zip(_ROTATION, rounded(player.known.rotation), strict=True)),
        "coefficients": {
            name: {"offset": offset, "gain": gain}
            for name, offset, gain in zip(ARKIT_NAMES, rounded(player.offset), rounded(player.gain), strict=True)
        },
        "resting_features": rounded(player.known.features),
    }


def _read_player(reader: _Reader) -> PlayerCalibration:
    tracker = reader.text("player", "tracker")
    if tracker != tracker_name():
        raise CalibrationVersionError(
            f"The profile {reader.file} was measured with the face tracker {tracker}, but this runtime has "
            f"{tracker_name()}; run `echo-runtime calibrate player` again."
        )
    features = reader.numbers("player", "resting_features", count=len(shipped_landmark_map().rest))
    rotation = [reader.number("player", "pose", name, least=-1.6, most=1.6) for name in _ROTATION]
    offset = [reader.number("player", "coefficients", name, "offset", least=-1, most=1) for name in ARKIT_NAMES]
    gain = [reader.number("player", "coefficients", name, "gain", least=0, most=10) for name in ARKIT_NAMES]
    frames = (int(reader.number("player", "frames", "neutral")), int(reader.number("player", "frames", "movement")))
    return PlayerCalibration(
        KnownFace(features, np.array(rotation, np.float32)),
        np.array(offset, np.float32),
        np.array(gain, np.float32),
        frames,
        reader.number("player", "quality"),
        tracker,
    )


class _Reader:
    """Takes values out of a document by their place, and says where one is wrong."""

    def __init__(self, document: dict[str, Any], file: Path) -> None:
        self._document, self.file = document, file

    def has(self, key: str) -> bool:
        return self._document.get(key) is not None

    def _at(self, place: tuple[str, ...]) -> Any:
        value: Any = self._document
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def _wrong(self, place: tuple[str, ...], wanted: str) -> CalibrationError:
        found = repr(self._at(place))
        return CalibrationError(
            f"The profile {self.file} has {found[:60]} at {'.'.join(place)}, where {wanted} is wanted; "
            "put it right or calibrate again."
        )

    def number(self, *place: str, least: float = -_LARGEST_NUMBER, most: float = _LARGEST_NUMBER) -> float:
        value = self._at(place)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            bounds = f" from {least:g} to {most:g}" if most < _LARGEST_NUMBER else ""
            raise self._wrong(place, f"a number{bounds}")
        return float(value)

    def numbers(self, *place: str, count: int) -> FloatArray:
        values = self._at(place)
        good = isinstance(values, list) and len(values) == count
        if not good or any(
            isinstance(v, bool) or not isinstance(v, int | float) or not abs(v) <= _LARGEST_NUMBER for v in values
        ):
            raise self._wrong(place, f"a list of {count} numbers")
        return np.array(values, np.float32)

    def text(self, *place: str) -> str:
        """The last of `place` may be "" for a text that need not be there."""
        optional = place[-1] == ""
        place = place[:-1] if optional else place
        value = self._at(place)
        if value is None and optional:
            return ""
        if not isinstance(value, str) or len(value) > 300:
            raise self._wrong(place, "a text")
        return value


def _document(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise CalibrationError(f"{file} is too large for a calibration profile.")
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CalibrationError(f"The profile {file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CalibrationError(f"The profile {file} is not valid JSON ({error}); calibrate again.") from error
    version = document.get("format_version") if isinstance(document, dict) else None
    if isinstance(version, bool) or not isinstance(version, int):
        raise CalibrationError(f"{file} is not a calibration profile; make one with `echo-runtime calibrate player`.")
    if version != FORMAT_VERSION:
        remedy = "update echo-runtime" if version > FORMAT_VERSION else "calibrate again"
        raise CalibrationVersionError(
            f"The profile {file} has format version {version}, but this runtime reads {FORMAT_VERSION}; {remedy}."
        )
    return dict(document)


def _readable(document: dict[str, Any]) -> str:
    """JSON in which a part begins a line, and so does every coefficient."""

    def part(value: Any, indent: str) -> str:
        if isinstance(value, dict) and (
            indent == "" or len(value) > 8 or any(isinstance(v, dict) for v in value.values())
        ):
            inner = ",\n".join(f"{indent}  {json.dumps(k)}: {part(v, indent + '  ')}" for k, v in value.items())
            return "{\n" + inner + f"\n{indent}}}"
        return json.dumps(value, ensure_ascii=False)

    return part(document, "") + "\n"
