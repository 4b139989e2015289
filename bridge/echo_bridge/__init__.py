"""The wire to game engines: Echo protocol 1. Needs no torch.

Names are looked up when first used, so that importing the package (pytest does, for its plugin) costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from echo_bridge.client import EchoClient
    from echo_bridge.control import ControlServer, Request, Session
    from echo_bridge.limits import DEFAULT_CONTROL_PORT, PROTOCOL
    from echo_bridge.playout import FrameQueue, SpeechPlayout
    from echo_bridge.publisher import Publisher
    from echo_bridge.server import BridgeServer

_HOMES = {
    "BridgeServer": "server",
    "ControlServer": "control",
    "DEFAULT_CONTROL_PORT": "limits",
    "EchoClient": "client",
    "FrameQueue": "playout",
    "PROTOCOL": "limits",
    "Publisher": "publisher",
    "Request": "control",
    "Session": "control",
    "SpeechPlayout": "playout",
}

__all__ = [
    "DEFAULT_CONTROL_PORT",
    "PROTOCOL",
    "BridgeServer",
    "ControlServer",
    "EchoClient",
    "FrameQueue",
    "Publisher",
    "Request",
    "Session",
    "SpeechPlayout",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'echo_bridge' has no attribute {name!r}")
    return getattr(importlib.import_module(f"echo_bridge.{_HOMES[name]}"), name)
