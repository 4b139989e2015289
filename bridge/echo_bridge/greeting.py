"""The client's HELLO and what its answers mean. No sockets, no clock."""

from __future__ import annotations

from typing import Literal

from echo_bridge import limits
from echo_bridge.codec import encode
from echo_bridge.commands import Hello
from echo_bridge.replies import Error, Welcome
from echo_runtime.errors import EchoError, ProtocolError, VersionError


class Greeting:
    """Who the client is, and what the runtime said to it. `proto`: what HELLO says, this version's when None."""

    def __init__(self, client: str, proto: tuple[int, int] | None) -> None:
        self._client, self._proto = client, proto or limits.PROTOCOL
        self._warned = False
        self.under_way = False
        """HELLO has been said and is not answered."""
        self.quiet = False
        """The client does not say HELLO by itself any more."""
        self.welcome: Welcome | None = None
        self.refusal: EchoError | None = None

    def hello(self) -> bytes:
        """A header to send; again every second until it is answered."""
        self.under_way = True
        return encode(Hello(proto=self._proto, client=self._client))

    def take(self, welcome: Welcome) -> Literal["refused", "repeated", "same_run", "new_run"]:
        """Take an answer in: `refused` is another major version, and `refusal` says so; `repeated` is the answer to a
        HELLO that was said twice, because the first answer was long in coming."""
        before, ours, theirs = self.welcome, self._proto, welcome.proto
        if theirs[0] != ours[0]:
            self.under_way, self.quiet = False, True
            older = "client" if ours[0] < theirs[0] else "runtime"
            spoken = f"The runtime speaks protocol {theirs[0]}.{theirs[1]} and this client {ours[0]}.{ours[1]}"
            self.refusal = VersionError(f"{spoken}: update the {older}.")
            return "refused"
        if not self.under_way and before and (before.run, before.session) == (welcome.run, welcome.session):
            return "repeated"
        self.under_way, self.refusal, self.welcome = False, None, welcome
        return "new_run" if before is not None and before.run != welcome.run else "same_run"

    def refuse(self, error: Error) -> None:
        """HELLO was answered by an error. Another version is not asked again: a new connection may lead elsewhere."""
        if error.code == "version":
            self.under_way = False
        self.refusal = (VersionError if error.code == "version" else ProtocolError)(error.text)

    def take_warning(self) -> str:
        """Once, where the runtime speaks a newer minor version; else ""."""
        if self.welcome is None or self._warned or self.welcome.proto[1] <= self._proto[1]:
            return ""
        self._warned = True
        theirs, ours = self.welcome.proto, self._proto
        spoken = f"protocol {theirs[0]}.{theirs[1]}, newer than this client's {ours[0]}.{ours[1]}"
        return f"The runtime speaks {spoken}: what is new there goes unused until the client is updated."
