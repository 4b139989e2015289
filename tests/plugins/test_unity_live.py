"""The Unity layer's engine-free part with the real runtime, which it starts, loses and gets back."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from unity_layer import UNITY, absent


@pytest.mark.skipif(absent() is not None, reason=str(absent()))
@pytest.mark.timeout(600)
@pytest.mark.alone
def test_a_game_with_the_real_runtime(tmp_path, untrained):
    made = subprocess.run(
        ["sh", str(UNITY / "layer_tests" / "build.sh"), str(tmp_path)], capture_output=True, text=True
    )
    assert made.returncode == 0, made.stdout + made.stderr
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    avatar = str(untrained / "blank")
    runtime = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--control-port", port, "--npc", "bo"]
    runtime += ["--player", "engine", "--voice", "engine", "--avatar", avatar, "--model", str(untrained / "model")]
    game = ["mono", str(tmp_path / "LayerTests.exe"), "--game", port, "bo", *runtime, "--backend", "eager"]
    played = subprocess.run(game, capture_output=True, text=True, timeout=500)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    if "it is heard" in played.stdout and load > 2:
        pytest.skip(f"the runtime cannot keep up with real time here: {load:.1f} processes wait for each core")
    assert played.returncode == 0, played.stdout + played.stderr
    acts = [line.split()[0] for line in played.stdout.splitlines()]
    assert acts == ["seen", "heard", "paused", "reloaded", "restarted", "stopped"], played.stdout
