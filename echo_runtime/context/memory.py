"""An NPC's memory as one file: what the LAU remembers, and the states of other parts as named arrays.

The file is safetensors (huggingface.co/docs/safetensors, "Format"): arrays as they are, everything else as one JSON
text in its header, with a hash over both, because the format itself notices no flipped bit. It is written beside its
place and then moved there, so a memory is never half written. Nothing in it is executed. Times are kept as ages.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from echo_runtime.context.linguistic_affect import LinguisticAffect
from echo_runtime.errors import NpcMemoryDamagedError, NpcMemoryError, NpcMemoryVersionError

FORMAT = "echo-memory"
VERSION = 1
SUFFIX = ".memory"
FILE_BYTES = 64 * 1024 * 1024
JSON_BYTES = 8 * 1024 * 1024
TENSORS = 512
TENSOR_NAME = 128
DTYPES = ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
_DAMAGE = (KeyError, TypeError, ValueError, OverflowError, AttributeError, RecursionError)
"""What reading a state that was damaged, but has the right hash, may raise."""


@dataclass(frozen=True)
class NpcMemory:
    """`linguistic`: what `LinguisticAffect.parted` gave. `tensors`: states by name, as their owners named them.
    `parted_s`: when it was taken, seconds of the system's clock since 1970 (a monotonic clock does not outlive its
    process)."""

    npc: str
    linguistic: dict[str, Any]
    parted_s: float
    tensors: dict[str, np.ndarray] = field(default_factory=dict)

    def elapsed_s(self, now_s: float) -> float:
        """Since they parted; 0 when the system's clock was set back meanwhile."""
        return max(0.0, now_s - self.parted_s)

    def meet_again(self, npc: str, now_us: int, elapsed_s: float) -> LinguisticAffect:
        """The LAU of `npc` as it was when they parted, so much later, on a clock that shows `now_us`. Raises
        NpcMemoryDamagedError."""
        try:
            return LinguisticAffect.meet_again(npc, self.linguistic, now_us, elapsed_s)
        except _DAMAGE as error:
            raise NpcMemoryDamagedError(
                f"The memory of {self.npc} does not hold what it should ({error}); it was left as it is."
            ) from error


def parted(
    lau: LinguisticAffect, now_us: int, now_s: float, tensors: Mapping[str, np.ndarray] | None = None
) -> NpcMemory:
    """A copy of all that an NPC remembers, at `now_us` of the runtime's clock and `now_s` of the system's."""
    copies = {name: np.array(value, copy=True) for name, value in (tensors or {}).items()}
    return NpcMemory(lau.npc, lau.parted(now_us), now_s, copies)


def encode(memory: NpcMemory) -> bytes:
    """The file's bytes. Raises NpcMemoryError when something is too large or of a kind that cannot be kept."""
    if len(memory.tensors) > TENSORS:
        raise NpcMemoryError(f"The memory of {memory.npc} has {len(memory.tensors)} arrays; {TENSORS} can be kept.")
    arrays = {name: np.ascontiguousarray(value) for name, value in sorted(memory.tensors.items())}
    for name, value in arrays.items():
        if str(value.dtype) not in DTYPES or not 0 < len(name) <= TENSOR_NAME:
            raise NpcMemoryError(f"The array {name!r} of {value.dtype} cannot be kept in a memory.")
    state = {"npc": memory.npc, "parted_s": memory.parted_s, "linguistic": memory.linguistic}
    try:
        said = json.dumps(state, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise NpcMemoryError(f"The memory of {memory.npc} cannot be kept: {error}.") from error
    size = len(said) + sum(value.nbytes for value in arrays.values())
    if len(said) > JSON_BYTES or size > FILE_BYTES - JSON_BYTES:
        raise NpcMemoryError(
            f"The memory of {memory.npc} has {size} bytes, {len(said)} of them text; "
            f"{FILE_BYTES - JSON_BYTES} and {JSON_BYTES} can be kept."
        )
    about = {"format": FORMAT, "version": str(VERSION), "sha256": _digest(said, arrays), "memory": said}
    return safetensors.numpy.save(arrays, about)


def decode(data: bytes, source: str) -> NpcMemory:
    """The memory in a file's bytes; `source` is what errors call it. Raises NpcMemoryDamagedError and
    NpcMemoryVersionError."""
    try:
        arrays = safetensors.numpy.load(data)
        (length,) = struct.unpack_from("<Q", data)
        about = json.loads(data[8 : 8 + length]).get("__metadata__") or {}
    except (safetensors.SafetensorError, struct.error, *_DAMAGE) as error:
        raise NpcMemoryDamagedError(
            f"{source} is damaged or not the memory of an NPC ({error}). It was left as it is."
        ) from error
    if about.get("format") != FORMAT:
        raise NpcMemoryDamagedError(f"{source} is not the memory of an NPC.")
    if about.get("version") != str(VERSION):
        raise NpcMemoryVersionError(
            f"{source} is a memory of version {str(about.get('version'))[:20]}, this runtime reads version {VERSION}; "
            "use the runtime that wrote it. It was left as it is."
        )
    try:
        said = about["memory"]
        if about["sha256"] != _digest(said, arrays):
            raise ValueError("its contents do not match its hash")
        memory = json.loads(said)
        parted_s = float(memory["parted_s"])
        if not np.isfinite(parted_s):
            raise ValueError("the time of parting is not a number")
        if not (isinstance(memory["npc"], str) and isinstance(memory["linguistic"], dict)):
            raise TypeError("the memory has another form")
    except _DAMAGE as error:
        raise NpcMemoryDamagedError(f"{source} is damaged: {error}. It was left as it is.") from error
    return NpcMemory(memory["npc"], memory["linguistic"], parted_s, arrays)


def save(path: Path, memory: NpcMemory) -> int:
    """Writes the file, whole or not at all; returns its size in bytes. Raises NpcMemoryError."""
    data = encode(memory)
    beside = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise NpcMemoryError(
            f"The memory of {memory.npc} cannot be written to {path}: {error.strerror or error}."
        ) from error
    return len(data)


def load(path: Path) -> NpcMemory:
    """Reads a file of `save`. Raises NpcMemoryError (it cannot be read), and what `decode` raises."""
    try:
        size = path.stat().st_size
        if size > FILE_BYTES:
            raise NpcMemoryDamagedError(f"{path} has {size} bytes, more than a memory of an NPC may have.")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NpcMemoryError(f"There is no memory {path}; save one first.") from error
    except OSError as error:
        raise NpcMemoryError(f"The memory {path} cannot be read: {error.strerror or error}.") from error
    return decode(data, str(path))


def _digest(said: str, arrays: Mapping[str, np.ndarray]) -> str:
    hashed = hashlib.sha256(said.encode())
    for name in sorted(arrays):
        value = np.ascontiguousarray(arrays[name])
        hashed.update(f"\n{name} {value.dtype} {value.shape}\n".encode())
        hashed.update(value.tobytes())
    return hashed.hexdigest()
