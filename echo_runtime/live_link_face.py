"""Datagrams of the Live Link Face app (Epic Games, iPhone; UDP, port 11111): bytes, units and signs.

A datagram of packet version 6, all numbers big-endian:

    uint8    version, 6
    int32    length of the device's id, then its bytes (36 of a UUID)
    int32    length of the subject's name, then its bytes
    int32    number of the frame since midnight        ┐
    float32  part of a frame beyond it                 │ the time at which the face was captured
    int32    frames per second, numerator (60)         │
    int32    frames per second, denominator (1)        ┘
    uint8    number of values, 61; nothing follows the name while no face is seen
    float32  × 61: the 52 ARKit coefficients in the order of ARKIT_NAMES, then yaw, pitch, roll of the head, of the left
             eye and of the right eye, in radians

Sources of the layout: github.com/JimWest/PyLiveLinkFace (its first five bytes, a little-endian 6 and "$", are the
version and the length 36), github.com/think-biq/LLV, and packets of the app as others recorded them (312 bytes with the
name "iPhone"). Positive yaw of the head turns the face to the picture's right, positive roll tilts its top to the
picture's left, and positive pitch lifts the chin; the eyes' angles have the opposite signs: positive yaw looks to the
picture's left, positive pitch down. The eyes' signs were recorded with the app, the head's are those that several
programs on both ends agree upon. The app inverts pitch and yaw of the head when the phone lies on its side.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from echo_runtime.errors import ProtocolError
from echo_runtime.signals import (
    COEFFICIENTS,
    GAZE,
    MOTION_DIM,
    MOTION_INDEX,
    ROTATION,
    FloatArray,
    gaze_coefficients,
    gaze_of_coefficients,
)

PORT = 11111
VERSION = 6
VALUES = 61
LARGEST = 2048
"""Bytes of a datagram that is worth reading: 36 + 256 bytes of names and 261 of numbers, and room for growth."""
_NAME_BYTES = 256
_FRAME_TIME = struct.Struct(">ifii")
HEAD_YAW, HEAD_PITCH, HEAD_ROLL = 52, 53, 54
EYES_YAW, EYES_PITCH = (55, 58), (56, 59)
_HEAD = [i for n, i in MOTION_INDEX.items() if n.startswith("head")]


@dataclass(frozen=True)
class LiveLinkFrame:
    """One datagram. `frame` + `subframe` at `rate` (numerator, denominator) frames per second is the time since
    midnight. `values` (61,), or None when the phone sees no face."""

    device: str
    subject: str
    values: FloatArray | None
    frame: int = 0
    subframe: float = 0.0
    rate: tuple[int, int] = (60, 1)


def decode(data: bytes) -> LiveLinkFrame:
    """Raises ProtocolError, with the reason, for anything that is no whole datagram of version 6."""
    if not data or len(data) > LARGEST:
        raise ProtocolError(f"a datagram of {len(data)} bytes is none of Live Link Face")
    if data[0] == 1:
        raise ProtocolError("the app sends MetaHuman Animator's packets; choose Live Link (ARKit) in its settings")
    if data[0] != VERSION:
        raise ProtocolError(f"version {data[0]} of Live Link Face's packets is not known, only {VERSION}")
    device, at = _name(data, 1, "device")
    subject, at = _name(data, at, "subject")
    if at == len(data):
        return LiveLinkFrame(device, subject, None)
    if len(data) < at + _FRAME_TIME.size + 1:
        raise ProtocolError("the datagram ends before its time")
    frame, subframe, numerator, denominator = _FRAME_TIME.unpack_from(data, at)
    at += _FRAME_TIME.size
    count, at = data[at], at + 1
    values = None
    if count:
        if count != VALUES or len(data) != at + 4 * VALUES:
            raise ProtocolError(f"{count} values are announced in {len(data) - at} bytes, not {VALUES} in {4 * VALUES}")
        values = np.frombuffer(data, ">f4", VALUES, at).astype(np.float32)
        if not np.isfinite(values).all():
            raise ProtocolError("the datagram holds values that are not finite numbers")
    elif len(data) != at:
        raise ProtocolError("bytes follow a datagram without values")
    if not np.isfinite(subframe) or numerator <= 0 or denominator <= 0:
        raise ProtocolError(f"a frame rate of {numerator}/{denominator} is none")
    return LiveLinkFrame(device, subject, values, frame, subframe, (numerator, denominator))


def encode(frame: LiveLinkFrame) -> bytes:
    """Raises ProtocolError for names that are too long, and for values that are not 61 finite numbers."""
    parts = [bytes([VERSION])]
    for what, text in (("device", frame.device), ("subject", frame.subject)):
        name = text.encode()
        if not 1 <= len(name) <= _NAME_BYTES:
            raise ProtocolError(f"the {what} of a Live Link Face packet has 1 to {_NAME_BYTES} bytes, not {len(name)}")
        parts += [struct.pack(">i", len(name)), name]
    values = frame.values
    if values is not None:
        if values.shape != (VALUES,) or not np.isfinite(values).all():
            raise ProtocolError(f"a Live Link Face packet has {VALUES} finite values")
        parts += [
            _FRAME_TIME.pack(frame.frame, frame.subframe, *frame.rate),
            bytes([VALUES]),
            np.asarray(values, ">f4").tobytes(),
        ]
    return b"".join(parts)


def _name(data: bytes, at: int, what: str) -> tuple[str, int]:
    if len(data) < at + 4:
        raise ProtocolError(f"the datagram ends before its {what}")
    (length,) = struct.unpack_from(">i", data, at)
    at += 4
    if not 0 < length <= _NAME_BYTES or len(data) < at + length:
        raise ProtocolError(f"the {what} of the datagram is said to be {length} bytes long")
    try:
        text = data[at : at + length].decode().rstrip("\0")
    except UnicodeDecodeError:
        raise ProtocolError(f"the {what} of the datagram is no text") from None
    if not text.isprintable():
        raise ProtocolError(f"the {what} of the datagram is no printable text")
    return text, at + length


def motion_of(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(61,) values to a motion frame (60,), and what of it is known (60,).

    The gaze is read from the eyeLook coefficients, whose meaning is Apple's own, not from the eyes' angles. A head
    whose rotation is exactly zero is not known: the app sends it only if it is told to.
    """
    motion, known = np.zeros(MOTION_DIM, np.float32), np.ones(MOTION_DIM, np.float32)
    motion[COEFFICIENTS] = np.clip(values[COEFFICIENTS], 0.0, 1.0)
    motion[GAZE] = gaze_of_coefficients(motion[COEFFICIENTS])
    yaw, pitch, roll = np.clip(values[HEAD_YAW : HEAD_ROLL + 1], -np.pi, np.pi)
    motion[ROTATION] = (-pitch, yaw, roll)
    if not (yaw or pitch or roll):
        known[_HEAD] = 0.0
    return motion, known


def values_of(motion: FloatArray) -> FloatArray:
    """A motion frame (60,) to the (61,) values that the app would have sent of such a face."""
    values = np.zeros(VALUES, np.float32)
    pitch, yaw, roll = motion[ROTATION]
    gaze_yaw, gaze_pitch = motion[GAZE]
    values[COEFFICIENTS] = np.clip(motion[COEFFICIENTS], 0.0, 1.0)
    looks = gaze_coefficients(motion[GAZE])
    turned = looks > 0.0
    values[COEFFICIENTS][turned] = looks[turned]
    values[HEAD_YAW], values[HEAD_PITCH], values[HEAD_ROLL] = yaw, -pitch, roll
    values[list(EYES_YAW)], values[list(EYES_PITCH)] = -gaze_yaw, -gaze_pitch
    return values
