"""The C++ core's own tests, suite by suite; the same under sanitizers (soak); the DLL for Windows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import cpp_core
import pytest

BUILDS = Path(__file__).parents[2] / "build" / "wire"
"""Kept between runs, so that only what has changed is compiled again."""
SUITES = (
    "GoldenVectors",
    "Playout",
    "ReceiveOrder:LatestSlot:RecordLane",
    "SpeechFlow:Greeting",
    "Jpeg:Keys",
    "Session",
    "Streams",
)


def _build_tests(name: str, *settings: str) -> Path:
    if (reason := cpp_core.absent_for_tests()) is not None:
        pytest.skip(reason)
    folder = BUILDS / name
    cpp_core.run_cmake(folder, "core-tests", *settings)
    return folder / "core-tests"


def _run(program: Path, suites: str, **environment: str) -> None:
    words = [str(program), "--gtest_brief=1", "--gtest_filter=" + ":".join(f"{name}.*" for name in suites.split(":"))]
    run = subprocess.run(words, capture_output=True, text=True, timeout=200, env={**os.environ, **environment})
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-6000:]
    assert " 0 tests from" not in run.stdout, f"nothing is called {suites}"


@pytest.mark.timeout(900)  # the first one builds
@pytest.mark.parametrize("suites", SUITES)
def test_core(suites: str) -> None:
    _run(_build_tests("cpp-tests", "-DCMAKE_BUILD_TYPE=Debug"), suites)


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("sanitizers", ["address,undefined", "thread"])
def test_core_under_sanitizers(sanitizers: str) -> None:
    program = _build_tests(
        f"cpp-{sanitizers.split(',')[0]}", f"-DECHO_SANITIZE={sanitizers}", "-DCMAKE_BUILD_TYPE=Debug"
    )
    _run(
        program,
        ":".join(SUITES),
        UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1",
        TSAN_OPTIONS=f"suppressions={cpp_core.SOURCE / 'tsan.supp'}",
    )


def test_the_core_compiles_and_links_as_a_dll_for_windows() -> None:
    """It is not run: there is no Windows here."""
    if (reason := cpp_core.absent_for_windows()) is not None:
        pytest.skip(reason)
    folder = BUILDS / "cpp-windows"
    toolchain = cpp_core.SOURCE / "cmake" / "mingw-w64.cmake"
    cpp_core.run_cmake(folder, "echo-live", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DECHO_TESTS=OFF")
    dll = folder / "libecho_core.dll"
    assert dll.read_bytes()[:2] == b"MZ"
    assert (folder / "echo-live.exe").exists(), "a program links against it"
    objdump = shutil.which("x86_64-w64-mingw32-objdump")
    assert objdump is not None
    parts = subprocess.run([objdump, "-p", str(dll)], capture_output=True, text=True, check=True).stdout
    assert "Connection" in parts.partition("[Ordinal/Name Pointer] Table")[2], "its functions are exported"
    needed = {line.split()[-1].lower() for line in parts.splitlines() if "DLL Name:" in line}
    assert needed <= {"kernel32.dll", "msvcrt.dll"}, f"it needs nothing that Windows does not bring: {needed}"
