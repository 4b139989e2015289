"""`echo-runtime devices`: what can be given to --player and --voice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from echo_runtime.capture.devices.choosing import Device


def command(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    from echo_runtime.capture.devices.listing import list_devices

    found = list_devices()
    kinds = (
        ("cameras", found.cameras, "--player camera"),
        ("microphones", found.microphones, "--voice microphone"),
        ("loudspeakers", found.loudspeakers, ""),
    )
    if as_json:
        document: dict[str, Any] = {kind: [_entry(d, option) for d in devices] for kind, devices, option in kinds}
        print(json.dumps(document | {"problems": found.problems}, indent=1))
        return
    for kind, devices, option in kinds:
        print(kind + ("" if devices else ": none found"))
        for device in devices:
            default = "  (the default)" if device.default else ""
            use = f'    {option}:"{device.name}"' if option else ""
            print(f"  {device.number:>3}  {device.name}{default}{use}")
    for problem in found.problems:
        print(f"problem: {problem}")


def _entry(device: Device, option: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"number": device.number, "name": device.name, "default": device.default}
    if device.path:
        entry["path"] = device.path
    if device.rate:
        entry |= {"rate": device.rate, "api": device.api}
    if option:
        entry["use"] = f"{option}:{device.name}"
    return entry
