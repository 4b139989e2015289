"""Long texts for `speak_text`, whose text is at most 2048 bytes on the wire."""

from __future__ import annotations

import re

from echo_bridge import limits


def text_parts(text: str, most_bytes: int = limits.TEXT_BYTES) -> list[str]:
    """`text` in parts of at most `most_bytes` bytes of UTF-8: cut at the ends of sentences where that is possible, else
    between words, else between characters. Blank texts have no parts."""
    parts: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+|(?<=[。！？])", text):
        for piece in _words(sentence.strip(), most_bytes):
            if parts and len(f"{parts[-1]} {piece}".encode()) <= most_bytes:
                parts[-1] += f" {piece}"
            else:
                parts.append(piece)
    return parts


def _words(sentence: str, most_bytes: int) -> list[str]:
    """The sentence, or runs of its words where it is too long."""
    runs: list[str] = []
    for word in [sentence] if len(sentence.encode()) <= most_bytes else sentence.split():
        rest = word.encode()
        while len(rest) > most_bytes:
            head = rest[:most_bytes].decode(errors="ignore")
            runs.append(head)
            rest = rest[len(head.encode()) :]
        if rest:
            runs.append(rest.decode())
    return runs
