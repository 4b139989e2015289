"""The doctor as a process, where things are missing, taken or unwritable: sentences with advice, never a crash."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from echo_runtime.doctor import libraries, network, self_test
from echo_runtime.doctor.examination import CONTROL_PORT, Examination
from echo_runtime.doctor.finding import Finding

ROOT = Path(__file__).parents[2]


def doctor(*options: str, program: tuple[str, ...] = (), **changed: str) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of the doctor as a process."""
    command = [sys.executable, *(program or ("-m", "echo_runtime", "doctor")), *options]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=220, check=False, cwd=ROOT, env={**os.environ, **changed}
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.timeout(400)
def test_this_machine_as_a_user_sees_it_and_as_json():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    status, text, _ = doctor("--no-self-test", "--json", "--control-port", str(port))
    document = json.loads(text)
    assert document["demo_can_run"] == (status == 0)
    assert document["self_test"] is None
    parts = {finding["part"] for finding in document["findings"]}
    wanted = {"Python", "libraries", "imports", "network", "face models", "weights", "demo", "GPU", "OpenVINO"}
    assert wanted | {"TensorRT", "cameras", "microphones", "espeak-ng", "ports", "folders"} <= parts
    for finding in document["findings"]:
        assert set(finding) == {"part", "level", "text", "advice"}
        assert finding["advice"] or finding["level"] in ("ok", "note")
    errors = [finding for finding in document["findings"] if finding["level"] == "error"]
    assert not errors, errors


@pytest.mark.timeout(400)
def test_without_any_library_it_still_says_what_to_do():
    """-S: a Python without site-packages, as of somebody who has installed nothing."""
    status, text, errors = doctor(program=("-S", "-m", "echo_runtime.doctor"))
    assert status == 1
    assert "Traceback" not in text + errors
    assert "A demo cannot run here yet" in text
    assert "libraries: not installed: torch, numpy, mediapipe" in text
    assert "enumerate" not in text or not sys.platform.startswith("linux"), "a library for other systems"


@pytest.mark.timeout(400)
def test_with_nothing_on_the_path_and_nowhere_to_write(tmp_path):
    """A cache below a file cannot be made by anybody, not by root either."""
    (tmp_path / "file").write_text("")
    status, text, errors = doctor(
        "--no-self-test", PATH="", ECHO_CACHE_DIR=str(tmp_path / "file" / "cache"), HOME=str(tmp_path / "file")
    )
    assert "Traceback" not in text + errors
    assert "espeak-ng: not found" in text
    assert "(the cache) cannot be written" in text
    assert "ECHO_CACHE_DIR" in text
    assert status == 0, text  # a demo runs without any of that


@pytest.mark.timeout(400)
def test_a_port_that_another_process_holds_is_named_with_that_process():
    hold = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); "
    other = subprocess.Popen([sys.executable, "-c", hold + "time.sleep(100)"], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        (finding,) = network.ports({port: "control of the runtime"})
        assert finding.level == "warning"
        assert f"{port} (control of the runtime) is taken" in finding.text
        if sys.platform.startswith("linux"):
            assert f"(process {other.pid})" in finding.text
        assert "--control-port" in finding.advice
    finally:
        other.kill()
        other.wait()
    (finding,) = network.ports({port: "control of the runtime"})
    assert finding.level == "ok"


def test_the_port_is_the_bridges():
    from echo_bridge.limits import DEFAULT_CONTROL_PORT

    assert CONTROL_PORT == DEFAULT_CONTROL_PORT


@pytest.mark.timeout(900)
def test_a_second_of_frames_is_made_and_timed(untrained):
    options = ["--model", str(untrained / "model"), "--avatar", str(untrained / "blank"), "--backend", "eager"]
    report, problem = self_test.run_self_test(options=options)
    assert problem == ""
    assert report is not None
    (finding,) = self_test.judge(report, problem)
    assert finding.level in ("ok", "warning"), finding
    assert "times as fast as they are shown, with eager" in finding.text
    assert ("real time" in finding.text) or finding.advice


def test_reports_are_judged():
    def judged(frames: int, factor: float) -> Finding:
        report = {
            "frames_by_origin": {"generated": frames},
            "realtime_factor": factor,
            "backend": {"x": "openvino f32"},
        }
        (finding,) = self_test.judge(report, "")
        return finding

    assert judged(25, 1.6).level == "ok"
    assert judged(25, 0.7).level == "warning"
    assert "0.70 times" in judged(25, 0.7).text
    assert judged(0, 0.0).level == "error"
    (finding,) = self_test.judge(None, "echo-runtime: the model is damaged")
    assert finding.level == "error"
    assert "the model is damaged" in finding.text


@pytest.mark.timeout(400)
def test_a_self_test_that_fails_says_the_runtimes_own_sentence(tmp_path):
    report, problem = self_test.run_self_test(options=["--model", str(tmp_path / "none")])
    assert report is None
    assert "none" in problem
    assert "Traceback" not in problem


def test_a_part_that_fails_itself_does_not_end_the_others(monkeypatch):
    def broken():
        raise RuntimeError("of its own")
        yield

    monkeypatch.setattr(Examination, "_parts", lambda self: [("one", broken), ("two", libraries.python_version)])
    examination = Examination(with_self_test=False)
    found = list(examination.findings())
    assert [finding.part for finding in found] == ["one", "Python"]
    assert "of its own" in found[0].text
    assert examination.demo_can_run
