"""Headers to bytes and back.

A header is one msgpack map of at most 4 KiB: nil, booleans, integers, finite floats, UTF-8 strings, binary, arrays and
maps with string keys, each key once; no extension types, nothing nested deeper than eight. It is written with its keys
in the order of the message's fields after `t`, every field present, integers and lengths in their shortest form, floats
as float64: the golden vectors are equal byte by byte. A reader skips unknown keys and takes the default of a missing
one. Sizes are checked before anything is decoded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from math import isfinite
from typing import Any, ClassVar, NoReturn, Self, TypeVar, get_type_hints

import msgpack

from echo_bridge.limits import HEADER_BYTES, HEADER_DEPTH, MAP_ENTRIES
from echo_runtime.errors import ProtocolError


class UnknownTypeError(ProtocolError):
    """A type of message that this version does not know: a peer of a newer minor version may send it."""

    code = "unknown_type"


@dataclass(frozen=True, slots=True)
class Message:
    """Base of all messages. Subclasses are frozen dataclasses whose fields are annotated with kinds of `fields.py`.

    A field with the metadata `local` does not go over the wire.
    """

    TYPE: ClassVar[str] = ""
    PAYLOAD: ClassVar[int] = 0
    """The most bytes its payload may have."""

    def check_payload(self, size: int) -> None:
        """Raise ProtocolError unless `size` bytes are what the header announces."""
        if size > self.PAYLOAD:
            raise ProtocolError(f"{self.TYPE} has a payload of {size} bytes; at most {self.PAYLOAD} are allowed.")

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> Self:
        values = {}
        for name, kind, required in _plan(cls):
            if name in header:
                values[name] = kind.read(f"{cls.TYPE}.{name}", header[name])
            elif required:
                raise ProtocolError(f"{cls.TYPE} lacks the field '{name}'.")
        return cls(**values)


MessageType = TypeVar("MessageType", bound=Message)


_Plan = tuple[tuple[str, Any, bool], ...]
_plans: dict[type[Message], _Plan] = {}


def _plan(cls: type[Message]) -> _Plan:
    """(name, kind, required) of each field, in the order of the wire."""
    plan = _plans.get(cls)
    if plan is None:
        hints = get_type_hints(cls, include_extras=True)
        plan = _plans[cls] = tuple(
            (f.name, hints[f.name].__metadata__[0], f.default is MISSING and f.default_factory is MISSING)
            for f in fields(cls)
            if not f.metadata.get("local")
        )
    return plan


def encode(message: Message) -> bytes:
    """The header's bytes. Every value is checked, so that nothing malformed leaves this side: ProtocolError."""
    header: dict[str, Any] = {"t": message.TYPE}
    for name, kind, _ in _plan(type(message)):
        header[name] = kind.read(f"{message.TYPE}.{name}", getattr(message, name))
    _check_values(header, 1)
    try:
        data: bytes = msgpack.packb(header, use_bin_type=True)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ProtocolError(f"{message.TYPE} holds a value that msgpack cannot carry: {error}.") from error
    if len(data) > HEADER_BYTES:
        raise ProtocolError(f"The header of {message.TYPE} has {len(data)} bytes; at most {HEADER_BYTES} are allowed.")
    return data


def unpack(data: bytes | memoryview) -> dict[str, Any]:
    """The raw map of a header. Raises ProtocolError for anything else than one map with a type `t`."""
    if len(data) > HEADER_BYTES:
        raise ProtocolError(f"The header has {len(data)} bytes; at most {HEADER_BYTES} are allowed.")
    try:
        header = msgpack.unpackb(
            data, raw=False, strict_map_key=True, max_str_len=HEADER_BYTES, max_bin_len=HEADER_BYTES,
            max_array_len=HEADER_BYTES, max_map_len=MAP_ENTRIES, max_ext_len=0, object_pairs_hook=_each_key_once,
            ext_hook=_no_extension,
        )  # fmt: skip
    except ProtocolError:
        raise
    except Exception as error:  # msgpack's own, and ValueError, UnicodeDecodeError, TypeError
        raise ProtocolError(f"The header is not one msgpack map ({type(error).__name__}).") from error
    if not isinstance(header, dict):
        raise ProtocolError(f"The header is a msgpack {type(header).__name__}; it must be a map.")
    if type(header.get("t")) is not str:
        raise ProtocolError("The header names no type: the key 't' is missing or not text.")
    _check_values(header, 1)
    return header


def _each_key_once(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ProtocolError("A map in the header has the same key twice.")
    for key in found:
        if type(key) is not str:
            raise ProtocolError(f"A map in the header has a key of type {type(key).__name__}; keys must be text.")
    return found


def _no_extension(code: int, data: bytes) -> NoReturn:
    raise ProtocolError(f"The header holds an extension type ({code}); none is allowed.")


def _check_values(container: Any, depth: int) -> None:
    """Refuse what no field may hold, in skipped keys as well: deep nesting, numbers that are not finite."""
    if depth > HEADER_DEPTH:
        raise ProtocolError(f"The header is nested deeper than {HEADER_DEPTH} maps and arrays.")
    for value in container.values() if type(container) is dict else container:
        kind = type(value)
        if kind is float:
            if not isfinite(value):
                raise ProtocolError(f"The header holds the number {value}; numbers must be finite.")
        elif kind is dict or kind is list:
            _check_values(value, depth + 1)


def build(kinds: Mapping[str, type[MessageType]], header: Mapping[str, Any], payload_size: int = 0) -> MessageType:
    """The checked message of a raw header. Raises UnknownTypeError or ProtocolError."""
    kind = kinds.get(header["t"])
    if kind is None:
        raise UnknownTypeError(f"The message type '{header['t'][:40]}' is not known to this version.")
    message = kind.from_header(header)
    message.check_payload(payload_size)
    return message


def decode(kinds: Mapping[str, type[MessageType]], data: bytes | memoryview, payload_size: int = 0) -> MessageType:
    """`unpack` and `build` in one step."""
    return build(kinds, unpack(data), payload_size)
