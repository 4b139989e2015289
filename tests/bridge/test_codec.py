"""Headers: golden vectors, hostile bytes, and every field's limits."""

import contextlib
import importlib.util
import json
import math
import tracemalloc
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import msgpack
import pytest
from echo_bridge import jpeg, limits
from echo_bridge.codec import Message, UnknownTypeError, build, decode, encode, unpack
from echo_bridge.commands import COMMANDS, Hello
from echo_bridge.curves import from_payload
from echo_bridge.fields import Flag, MapOf, Numbers, Real, Text, Token, Tokens, Version, Versions, Whole
from echo_bridge.replies import REPLIES
from echo_bridge.streams import STREAMS, Video, check_topic, topic
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.errors import ProtocolError

GOLDEN = Path(__file__).parents[2] / "bridge" / "golden"
KINDS: dict[str, type[Message]] = {**COMMANDS, **REPLIES, **STREAMS, "hello": Hello}
MESSAGES = json.loads((GOLDEN / "messages.json").read_text(encoding="utf-8"))
REFUSED = json.loads((GOLDEN / "refused.json").read_text(encoding="utf-8"))
HOSTILE = json.loads((GOLDEN / "hostile.json").read_text(encoding="utf-8"))


def test_every_kind_of_message_has_a_golden_vector():
    assert {vector["type"] for vector in MESSAGES} == set(KINDS)


@pytest.mark.parametrize("vector", MESSAGES, ids=[f"{n}-{v['type']}" for n, v in enumerate(MESSAGES)])
def test_golden_vectors_read_and_write_identically(vector):
    header, payload = bytes.fromhex(vector["header"]), bytes.fromhex(vector["payload"])
    assert unpack(header) == vector["meaning"]
    message = decode(KINDS, header, len(payload))
    assert encode(message) == header
    assert encode(KINDS[vector["type"]].from_header(vector["meaning"])) == header
    if "topic" in vector:
        assert topic("video" if message.TYPE == "video" else "cues", message.npc) == vector["topic"].encode()


@pytest.mark.parametrize("vector", REFUSED, ids=[v["why"] for v in REFUSED])
def test_refused_vectors_are_refused_with_one_sentence(vector):
    with pytest.raises(ProtocolError) as refusal:
        decode(KINDS, bytes.fromhex(vector["header"]), vector["payload_bytes"])
    text = str(refusal.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 300


def _read(entry):
    """Reads a hostile entry as far as its kind says: header, payload, topic."""
    payload = bytes.fromhex(entry.get("payload", ""))
    message = decode(KINDS, bytes.fromhex(entry["header"]), entry.get("payload_bytes", len(payload)))
    if entry["kind"] == "payload":
        if isinstance(message, Video):
            jpeg.check(payload, message)
        else:
            from_payload(payload)
    elif entry["kind"] == "topic":
        check_topic(bytes.fromhex(entry["topic"]), message)


@pytest.mark.parametrize("entry", HOSTILE, ids=[entry["name"] for entry in HOSTILE])
def test_hostile_entries_are_refused_with_one_sentence(entry):
    if entry["kind"] != "header":  # what is wrong is not the header
        size = len(entry["payload"]) // 2
        assert entry["type"] == decode(KINDS, bytes.fromhex(entry["header"]), size).TYPE
    with pytest.raises(ProtocolError) as refusal:
        _read(entry)
    assert str(refusal.value).endswith(".")
    assert len(str(refusal.value)) < 300


def test_nothing_is_allocated_for_what_a_header_merely_claims():
    claims = [bytes.fromhex(entry["header"]) for entry in HOSTILE if "claims" in entry["name"]]
    assert len(claims) > 8
    tracemalloc.start()
    try:
        for header in claims:
            assert _outcome(header, 16).endswith(".")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def _script(name):
    spec = importlib.util.spec_from_file_location(name, GOLDEN / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_committed_vectors_are_what_the_scripts_write():
    script = _script("write_vectors")
    assert json.loads(json.dumps(script.vectors())) == MESSAGES
    assert script.refusals() == REFUSED
    assert json.loads(json.dumps(_script("write_hostile").hostile())) == HOSTILE


def test_a_header_of_exactly_the_limit_is_read_and_nesting_of_exactly_eight():
    assert max(len(vector["header"]) // 2 for vector in MESSAGES) == limits.HEADER_BYTES
    assert unpack(b"\x82\xa1t\xa3bye\xa1z" + b"\x91" * 7 + b"\xc0")["t"] == "bye"


def test_unknown_keys_are_skipped_and_missing_ones_take_their_default():
    header = {"t": "open_npc", "npc": "mira", "hat": ["red", {"size": 3}], "x": b"bytes"}
    message = build(COMMANDS, header)
    assert (message.id, message.avatar) == (0, "")


def test_an_unknown_type_is_told_apart():
    with pytest.raises(UnknownTypeError):
        decode(STREAMS, msgpack.packb({"t": "hologram"}))


def test_a_malformed_message_does_not_leave():
    good = {"npc": "mira", "seq": 1, "epoch": 0, "utt": 0, "pts": 0, "origin": "idle"}
    picture = {"width": 2, "height": 2, "stride": 8, "format": "bgra8"}
    for wrong in ({"npc": "a/b"}, {"seq": -1}, {"width": 0}, {"camera_fov": math.inf}):
        with pytest.raises(ProtocolError):
            encode(Video(**{**good, **picture, **wrong}))


def test_a_header_that_grows_too_long_does_not_leave():
    with pytest.raises(ProtocolError, match="4096"):
        encode(REPLIES["done"](id=1, result={"text": "x" * 5000}))


def _outcome(data: bytes, size: int) -> str:
    """A sentence, unless something else than ProtocolError is raised."""
    try:
        return f"Read {decode(KINDS, data, size).TYPE}."
    except ProtocolError as error:
        return str(error)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 2**22))
def test_hostile_bytes_never_raise_anything_else(data, size):
    assert _outcome(data, size).endswith(".")


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200)
@given(st.data())
def test_hostile_values_never_raise_anything_else(data):
    """A well-formed map of a known type whose fields hold anything at all."""
    vector = data.draw(st.sampled_from(MESSAGES))
    header = dict(vector["meaning"])
    for key in data.draw(st.sets(st.sampled_from([k for k in header if k != "t"] or ["x"]), max_size=3)):
        header[key] = data.draw(_json)
    assert _outcome(msgpack.packb(header), data.draw(st.sampled_from([0, 3, 8, 208]))).endswith(".")


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_golden_vector_is_read_or_refused(data):
    header = bytearray.fromhex(data.draw(st.sampled_from(MESSAGES))["header"])
    for _ in range(data.draw(st.integers(1, 4))):
        header[data.draw(st.integers(0, len(header) - 1))] = data.draw(st.integers(0, 255))
    assert _outcome(bytes(header), 0).endswith(".")


