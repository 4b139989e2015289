"""The C# core's own tests, group by group, run by Mono."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import csharp_core
import pytest
from echo_bridge import limits

BUILDS = Path(__file__).parents[2] / "build" / "wire"
"""Kept between runs, and shared with the live program, so that only what has changed is compiled again."""
REASON = csharp_core.absent()


@pytest.fixture(scope="module")
def program() -> list[str]:
    return csharp_core.build_tests(BUILDS / "csharp")


@pytest.mark.skipif(REASON is not None, reason=REASON or "")
@pytest.mark.parametrize("group", ["codec/", "playout/", "receive/", "zmtp/", "libzmq/", "client/"])
def test_core(program: list[str], group: str) -> None:
    run = subprocess.run([*program, group], capture_output=True, text=True, timeout=200)
    print(run.stdout)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    if " 0 passed" in f" {run.stdout.splitlines()[-1]}":
        pytest.skip(run.stdout)


def test_limits_are_those_of_the_protocol() -> None:
    text = (csharp_core.CORE / "Limits.cs").read_text(encoding="utf-8")
    found = dict(re.findall(r"const (?:int|long) (\w+) = ([^;,]+);", text))
    expected = {
        "ProtocolMajor": limits.PROTOCOL[0],
        "ProtocolMinor": limits.PROTOCOL[1],
        "DefaultControlPort": limits.DEFAULT_CONTROL_PORT,
        "HeaderBytes": limits.HEADER_BYTES,
        "HeaderDepth": limits.HEADER_DEPTH,
        "MapEntries": limits.MAP_ENTRIES,
        "NameBytes": limits.NAME_BYTES,
        "TextBytes": limits.TEXT_BYTES,
        "PictureSide": limits.PICTURE_SIDE,
        "Curves": limits.CURVES,
        "VideoBacklog": limits.VIDEO_BACKLOG,
        "CuesBacklog": limits.CUES_QUEUE,
        "HeartbeatMilliseconds": limits.HEARTBEAT_MS,
        "HeartbeatTimeoutMilliseconds": limits.HEARTBEAT_TIMEOUT_MS,
        "SilenceMicros": int(limits.SILENCE_SECONDS * 1e6),
        "PingMicros": int(limits.PING_SECONDS * 1e6),
    }
    assert {name: int(found[name]) for name in expected} == expected


def test_the_core_is_free_of_the_engine() -> None:
    (definition,) = csharp_core.CORE.glob("*.asmdef")
    assert json.loads(definition.read_text(encoding="utf-8"))["noEngineReferences"] is True
    for source in csharp_core.CORE.rglob("*.cs"):
        text = source.read_text(encoding="utf-8")
        for foreign in ("UnityEngine", "UnityEditor", "System.Reflection", "dynamic ", "System.Linq"):
            assert foreign not in text, f"{source.name} uses {foreign}"
