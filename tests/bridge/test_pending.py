"""What a command's answers mean to those who wait for them."""

from __future__ import annotations

import pytest
from echo_bridge.pending import PendingCommands
from echo_bridge.replies import Ack, Done, Failed

from echo_runtime.errors import CommandFailedError, ConnectionLostError


def test_what_fails_after_it_was_acknowledged_was_acknowledged_all_the_same() -> None:
    """A text can break off before the thread that waits for its acknowledgement has woken up."""
    commands = PendingCommands()
    number, pending = commands.new("speak_text")
    commands.answer(Ack(id=number, buffered_us=7))
    commands.answer(Failed(id=number, code="speech_synthesis", text="It broke off."))
    assert pending.ack(0.0) == 7
    with pytest.raises(CommandFailedError, match="It broke off"):
        pending.done(0.0)


def test_what_is_refused_is_not_acknowledged() -> None:
    commands = PendingCommands()
    number, pending = commands.new("speak_text")
    commands.answer(Failed(id=number, code="busy", text="Not now."))
    for wait in (pending.ack, pending.done):
        with pytest.raises(CommandFailedError, match="Not now"):
            wait(0.0)


def test_what_succeeds_at_once_needs_no_acknowledgement() -> None:
    commands = PendingCommands()
    number, pending = commands.new("stats")
    commands.answer(Done(id=number, result={"frames": 3}))
    assert pending.ack(0.0) == 0
    assert pending.done(0.0) == {"frames": 3}
    assert not commands.answer(Done(id=number, result={})), "nobody waits any more"


def test_nobody_waits_for_an_answer_for_ever() -> None:
    commands = PendingCommands()
    _, pending = commands.new("stats")
    with pytest.raises(ConnectionLostError, match="not acknowledged 'stats' within 0 s"):
        pending.ack(0.0)
    commands.abandon()
    with pytest.raises(ConnectionLostError, match="fell silent before it answered 'stats'"):
        pending.ack(0.0)
