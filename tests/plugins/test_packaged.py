"""The plugins travel in the wheel, and are installed from there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = """
from pathlib import Path
from echo_runtime.plugins import plugin_source, unity
print(plugin_source("unity", unity.PACKAGE))
print(plugin_source("unreal", "EchoRuntime"))
print(len(unity.install(Path("game"))))
print({finding.level for finding in unity.check(Path("game"))})
"""


@pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="hatchling is not installed")
def test_installs_from_a_wheel(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    made = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert made.returncode == 0, made.stdout + made.stderr
    wheel, site = next(tmp_path.glob("*.whl")), tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        names = [
            name for name in archive.namelist() if name.startswith(("echo_runtime/plugins", "echo_runtime/errors"))
        ]
        archive.extractall(site, [*names, "echo_runtime/__init__.py"])
    for folder in ("Assets", "ProjectSettings"):
        (tmp_path / "game" / folder).mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(site)}
    ran = subprocess.run(
        [sys.executable, "-c", PLACES], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    unity_place, unreal_place, count, levels = ran.stdout.splitlines()
    assert Path(unity_place).is_relative_to(site)
    assert Path(unreal_place).is_relative_to(site)
    assert int(count) > 200
    assert "error" not in levels
