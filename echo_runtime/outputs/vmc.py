"""NPCs over the VMC protocol, for VRM models: OSC over UDP, as a performer sends to a marionette.

https://protocol.vmc.info/english (addresses, arguments, ports, names of VRM 0 and 1). Values of expressions come before
`/VMC/Ext/Blend/Apply`; names are case-sensitive. Bones are rotations in the model's own frame, in Unity's axes: the
model looks along +z, y is up, and +x is its right. Positions are zero, since only the receiver knows its model.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import numpy as np
from echo_bridge.pose import quaternion
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from echo_runtime.errors import ProtocolError, UsageError
from echo_runtime.signals import ARKIT_NAMES, COEFFICIENTS, GAZE, ROTATION, AvatarFrame, FloatArray, gaze_coefficients

PORT = 39539
"""Where marionettes listen, by the protocol."""
LARGEST = 1400
"""Bytes of a datagram that passes Ethernet and Wi-Fi in one piece."""
NECK_SHARE = 0.4
"""Of the head's rotation; the rest is the head bone's own."""
EXPRESSIONS = ("vrm0", "vrm1", "perfect-sync", "arkit")
_BUNDLE_HEAD = 16
_PRESETS = Path(__file__).parent / "vrm_presets.toml"

Values = Callable[[FloatArray], Iterable[tuple[str, float]]]


def message(address: str, *arguments: str | int | float) -> OscMessage:
    """Integers as i, floats as f, texts as s."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument, {str: "s", int: "i", float: "f"}[type(argument)])
    return builder.build()


def bundled(messages: Iterable[OscMessage]) -> list[bytes]:
    """Messages in order, in as few datagrams as hold them."""
    datagrams: list[bytes] = []
    waiting: list[OscMessage] = []
    size = _BUNDLE_HEAD
    for one in messages:
        more = 4 + one.size
        if waiting and size + more > LARGEST:
            datagrams.append(_bundle(waiting))
            waiting, size = [], _BUNDLE_HEAD
        waiting.append(one)
        size += more
    return [*datagrams, *([_bundle(waiting)] if waiting else [])]


def _bundle(messages: list[OscMessage]) -> bytes:
    builder = OscBundleBuilder(IMMEDIATELY)
    for one in messages:
        builder.add_content(one)
    data: bytes = builder.build().dgram
    return data


class VmcEncoder:
    """A frame to its datagrams. `expressions`: one of EXPRESSIONS. Raises UsageError for another word."""

    def __init__(self, expressions: str = "vrm0") -> None:
        if expressions not in EXPRESSIONS:
            raise UsageError(f"--vmc-names {expressions}: known are {', '.join(EXPRESSIONS)}.")
        self._values = _expressions(expressions)
        self._begin_us: int | None = None

    def __call__(self, frame: AvatarFrame) -> list[bytes]:
        if not np.isfinite(frame.motion).all():
            raise ProtocolError(f"a frame of {frame.npc} holds values that are not finite numbers")
        if self._begin_us is None:
            self._begin_us = frame.pts_us
        coefficients = np.clip(frame.motion[COEFFICIENTS], 0.0, 1.0)
        looks = gaze_coefficients(frame.motion[GAZE])
        coefficients = np.where(looks > 0.0, looks, coefficients)
        return bundled([
            message("/VMC/Ext/OK", 1),
            message("/VMC/Ext/T", (frame.pts_us - self._begin_us) / 1e6),
            *(message("/VMC/Ext/Bone/Pos", name, 0.0, 0.0, 0.0, *turn) for name, turn in bones(frame.motion)),
            *(message("/VMC/Ext/Blend/Val", name, value) for name, value in self._values(coefficients)),
            message("/VMC/Ext/Blend/Apply"),
        ])  # fmt: skip


def farewell() -> list[bytes]:
    """What is sent at the end: the model is not there any more."""
    return bundled([message("/VMC/Ext/OK", 0)])


def bones(motion: FloatArray) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Names of Unity's HumanBodyBones and their local rotations (x, y, z, w) in Unity's axes."""
    head, (gaze_yaw, gaze_pitch) = motion[ROTATION], motion[GAZE]
    # a positive pitch of the gaze looks up, of a turn down
    eyes = _mirrored(quaternion((-gaze_pitch, gaze_yaw, 0.0)))
    return [
        ("Neck", _mirrored(quaternion(NECK_SHARE * head))),
        ("Head", _mirrored(quaternion((1.0 - NECK_SHARE) * head))),
        ("LeftEye", eyes),
        ("RightEye", eyes),
    ]


def _mirrored(rotation: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Right-handed with x to the model's left, to Unity's left-handed axes with x to its right."""
    x, y, z, w = rotation
    return (x, -y, -z, w)


def _expressions(kind: str) -> Values:
    if kind in ("arkit", "perfect-sync"):
        names = [n if kind == "arkit" else n[0].upper() + n[1:] for n in ARKIT_NAMES]
        return lambda coefficients: zip(names, map(float, coefficients), strict=True)
    names, matrix = presets(kind)
    return lambda coefficients: zip(names, map(float, np.clip(matrix @ coefficients, 0.0, 1.0)), strict=True)


@cache
def presets(kind: str) -> tuple[list[str], FloatArray]:
    """Names of VRM's preset expressions in version `vrm0` or `vrm1`, and how much of each coefficient (n, 52) is in
    them; see vrm_presets.toml."""
    table = tomllib.loads(_PRESETS.read_text("utf-8"))["presets"]
    matrix = np.zeros((len(table), len(ARKIT_NAMES)), np.float32)
    for row, (_, preset) in enumerate(table.items()):
        for coefficient, weight in preset["weights"].items():
            matrix[row, ARKIT_NAMES.index(coefficient)] = weight
    return [preset["vrm1"] if kind == "vrm1" else name for name, preset in table.items()], matrix
