"""What an engine sends on the control socket. Results that `done` carries stand in each docstring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from echo_bridge import limits
from echo_bridge.codec import Message
from echo_bridge.fields import (
    U32,
    U64,
    Channels,
    FileName,
    Gaze,
    LongText,
    MapOf,
    Micros,
    Name,
    NameOrNone,
    Position,
    Real,
    Rotation,
    Share,
    SoundRate,
    Tokens,
    Version,
    Whole,
    Yes,
)  # fmt: skip
from echo_runtime.errors import ProtocolError

Label = Annotated[int, Whole(1, 2**32 - 1)]
"""Of an utterance: chosen by the client, never compared by size. 0 stands for no utterance elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello(Message):
    """The first message of a connection. `client`: a name that stays, by which a returning client finds its session."""

    TYPE: ClassVar[str] = "hello"
    proto: Annotated[tuple[int, int], Version()]
    client: Name
    caps: Annotated[tuple[str, ...], Tokens()] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Message):
    """`id`: chosen by the client, unique in its session; 0 wants no answer (a refusal still comes, with id 0)."""

    id: U64 = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNpc(Command):
    """Open an NPC, or join an open one. Result: npc, avatar, width, height, rate (frames per second), epoch."""

    TYPE: ClassVar[str] = "open_npc"
    npc: Name
    avatar: NameOrNone = ""
    """"" = the avatar of the NPC's own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseNpc(Command):
    TYPE: ClassVar[str] = "close_npc"
    npc: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNpcs(Command):
    """Result: npcs (a list of maps: name, avatar, state), next ("" at the end, else the `after` of the next page)."""

    TYPE: ClassVar[str] = "list_npcs"
    after: NameOrNone = ""
    limit: Annotated[int, Whole(1, 32)] = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakBegin(Command):
    """Begin an utterance. `done` comes when its last sample has been played; an interrupt makes it `failed`."""

    TYPE: ClassVar[str] = "speak_begin"
    npc: Name
    utt: Label
    rate: SoundRate = 16_000
    channels: Channels = 1
    text: LongText = ""
    """What is said, for the history; not spoken by the runtime."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakAudio(Command):
    """Payload: PCM16, little-endian, interleaved. `ack` carries `buffered_us`: sound that waits to be played."""

    TYPE: ClassVar[str] = "speak_audio"
    PAYLOAD: ClassVar[int] = limits.SOUND_BYTES
    npc: Name
    utt: Label

    def check_payload(self, size: int) -> None:
        Message.check_payload(self, size)
        if size % 2:
            raise ProtocolError(f"speak_audio has {size} bytes of sound; PCM16 needs an even number.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakEnd(Command):
    """No more sound will come for this utterance."""

    TYPE: ClassVar[str] = "speak_end"
    npc: Name
    utt: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakText(Command):
    """Speak with the runtime's voice for text; done as `SpeakBegin`. Needs the capability `speak_text`."""

    TYPE: ClassVar[str] = "speak_text"
    npc: Name
    text: LongText
    voice: NameOrNone = ""
    utt: U32 = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupt(Command):
    """Stop the speech, drop what waits, raise the epoch. Result: epoch."""

    TYPE: ClassVar[str] = "interrupt"
    npc: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Emotion(Command):
    """Set the NPC's emotion."""

    TYPE: ClassVar[str] = "emotion"
    npc: Name
    name: Name
    intensity: Share = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking(Command):
    """The engine prepares an answer (or no longer does)."""

    TYPE: ClassVar[str] = "thinking"
    npc: Name
    on: Yes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention(Command):
    """How much the player looks at this NPC: 0 not at all, 1 into its eyes."""

    TYPE: ClassVar[str] = "attention"
    npc: Name
    value: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerFace(Command):
    """The player's face; the newest wins. Payload: float32[count], little-endian, in the order of the set `curves`."""

    TYPE: ClassVar[str] = "player_face"
    PAYLOAD: ClassVar[int] = 4 * limits.CURVES
    pts: Micros = 0
    """When it was captured; 0 = on arrival."""
    curves: Name = "arkit52"
    count: Annotated[int, Whole(1, limits.CURVES)] = 52
    head: Rotation = (0.0, 0.0, 0.0, 1.0)
    position: Position = (0.0, 0.0, 0.0)
    """From the resting position."""
    gaze: Gaze = (0.0, 0.0)
    validity: Share = 1.0
    """0 = no face was seen."""
    regions: Annotated[dict[str, float], MapOf(Real(0.0, 1.0), 16)] = field(default_factory=dict)
    """Validity of single regions where it differs: brows, eyes, gaze, cheeks, mouth, jaw, head."""
    source: Name = "engine"

    def check_payload(self, size: int) -> None:
        if size != 4 * self.count:
            raise ProtocolError(f"player_face announces {self.count} float32 values and has {size} bytes of them.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerAudio(Command):
    """The player's voice. Payload: PCM16, little-endian, interleaved."""

    TYPE: ClassVar[str] = "player_audio"
    PAYLOAD: ClassVar[int] = limits.SOUND_BYTES
    pts: Micros = 0
    """Capture time of the first sample; 0 = the last sample was captured on arrival."""
    rate: SoundRate = 16_000
    channels: Channels = 1

    def check_payload(self, size: int) -> None:
        Message.check_payload(self, size)
        if size % (2 * self.channels):
            raise ProtocolError(f"player_audio has {size} bytes, not whole PCM16 samples of {self.channels} channels.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SayText(Command):
    """One turn of the dialogue, for the history. `speaker`: "player" or an NPC's name."""

    TYPE: ClassVar[str] = "say_text"
    npc: NameOrNone = ""
    """Whose history; "" = of all NPCs."""
    speaker: Name
    text: LongText


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveMemory(Command):
    """Write an NPC's memory into `file` of the runtime's memory folder. Needs the capability `memory`. Result: file."""

    TYPE: ClassVar[str] = "save_memory"
    npc: Name
    file: FileName


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadMemory(Command):
    """Replace an NPC's memory by what `save_memory` wrote. Needs the capability `memory`."""

    TYPE: ClassVar[str] = "load_memory"
    npc: Name
    file: FileName


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Command):
    """Let an NPC stand still. Result: npcs (how many are meant), pts (from when at the latest they do)."""

    TYPE: ClassVar[str] = "pause"
    npc: NameOrNone = ""
    """"" = all that are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Command):
    """Let an NPC go on where it stopped. Result: npcs (how many are meant), pts (of the next frame)."""

    TYPE: ClassVar[str] = "resume"
    npc: NameOrNone = ""
    """"" = all that are open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveNames(Command):
    """The names of a curve set that WELCOME announces without them. Result: curves, names."""

    TYPE: ClassVar[str] = "curve_names"
    curves: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats(Command):
    """Result: a flat map of numbers and short texts."""

    TYPE: ClassVar[str] = "stats"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping(Command):
    """Answered by `pong` at once. `sent` is on the client's clock."""

    TYPE: ClassVar[str] = "ping"
    sent: Micros = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance(Command):
    """Move a runtime's virtual clock; `done` (now, seq: each NPC's last picture) when all up to there is published."""

    TYPE: ClassVar[str] = "advance"
    us: Annotated[int, Whole(1, 3_600_000_000)]
    """Microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye(Command):
    """The client leaves. The control server also makes one, `vanished`, of a client that has fallen silent."""

    TYPE: ClassVar[str] = "bye"
    vanished: bool = field(default=False, metadata={"local": True})


COMMANDS: dict[str, type[Command]] = {
    kind.TYPE: kind
    for kind in (
        OpenNpc, CloseNpc, ListNpcs, SpeakBegin, SpeakAudio, SpeakEnd, SpeakText, Interrupt, Emotion, Thinking,
        Attention, PlayerFace, PlayerAudio, SayText, SaveMemory, LoadMemory, Pause, Resume, CurveNames, Stats, Ping,
        Advance, Bye,
    )
}  # fmt: skip
