"""Arguments of `python -m echo_bridge.live`."""

from __future__ import annotations

import argparse
import sys

from echo_bridge import limits
from echo_bridge.live.live_client import LiveClient
from echo_runtime.errors import EchoError


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m echo_bridge.live", description=sys.modules[__package__].__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=limits.DEFAULT_CONTROL_PORT, help="the runtime's control port")
    parser.add_argument("--client", default="live-python", help="name of this client")
    parser.add_argument("--npc", default="", help="opened, shown and heard")
    parser.add_argument(
        "--watch", action="append", default=[], metavar="NPC", help="only receive; '' = all; repeatable"
    )
    parser.add_argument("--fps", type=float, default=60.0, help="ticks of the game's loop per second")
    parser.add_argument("--seconds", type=float, default=0.0, help="quit after so long; 0 = when stdin ends")
    parser.add_argument("--server-key", default="", help="the runtime's public key")
    parser.add_argument("--key", default="", help="one's own key file")
    parser.add_argument("--insecure-lan", action="store_true", help="allow another machine, unencrypted")
    parser.add_argument(
        "--proto", type=_version, default=None, metavar="MAJOR.MINOR", help="what to say that it speaks"
    )
    words = sys.argv[1:]
    for place in reversed(range(1, len(words))):
        if words[place - 1] == "--server-key":  # a key may begin with a dash
            words[place - 1 : place + 1] = [f"--server-key={words[place]}"]
    options = parser.parse_args(words)
    try:
        LiveClient(options).run()
    except EchoError as error:
        print(f"echo-live: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
