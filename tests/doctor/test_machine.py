"""GPU, folders, shipped files and devices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from installed_library import library

from echo_runtime.doctor import acceleration, devices, folders, shipped
from echo_runtime.doctor.finding import Finding
from echo_runtime.doctor.imports import Imported


def levels(found: list[Finding]) -> dict[str, str]:
    """The worst level of each part."""
    order = ("ok", "note", "warning", "error")
    out: dict[str, str] = {}
    for finding in found:
        out[finding.part] = max(out.get(finding.part, "ok"), finding.level, key=order.index)
    return out


CPU = {"torch": Imported("torch", "", 1.0, {"cuda_build": "", "cuda": False})}
CUDA = {"torch": Imported("torch", "", 1.0, {"cuda_build": "12.8", "cuda": False, "why": "RuntimeError: no driver"})}
USED = {
    "torch": Imported("torch", "", 1.0, {"cuda_build": "12.8", "cuda": True, "gpu": "RTX 4090", "memory": 24 << 30})
}


@pytest.mark.parametrize(
    ("imported", "gpus", "level", "words"),
    [
        (CPU, [], "note", "no NVIDIA GPU"),
        (CPU, ["RTX 4090, 570.1, 24564 MiB"], "warning", "built for the CPU"),
        (CUDA, [], "note", "several GB larger"),
        (CUDA, ["RTX 4090, 470.1, 24564 MiB"], "warning", "no driver"),
        (USED, ["RTX 4090, 570.1, 24564 MiB"], "ok", "RTX 4090, 24 GiB"),
        ({}, [], "note", "no NVIDIA GPU"),
        ({"torch": Imported("torch", "ImportError: x")}, ["RTX 4090, 570.1, 24564 MiB"], "note", "no NVIDIA GPU"),
    ],
)
def test_torch_and_gpu(imported, gpus, level, words):
    (finding,) = acceleration.gpu(imported, gpus)
    assert finding.level == level
    assert words in finding.text
    assert finding.advice or level != "warning"


@pytest.mark.skipif(os.name == "nt", reason="needs programs that are shell scripts")
def test_the_list_of_nvidias_own_tool_is_read_and_its_failures_are_survived(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert acceleration.nvidia_gpus() == []
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA GeForce RTX 4090, 570.86, 24564 MiB'\n")
    tool.chmod(0o755)
    assert acceleration.nvidia_gpus() == ["NVIDIA GeForce RTX 4090, 570.86, 24564 MiB"]
    tool.write_text(
        "#!/bin/sh\necho 'NVIDIA-SMI has failed because it could not communicate with the driver'\nexit 9\n"
    )
    assert acceleration.nvidia_gpus() == []
    tool.write_text("no program")
    assert acceleration.nvidia_gpus() == []


def test_a_tensorrt_that_raises_a_plain_exception(tmp_path, monkeypatch):
    if "torch_tensorrt" in sys.modules:
        pytest.skip("torch_tensorrt is really installed here")
    library(tmp_path, "torch-tensorrt", "raise Exception('libnvinfer.so.10 not found')", "2.11.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (finding,) = acceleration.tensorrt([])
    assert finding.level == "warning"
    assert "libnvinfer.so.10 not found" in finding.text
    assert "pip uninstall torch-tensorrt" in finding.advice


def test_openvino_that_cannot_be_used():
    (finding,) = acceleration.openvino({"openvino": Imported("openvino", "ImportError: x")})
    assert finding.level == "warning"


def test_folders_that_are_there_to_be_made_full_and_in_the_way(tmp_path, monkeypatch):
    assert folders.nearest(tmp_path / "a" / "b") == tmp_path
    (tmp_path / "file").write_text("")
    assert folders.nearest(tmp_path / "file" / "b") is None
    assert folders.unwritable(tmp_path) == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"], "nothing is left behind"
    assert folders.unwritable(tmp_path / "gone")
    if Path("/proc/self").is_dir():
        assert folders.unwritable(Path("/proc/self"))  # for root too
        monkeypatch.chdir("/proc/self")
        found = list(folders.folders())
        assert [f.level for f in found if "demo's films" in f.text] == ["error"]
    monkeypatch.chdir(tmp_path)
    usage = type("Usage", (), {"free": 10 << 20})()
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda _: usage)
    assert any("the disk is full" in finding.text for finding in folders.folders())


def test_damaged_weights_and_missing_face_models(tmp_path, monkeypatch):
    from echo_runtime.avatars import shipped_folder, shipped_packages

    whole = list(shipped.weights())
    assert levels(whole) == {"weights": "ok"}
    for file in shipped_folder().rglob("*"):
        if file.is_file():
            copy = tmp_path / "shipped" / file.relative_to(shipped_folder())
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    weights = next((tmp_path / "shipped" / "mira").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-100])
    monkeypatch.setattr(shipped_packages, "shipped_folder", lambda: tmp_path / "shipped")
    monkeypatch.setattr("echo_runtime.avatars.package.shipped_folder", lambda: tmp_path / "shipped", raising=False)
    damaged = [f for f in shipped.weights() if f.level == "error"]
    assert damaged
    assert all(finding.advice for finding in damaged)
    library(tmp_path, "mediapipe", "")
    spec = type("Spec", (), {"submodule_search_locations": [str(tmp_path / "mediapipe")]})()
    monkeypatch.setattr(shipped, "find_spec", lambda _: spec)
    (finding,) = shipped.face_models()
    assert finding.level == "error"
    assert "face_landmark_with_attention.tflite" in finding.text
    monkeypatch.setattr(shipped, "find_spec", lambda _: None)
    assert list(shipped.face_models()) == []


def test_a_camera_that_is_closed_to_the_user_or_open_elsewhere(tmp_path):
    if not sys.platform.startswith("linux"):
        pytest.skip("device files are Linux's")
    from echo_runtime.capture.devices.choosing import Device

    node = tmp_path / "video0"
    node.write_bytes(b"")
    camera = Device(0, "HD Webcam", str(node))
    assert list(devices._closed(camera)) == []
    hold = "import sys, time; f = open(sys.argv[1]); print(1, flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", hold, str(node)], stdout=subprocess.PIPE)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        (finding,) = devices._closed(camera)
        assert finding.level == "warning"
        assert f"(process {other.pid})" in finding.text
    finally:
        other.kill()
        other.wait()
    (finding,) = devices._closed(Device(0, "HD Webcam", str(tmp_path / "gone")))
    assert "usermod" in finding.advice
