"""The engine-free part of the Unreal layer, driven by a scripted engine loop over real sockets (GoogleTest)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from unreal_layer import UNREAL, absent_for_tests

from echo_runtime.plugins import unreal_libzmq

pytestmark = pytest.mark.skipif(absent_for_tests() is not None, reason=str(absent_for_tests()))


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layer")
    jobs = str(max(1, len(os.sched_getaffinity(0))))
    for words in (
        ["cmake", "-S", str(UNREAL / "layer_tests"), "-B", str(folder), "-DCMAKE_BUILD_TYPE=Debug"],
        ["cmake", "--build", str(folder), "--target", "layer-tests", "layer-game", "--parallel", jobs],
    ):
        made = subprocess.run(words, capture_output=True, text=True)
        assert made.returncode == 0, f"{' '.join(words)}\n{made.stdout[-4000:]}{made.stderr[-4000:]}"
    return folder / "layer-tests"


@pytest.mark.timeout(900)
def test_layer(program):
    ran = subprocess.run([str(program)], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


@pytest.mark.timeout(900)
@pytest.mark.alone
@pytest.mark.skipif(sys.platform != "linux", reason="starts the runtime with fork")
def test_a_game_with_the_real_runtime(program, untrained):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    avatar, model = str(untrained / "blank"), str(untrained / "model")
    runtime = [sys.executable, "-m", "echo_runtime", "run", "--headless", "--control-port", port, "--npc", "bo"]
    runtime += ["--player", "engine", "--voice", "engine", "--avatar", avatar, "--model", model, "--backend", "eager"]
    # with the libzmq that is placed into projects, not the system's
    (library,) = (file for file in unreal_libzmq.find().files if file.name.startswith("libzmq"))
    game = [str(program.with_name("layer-game")), str(library), port, "bo", *runtime]
    played = subprocess.run(game, capture_output=True, text=True, timeout=700)
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    if "every sample is heard" in played.stdout and load > 2:
        pytest.skip(f"the runtime cannot keep up with real time here: {load:.1f} processes wait for each core")
    assert played.returncode == 0, played.stdout + played.stderr
    acts = [line.split()[0] for line in played.stdout.splitlines() if not line.startswith("{")]
    assert acts == ["seen", "heard", "paused", "reloaded", "restarted", "stopped"], played.stdout
