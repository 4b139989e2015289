"""Why a camera cannot be opened, as far as the operating system tells, in one sentence with what to do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from echo_runtime.capture.devices.holders import holders_of_file
from echo_runtime.errors import DeviceBusyError, DeviceError, DeviceNotFoundError

OPTION = "--player camera"
OTHER = f"choose another camera ({OPTION}:NAME)"


def refusal(name: str, path: str, listed: bool) -> DeviceError:
    """`name`: what to call the camera. `path`: of its device file, "" where there is none. `listed`: whether the system
    shows it."""
    if not listed and not (path and Path(path).exists()):
        return DeviceNotFoundError(
            f"{name} cannot be opened; plug one in, close the program that uses it, try another number ({OPTION}:1), "
            "or play a video file (--player PATH)"
        )
    if sys.platform.startswith("linux") and path and not os.access(path, os.R_OK | os.W_OK):
        return DeviceError(
            f"{name} may not be used: {path} is closed to this user; "
            "add yourself to its group with `sudo usermod -aG video $USER` and log in again"
        )
    used = used_by(path)
    if used:
        return DeviceBusyError(f"{name} cannot be opened{used}; close that program, or {OTHER}")
    allow = (
        "" if sys.platform.startswith("linux") else ", allow this terminal to use the camera in the privacy settings"
    )
    return DeviceError(
        f"{name} cannot be opened: another program probably uses it; close that program{allow}, or {OTHER}"
    )


def used_by(path: str) -> str:
    """ ": zoom (process 4242) uses it", or "" where nobody is known."""
    holders = holders_of_file(path) if path else []
    return f": {', '.join(holders[:3])} uses it" if holders else ""
