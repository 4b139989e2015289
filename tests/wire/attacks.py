"""The hostile table as messages to send."""

from __future__ import annotations

import json
from pathlib import Path

HOSTILE = json.loads((Path(__file__).parents[2] / "bridge" / "golden" / "hostile.json").read_text(encoding="utf-8"))
LARGEST = 1 << 21
"""Payloads above are left to the codecs' own tests."""


def attacks() -> list[tuple[bytes, bytes, bytes]]:
    """(topic, header, payload) of everything that must be refused."""
    found = []
    for entry in HOSTILE:
        payload = bytes.fromhex(entry["payload"]) if "payload" in entry else bytes(min(entry["payload_bytes"], LARGEST))
        if entry.get("payload_bytes", 0) <= LARGEST:
            found.append(
                (bytes.fromhex(entry["topic"]) if "topic" in entry else b"", bytes.fromhex(entry["header"]), payload)
            )
    return found
