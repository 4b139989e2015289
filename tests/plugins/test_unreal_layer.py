"""The engine-free part of the Unreal layer, driven by a scripted engine loop over real sockets (GoogleTest)."""

from __future__ import annotations

import os
import subprocess

import pytest
from unreal_layer import UNREAL, absent_for_tests

pytestmark = pytest.mark.skipif(absent_for_tests() is not None, reason=str(absent_for_tests()))


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layer")
    jobs = str(max(1, len(os.sched_getaffinity(0))))
    for words in (
        ["cmake", "-S", str(UNREAL / "layer_tests"), "-B", str(folder), "-DCMAKE_BUILD_TYPE=Debug"],
        ["cmake", "--build", str(folder), "--target", "layer-tests", "--parallel", jobs],
    ):
        made = subprocess.run(words, capture_output=True, text=True)
        assert made.returncode == 0, f"{' '.join(words)}\n{made.stdout[-4000:]}{made.stderr[-4000:]}"
    return folder / "layer-tests"


@pytest.mark.timeout(900)
def test_layer(program):
    ran = subprocess.run([str(program)], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
