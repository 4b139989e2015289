"""Everything that could be the player's eyes and ears here, for people who choose."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib.util import find_spec

from echo_runtime.capture.devices.choosing import Device
from echo_runtime.errors import EchoError


@dataclass(frozen=True)
class Listing:
    """`problems`: sentences about what kept devices from being listed."""

    cameras: list[Device] = field(default_factory=list)
    microphones: list[Device] = field(default_factory=list)
    loudspeakers: list[Device] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def list_devices() -> Listing:
    """Never raises: a library that is missing or fails becomes a problem."""
    found = Listing()
    try:
        from echo_runtime.capture.devices.cameras import list_cameras

        found.cameras.extend(list_cameras())
        if not found.cameras and not sys.platform.startswith("linux") and find_spec("cv2_enumerate_cameras") is None:
            found.problems.append("cameras have no names without a package: pip install cv2-enumerate-cameras")
    except Exception as error:
        found.problems.append(f"cameras cannot be listed ({type(error).__name__}: {error})")
    try:
        from echo_runtime.capture.devices.portaudio import loudspeakers, microphones

        found.microphones.extend(microphones())
        found.loudspeakers.extend(loudspeakers())
    except EchoError as error:
        found.problems.append(str(error))
    except Exception as error:
        found.problems.append(f"sound devices cannot be listed ({type(error).__name__}: {error})")
    return found
