"""The Unreal layer without Unreal: where its sources lie, and what is needed to compile them."""

from __future__ import annotations

import ctypes.util
import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

UNREAL = Path(__file__).parents[2] / "engine_plugins" / "unreal"
PLUGIN = UNREAL / "EchoRuntime"
SOURCE = PLUGIN / "Source"
STUBS = UNREAL / "stubs"


def absent() -> str | None:
    """Why the layer cannot be compiled here; None if it can."""
    return None if shutil.which("g++") is not None else "g++ is not installed"


def absent_for_tests() -> str | None:
    """Why the layer's own tests cannot be built here; None if they can."""
    for tool in ("g++", "cmake", "make"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    for header, package in (("gtest/gtest.h", "libgtest-dev"), ("zmq.h", "libzmq3-dev")):
        if not any((Path(root) / header).exists() for root in ("/usr/include", "/usr/local/include")):
            return f"{header} ({package}) is not installed"
    return None if ctypes.util.find_library("zmq") is not None else "libzmq is not installed"


def header_tool() -> ModuleType:
    """The module that writes the generated headers."""
    spec = importlib.util.spec_from_file_location("write_generated", STUBS / "write_generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
