"""A time written into a picture's pixels, so that it can be read from whatever shows the picture.

Two rows of black and white blocks at the bottom: 8 bits to begin with, 48 bits of microseconds, 8 bits of checksum.
"""

from __future__ import annotations

import numpy as np

from echo_runtime.errors import CalibrationError
from echo_runtime.signals import ByteArray

BITS, PER_ROW, ROWS = 64, 32, 2
START = 0b10110010
TIME_BITS = 48
SMALLEST_WIDTH = 4 * PER_ROW


def block_size(width: int) -> int:
    """Pixels of one block's side. Raises CalibrationError for pictures under 128 pixels of width."""
    if width < SMALLEST_WIDTH:
        raise CalibrationError(
            f"A picture of {width} pixels is too narrow for a time code; {SMALLEST_WIDTH} are needed."
        )
    return width // PER_ROW


def write_time_code(rgba: ByteArray, time_us: int) -> None:
    """Write the lowest 48 bits of `time_us` (nine years) into (H, W, 4), opaque, in place."""
    size = block_size(rgba.shape[1])
    blocks = np.array(_bits(time_us), np.uint8).reshape(ROWS, PER_ROW) * 255
    drawn = np.repeat(np.repeat(blocks, size, 0), size, 1)
    place = rgba[-ROWS * size :, : PER_ROW * size]
    place[..., :3] = drawn[..., None]
    place[..., 3] = 255


def read_time_code(picture: ByteArray) -> int | None:
    """The lowest 48 bits of the time in (H, W, 3 or 4); None where there is none, or it is damaged."""
    if picture.shape[1] < SMALLEST_WIDTH:
        return None
    size = picture.shape[1] // PER_ROW
    if picture.shape[0] < ROWS * size:
        return None
    place = picture[-ROWS * size :, : PER_ROW * size, :3].astype(np.float32).mean(-1)
    inner = max(size // 4, 1) if size > 2 else 0
    blocks = place.reshape(ROWS, size, PER_ROW, size)[:, inner : size - inner, :, inner : size - inner].mean((1, 3))
    value = int("".join("1" if level > 127 else "0" for level in blocks.reshape(-1)), 2)
    time_us = value >> 8 & (1 << TIME_BITS) - 1
    return time_us if value >> 56 == START and value & 0xFF == _checksum(time_us) else None


def _bits(time_us: int) -> list[int]:
    low = time_us & (1 << TIME_BITS) - 1
    value = START << 56 | low << 8 | _checksum(low)
    return [value >> (BITS - 1 - i) & 1 for i in range(BITS)]


def _checksum(low: int) -> int:
    """CRC-8 with the polynomial x⁸ + x² + x + 1 of ITU-T I.432, over the six bytes."""
    crc = 0
    for byte in low.to_bytes(TIME_BITS // 8, "big"):
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc
