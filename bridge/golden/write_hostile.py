# ruff: noqa: E501 - a table: one entry on one line
"""Writes the hostile table: headers, payloads and topics that every codec must refuse, and why.

    python bridge/golden/write_hostile.py

Entries may be added at any time; each must be refused already by what PROTOCOL.md says.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import msgpack
from echo_bridge import limits

FILE = Path(__file__).with_name("hostile.json")
_ROOM = 4071
"""Bytes of text that fill the header of `done` to exactly 4096."""

_VIDEO = {
    "t": "video", "npc": "mira", "seq": 1, "epoch": 0, "utt": 0, "pts": 0, "origin": "idle", "width": 2, "height": 2,
    "stride": 8, "format": "bgra8",
}  # fmt: skip
_FACE = {"t": "player_face", "id": 1}
_COEFFICIENTS = {
    "t": "coefficients", "npc": "mira", "seq": 1, "epoch": 0, "utt": 0, "pts": 0, "origin": "idle", "curves": "two",
    "count": 2, "head": [0.0, 0.0, 0.0, 1.0], "position": [0.0, 0.0, 0.0], "gaze": [0.0, 0.0],
}  # fmt: skip
_SPEECH = {
    "t": "speech", "npc": "mira", "seq": 1, "epoch": 0, "utt": 1, "pts": 0, "rate": 16000, "channels": 1, "last": False,
}  # fmt: skip
_WELCOME = {
    "t": "welcome", "proto": [1, 0], "session": "s", "returned": False, "run": "r", "now": 0, "ports": {"cues": 1},
    "curve_sets": {}, "formats": [], "caps": [], "runtime": "1",
}  # fmt: skip
_DONE = b"\x83\xa1t\xa4done\xa2id\x01\xa6result"
"""A `done` up to the value of its result."""


def _with(header: dict[str, object], **fields: object) -> bytes:
    data: bytes = msgpack.packb({**header, **fields})
    return data


def _raw(header: dict[str, object], *more: bytes) -> bytes:
    """A header's map with further entries as they lie on the wire."""
    data: bytes = msgpack.packb(header)
    size = len(header) + len(more)
    assert len(header) < 16 or data[0] == 0xDE
    entries = data[1:] if data[0] != 0xDE else data[3:]
    return (bytes([0x80 | size]) if size < 16 else b"\xde" + size.to_bytes(2, "big")) + entries + b"".join(more)


def _nest(depth: int, opening: bytes = b"\x91") -> bytes:
    return opening * depth + b"\xc0"


HOSTILE: list[dict[str, object]] = [
    # what is no header at all
    *({"name": f"one-byte-{byte:02x}", "kind": "header", "type": "", "header": bytes([byte]), "payload_bytes": 0,
       "why": f"the single byte 0x{byte:02x}"} for byte in (0x00, 0x7F, 0x80, 0x90, 0xA0, 0xC0, 0xC1, 0xC4, 0xCA, 0xDC, 0xDE, 0xDF, 0xFF)),
    *({"name": f"cut-{size}", "kind": "header", "type": "video", "header": msgpack.packb(_VIDEO)[:size], "payload_bytes": 16,
       "why": f"a good header cut after {size} bytes"} for size in (1, 2, 3, 8, 20, 60, len(msgpack.packb(_VIDEO)) - 1)),
    *({"name": name, "kind": "header", "type": kind, "header": header, "payload_bytes": size, "why": why}
      for name, kind, header, size, why in (
        ("two-maps", "video", msgpack.packb(_VIDEO) * 2, 16, "a second map follows the first"),
        ("4097-bytes", "done", msgpack.packb({"t": "done", "id": 1, "result": {"x": "x" * (_ROOM + 1)}}), 0,
         "one byte more than a header may have"),
        ("8-kib", "done", msgpack.packb({"t": "done", "id": 1, "result": {"x": "x" * 8_160}}), 0, "a header of 8 KiB"),
        # lengths that claim what is not there
        ("str32-claims-4-gib", "done", _DONE + b"\x81\xa1x\xdb\xff\xff\xff\xff" + b"x" * 8, 0, "a text that claims 4 GiB"),
        ("str16-claims-64-kib", "done", _DONE + b"\x81\xa1x\xda\xff\xffx", 0, "a text that claims 64 KiB"),
        ("str8-claims-more", "done", _DONE + b"\x81\xa1x\xd9\x09x", 0, "a text that claims 9 bytes and has one"),
        ("bin32-claims-2-gib", "done", _DONE + b"\x81\xa1x\xc6\x7f\xff\xff\xffx", 0, "binary that claims 2 GiB"),
        ("array32-claims-4-g", "done", _DONE + b"\x81\xa1x\xdd\xff\xff\xff\xff\x01", 0, "an array that claims 2^32 - 1 values"),
        ("array16-claims-64-k", "done", _DONE + b"\x81\xa1x\xdc\xff\xff\x01", 0, "an array that claims 65535 values"),
        ("map32-claims-4-g", "done", _DONE + b"\xdf\xff\xff\xff\xff\xa1x\x01", 0, "a map that claims 2^32 - 1 entries"),
        ("map16-claims-64-k", "done", _DONE + b"\xde\xff\xff\xa1x\x01", 0, "a map that claims 65535 entries"),
        ("outer-map-claims-4-g", "", b"\xdf\xff\xff\xff\xff\xa1t\xa4done", 0, "the header's own map claims 2^32 - 1 entries"),
        ("ext32-claims-4-gib", "done", _DONE + b"\x81\xa1x\xc9\xff\xff\xff\xff\x05x", 0, "an extension that claims 4 GiB"),
        # nesting
        ("nested-9-arrays", "done", _DONE + b"\x81\xa1x" + b"\x91" * 7 + b"\xc0", 0, "an array at depth 9: header 1, result 2, arrays 3 to 9"),
        ("nested-9-maps", "done", _DONE + b"\x81\xa1x" * 8 + b"\xc0", 0, "a map at depth 9"),
        ("nested-in-a-skipped-key", "bye", _raw({"t": "bye", "id": 1}, b"\xa1z" + _nest(8)), 0, "a key that is skipped holds an array at depth 9"),
        ("nested-1000", "done", _DONE + _nest(1000), 0, "a thousand arrays"),
        ("nested-4000-open", "done", _DONE + b"\x91" * 4000, 0, "four thousand arrays, none closed"),
        ("nested-1000-maps", "done", _DONE + b"\x81\xa1x" * 1000 + b"\xc0", 0, "a thousand maps"),
        # keys
        ("same-key-twice", "bye", _raw({"t": "bye", "id": 1}, b"\xa2id\x02"), 0, "the key id comes twice"),
        ("type-twice", "bye", _raw({"t": "bye"}, b"\xa1t\xa5stats"), 0, "the key t comes twice"),
        ("same-unknown-key-twice", "bye", _raw({"t": "bye"}, b"\xa1z\x01", b"\xa1z\x01"), 0, "a key that is skipped comes twice"),
        ("same-key-twice-inside", "done", _DONE + b"\x82\xa1x\x01\xa1x\x02", 0, "a key of the result comes twice"),
        ("same-key-otherwise-encoded", "bye", _raw({"t": "bye", "id": 1}, b"\xd9\x02id\x02"), 0, "id twice, the second time with a longer length"),
        ("key-is-a-number", "bye", _raw({"t": "bye"}, b"\x05\x05"), 0, "a key is a number"),
        ("key-is-nil", "bye", _raw({"t": "bye"}, b"\xc0\x05"), 0, "a key is nil"),
        ("key-is-binary", "bye", _raw({"t": "bye"}, b"\xc4\x01x\x05"), 0, "a key is binary"),
        ("key-is-an-array", "bye", _raw({"t": "bye"}, b"\x90\x05"), 0, "a key is an array"),
        ("key-is-a-number-inside", "done", _DONE + b"\x81\x01\x01", 0, "a key of the result is a number"),
        ("129-entries", "bye", b"\xde\x00\x81\xa1t\xa3bye" + b"".join(msgpack.packb(f"k{i}") + b"\x01" for i in range(128)), 0, "a map of 129 entries"),
        ("name-in-the-result-with-a-slash", "done", _DONE + b"\x81\xa3a/b\x01", 0, "a key of the result is no name"),
        ("65-entries-of-result", "done", msgpack.packb({"t": "done", "id": 1, "result": {f"k{i}": i for i in range(65)}}), 0, "65 entries of a result"),
        # texts
        ("utf-8-cut", "say_text", _raw({"t": "say_text", "speaker": "p"}, b"\xa4text\xa1\xc3"), 0, "a character is cut"),
        ("utf-8-surrogate", "say_text", _raw({"t": "say_text", "speaker": "p"}, b"\xa4text\xa3\xed\xa0\x80"), 0, "a surrogate in UTF-8"),
        ("utf-8-overlong", "say_text", _raw({"t": "say_text", "speaker": "p"}, b"\xa4text\xa2\xc0\x80"), 0, "an overlong zero"),
        ("utf-8-above-10ffff", "say_text", _raw({"t": "say_text", "speaker": "p"}, b"\xa4text\xa4\xf4\x90\x80\x80"), 0, "a character above U+10FFFF"),
        ("utf-8-in-a-skipped-key", "bye", _raw({"t": "bye"}, b"\xa1z\xa1\xff"), 0, "a skipped text is not UTF-8"),
        ("utf-8-in-a-key", "bye", _raw({"t": "bye"}, b"\xa1\xff\x01"), 0, "a key is not UTF-8"),
        ("text-of-2049-bytes", "say_text", _with({"t": "say_text", "speaker": "p", "text": "x" * 2049}), 0, "a text of 2049 bytes"),
        ("text-of-1025-letters-2050-bytes", "say_text", _with({"t": "say_text", "speaker": "p", "text": "é" * 1025}), 0, "1025 letters of two bytes"),
        ("sentence-of-513-bytes", "failed", _with({"t": "failed", "id": 1, "code": "x", "text": "x" * 513}), 0, "a sentence of 513 bytes"),
        ("text-is-binary", "say_text", _with({"t": "say_text", "speaker": "p", "text": b"hello"}), 0, "binary where text is wanted"),
        ("name-is-binary", "interrupt", _with({"t": "interrupt", "npc": b"mira"}), 0, "binary where a name is wanted"),
        ("name-is-empty", "interrupt", _with({"t": "interrupt", "npc": ""}), 0, "an empty name"),
        ("name-with-a-space", "interrupt", _with({"t": "interrupt", "npc": "mi ra"}), 0, "a space in a name"),
        ("name-with-an-umlaut", "interrupt", _with({"t": "interrupt", "npc": "mirä"}), 0, "a letter outside ASCII in a name"),
        ("name-with-a-zero", "interrupt", _with({"t": "interrupt", "npc": "mira\0"}), 0, "a zero byte in a name"),
        ("name-with-a-line-feed", "interrupt", _with({"t": "interrupt", "npc": "mira\n"}), 0, "a line feed after a name"),
        ("type-is-nil", "", _with({"t": None}), 0, "the type is nil"),
        ("type-is-binary", "", _with({"t": b"bye"}), 0, "the type is binary"),
        ("type-is-empty", "", _with({"t": ""}), 0, "the type is empty"),
        # extension types
        ("ext-of-no-bytes", "bye", _raw({"t": "bye"}, b"\xa1z\xc7\x00\x05"), 0, "an extension of no bytes in a skipped key"),
        ("timestamp", "bye", _raw({"t": "bye"}, b"\xa1z\xd6\xff\x00\x00\x00\x00"), 0, "a timestamp in a skipped key"),
        ("reserved-byte", "bye", _raw({"t": "bye"}, b"\xa1z\xc1"), 0, "the reserved byte 0xc1 as a value"),
        # numbers
        ("nan-in-a-share", "attention", _with({"t": "attention", "npc": "m", "value": float("nan")}), 0, "NaN in a field"),
        ("infinity-in-a-position", "video", _with(_VIDEO, position=[0.0, float("inf"), 0.0]), 16, "infinity in a position"),
        ("minus-infinity-in-a-gaze", "coefficients", _with(_COEFFICIENTS, gaze=[0.0, float("-inf")]), 8, "minus infinity in a gaze"),
        ("nan-float32", "attention", _raw({"t": "attention", "npc": "m"}, b"\xa5value\xca\x7f\xc0\x00\x00"), 0, "NaN as float32"),
        ("nan-in-a-skipped-key", "bye", _with({"t": "bye", "z": float("nan")}), 0, "NaN in a skipped key"),
        ("infinity-in-a-result", "done", _with({"t": "done", "id": 1, "result": {"x": [float("inf")]}}), 0, "infinity inside a result"),
        ("position-above-1e9", "video", _with(_VIDEO, position=[0.0, 1.1e9, 0.0]), 16, "a position above 1e9"),
        ("id-is-negative", "stats", _with({"t": "stats", "id": -1}), 0, "a negative id"),
        ("id-is-a-float", "stats", _with({"t": "stats", "id": 1.0}), 0, "a float where an integer is wanted"),
        ("id-is-true", "stats", _with({"t": "stats", "id": True}), 0, "true where an integer is wanted"),
        ("id-is-nil", "stats", _with({"t": "stats", "id": None}), 0, "nil where an integer is wanted"),
        ("id-is-text", "stats", _with({"t": "stats", "id": "1"}), 0, "text where an integer is wanted"),
        ("number-is-true", "attention", _with({"t": "attention", "npc": "m", "value": True}), 0, "true where a number is wanted"),
        ("flag-is-a-number", "thinking", _with({"t": "thinking", "npc": "m", "on": 1}), 0, "1 where a boolean is wanted"),
        ("seq-is-negative", "video", _with(_VIDEO, seq=-1), 16, "a negative seq"),
        ("epoch-is-negative", "video", _with(_VIDEO, epoch=-1), 16, "a negative epoch"),
        ("width-is-negative", "video", _with(_VIDEO, width=-2), 16, "a negative width"),
        ("width-is-zero", "video", _with(_VIDEO, width=0, stride=0), 0, "a picture without columns"),
        ("height-is-zero", "video", _with(_VIDEO, height=0), 0, "a picture without rows"),
        ("width-overflows", "video", _with(_VIDEO, width=2**31, height=2**31, stride=2**33), 16, "sides whose product overflows"),
        ("stride-is-negative", "video", _with(_VIDEO, stride=-8), 16, "a negative stride"),
        ("pts-above-2-62", "video", _with(_VIDEO, pts=2**62 + 1), 16, "a time above 2^62"),
        ("pts-is-u64", "video", _with(_VIDEO, pts=2**64 - 1), 16, "a time that is no int64"),
        ("count-is-negative", "player_face", _with(_FACE, count=-1), 208, "a negative count"),
        ("count-is-zero", "player_face", _with(_FACE, count=0), 0, "no values"),
        ("count-above-512", "player_face", _with(_FACE, count=513), 2052, "513 values"),
        ("count-claims-4-g", "player_face", _with(_FACE, count=2**32), 208, "a count of 2^32"),
        ("rate-is-zero", "speech", _with(_SPEECH, rate=0), 2, "sound at 0 Hz"),
        ("rate-above-192000", "speech", _with(_SPEECH, rate=192_001), 2, "sound at 192001 Hz"),
        ("channels-is-zero", "speech", _with(_SPEECH, channels=0), 2, "sound of no channel"),
        ("channels-is-nine", "speech", _with(_SPEECH, channels=9), 18, "sound of nine channels"),
        ("port-is-zero", "welcome", _with(_WELCOME, ports={"cues": 0}), 0, "port 0"),
        ("port-above-65535", "welcome", _with(_WELCOME, ports={"cues": 65536}), 0, "port 65536"),
        ("nine-ports", "welcome", _with(_WELCOME, ports={f"p{i}": 1 for i in range(9)}), 0, "nine ports"),
        ("ports-is-a-list", "welcome", _with(_WELCOME, ports=[1, 2, 3]), 0, "a list where a map is wanted"),
        ("nine-curve-sets", "welcome", _with(_WELCOME, curve_sets={f"s{i}": [] for i in range(9)}), 0, "nine curve sets"),
        ("65-capabilities", "welcome", _with(_WELCOME, caps=["c"] * 65), 0, "65 capabilities"),
        ("17-formats", "welcome", _with(_WELCOME, formats=["f"] * 17), 0, "17 formats"),
        ("curve-name-is-a-number", "welcome", _with(_WELCOME, curve_sets={"two": [1, 2]}), 0, "numbers where names are wanted"),
        ("17-versions", "error", _with({"t": "error", "code": "version", "text": "", "supported": [[1, 0]] * 17}), 0, "17 versions"),
        ("17-regions", "player_face", _with(_FACE, regions={f"r{i}": 1 for i in range(17)}), 208, "17 regions"),
        ("33-details", "event", _with({"t": "event", "npc": "m", "seq": 1, "epoch": 0, "utt": 0, "pts": 0, "name": "n", "detail": {f"d{i}": 1 for i in range(33)}}), 0, "33 entries of a detail"),
        ("limit-is-33", "list_npcs", _with({"t": "list_npcs", "limit": 33}), 0, "a page of 33"),
        ("proto-of-one-number", "hello", _with({"t": "hello", "proto": [1], "client": "c"}), 0, "a version of one number"),
        ("proto-of-three-numbers", "hello", _with({"t": "hello", "proto": [1, 0, 0], "client": "c"}), 0, "a version of three numbers"),
        ("proto-is-text", "hello", _with({"t": "hello", "proto": "1.0", "client": "c"}), 0, "a version as text"),
        ("proto-above-65535", "hello", _with({"t": "hello", "proto": [65536, 0], "client": "c"}), 0, "a major version of 65536"),
        ("advance-by-zero", "advance", _with({"t": "advance", "us": 0}), 0, "no time"),
        ("rotation-is-zero", "video", _with(_VIDEO, head=[0.0, 0.0, 0.0, 0.0]), 16, "a rotation of length 0"),
        ("rotation-of-five", "video", _with(_VIDEO, head=[0.0, 0.0, 0.0, 1.0, 0.0]), 16, "a rotation of five numbers"),
        ("rotation-is-a-map", "video", _with(_VIDEO, head={"x": 0, "y": 0, "z": 0, "w": 1}), 16, "a rotation as a map"),
        # files
        ("file-leads-up", "save_memory", _with({"t": "save_memory", "npc": "m", "file": ".."}), 0, "the folder above"),
        ("file-is-hidden", "load_memory", _with({"t": "load_memory", "npc": "m", "file": ".ssh"}), 0, "a hidden file"),
        ("file-has-a-slash", "save_memory", _with({"t": "save_memory", "npc": "m", "file": "a/../../b"}), 0, "a path"),
        ("file-has-a-backslash", "load_memory", _with({"t": "load_memory", "npc": "m", "file": "a\\b"}), 0, "a path of Windows"),
        ("file-is-a-drive", "load_memory", _with({"t": "load_memory", "npc": "m", "file": "c:b"}), 0, "a drive of Windows"),
        ("file-is-empty", "save_memory", _with({"t": "save_memory", "npc": "m", "file": ""}), 0, "no name"),
        # missing fields
        ("video-without-format", "video", msgpack.packb({k: v for k, v in _VIDEO.items() if k != "format"}), 16, "format is missing"),
        ("attention-without-value", "attention", _with({"t": "attention", "npc": "m"}), 0, "value is missing"),
        ("only-a-type", "welcome", _with({"t": "welcome"}), 0, "everything but the type is missing"),
        # payloads of the wrong size
        ("picture-without-payload", "video", msgpack.packb(_VIDEO), 0, "a picture without a byte"),
        ("picture-claims-64-mib", "video", _with(_VIDEO, width=4096, height=4096, stride=16384), 16, "64 MiB claimed, 16 bytes there"),
        ("jpeg-of-three-bytes", "video", _with(_VIDEO, format="jpeg"), 3, "a jpeg of three bytes"),
        ("jpeg-above-64-mib", "video", _with(_VIDEO, format="jpeg"), limits.VIDEO_BYTES + 1, "a jpeg above 64 MiB"),
        ("jpeg-with-another-stride", "video", _with(_VIDEO, format="jpeg", stride=4), 16, "a jpeg whose stride is not 4 × width"),
        ("face-of-51-values", "player_face", _with(_FACE), 204, "52 values claimed, 51 there"),
        ("coefficients-of-one-byte-more", "coefficients", _with(_COEFFICIENTS), 9, "nine bytes for two values"),
        ("speech-of-half-a-frame", "speech", _with(_SPEECH, channels=2), 6, "one and a half stereo samples"),
        ("speech-above-1-mib", "speech", _with(_SPEECH), limits.SOUND_BYTES + 2, "more than 1 MiB of sound"),
        ("event-with-payload", "event", _with({"t": "event", "npc": "m", "seq": 1, "epoch": 0, "utt": 0, "pts": 0, "name": "n"}), 1, "an event with a payload"),
        ("reply-with-payload", "ack", _with({"t": "ack", "id": 1}), 1, "an answer with a payload"),
        ("hello-with-payload", "hello", _with({"t": "hello", "proto": [1, 0], "client": "c"}), 1, "a greeting with a payload"),
      )),
    # payloads of the right size that hold what is not allowed
    *({"name": name, "kind": "payload", "type": kind, "header": header, "payload": payload, "why": why}
      for name, kind, header, payload, why in (
        ("face-with-nan", "player_face", _with(_FACE, curves="two", count=2), struct.pack("<2f", 0.5, float("nan")), "NaN among the values"),
        ("face-with-infinity", "player_face", _with(_FACE, curves="two", count=2), struct.pack("<2f", float("inf"), 0.5), "infinity among the values"),
        ("coefficients-with-nan", "coefficients", _with(_COEFFICIENTS), struct.pack("<2f", float("nan"), 0.0), "NaN among the values"),
        ("coefficients-with-minus-infinity", "coefficients", _with(_COEFFICIENTS), struct.pack("<2f", 0.0, float("-inf")), "minus infinity among the values"),
        *((f"jpeg-{name}", "video", _with(_VIDEO, format="jpeg"), bytes.fromhex(file), why) for name, file, why in (
            ("is-a-png", "89504e470d0a1a0a0000000d49484452", "another kind of file"),
            ("of-another-size", "ffd8ffc0000b080003000201011100ffd9", "2×2 announced, 2×3 in the file"),
            ("claims-4-gib-of-pixels", "ffd8ffc0000b08ffffffff01011100ffd9", "2×2 announced, 65535×65535 in the file"),
            ("of-no-pixels", "ffd8ffc0000b080000000001011100ffd9", "0×0 in the file"),
            ("without-a-frame-header", "ffd8ffd9", "nothing between the first and the last marker"),
            ("cut-before-its-size", "ffd8ffc0000b0800", "the file ends inside its frame header"),
            ("segment-without-a-length", "ffd8ffe00000ffc0000b080002000201011100ffd9", "a segment whose length does not hold itself"),
            ("segment-beyond-the-end", "ffd8ffe0ffff4a464946ffd9", "a segment that reaches beyond the end"),
            ("scan-before-the-frame", "ffd8ffda0002ffc0000b080002000201011100ffd9", "a scan before the frame header"),
            ("of-fill-bytes", "ffd8" + "ff" * 64, "nothing but filling"),
        )),
      )),
    # topics under which a good message must not come
    *({"name": name, "kind": "topic", "type": "video", "topic": given, "header": msgpack.packb(_VIDEO), "payload": bytes(16), "why": why}
      for name, given, why in (
        ("topic-of-another-npc", b"video/bob/", "the header names mira"),
        ("topic-without-the-last-slash", b"video/mira", "the last slash is missing"),
        ("topic-of-another-stream", b"cues/mira/", "pictures go under video/"),
        ("topic-is-empty", b"", "no topic"),
        ("topic-is-not-utf-8", b"video/\xff\xfe/", "not UTF-8"),
        ("topic-is-longer", b"video/mira//", "a byte too many"),
        ("topic-of-4-kib", b"video/" + b"m" * 4096 + b"/", "a topic of 4 KiB"),
      )),
]  # fmt: skip


def hostile() -> list[dict[str, object]]:
    """The table as JSON values: bytes become hexadecimal."""
    return [{k: v.hex() if isinstance(v, bytes) else v for k, v in entry.items()} for entry in HOSTILE]


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in hostile())
    FILE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
