"""Imports libraries one after another and says how that went: a process of its own, since an import may crash it.

    python probe.py numpy torch …

Prints lines that begin with MARK: {"begin": name}, then {"name": …, "error": …, "seconds": …, "facts": {…}}.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

MARK = "\x1eprobe "


def _torch(torch: Any) -> dict[str, Any]:
    facts = {"version": torch.__version__, "cuda_build": torch.version.cuda or "", "cuda": False, "gpu": "", "why": ""}
    if torch.version.cuda:
        try:
            torch.cuda.init()
            facts |= {"cuda": True, "gpu": torch.cuda.get_device_name(), "memory": _memory(torch)}
        except Exception as error:
            facts["why"] = _first_line(error)
    metal = getattr(torch.backends, "mps", None)
    facts["metal"] = bool(metal is not None and metal.is_available())
    return facts


def _memory(torch: Any) -> int:
    return int(torch.cuda.get_device_properties(0).total_memory)


def _openvino(openvino: Any) -> dict[str, Any]:
    core = openvino.Core()
    return {"devices": {name: str(core.get_property(name, "FULL_DEVICE_NAME")) for name in core.available_devices}}


def _cv2(cv2: Any) -> dict[str, Any]:
    return {"version": cv2.__version__}


def _zmq(zmq: Any) -> dict[str, Any]:
    """A message there and back through this machine's own network."""
    with zmq.Context() as context, context.socket(zmq.REP) as server, context.socket(zmq.REQ) as client:
        for socket in (server, client):
            socket.linger, socket.rcvtimeo = 0, 3000
        port = server.bind_to_random_port("tcp://127.0.0.1")
        client.connect(f"tcp://127.0.0.1:{port}")
        began = time.perf_counter()
        client.send(b"?")
        server.send(server.recv())
        client.recv()
        return {"round_trip_ms": (time.perf_counter() - began) * 1e3}


FACTS = {"torch": _torch, "openvino": _openvino, "cv2": _cv2, "zmq": _zmq}


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]


def _say(line: dict[str, Any]) -> None:
    print(MARK + json.dumps(line), flush=True)


def main(names: list[str]) -> None:
    for name in names:
        _say({"begin": name})
        line: dict[str, Any] = {"name": name, "error": "", "facts": {}}
        began = time.perf_counter()
        try:
            module = importlib.import_module(name)
            line["facts"] = FACTS[name](module) if name in FACTS else {}
        except BaseException as error:
            line["error"] = _first_line(error)
        _say(line | {"seconds": round(time.perf_counter() - began, 2)})


if __name__ == "__main__":
    main(sys.argv[1:])
