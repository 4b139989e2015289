"""One second of frames, made by the whole runtime in a process of its own: whether it works, and whether in time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from echo_runtime.doctor.finding import Finding

SECONDS = 1.0
TIMEOUT_S = 600.0
"""The first start on a machine measures the backends, which takes a minute or two on a busy one."""


def run_self_test(timeout: float = TIMEOUT_S, options: Sequence[str] = ()) -> tuple[dict[str, Any] | None, str]:
    """The report of `echo-runtime run` on the bundled player, or None and why there is none. `options`: further ones
    of `run`."""
    try:
        from echo_runtime.demo.performance import bundled_performance

        clip = str(bundled_performance().player)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    command = [sys.executable, "-m", "echo_runtime", "run", "--player", clip, "--voice", clip, "--virtual-clock"]
    command += ["--seconds", str(SECONDS), "--control-port", "0", "--json", *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return None, f"it was not done within {timeout:.0f} s"
    except OSError as error:
        return None, f"no process can be started ({error})"
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return None, lines[-1] if lines else f"it ended with status {done.returncode}"
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None, "its report cannot be read"
    return report, ""


def judge(report: dict[str, Any] | None, problem: str) -> Iterator[Finding]:
    if report is None:
        yield Finding(
            "self-test", "error", f"no frames could be made: {problem}", "mend what is listed above, then try again"
        )
        return
    frames = report.get("frames_by_origin", {}).get("generated", 0)
    ratio = float(report.get("realtime_factor") or 0.0)
    backends = ", ".join(sorted({str(backend).split()[0] for backend in report.get("backend", {}).values()}))
    made = f"{frames} frames, {ratio:.2f} times as fast as they are shown, with {backends or 'no backend'}"
    if frames < 20:
        yield Finding(
            "self-test",
            "error",
            f"only {frames} frames came out of one second",
            "try run --backend eager, and report it",
        )
    elif ratio < 1.0:
        yield Finding(
            "self-test", "warning", f"{made}: not real time; pictures will be held",
            "close programs that use the processor, or plug in the power of a laptop",
        )  # fmt: skip
    else:
        yield Finding("self-test", "ok", f"{made}: real time")
