"""A calibration as a file that people can read and edit: JSON, one line per coefficient, format 1."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from echo_calibration.player import PlayerCalibration
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import ARKIT_NAMES, MOTION_NAMES, POSE_NAMES

FORMAT_VERSION = 1
_LARGEST_FILE = 100_000
_LARGEST_NUMBER = 1e6  # far above any frame count or metre; 1e308 would overflow float32


def save_profile(calibration: PlayerCalibration, path: str | Path) -> None:
    """Write the profile; an existing file is replaced at once or not at all. Raises CalibrationError."""
    offsets = dict(zip(MOTION_NAMES, (round(float(v), 5) for v in calibration.offset), strict=True))
    gains = dict(zip(ARKIT_NAMES, (round(float(v), 5) for v in calibration.gain), strict=True))
    document = {
        "format_version": FORMAT_VERSION,
        "kind": "player",
        "player": calibration.player,
        "frames": {"neutral": calibration.frames[0], "movement": calibration.frames[1]},
        "coefficients": {name: {"offset": offsets[name], "gain": gains[name]} for name in ARKIT_NAMES},
        "pose": {name: offsets[name] for name in POSE_NAMES},
    }
    target = Path(path)
    try:
        with tempfile.NamedTemporaryFile("w", dir=target.parent, delete=False, encoding="utf-8") as scratch:
            scratch.write(_readable(document))
        os.replace(scratch.name, target)
    except OSError as error:
        raise CalibrationError(f"The profile {target} cannot be written: {error.strerror}.") from error


def load_profile(path: str | Path) -> PlayerCalibration:
    """Read a profile. Raises CalibrationError, with the place, when it is absent, damaged or of a newer format."""
    file = Path(path)
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise CalibrationError(f"{file} is too large for a calibration profile.")
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CalibrationError(f"The profile {file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CalibrationError(f"The profile {file} is not valid JSON ({error}); calibrate again.") from error
    version = document.get("format_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise CalibrationError(
            f"The profile {file} has format version {version}, but this runtime reads up to {FORMAT_VERSION}; "
            "update echo-runtime."
        )
    if version != FORMAT_VERSION or document.get("kind") != "player":
        raise CalibrationError(f"{file} is not the profile of a player; calibrate again.")

    def number(*place: str) -> float:
        value: Any = document
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST_NUMBER:
            raise CalibrationError(
                f"The profile {file} has {value!r} at {'.'.join(place)}, where a number is wanted; calibrate again."
            )
        return float(value)

    offsets = [number("coefficients", name, "offset") for name in ARKIT_NAMES]
    offsets += [number("pose", name) for name in POSE_NAMES]
    return PlayerCalibration(
        str(document.get("player", "")),
        np.array(offsets, np.float32),
        np.array([number("coefficients", name, "gain") for name in ARKIT_NAMES], np.float32),
        (int(number("frames", "neutral")), int(number("frames", "movement"))),
    )


def _readable(document: dict[str, Any]) -> str:
    """JSON with each coefficient on a line of its own."""
    lines = []
    for key, value in document.items():
        if key == "coefficients":
            inner = ",\n".join(f"    {json.dumps(name)}: {json.dumps(pair)}" for name, pair in value.items())
            lines.append(f"  {json.dumps(key)}: {{\n{inner}\n  }}")
        else:
            lines.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
