"""The C# core's own tests, group by group, run by Mono."""

from __future__ import annotations

import subprocess
from pathlib import Path

import csharp_core
import pytest

REASON = csharp_core.absent()
pytestmark = pytest.mark.skipif(REASON is not None, reason=REASON or "")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder: Path = tmp_path_factory.mktemp("csharp")
    return csharp_core.build_tests(folder)


@pytest.mark.parametrize("group", ["codec/", "playout/", "receive/", "zmtp/", "libzmq/", "client/"])
def test_core(program: list[str], group: str) -> None:
    run = subprocess.run([*program, group], capture_output=True, text=True, timeout=200)
    print(run.stdout)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    if " 0 passed" in f" {run.stdout.splitlines()[-1]}":
        pytest.skip(run.stdout)