def _values(kind):
    name = st.from_regex(r"[A-Za-z0-9_.\-]{1,12}", fullmatch=True)
    match kind:
        case Whole():
            return st.integers(kind.low, kind.high)
        case Real():
            return st.floats(kind.low, kind.high)
        case Flag():
            return st.booleans()
        case Text():
            return st.text(max_size=20)
        case Token():
            name = st.from_regex(r"[A-Za-z0-9_\-][A-Za-z0-9_.\-]{0,11}", fullmatch=True) if kind.file else name
            return name | st.just("") if kind.optional else name
        case Numbers(unit=True):
            return st.sampled_from([(0.0, 0.0, 0.0, 1.0), (0.5, -0.5, 0.5, 0.5), (0.0, 0.6, 0.0, -0.8)])
        case Numbers():
            return st.tuples(*[st.floats(-1e9, 1e9)] * kind.count)
        case Tokens():
            return st.lists(name, max_size=3).map(tuple)
        case Version():
            return st.tuples(st.integers(0, 65535), st.integers(0, 65535))
        case Versions():
            return st.lists(_values(Version()), max_size=3).map(tuple)
        case MapOf(kind=None):
            return st.dictionaries(name, st.integers(0, 5) | st.text(max_size=4), max_size=3)
        case MapOf():
            return st.dictionaries(name, _values(kind.kind), max_size=3)
    raise AssertionError(kind)


@settings(max_examples=200)
@given(st.data())
def test_what_is_written_is_read_back(data):
    cls = data.draw(st.sampled_from(sorted(KINDS.values(), key=lambda kind: kind.TYPE)))
    hints = get_type_hints(cls, include_extras=True)
    message = cls(
        **{f.name: data.draw(_values(hints[f.name].__metadata__[0]), f.name) for f in fields(cls) if not f.metadata}
    )
    header = encode(message)
    assert len(header) <= limits.HEADER_BYTES
    assert cls.from_header(unpack(header)) == message


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_hostile_files_and_topics_never_raise_anything_else(data):
    message = decode(STREAMS, bytes.fromhex(HOSTILE[-1]["header"]), 16)
    with contextlib.suppress(ProtocolError):
        check_topic(data, message)
        raise AssertionError("no other topic is right") if data != b"video/mira/" else ProtocolError("")
    with contextlib.suppress(ProtocolError):
        width, height = jpeg.size(b"\xff\xd8\xff" + data)
        assert 0 <= width < 65_536
        assert 0 <= height < 65_536
