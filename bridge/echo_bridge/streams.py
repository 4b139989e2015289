"""What is published: pictures on the video socket; coefficients, speech and events on the cues socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from echo_bridge import limits
from echo_bridge.codec import Message
from echo_bridge.fields import (
    U32,
    U64,
    Channels,
    Gaze,
    MapOf,
    Micros,
    Name,
    Position,
    Real,
    Rotation,
    Side,
    SoundRate,
    Whole,
    Yes,
)  # fmt: skip
from echo_runtime.errors import ProtocolError

FORMATS = ("bgra8", "rgba8", "jpeg")
BYTES_PER_PIXEL = 4
JPEG_BYTES = 4
"""The least that a JPEG file has: its first and its last marker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Message):
    """`seq` counts per NPC and type of message, from 1; `epoch` rises with every interrupt of the NPC."""

    npc: Name
    seq: U64
    epoch: U32
    utt: U32
    """The utterance that is being spoken, 0 = none."""
    pts: Micros
    """When it is meant to be seen or heard."""
    again: Yes = False
    """The last value, sent once more because somebody subscribed: no gap is counted before or after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video(Published):
    """A picture, sRGB, first row at the top. Payload: height × stride bytes with straight alpha; of `jpeg` one file."""

    TYPE: ClassVar[str] = "video"
    PAYLOAD: ClassVar[int] = limits.VIDEO_BYTES
    origin: Name
    """generated: drawn from motion that the model made · held: the last picture again · idle: no model ran."""
    width: Side
    height: Side
    stride: Annotated[int, Whole(4, 4 * limits.PICTURE_SIDE)]
    """Bytes from one row to the next, once decoded; always 4 × width in this version."""
    format: Name
    """bgra8 or rgba8: bytes in memory order, 8 bits each; jpeg: compressed, opaque."""
    kind: Name = "portrait"
    camera_fov: Annotated[float, Real(0.0, 3.2)] = 0.0
    """Full vertical angle of view of the camera that the picture shows the head through, radians; 0 = not known."""
    camera_distance: Annotated[float, Real(0.0, 100.0)] = 0.0
    """Metres from the camera to the head's resting position; 0 = not known."""
    head: Rotation = (0.0, 0.0, 0.0, 1.0)
    position: Position = (0.0, 0.0, 0.0)
    """Of the head, from its resting position."""
    observed_us: Micros = 0
    """Capture time of the newest observation of the player behind this picture, 0 = none."""
    generated_us: Micros = 0
    """When its motion was finished, 0 = not known."""
    published_us: Micros = 0
    """When it was handed to the socket."""

    def check_payload(self, size: int) -> None:
        if self.format not in FORMATS:
            raise ProtocolError(f"video.format is '{self.format}'; this version knows {', '.join(FORMATS)}.")
        if self.stride != BYTES_PER_PIXEL * self.width:
            raise ProtocolError(
                f"video.stride is {self.stride}; rows of {self.width} pixels have {4 * self.width} bytes."
            )
        if self.format == "jpeg":
            if not JPEG_BYTES <= size <= limits.VIDEO_BYTES:
                raise ProtocolError(
                    f"video has {size} bytes of jpeg; {JPEG_BYTES} to {limits.VIDEO_BYTES} are allowed."
                )
        elif size != self.stride * self.height:
            raise ProtocolError(
                f"video announces {self.width}×{self.height} pixels, {self.stride * self.height} bytes, and has {size}."
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficients(Published):
    """A face as numbers. Payload: float32[count], little-endian, in the order of the curve set `curves`."""

    TYPE: ClassVar[str] = "coefficients"
    PAYLOAD: ClassVar[int] = 4 * limits.CURVES
    origin: Name
    curves: Name
    count: Annotated[int, Whole(1, limits.CURVES)]
    head: Rotation
    position: Position
    gaze: Gaze
    observed_us: Micros = 0
    published_us: Micros = 0

    def check_payload(self, size: int) -> None:
        if size != 4 * self.count:
            raise ProtocolError(f"coefficients announces {self.count} float32 values and has {size} bytes of them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech(Published):
    """A piece of the NPC's speech, without gaps inside an utterance. Payload: PCM16, little-endian, interleaved."""

    TYPE: ClassVar[str] = "speech"
    PAYLOAD: ClassVar[int] = limits.SOUND_BYTES
    rate: SoundRate
    channels: Channels
    last: Yes
    """Nothing more of this utterance will come; such a piece may be empty."""
    published_us: Micros = 0

    def check_payload(self, size: int) -> None:
        Message.check_payload(self, size)
        if size % (2 * self.channels):
            raise ProtocolError(f"speech has {size} bytes, not whole PCM16 samples of {self.channels} channels.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Published):
    """Something happened to an NPC; `pts` says when. Names and what `detail` holds: PROTOCOL.md."""

    TYPE: ClassVar[str] = "event"
    name: Name
    detail: Annotated[dict[str, Any], MapOf(None, 32)] = field(default_factory=dict)


STREAMS: dict[str, type[Published]] = {kind.TYPE: kind for kind in (Video, Coefficients, Speech, Event)}


def check_topic(given: bytes | memoryview, message: Published) -> None:
    """Raise ProtocolError unless `given` is the topic that the message belongs under."""
    stream = "video" if message.TYPE == Video.TYPE else "cues"
    if given != topic(stream, message.npc):
        raise ProtocolError(f"A message of {message.npc} came under the topic {bytes(given[:80])!r}.")


def topic(stream: str, npc: str = "") -> bytes:
    """`video/<npc>/` or `cues/<npc>/`; without an NPC the prefix of all. The last slash keeps `bob` from `bobby`."""
    return f"{stream}/{npc}/".encode() if npc else f"{stream}/".encode()
