"""What `pip install .` brings, that the imported libraries fit together, and the form of the code."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
DATA_FILES = {".safetensors", ".json", ".png", ".flac", ".mp4", ".wav", ".task", ".typed", ".css"}


@pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed")
def test_the_wheel_holds_all_packages_with_their_data(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    sources = {"echo_runtime": ROOT, "echo_bridge": ROOT / "bridge", "echo_calibration": ROOT / "calibration"}
    for package, parent in sources.items():
        wanted = {
            file.relative_to(parent).as_posix()
            for file in (parent / package).rglob("*")
            if file.suffix in DATA_FILES | {".py"} and not file.name.startswith(".")
        }
        assert wanted <= names
    strangers = {name.partition("/")[0] for name in names} - set(sources)
    assert all(name.endswith(".dist-info") for name in strangers)


def test_pins_hold_in_this_environment() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for text in project["dependencies"]:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate():
            assert requirement.specifier.contains(version(requirement.name), prereleases=True), text


def test_no_installed_library_contradicts_the_pins() -> None:
    """mediapipe, numpy and the two OpenCV builds are the delicate ones."""
    for name in ("mediapipe", "silero-vad", "openvino", "opencv-python", "opencv-contrib-python", "sounddevice"):
        for text in requires(name) or []:
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
                continue
            try:
                found = version(requirement.name)
            except PackageNotFoundError:
                pytest.fail(f"{name} needs {text}, which is not installed")
            assert requirement.specifier.contains(found, prereleases=True), f"{name} needs {text}, found {found}"


def test_one_opencv_answers() -> None:
    assert version("opencv-python") == version("opencv-contrib-python")
    done = subprocess.run(
        [sys.executable, "-c", "import cv2; print(cv2.__version__, hasattr(cv2, 'face'))"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "cannot open shared object file" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.stdout.startswith("4.11.0"), done.stderr


@pytest.mark.skipif(
    shutil.which("ruff") is None and importlib.util.find_spec("ruff") is None, reason="ruff is not installed"
)
@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]])
def test_the_code_is_in_form(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--no-cache", "."],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
