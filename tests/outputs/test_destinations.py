"""Where datagrams go, as a user writes it."""

from __future__ import annotations

import socket

import pytest

from echo_runtime.errors import UsageError
from echo_runtime.outputs.destination import destination


@pytest.mark.parametrize(("text", "npc", "address"), [
    ("127.0.0.1", "", ("127.0.0.1", 11111)),
    ("127.0.0.1:5", "", ("127.0.0.1", 5)),
    ("bo=127.0.0.1:5", "bo", ("127.0.0.1", 5)),
    ("localhost:12000", "", ("127.0.0.1", 12000)),
])  # fmt: skip
def test_what_is_understood(text: str, npc: str, address: tuple) -> None:
    where = destination(text, "--livelink-out", 11111)
    assert where.npc == npc
    if where.family == socket.AF_INET:
        assert where.address == address


def test_an_ipv6_address() -> None:
    where = destination("[::1]:77", "--vmc-out", 39539)
    assert where.family == socket.AF_INET6
    assert where.address[:2] == ("::1", 77)
    assert destination("::1", "--vmc-out", 39539).port == 39539


@pytest.mark.parametrize("text", [
    "", ":", ":99", "=127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http",
    "127.0.0.1:²", "[::1", "[::1]77", "two words", "no-such-machine.invalid", "a" * 300, "x" * 64 + ".local",
])  # fmt: skip
def test_what_is_not(text: str) -> None:
    if text == "127.0.0.1:":
        assert destination(text, "--vmc-out", 7).port == 7
        return
    with pytest.raises(UsageError, match="--vmc-out"):
        destination(text, "--vmc-out", 39539)
