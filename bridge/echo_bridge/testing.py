"""Pytest fixtures for projects that talk to the runtime.

    def test_my_game(echo_runtime_client):
        client = echo_runtime_client
        client.advance(seconds=1.0)
        assert client.latest_frame("mira").header.origin == "generated"

    def test_the_greeting(echo_replay):
        run = echo_replay("recordings/greeting.echo")
        assert run.motion("mira")[-50:, MOTION_INDEX["mouthSmileLeft"]].mean() > 0.3
        assert run.report["same"]

`echo_runtime_client` is a client of a runtime that was started for the test: headless, on free ports, with a virtual
clock that `client.advance` moves. `start_runtime` does the same with other settings, outside pytest as well.
`echo_replay` lives through a recording of `echo-runtime run --record` again, in the test's own process. The plugin is
loaded by every pytest run, and so imports nothing before it is used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from echo_bridge.client import EchoClient
    from echo_runtime.runtime.replayed_run import ReplayedRun


@contextlib.contextmanager
def start_runtime(
    npc: str = "mira",
    *,
    avatar: str | None = None,
    model: str | None = None,
    seed: int = 0,
    player: str = "engine",
    voice: str = "engine",
    backend: str | None = None,
    virtual_clock: bool = True,
    options: Sequence[str] = (),
    program: Sequence[str] | None = None,
    timeout: float = 120.0,
) -> Iterator[EchoClient]:
    """Start a runtime as a process of its own and yield a connected client; stop it afterwards.

    `npc`: the NPC's name. `avatar`: a shipped avatar or the folder of a package; None takes the one of the NPC's name.
    `model`: folder of another model package. `player`, `voice`: engine, none, or a file. `backend`: None chooses the
    fastest. `options`: further ones of `echo-runtime run`. `program`: what to start instead of
    `python -m echo_runtime run` with these options.
    Raises ConnectionLostError, with the end of what it wrote, when it does not come up within `timeout` seconds.
    """
    from echo_bridge.client import EchoClient
    from echo_bridge.process import RuntimeProcess

    if program is None:
        program = _program(npc, avatar, seed, player, voice, [*_given(model, backend, virtual_clock), *options])
    with RuntimeProcess(program, timeout) as process:
        client = EchoClient.connect(f"tcp://127.0.0.1:{process.control_port}", timeout=10.0)
        try:
            client.open_npc(npc, timeout=timeout)
            yield client
        finally:
            client.close()


def _given(model: str | None, backend: str | None, virtual_clock: bool) -> list[str]:
    options = ["--virtual-clock"] if virtual_clock else []
    options += ["--model", model] if model is not None else []
    return options + (["--backend", backend] if backend is not None else [])


def _program(npc: str, avatar: str | None, seed: int, player: str, voice: str, options: Sequence[str]) -> list[str]:
    import sys

    program = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--control-port", "0", "--seed", str(seed)]
    return [*program, "--player", player, "--voice", voice, "--npc", npc, "--avatar", avatar or npc, *options]


@pytest.fixture
def echo_runtime_client() -> Iterator[EchoClient]:
    """A client of a runtime started for this test: NPC `mira`, the player sent by the test, a virtual clock, seed 0."""
    with start_runtime() as client:
        yield client


@pytest.fixture
def echo_replay() -> Iterator[Callable[..., ReplayedRun]]:
    """Call it with the path of a recording, and with `backend`, `avatar` or `model` to replay it on others; it gives a
    `runtime.replayed_run.ReplayedRun`: `frames()`, `motion(npc)`, `events`, `report`. Closed after the test."""
    with contextlib.ExitStack() as stack:

        def begin(path: str, **instead: str) -> ReplayedRun:
            from echo_runtime.runtime.replayed_run import ReplayedRun

            return stack.enter_context(ReplayedRun(path, **instead))

        yield begin
