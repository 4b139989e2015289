"""The engine-free part of the Unity layer, driven by a scripted engine loop under Mono."""

from __future__ import annotations

import subprocess

import pytest
from unity_layer import UNITY, absent

pytestmark = pytest.mark.skipif(absent() is not None, reason=str(absent()))


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layer")
    build = ["sh", str(UNITY / "layer_tests" / "build.sh"), str(folder)]
    made = subprocess.run(build, capture_output=True, text=True, timeout=200)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder / "LayerTests.exe"


@pytest.mark.parametrize("group", ["face/", "sound/", "game/", "process/", "loop/"])
def test_group(program, group):
    ran = subprocess.run(["mono", str(program), group], capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stdout + ran.stderr
