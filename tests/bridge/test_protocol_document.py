"""The specification names everything that the codec reads and the runtime sends, in its order and with its limits."""

import json
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from echo_bridge import limits
from echo_bridge.commands import COMMANDS, Hello
from echo_bridge.control import CAPABILITIES
from echo_bridge.curves import CURVE_SETS
from echo_bridge.fields import Whole
from echo_bridge.publisher import KEPT_EVENTS
from echo_bridge.replies import REPLIES
from echo_bridge.streams import STREAMS, Published

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.context.turn_taking import EventName

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "bridge" / "PROTOCOL.md").read_text(encoding="utf-8")
VECTORS = json.loads((ROOT / "bridge" / "golden" / "messages.json").read_text(encoding="utf-8"))
QUOTED = set(re.findall(r"`([^`\s]+)`", TEXT))
KINDS = {**COMMANDS, **REPLIES, **STREAMS, "hello": Hello}
SHARED = [field.name for field in fields(Published)]
SPOKEN = {2**32 - 1: "2³²−1", 3_600_000_000: "3 600 000 000"}
"""How the document writes large limits."""


def _rows(begin: str, end: str) -> list[list[str]]:
    """The cells of the tables between two places of the document, without their heads."""
    part = TEXT.split(begin, 1)[1].split(end, 1)[0]
    return [[cell.strip() for cell in line.strip().strip("|").split(" |")] for line in part.splitlines()
            if line.startswith("| `")]  # fmt: skip


def _parts(cell: str) -> dict[str, str]:
    """Field → what is said of it, of a cell like "`npc` name · `on` boolean"."""
    found = [re.match(r"`(\w+)`(.*)", part.strip(), re.DOTALL) for part in cell.split(" · ")]
    return {match[1]: match[2] for match in found if match is not None}


def _described(kind: str) -> dict[str, str]:
    """The fields that the document lists for a message, in its order, and what it says of each."""
    if kind in COMMANDS:
        (row,) = [row for row in _rows("## Commands", "### Speaking") if row[0] == f"`{kind}`"]
        return _parts(row[1])
    if kind in REPLIES and kind != "welcome":
        (row,) = [row for row in _rows("## Answers", "`supported` has") if row[0] == f"`{kind}`"]
        return _parts(row[1])
    begin = f"**{kind}**"
    if kind == "event":
        return _parts(re.search(r"\*\*event\*\*, on the cues socket: (.*?\)\.)", TEXT, re.DOTALL)[1])
    table = TEXT.split(begin, 1)[1].split("\n\n", 2)[1]
    found = {}
    for line in table.splitlines():
        if line.startswith("| `"):
            names, said = line.strip("|").split(" |", 1)
            found.update(dict.fromkeys(re.findall(r"`(\w+)`", names), said))
    return found


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_field_is_described_in_its_order_with_its_limits_and_default(kind):
    hidden = {"id"} if kind.TYPE in COMMANDS else set(SHARED) if kind.TYPE in STREAMS else set()
    described = _described(kind.TYPE)
    listed = [field for field in fields(kind) if not field.metadata and field.name not in hidden]
    assert list(described) == [field.name for field in listed]
    hints = get_type_hints(kind, include_extras=True)
    for field in listed:
        said, rule = described[field.name], hints[field.name].__metadata__[0]
        has_default = field.default is not MISSING or field.default_factory is not MISSING
        assert has_default == ("default" in said or 'or ""' in said), f"{field.name}: {said}"
        if isinstance(rule, Whole) and 1 < rule.high < 2**62 and rule.high != 2**32 - 1:
            assert SPOKEN.get(rule.high, str(rule.high)) in said.replace("1…4096 | pixels", "1…4096"), field.name
        if type(field.default) in (int, str) and field.default not in (0, ""):
            assert str(field.default) in said, field.name


def test_the_fields_that_published_messages_share_are_described():
    table = TEXT.split("## Published messages", 1)[1].split("**video**", 1)[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == SHARED


def test_every_field_has_a_golden_vector_with_another_value_than_its_default():
    for kind in KINDS.values():
        read = [kind.from_header(vector["meaning"]) for vector in VECTORS if vector["type"] == kind.TYPE]
        for field in fields(kind):
            if field.default is not MISSING and not field.metadata:
                assert {getattr(message, field.name) for message in read} - {field.default}, f"{kind.TYPE}.{field.name}"


def _events() -> dict[str, str]:
    rows = _rows("| name | `detail` |", "Unknown types")
    return {name: row[1] for row in rows for name in re.findall(r"`(\w+)`", row[0])}


def test_every_event_is_described_and_has_a_golden_vector_with_its_detail():
    described = _events()
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "echo_runtime" / "runtime").glob("*.py"))
    sent = set(re.findall(r"[eE]vent\(\s*[\w.]+, \"(\w+)\"", sources)) | set(get_args(EventName))
    assert len(sent) > 14
    assert sent <= set(described)
    vectors = [vector["meaning"] for vector in VECTORS if vector["type"] == "event"]
    assert set(described) <= {meaning["name"] for meaning in vectors}
    for meaning in vectors:
        for key in meaning["detail"]:
            assert f"`{key}`" in described[meaning["name"]], meaning


def test_every_error_code_that_is_sent_is_described():
    table = {code for row in _rows("## Error codes", "## Golden") for code in re.findall(r"`(\w+)`", row[0])}
    sources = [*(ROOT / "echo_runtime" / "runtime").glob("*.py"), *(ROOT / "bridge" / "echo_bridge").glob("*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    sent = set(re.findall(r"(?:failed|CommandFailedError|Error)\(\s*(?:code=)?\"(\w+)\",", text))
    assert len(sent) > 10
    assert sent <= table | {"connection_lost"}
    closing = set(re.findall(r"Closing\(code=\"(\w+)\"", text))
    assert closing == {"stopped", "replaced", "key_removed"} <= QUOTED


def test_words_and_numbers_are_those_of_the_code():
    assert {name for name in KEPT_EVENTS if re.search(rf"`{name}` \|.*\| yes \|", TEXT)} == KEPT_EVENTS
    assert len(re.findall(r"\| yes \|", TEXT)) == len(KEPT_EVENTS)
    assert {*CAPABILITIES, *CURVE_SETS, *EMOTIONS} <= QUOTED
    for name, names in CURVE_SETS.items():
        assert f"| `{name}` | {len(names)} |" in TEXT
    for number in (limits.DEFAULT_CONTROL_PORT, limits.HEADER_BYTES, limits.PICTURE_SIDE, limits.CURVES, limits.NPCS):
        assert str(number) in TEXT
    assert f"version {limits.PROTOCOL[0]}.{limits.PROTOCOL[1]}" in TEXT


def test_links_inside_the_document_lead_somewhere():
    headings = {
        re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", TEXT, re.M)
    }
    assert set(re.findall(r"\]\(#([\w\-]+)\)", TEXT)) <= headings
