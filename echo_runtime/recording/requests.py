"""Commands of clients that are long gone, made into requests again; their answers go nowhere."""

from __future__ import annotations

from dataclasses import replace

from echo_bridge.codec import decode
from echo_bridge.commands import COMMANDS, Bye
from echo_bridge.control import ControlServer, Request
from echo_bridge.sessions import Session

from echo_runtime.errors import ProtocolError, RecordingVersionError
from echo_runtime.recording.values import RecordedRequest


def request_again(recorded: RecordedRequest, control: ControlServer, session: Session) -> Request:
    """`session`: a client that is away. Raises RecordingVersionError for a command that this version does not know."""
    try:
        message = decode(COMMANDS, recorded.header, len(recorded.payload))
    except ProtocolError as error:
        raise RecordingVersionError(
            f"The recording holds a command that this version cannot read ({error}); replay it with its own version."
        ) from error
    if isinstance(message, Bye) and recorded.vanished:
        message = replace(message, vanished=True)
    return Request(control.reply, session, message, recorded.payload, recorded.received_us)
