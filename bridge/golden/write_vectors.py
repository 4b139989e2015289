"""Writes the golden vectors: messages as bytes and as meaning, and what must be refused, for every codec.

    python bridge/golden/write_vectors.py

Run it when a message is added; existing vectors must not change within a major version.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import msgpack
from echo_bridge import commands, replies, streams
from echo_bridge.codec import Message, encode
from echo_bridge.streams import topic

FOLDER = Path(__file__).parent
_HALF = 0.5
_ROOM = 4071
"""Bytes of text that fill the header of `done` to exactly 4096."""
_TURNED = (0.0, 0.6, 0.0, 0.8)

EVENTS: list[tuple[str, int, dict[str, object]]] = [
    ("player_started", 0, {"start_us": 4_000_000}),
    ("degraded", 0, {"step": "held"}),
    ("degraded", 0, {"step": "skipped", "frames": 3}),
    ("paused", 0, {"on": False}),
    ("speech_ended", 77, {}),
    ("interrupted", 0, {"dropped": 2}),
    ("floor", 0, {"holder": "player"}),
    ("stance", 0, {"stance": "about_to_speak"}),
    ("player_turn_begins", 0, {}),
    ("player_turn_resumes", 0, {}),
    ("player_turn_ends", 0, {"probability": 0.75, "pause_s": 0.52}),
    ("interruption", 77, {"overlap_s": 0.64}),
    ("player_changed", 0, {"player": 2, "by": "both"}),
    ("player_backchannel", 77, {}),
    ("backchannel", 0, {}),
    ("heard", 0, {"text": "Wie heißt du?"}),
    ("recalled", 0, {"topic": "harbour", "emotion": "tender"}),
    ("note", 0, {"text": "The words' affect is taken from the lexicon alone."}),
]
"""(name, utterance, detail) of each event that the specification names and no earlier vector has."""

MESSAGES: list[tuple[Message, bytes]] = [
    (commands.Hello(proto=(1, 0), client="unity-7f3a", caps=("video", "cues")), b""),
    (commands.OpenNpc(id=1, npc="mira"), b""),
    (commands.OpenNpc(id=2, npc="guard", avatar="mira"), b""),
    (commands.CloseNpc(id=3, npc="guard"), b""),
    (commands.ListNpcs(id=4, after="mira", limit=32), b""),
    (commands.SpeakBegin(id=5, npc="mira", utt=77, rate=22050, channels=1, text="Grüß dich, Fremder."), b""),
    (commands.SpeakAudio(id=6, npc="mira", utt=77), struct.pack("<4h", 0, 16384, -16384, 32767)),
    (commands.SpeakEnd(id=7, npc="mira", utt=77), b""),
    (commands.SpeakText(id=8, npc="mira", text="Hello.", voice="en-1", utt=78), b""),
    (commands.Interrupt(id=9, npc="mira"), b""),
    (commands.Emotion(id=10, npc="mira", name="joy", intensity=0.75), b""),
    (commands.Thinking(id=11, npc="mira", on=True), b""),
    (
        commands.PlayerFace(
            pts=123_456_789, curves="arkit52", count=52, head=_TURNED, position=(0.0, -0.25, 0.125), gaze=(-0.5, 0.25),
            validity=1.0, regions={"mouth": 0.5}, source="quest",
        ),
        struct.pack("<52f", *(i / 64 for i in range(52))),
    ),
    (commands.PlayerAudio(pts=-5, rate=48000, channels=2), struct.pack("<4h", 1, -1, 256, -256)),
    (commands.SayText(id=2**40, npc="", speaker="player", text="私は元気です"), b""),
    (commands.Stats(id=12), b""),
    (commands.Ping(id=0, sent=987_654_321_012), b""),
    (commands.Advance(id=13, us=40_000), b""),
    (commands.Bye(id=14), b""),
    (
        replies.Welcome(
            proto=(1, 0), session="0f3c5a7799aabbcc", returned=False, run="feedfacecafebeef", now=5_000_000,
            ports={"control": 27810, "cues": 27811, "video": 27812}, curve_sets={"two": ("jawOpen", "mouthClose")},
            formats=("bgra8",), caps=("speak", "interrupt"), runtime="0.1.0",
        ),
        b"",
    ),
    (replies.Error(code="version", text="This runtime speaks protocol 1.0.", supported=((1, 0),)), b""),
    (replies.Ack(id=6, buffered_us=250_000), b""),
    (replies.Done(id=9, result={"epoch": 3}), b""),
    (replies.Done(id=4, result={"npcs": [{"name": "mira", "state": "listening"}], "next": ""}), b""),
    (replies.Failed(id=8, code="unsupported", text="This runtime has no text-to-speech."), b""),
    (replies.Pong(id=0, sent=987_654_321_012, received=5_000_100, answered=5_000_150), b""),
    (replies.Closing(code="stopped", text="The runtime was stopped."), b""),
    (
        streams.Video(
            npc="mira", seq=2**33, epoch=3, utt=77, pts=5_040_000, origin="generated", width=2, height=2, stride=8,
            format="bgra8", camera_fov=0.5, camera_distance=1.5, head=_TURNED, position=(0.0, 0.0, 0.0),
            observed_us=4_960_000, generated_us=5_020_000, published_us=5_030_000,
        ),
        bytes(range(16)),
    ),
    (
        streams.Video(
            npc="mira", seq=1, epoch=0, utt=0, pts=0, again=True, origin="idle", width=1, height=1, stride=4,
            format="rgba8",
        ),
        b"\xff\x80\x00\x40",
    ),
    (
        streams.Coefficients(
            npc="mira", seq=200, epoch=3, utt=77, pts=5_040_000, origin="held", curves="arkit52", count=52,
            head=(0.0, 0.0, 0.0, 1.0), position=(0.0, 0.0, 0.0), gaze=(0.125, -0.0625), observed_us=4_960_000,
            published_us=5_030_000,
        ),
        struct.pack("<52f", *(_HALF,) * 52),
    ),
    (
        streams.Speech(
            npc="mira", seq=9, epoch=3, utt=77, pts=5_040_000, rate=16000, channels=1, last=True, published_us=5_030_000
        ),
        struct.pack("<3h", -32768, 0, 32767),
    ),
    (
        streams.Event(npc="mira", seq=4, epoch=3, utt=0, pts=5_040_000, name="turn", detail={"state": "thinking"}),
        b"",
    ),
    # added later, in the order of their coming
    (commands.Attention(id=15, npc="mira", value=0.625), b""),
    (commands.SaveMemory(id=16, npc="mira", file="evening_2.echo-memory"), b""),
    (commands.LoadMemory(id=17, npc="mira", file="evening_2.echo-memory"), b""),
    (commands.Pause(id=18, npc="mira"), b""),
    (commands.Pause(id=19), b""),
    (commands.Resume(id=20, npc=""), b""),
    (commands.CurveNames(id=21, curves="fb70"), b""),
    (
        streams.Video(
            npc="mira", seq=12, epoch=0, utt=0, pts=5_040_000, origin="generated", width=64, height=32, stride=256,
            format="jpeg", head=(0.5, -0.5, 0.5, -0.5), position=(-0.25, 0.5, -1e9), published_us=2**62,
        ),
        b"\xff\xd8\xff\xd9",
    ),
    (streams.Event(npc="mira", seq=5, epoch=3, utt=0, pts=5_040_000, name="paused", detail={"on": True}), b""),
    # edges of the ranges
    (commands.Hello(proto=(65535, 0), client="a"), b""),
    (commands.OpenNpc(id=2**64 - 1, npc="M" * 64, avatar="0_.-9"), b""),
    (commands.ListNpcs(limit=1), b""),
    (commands.SpeakBegin(npc="m", utt=2**32 - 1, rate=192_000, channels=8, text=""), b""),
    (commands.SpeakBegin(id=127, npc="m", utt=1, rate=8_000, text="z" * 2048), b""),
    (commands.SpeakAudio(id=128, npc="m", utt=255), b""),
    (
        commands.SayText(
            id=255, npc="m", speaker="player", text="\x00\t\n\u007f \u00e9\u0301 \u05d0 \U0001f600\ud7ff\ufffd"
        ),
        b"",
    ),
    (commands.Emotion(id=256, npc="m", name="joy", intensity=0.0), b""),
    (commands.Attention(id=65535, npc="m", value=5e-324), b""),
    (commands.PlayerFace(pts=-(2**62), curves="fb70", count=1, validity=0.0), struct.pack("<f", -0.0)),
    (
        commands.PlayerFace(
            id=65536, pts=2**62, curves="s512", count=512, head=(-1.0, -0.0, 0.0, 0.0), position=(1e9, -1e9, 1e-300),
            gaze=(3.141592653589793, -0.1), regions={f"r{i}": i / 16 for i in range(16)}, source="x" * 64,
        ),
        struct.pack("<512f", *(float(i) for i in range(512))),
    ),
    (commands.PlayerAudio(id=2**32 - 1, pts=0), b""),
    (commands.Advance(id=2**32, us=3_600_000_000), b""),
    (commands.Ping(id=2**63, sent=-(2**62)), b""),
    (
        replies.Welcome(
            proto=(1, 7), session="s", returned=True, run="r", now=0, ports={}, curve_sets={"arkit52": (), "fb70": ()},
            formats=(), caps=(), runtime="1.0.0-rc.1",
        ),
        b"",
    ),
    (replies.Error(code="malformed", text="é" * 256), b""),
    (replies.Error(code="version", text="", supported=((1, 0), (2, 65535), (0, 1))), b""),
    (replies.Ack(id=2**64 - 1), b""),
    (replies.Ack(id=31, buffered_us=-32), b""),
    (replies.Ack(id=32, buffered_us=-33), b""),
    (replies.Ack(id=33, buffered_us=-129), b""),
    (replies.Ack(id=34, buffered_us=-32_769), b""),
    (replies.Ack(id=35, buffered_us=-2_147_483_649), b""),
    (replies.Done(id=36), b""),
    (
        replies.Done(
            id=37,
            result={
                "nil": None, "yes": True, "no": False, "zero": 0, "minus": -1, "top": 2**64 - 1, "bottom": -(2**63),
                "real": -0.5, "empty": "", "list": [], "map": {}, "deep": [[[[[{}]]]]],
            },
        ),
        b"",
    ),
    (replies.Done(id=38, result={"s31": "x" * 31, "s32": "x" * 32, "s255": "x" * 255, "s256": "x" * 256}), b""),
    (
        replies.Done(
            id=39, result={"a15": list(range(15)), "a16": list(range(16)), "m16": {f"k{i}": i for i in range(16)}}
        ),
        b"",
    ),
    (replies.Done(id=40, result={"x": "x" * _ROOM}), b""),
    (streams.Video(
        npc="m", seq=2**64 - 1, epoch=2**32 - 1, utt=2**32 - 1, pts=-(2**62), again=True, origin="held", width=4096,
        height=1, stride=16384, format="bgra8", kind="texture", camera_fov=3.2, camera_distance=100.0,
        head=(0.0, 0.0, 0.0, -1.0), observed_us=-1, generated_us=-1, published_us=-1,
    ), bytes(16384)),
    (streams.Coefficients(
        npc="m", seq=0, epoch=0, utt=0, pts=0, origin="idle", curves="one", count=1, head=(1.0, 0.0, 0.0, 0.0),
        position=(0.0, 0.0, 0.0), gaze=(0.0, 0.0),
    ), struct.pack("<f", 1e-45)),
    (streams.Speech(npc="m", seq=1, epoch=0, utt=1, pts=0, rate=192_000, channels=8, last=False), bytes(32)),
    (streams.Speech(npc="m", seq=2, epoch=0, utt=1, pts=0, rate=16_000, channels=1, last=True), b""),
    (streams.Event(npc="m", seq=1, epoch=0, utt=0, pts=0, name="a.new_kind-of.event"), b""),
    # what else stands in the specification: every event with its detail, results of commands, later capabilities
    *(
        (streams.Event(npc="mira", seq=seq, epoch=3, utt=utt, pts=5_040_000, name=name, detail=detail), b"")
        for seq, (name, utt, detail) in enumerate(EVENTS, 6)
    ),
    (
        streams.Event(
            npc="mira", seq=2, epoch=3, utt=0, pts=5_000_000, again=True, name="turn", detail={"state": "speaking"}
        ),
        b"",
    ),
    (
        streams.Coefficients(
            npc="mira", seq=200, epoch=3, utt=77, pts=5_040_000, again=True, origin="generated", curves="two", count=2,
            head=_TURNED, position=(0.0, 0.0, -0.5), gaze=(0.0, 0.0), published_us=5_030_000,
        ),
        struct.pack("<2f", 0.25, 1.0),
    ),
    (
        streams.Speech(
            npc="mira", seq=9, epoch=3, utt=77, pts=5_040_000, again=True, rate=16000, channels=1, last=False
        ),
        struct.pack("<2h", -2, 2),
    ),
    (commands.Resume(id=22, npc="mira"), b""),
    (commands.SpeakText(id=23, npc="mira", text="Und doch: nein."), b""),
    (
        replies.Done(
            id=1, result={"npc": "mira", "avatar": "mira", "width": 512, "height": 512, "rate": 25, "epoch": 0}
        ),
        b"",
    ),
    (replies.Done(id=13, result={"now": 5_040_000, "seq": {"mira": 126}}), b""),
    (replies.Done(id=16, result={"file": "evening_2.echo-memory"}), b""),
    (replies.Done(id=18, result={"npcs": 1, "pts": 5_200_000}), b""),
    (replies.Done(id=21, result={"curves": "two", "names": ["jawOpen", "mouthClose"]}), b""),
    (replies.Failed(id=16, code="memory_damaged", text="The memory evening_2.echo-memory is damaged."), b""),
    (replies.Closing(code="replaced", text="Another connection took over the session of 'unity-7f3a'."), b""),
    (replies.Closing(code="key_removed", text="The runtime allows this client's key no more."), b""),
    (
        replies.Welcome(
            proto=(1, 0), session="0f3c5a7799aabbcc", returned=True, run="feedfacecafebeef", now=6_000_000,
            ports={"control": 27810, "cues": 40001, "video": 40002},
            curve_sets={"two": ("jawOpen", "mouthClose"), "fb70": ()},
            formats=("jpeg",), caps=("pause", "curve_names", "advance", "memory", "speak_text"), runtime="0.1.0",
        ),
        b"",
    ),
]  # fmt: skip

_VIDEO = {
    "t": "video", "npc": "mira", "seq": 1, "epoch": 0, "utt": 0, "pts": 0, "origin": "idle", "width": 2, "height": 2,
    "stride": 8, "format": "bgra8",
}  # fmt: skip
REFUSED: list[tuple[str, bytes, int]] = [
    ("empty", b"", 0),
    ("no map", msgpack.packb([1, 2]), 0),
    ("cut short", msgpack.packb(_VIDEO)[:-3], 16),
    ("bytes after the end", msgpack.packb(_VIDEO) + b"\0", 16),
    ("no type", msgpack.packb({"npc": "mira"}), 0),
    ("type is a number", msgpack.packb({"t": 1}), 0),
    ("unknown type", msgpack.packb({"t": "hologram"}), 0),
    ("key is no text", msgpack.packb({**_VIDEO, 1: 2}), 16),
    ("text is not UTF-8", b"\x81\xa1t\xa2\xff\xfe", 0),
    ("an extension type", b"\x82\xa1t\xa5video\xa1x\xd4\x05\x00", 0),
    ("header above 4096 bytes", msgpack.packb({**_VIDEO, "padding": "x" * 4096}), 16),
    ("a map that announces 2^32 - 1 entries", b"\xdf\xff\xff\xff\xff", 0),
    ("a text that announces 2^32 - 1 bytes", b"\x81\xa1t\xdb\xff\xff\xff\xff", 0),
    ("a field is missing", msgpack.packb({k: v for k, v in _VIDEO.items() if k != "width"}), 16),
    ("a slash in a name", msgpack.packb({**_VIDEO, "npc": "mi/ra"}), 16),
    ("a name of 65 letters", msgpack.packb({**_VIDEO, "npc": "m" * 65}), 16),
    ("true for a number", msgpack.packb({**_VIDEO, "seq": True}), 16),
    ("epoch above u32", msgpack.packb({**_VIDEO, "epoch": 2**32}), 16),
    ("not a number in a rotation", msgpack.packb({**_VIDEO, "head": [0.0, 0.0, float("nan"), 1.0]}), 16),
    ("a rotation of length 2", msgpack.packb({**_VIDEO, "head": [0.0, 0.0, 0.0, 2.0]}), 16),
    ("a rotation of three numbers", msgpack.packb({**_VIDEO, "head": [0.0, 0.0, 1.0]}), 16),
    ("width above 4096", msgpack.packb({**_VIDEO, "width": 4097, "stride": 16388}), 2 * 16388),
    ("stride is not 4 × width", msgpack.packb({**_VIDEO, "stride": 12}), 24),
    ("payload too short", msgpack.packb(_VIDEO), 15),
    ("payload too long", msgpack.packb(_VIDEO), 17),
    ("an unknown picture format", msgpack.packb({**_VIDEO, "format": "yuv"}), 16),
    ("an odd number of bytes of sound", msgpack.packb({"t": "speak_audio", "id": 1, "npc": "mira", "utt": 1}), 3),
    ("more than 1 MiB of sound", msgpack.packb({"t": "speak_audio", "id": 1, "npc": "mira", "utt": 1}), (1 << 20) + 2),
    ("utterance 0", msgpack.packb({"t": "speak_end", "id": 1, "npc": "mira", "utt": 0}), 0),
    ("an intensity above 1", msgpack.packb({"t": "emotion", "id": 1, "npc": "mira", "name": "joy", "intensity": 2}), 0),
    ("a payload where none belongs", msgpack.packb({"t": "interrupt", "id": 1, "npc": "mira"}), 1),
]  # fmt: skip


def vectors() -> list[dict[str, object]]:
    """The accepted messages as JSON values."""
    listed = []
    for message, payload in MESSAGES:
        header = encode(message)
        message.check_payload(len(payload))
        entry: dict[str, object] = {"type": message.TYPE, "meaning": msgpack.unpackb(header)}
        if isinstance(message, streams.Published):
            stream = "video" if isinstance(message, streams.Video) else "cues"
            entry["topic"] = topic(stream, message.npc).decode()
        listed.append({**entry, "header": header.hex(), "payload": payload.hex()})
    return listed


def refusals() -> list[dict[str, object]]:
    return [{"why": why, "header": header.hex(), "payload_bytes": size} for why, header, size in REFUSED]


def _write(name: str, entries: list[dict[str, object]]) -> None:
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (FOLDER / name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    _write("messages.json", vectors())
    _write("refused.json", refusals())
