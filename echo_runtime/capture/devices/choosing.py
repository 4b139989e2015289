"""One device out of a list, by number or by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from echo_runtime.errors import DeviceNotFoundError


@dataclass(frozen=True)
class Device:
    """`number`: what the operating system's interface counts it as; changes when devices are plugged. `name`: as its
    maker wrote it. `path`: of its device file, where there are such. `api`: the interface it is reached through, when
    there are several. `rate`: samples a second that a sound device prefers. `default`: the system's own choice."""

    number: int
    name: str
    path: str = ""
    api: str = ""
    rate: int = 0
    default: bool = False


def listed(devices: Sequence[Device]) -> str:
    """For the end of a sentence: `0 "HD Webcam", 2 "Capture card"`."""
    return ", ".join(f'{device.number} "{device.name}"' for device in devices)


def choose(devices: Sequence[Device], which: int | str, kind: str, option: str) -> Device:
    """The device with number `which`, or whose name is `which` (or is the only one that has it in it; capitals do not
    matter). Of several with the same name the first is taken.

    `kind` and `option` are for the message, as in "camera" and "--player camera". Raises DeviceNotFoundError.
    """
    if isinstance(which, int):
        found = [device for device in devices if device.number == which]
    else:
        wanted = which.strip().casefold()
        whole = [device for device in devices if device.name.casefold() == wanted]
        found = whole or [device for device in devices if wanted and wanted in device.name.casefold()]
    if len({device.name for device in found}) == 1:
        return found[0]
    label = f"{kind} {which}" if isinstance(which, int) else f"{kind} '{which}'"
    if found:
        raise DeviceNotFoundError(
            f"{label} could be any of {listed(found)}; write more of the name, or the number ({option}:NUMBER)"
        )
    there = f"there are {listed(devices)}" if devices else f"this machine shows no {kind}"
    raise DeviceNotFoundError(
        f"{label} was not found: {there}; plug it in, or choose another with {option}:NAME "
        "(`echo-runtime devices` lists them)"
    )
