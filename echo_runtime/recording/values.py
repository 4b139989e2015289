"""Values of a recording as msgpack: numbers to the last bit, arrays, and the few kinds of objects that flow.

Extension types (github.com/msgpack/msgpack/blob/master/spec.md, "Extension types"): 1 an array or a NumPy number,
2 an object of a kind in KINDS, 3 an error of the runtime's tree, 4 a tuple. Nothing else is ever made from a file.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, fields
from typing import Any

import msgpack
import numpy as np

from echo_runtime import errors
from echo_runtime.errors import CommandFailedError, EchoError, RecordingVersionError
from echo_runtime.signals import SAMPLES_PER_FRAME


@dataclass(frozen=True)
class RecordedRequest:
    """A client's command: its header and payload as they came over the wire, at `received_us`; `session` numbers the
    clients of a recording. `vanished`: a goodbye that was made of silence."""

    session: int
    received_us: int
    header: bytes
    payload: bytes
    vanished: bool = False


@dataclass(frozen=True)
class ReadyModels:
    """The models of `avatar` had been loaded. `weights`: SHA-256 of all files of the packages, `backends`: what
    computes each graph, both by name."""

    avatar: str
    weights: dict[str, str]
    backends: dict[str, str]


KINDS = {
    "RecordedRequest": "echo_runtime.recording.values",
    "ReadyModels": "echo_runtime.recording.values",
    "PlayerWindow": "echo_runtime.capture.player",
    "SpokenPiece": "echo_runtime.speech_synthesis.speaking",
    "Recognised": "echo_runtime.recognition.listening",
    "AffectAnswer": "echo_runtime.context.affect_endpoint",
    "TextAffect": "echo_runtime.context.lexicon_affect",
    "Understood": "echo_runtime.context.understanding",
    "NpcMemory": "echo_runtime.context.memory",
    "Style": "echo_runtime.signals",
}
"""Frozen dataclasses that a recording may hold, and where they are. Add yours here to have it recorded."""
_DTYPES = frozenset("?bBhHiIlLqQefd")
_ARRAY, _OBJECT, _ERROR, _TUPLE = 1, 2, 3, 4


def pack(value: Any) -> bytes:
    """Raises TypeError for what a recording cannot hold."""
    data: bytes = msgpack.packb(value, default=_extension, use_bin_type=True, strict_types=True)
    return data


def unpack(data: bytes) -> Any:
    """Raises RecordingVersionError for a kind of object that this version lacks, ValueError for other bytes."""
    return msgpack.unpackb(
        data, ext_hook=_value, raw=False, strict_map_key=False, max_ext_len=len(data), max_bin_len=len(data)
    )


def _extension(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        array = np.asarray(value)
        if array.dtype.char not in _DTYPES:
            raise TypeError(f"a recording holds no arrays of {array.dtype}")
        parts = (array.dtype.str, list(array.shape), isinstance(value, np.generic), array.tobytes())
        return msgpack.ExtType(_ARRAY, msgpack.packb(parts, use_bin_type=True))
    if isinstance(value, tuple):
        return msgpack.ExtType(_TUPLE, pack(list(value)))
    if isinstance(value, EchoError):
        return msgpack.ExtType(_ERROR, pack([type(value).__name__, value.code, str(value)]))
    name = type(value).__name__
    if KINDS.get(name) == type(value).__module__:
        content = {field.name: getattr(value, field.name) for field in fields(value)}
        if name == "PlayerWindow":
            del content["sound"]  # the player's voice is not kept; nothing that is replayed listens to it
        return msgpack.ExtType(_OBJECT, pack([name, content]))
    kinds: tuple[Any, ...] = (str, bytes, int, float, dict, list)
    for plain in kinds:  # a subclass of one, as an enumeration's member
        if isinstance(value, plain):
            return plain(value)
    raise TypeError(f"a recording holds no {type(value).__name__}")


def _value(code: int, data: bytes) -> Any:
    if code == _ARRAY:
        dtype, shape, single, content = msgpack.unpackb(data, raw=False)
        if np.dtype(dtype).char not in _DTYPES:
            raise ValueError(f"an array of {dtype}")
        array = np.frombuffer(content, dtype).reshape(shape)
        return array[()] if single else array.copy()
    if code == _TUPLE:
        return tuple(unpack(data))
    if code == _ERROR:
        name, short, text = unpack(data)
        kind = getattr(errors, name, EchoError)
        if not (isinstance(kind, type) and issubclass(kind, EchoError)):
            raise ValueError(f"an error called {name}")
        return CommandFailedError(short, text) if kind is CommandFailedError else kind(text)
    if code == _OBJECT:
        name, content = unpack(data)
        module = KINDS.get(name)
        if module is None:
            raise RecordingVersionError(f"The recording holds a {name}, which this version does not know; update it.")
        if name == "PlayerWindow":
            content["sound"] = np.zeros(len(content["face"]) * SAMPLES_PER_FRAME, np.float32)
        try:
            return getattr(importlib.import_module(module), name)(**content)
        except TypeError as error:
            raise RecordingVersionError(
                f"The recording holds a {name} of another version of echo-runtime ({error}); replay it with that one."
            ) from error
    raise ValueError(f"an extension of type {code}")
