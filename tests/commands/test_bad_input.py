"""What users get wrong: one sentence that says what, which value and what to do; exit status 2; no traceback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from echo_runtime.commands import main


@pytest.fixture
def call(monkeypatch, capfd):
    """Calls the command line in this process; returns (exit status, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["echo-runtime", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, capfd.readouterr().err

    return run


@pytest.fixture
def packages(untrained):
    return ["--model", untrained / "model", "--avatar", untrained / "blank", "--control-port", 0, "--backend", "eager"]


def assert_sentence(result, *words):
    status, errors = result
    assert status == 2
    assert "Traceback" not in errors
    said = [line for line in errors.splitlines() if line.startswith("echo-runtime: ")]
    assert len(said) == 1, errors
    for word in words:
        assert str(word) in said[0]


def test_a_file_that_is_not_there(call, packages, tmp_path):
    missing = tmp_path / "nobody.mp4"
    assert_sentence(call("run", "--player", missing, "--voice", "none", "--seconds", 1, *packages), missing, "check")


def test_a_file_that_is_no_video(call, packages, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("this is no video at all")
    assert_sentence(call("run", "--player", text, "--voice", "none", "--seconds", 1, *packages), text)


def test_a_sound_file_without_sound(call, packages, tmp_path):
    empty = tmp_path / "empty.wav"
    soundfile.write(empty, np.zeros(0, np.float32), 16_000)
    assert_sentence(call("run", "--player", "none", "--voice", empty, "--seconds", 1, *packages), empty)


def test_a_silent_file_is_said_and_the_runtime_goes_on(packages, tmp_path):
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(16_000, np.float32), 16_000)
    command = [sys.executable, "-m", "echo_runtime", "run", "--player", "none", "--voice", silent, "--seconds", 0.2]
    command += ["--virtual-clock", "--json", *packages]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    notes = json.loads(done.stdout)["player"]["notes"]
    assert any("silent" in note for note in notes), notes


def test_no_camera(call, packages):
    if Path("/dev/video77").exists():
        pytest.skip("this machine has a camera number 77")
    assert_sentence(call("run", "--player", "camera:77", "--voice", "none", "--seconds", 1, *packages), "77")


def test_a_camera_that_is_no_number(call, packages):
    assert_sentence(
        call("run", "--player", "camera:front", "--voice", "none", *packages), "'front'", "--player camera:NAME"
    )


def test_a_port_in_use(call, untrained):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        options = ["--model", untrained / "model", "--avatar", untrained / "blank", "--control-port", port]
        result = call("run", "--player", "none", "--voice", "none", "--seconds", 1, *options)
    assert_sentence(result, port)


def test_a_damaged_avatar(call, untrained, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(untrained / "blank", broken)
    weights = broken / "renderer.safetensors"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 1
    weights.write_bytes(data)
    options = ["--model", untrained / "model", "--avatar", broken, "--control-port", 0]
    assert_sentence(call("run", "--player", "none", "--voice", "none", "--seconds", 1, *options), weights, "damaged")


def test_an_avatar_of_a_newer_format(call, untrained, tmp_path):
    newer = tmp_path / "newer"
    shutil.copytree(untrained / "blank", newer)
    manifest = json.loads((newer / "avatar.json").read_text())
    manifest["format_version"] = 99
    (newer / "avatar.json").write_text(json.dumps(manifest))
    options = ["--model", untrained / "model", "--avatar", newer, "--control-port", 0]
    assert_sentence(call("run", "--player", "none", "--voice", "none", "--seconds", 1, *options), "99", "update")


def test_an_avatar_that_does_not_exist(call, untrained):
    options = ["--model", untrained / "model", "--avatar", "gandalf", "--control-port", 0]
    assert_sentence(call("run", "--player", "none", "--voice", "none", "--seconds", 1, *options), "gandalf", "mira")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--player", "camera", "--voice", "none", "--virtual-clock"], "virtual clock"),
        (["--player", "none", "--voice", "none", "--virtual-clock", "--out", "x"], "--motion-out"),
        (["--player", "none", "--voice", "none", "--fast"], "--seconds"),
        (["--player", "none", "--voice", "none", "--host", "0.0.0.0"], "0.0.0.0"),
    ],
)
def test_options_that_do_not_go_together(call, packages, arguments, word):
    assert_sentence(call("run", *arguments, *packages), word)


def test_a_run_that_ends_while_its_models_load_ends_well(packages):
    command = [sys.executable, "-m", "echo_runtime", "run", "--player", "none", "--voice", "none", "--seconds", 0.1]
    done = subprocess.run([str(p) for p in [*command, *packages]], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "FATAL" not in done.stderr
