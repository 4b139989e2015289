"""The live programs of all languages, and the real runtime as a process."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import live_program
import pytest
from echo_bridge.process import RuntimeProcess

BUILDS = Path(__file__).parents[2] / "build" / "wire"
"""Kept between runs, so that only what has changed is compiled again."""
_built: dict[str, list[str] | Exception] = {}


@pytest.fixture(params=live_program.LANGUAGES)
def core(request) -> list[str]:
    """The words that start the live program of each language in turn."""
    return program_of(request.param)


def program_of(language: str) -> list[str]:
    """The words that start a language's live program; skips where it cannot be built."""
    if language not in _built:
        reason = live_program.absent(language)
        if reason is not None:
            pytest.skip(f"{language}: {reason}")
        try:
            _built[language] = live_program.build(language, BUILDS / language)
        except Exception as error:
            _built[language] = error  # once is enough
    words = _built[language]
    if isinstance(words, Exception):
        raise words
    return words


@pytest.fixture(scope="session")
def real_runtime(untrained):
    """Starts the real runtime, `echo-runtime run`, with an untrained model and NPC bo; call it with a port."""

    def start(port: int = 0, *options: str) -> RuntimeProcess:
        line = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--control-port", str(port)]
        line += ["--player", "engine", "--voice", "engine", "--npc", "bo", "--avatar", str(untrained / "blank")]
        return RuntimeProcess(
            [*line, "--model", str(untrained / "model"), "--backend", "eager", *options], timeout=120.0
        )

    return start


@pytest.fixture(scope="module")
def runtime(real_runtime):
    """One real runtime for the tests of a module. (Not of all: it draws all the time, and others share its cores.)"""
    with real_runtime() as process:
        yield process


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
