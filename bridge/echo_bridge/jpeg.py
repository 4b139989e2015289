"""Pictures as JPEG, for clients across a network: encoding, and reading a file's size before anything decodes it."""

from __future__ import annotations

import numpy as np

from echo_bridge.streams import Video
from echo_runtime.errors import ProtocolError
from echo_runtime.signals import ByteArray

QUALITY = 85
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers SOF0 to SOF15 of ITU-T T.81, table B.1: without DHT, JPG and DAC, which lie between them."""


def encode(picture: ByteArray, source_format: str = "rgba8", quality: int = QUALITY) -> bytes:
    """(H, W, 4) uint8 with straight alpha, laid over black, to a baseline JFIF file. `quality`: 1 to 100."""
    import cv2

    colours = picture[..., :3] if source_format == "bgra8" else picture[..., 2::-1]
    alpha = picture[..., 3:]
    if not (alpha == 255).all():
        colours = ((colours.astype(np.uint16) * alpha + 127) // 255).astype(np.uint8)
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(colours), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ProtocolError(f"The picture of {picture.shape[1]}×{picture.shape[0]} pixels cannot be written as JPEG.")
    result: bytes = data.tobytes()
    return result


def size(data: bytes | memoryview) -> tuple[int, int]:
    """(width, height) from a file's frame header, without decoding. Raises ProtocolError for what is no JPEG."""
    if bytes(data[:2]) != b"\xff\xd8":
        raise ProtocolError("The picture is no JPEG file.")
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker == 0xFF:  # fill byte
            place += 1
            continue
        if marker in _FRAME_HEADERS:
            if length < 8 or place + 9 > len(data):
                break
            return int.from_bytes(data[place + 7 : place + 9], "big"), int.from_bytes(
                data[place + 5 : place + 7], "big"
            )
        if length < 2 or marker == 0xDA:
            break
        place += 2 + length
    raise ProtocolError("The JPEG file has no frame header.")


def check(data: bytes | memoryview, header: Video) -> None:
    """Raise ProtocolError unless the file is of the size that the header announces: a decoder allocates by the file."""
    found = size(data)
    if found != (header.width, header.height):
        raise ProtocolError(
            f"video announces {header.width}×{header.height} pixels and its JPEG file has {found[0]}×{found[1]}."
        )


def decode(data: bytes | memoryview, header: Video) -> ByteArray:
    """A checked file to (H, W, 4) uint8 in the order b, g, r, a; opaque. Raises ProtocolError."""
    import cv2

    check(data, header)
    colours = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if colours is None or colours.shape != (header.height, header.width, 3):
        raise ProtocolError("The JPEG file is damaged.")
    picture = np.empty((header.height, header.width, 4), np.uint8)
    picture[..., :3], picture[..., 3] = colours, 255
    return picture
