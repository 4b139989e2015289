"""The kinds of values a header may hold. Each checks a decoded value and says in one sentence what is wrong with it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Annotated, Any

from echo_bridge import limits
from echo_runtime.errors import ProtocolError

_TOKEN = re.compile(r"[A-Za-z0-9_.\-]+")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


@dataclass(frozen=True)
class Whole:
    """A whole number in [low, high]."""

    low: int
    high: int

    def read(self, place: str, value: Any) -> int:
        if type(value) is not int or not self.low <= value <= self.high:
            raise ProtocolError(
                f"{place} is {_shown(value)}; it must be a whole number from {self.low} to {self.high}."
            )
        return value


@dataclass(frozen=True)
class Real:
    """A finite number in [low, high]; whole numbers are taken as well."""

    low: float = -1e9
    high: float = 1e9

    def read(self, place: str, value: Any) -> float:
        if type(value) not in (int, float) or not self.low <= value <= self.high:  # a NaN fails the comparison
            raise ProtocolError(f"{place} is {_shown(value)}; it must be a number from {self.low:g} to {self.high:g}.")
        return float(value)


@dataclass(frozen=True)
class Flag:
    def read(self, place: str, value: Any) -> bool:
        if type(value) is not bool:
            raise ProtocolError(f"{place} is {_shown(value)}; it must be true or false.")
        return value


@dataclass(frozen=True)
class Text:
    """UTF-8 text of at most `size` bytes."""

    size: int

    def read(self, place: str, value: Any) -> str:
        if type(value) is not str:
            raise ProtocolError(f"{place} is {_shown(value)}; it must be text.")
        if len(value) > self.size or len(value.encode("utf-8", "surrogatepass")) > self.size:
            raise ProtocolError(f"{place} has more than {self.size} bytes of text.")
        return value


@dataclass(frozen=True)
class Token:
    """A short name: letters, digits, `_`, `-`, `.`; never a slash, which parts topics. `optional` allows "".

    `file`: the name of a file in a folder of the runtime's; does not begin with a dot, and so leads nowhere else.
    """

    size: int = limits.NAME_BYTES
    optional: bool = False
    file: bool = False

    def read(self, place: str, value: Any) -> str:
        if (
            type(value) is str
            and len(value) <= self.size
            and (_TOKEN.fullmatch(value) or (self.optional and not value))
            and not (self.file and value.startswith("."))
        ):
            return value
        if self.file:
            raise ProtocolError(
                f"{place} is {_shown(value)}; it must be a plain file name: 1 to {self.size} letters, digits, '_', '-' "
                "or '.', not beginning with '.'."
            )
        raise ProtocolError(
            f"{place} is {_shown(value)}; it must be a name of 1 to {self.size} letters, digits, '_', '-' or '.'."
        )


@dataclass(frozen=True)
class Numbers:
    """Exactly `count` finite numbers."""

    count: int
    unit: bool = False
    """A quaternion: its length must be 1 within 1 %."""

    def read(self, place: str, value: Any) -> tuple[float, ...]:
        if not isinstance(value, (list, tuple)) or len(value) != self.count:
            raise ProtocolError(f"{place} is {_shown(value)}; it must be {self.count} numbers.")
        numbers = tuple(Real().read(place, number) for number in value)
        if self.unit and not 0.99 <= math.hypot(*numbers) <= 1.01:
            raise ProtocolError(f"{place} has the length {math.hypot(*numbers):.3f}; a rotation must have length 1.")
        return numbers


@dataclass(frozen=True)
class Tokens:
    """At most `count` short names."""

    count: int = 64

    def read(self, place: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)) or len(value) > self.count:
            raise ProtocolError(f"{place} is {_shown(value)}; it must be a list of at most {self.count} names.")
        return tuple(Token().read(place, name) for name in value)


@dataclass(frozen=True)
class Versions:
    """A list of [major, minor]."""

    def read(self, place: str, value: Any) -> tuple[tuple[int, int], ...]:
        if not isinstance(value, (list, tuple)) or len(value) > 16:
            raise ProtocolError(f"{place} is {_shown(value)}; it must be a list of at most 16 versions.")
        return tuple(Version().read(place, pair) for pair in value)


@dataclass(frozen=True)
class Version:
    """[major, minor]."""

    def read(self, place: str, value: Any) -> tuple[int, int]:
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise ProtocolError(f"{place} is {_shown(value)}; it must be [major, minor].")
        part = Whole(0, 65535)
        return part.read(place, value[0]), part.read(place, value[1])


@dataclass(frozen=True)
class MapOf:
    """A map from short names to values of one kind, or to anything when `kind` is None."""

    kind: Whole | Real | Tokens | None
    count: int = 64

    def read(self, place: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or len(value) > self.count:
            raise ProtocolError(f"{place} is {_shown(value)}; it must be a map of at most {self.count} entries.")
        names = [Token().read(f"a name in {place}", name) for name in value]
        if self.kind is None:
            return dict(value)
        return {name: self.kind.read(f"{place}.{name}", value[name]) for name in names}


U32 = Annotated[int, Whole(0, 2**32 - 1)]
U64 = Annotated[int, Whole(0, 2**64 - 1)]
Micros = Annotated[int, Whole(-(2**62), 2**62)]
"""Microseconds on the runtime's monotonic clock, unless said otherwise."""
Port = Annotated[int, Whole(1, 65535)]
Yes = Annotated[bool, Flag()]
Name = Annotated[str, Token()]
NameOrNone = Annotated[str, Token(optional=True)]
FileName = Annotated[str, Token(file=True)]
Sentence = Annotated[str, Text(512)]
LongText = Annotated[str, Text(limits.TEXT_BYTES)]
Share = Annotated[float, Real(0.0, 1.0)]
SoundRate = Annotated[int, Whole(8_000, 192_000)]
Channels = Annotated[int, Whole(1, 8)]
Side = Annotated[int, Whole(1, limits.PICTURE_SIDE)]
Rotation = Annotated[tuple[float, ...], Numbers(4, unit=True)]
"""A unit quaternion x, y, z, w; right-handed, x to the picture's right, y up, z towards the viewer."""
Position = Annotated[tuple[float, ...], Numbers(3)]
"""Metres, on the same axes."""
Gaze = Annotated[tuple[float, ...], Numbers(2)]
"""Yaw and pitch in radians relative to the head; positive yaw looks to the picture's right, positive pitch up."""
