"""What the runtime sends on the control socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from echo_bridge.codec import Message
from echo_bridge.fields import (
    U64,
    MapOf,
    Micros,
    Name,
    Sentence,
    Tokens,
    Version,
    Versions,
    Whole,
    Yes,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome(Message):
    """The answer to HELLO. `now`: the runtime's clock in microseconds."""

    TYPE: ClassVar[str] = "welcome"
    proto: Annotated[tuple[int, int], Version()]
    session: Name
    returned: Yes
    """The client had a session, and has it again."""
    run: Name
    """Names this run of the runtime; when it changes, sequence numbers and epochs begin anew."""
    now: Micros
    ports: Annotated[dict[str, int], MapOf(Whole(1, 65535), 8)]
    """control, cues, video."""
    curve_sets: Annotated[dict[str, tuple[str, ...]], MapOf(Tokens(512), 8)]
    formats: Annotated[tuple[str, ...], Tokens(16)]
    """Of pictures; the first one is sent."""
    caps: Annotated[tuple[str, ...], Tokens()]
    runtime: Name
    """The version of the package, for logs only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error(Message):
    """Something that is no command went wrong. `supported` protocol versions accompany the code `version`."""

    TYPE: ClassVar[str] = "error"
    code: Name
    text: Sentence
    supported: Annotated[tuple[tuple[int, int], ...], Versions()] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack(Message):
    """The command was understood and is under way."""

    TYPE: ClassVar[str] = "ack"
    id: U64
    buffered_us: Micros = 0
    """For speak_audio: sound of this NPC that waits to be played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Message):
    """The command's work is finished."""

    TYPE: ClassVar[str] = "done"
    id: U64
    result: Annotated[dict[str, Any], MapOf(None, 64)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Message):
    """The command was refused or could not be finished."""

    TYPE: ClassVar[str] = "failed"
    id: U64
    code: Name
    text: Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong(Message):
    """`sent` as in the ping, on the client's clock; `received` and `answered` on the runtime's."""

    TYPE: ClassVar[str] = "pong"
    id: U64
    sent: Micros
    received: Micros
    answered: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing(Message):
    """The runtime ends this session."""

    TYPE: ClassVar[str] = "closing"
    code: Name
    text: Sentence


REPLIES: dict[str, type[Message]] = {kind.TYPE: kind for kind in (Welcome, Error, Ack, Done, Failed, Pong, Closing)}
