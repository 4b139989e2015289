"""The specification names everything that the code sends."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from echo_bridge import limits
from echo_bridge.commands import COMMANDS, Hello
from echo_bridge.publisher import KEPT_EVENTS
from echo_bridge.replies import REPLIES
from echo_bridge.streams import STREAMS

TEXT = (Path(__file__).parents[2] / "bridge" / "PROTOCOL.md").read_text(encoding="utf-8")
QUOTED = set(re.findall(r"`([^`\s]+)`", TEXT))
KINDS = {**COMMANDS, **REPLIES, **STREAMS, "hello": Hello}


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_message_and_field_is_described(kind):
    assert kind.TYPE in QUOTED or f"**{kind.TYPE}**" in TEXT
    assert {field.name for field in fields(kind) if not field.metadata} <= QUOTED


def test_kept_events_and_numbers_are_those_of_the_code():
    for name in KEPT_EVENTS:
        assert re.search(rf"`{name}` \|.*\| yes \|", TEXT), name
    for number in (limits.DEFAULT_CONTROL_PORT, limits.HEADER_BYTES, limits.PICTURE_SIDE, limits.CURVES):
        assert str(number) in TEXT
    assert f"version {limits.PROTOCOL[0]}.{limits.PROTOCOL[1]}" in TEXT


def test_links_inside_the_document_lead_somewhere():
    headings = {
        re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", TEXT, re.M)
    }
    assert set(re.findall(r"\]\(#([\w\-]+)\)", TEXT)) <= headings
