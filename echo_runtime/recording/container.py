"""The file of a recording: an append-only row of checked records, readable to the last whole one wherever it was cut.

    file    = MAGIC record*
    record  = u32 length · u32 CRC-32 of the payload · payload        (little-endian)

The CRC is zlib's (RFC 1952, section 8). What a payload means is not known here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from echo_runtime.errors import RecordingDamagedError, RecordingError

MAGIC = b"ECHOREC\n"
RECORD_BYTES = 128 * 1024 * 1024
"""A longer record is damage: the longest real one, a memory that an NPC was opened with, has half of that."""
_HEAD = struct.Struct("<II")


class RecordFile:
    """Appends records to a new file. Raises RecordingError when it cannot be made, OSError when the disk refuses."""

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("xb")
        except FileExistsError as error:
            raise RecordingError(f"{path} exists already; give the recording another name, or remove it.") from error
        except OSError as error:
            raise RecordingError(f"The recording {path} cannot be written: {error.strerror or error}.") from error
        self._file.write(MAGIC)
        self.bytes = len(MAGIC)

    def append(self, payload: bytes) -> None:
        self._file.write(_HEAD.pack(len(payload), zlib.crc32(payload)))
        self._file.write(payload)
        self.bytes += _HEAD.size + len(payload)

    def flush(self) -> None:
        """Hands what was appended to the operating system, where a crash of this process cannot lose it."""
        self._file.flush()

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True)
class Ending:
    """How a file ends: `whole` bytes of it are whole records, of `size` in all. `problem`: one clause, "" without."""

    whole: int
    size: int
    problem: str


class RecordReader:
    """The records of a file, in order, until its end or the first one that is not whole. `ending` is known then."""

    def __init__(self, path: Path) -> None:
        """Raises RecordingError when there is no such file, RecordingDamagedError when it is none of ours."""
        self.path = path
        self.ending: Ending | None = None
        try:
            self._file: BinaryIO = path.open("rb")
            self._size = path.stat().st_size
            magic = self._file.read(len(MAGIC))
        except FileNotFoundError as error:
            raise RecordingError(f"There is no recording {path}; check the path.") from error
        except OSError as error:
            raise RecordingError(f"The recording {path} cannot be read: {error.strerror or error}.") from error
        if magic != MAGIC:
            self._file.close()
            raise RecordingDamagedError(
                f"{path} is not a recording of echo-runtime ({self._size} bytes); give a file that --record wrote."
            )

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(len(MAGIC))
        at, problem = len(MAGIC), ""
        while at < self._size:
            payload, problem = self._record(at)
            if payload is None:
                break
            at += _HEAD.size + len(payload)
            yield payload
        self.ending = Ending(at, self._size, problem)

    def _record(self, at: int) -> tuple[bytes | None, str]:
        head = self._file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None, f"it was cut off in the middle of a record, at byte {at}"
        length, crc = _HEAD.unpack(head)
        left = self._size - at - _HEAD.size
        if length > left:
            what = "was cut off in the middle of a record" if length <= RECORD_BYTES else "is damaged"
            return None, f"it {what}, at byte {at}"
        payload = self._file.read(length) if length <= RECORD_BYTES else b""
        if len(payload) < length or zlib.crc32(payload) != crc:
            return None, f"it is damaged at byte {at}"
        return payload, ""

    def close(self) -> None:
        self._file.close()
