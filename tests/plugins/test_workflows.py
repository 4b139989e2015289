"""The workflows for those who have an engine: valid YAML, and every path and test in them is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow(file):
    text = file.read_text("utf-8")
    flow = yaml.safe_load(text)
    assert flow["name"]
    assert "workflow_dispatch" in flow[True], "YAML reads the key `on` as true; it can be started by hand"
    for job in flow["jobs"].values():
        assert job["runs-on"].startswith("ubuntu-")
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"]), step
    assert "RUN" in text.upper()
    assert "not run" in text.lower(), "what was never tried says so"
    for path in re.findall(r"(?:engine_plugins|tests)/[\w./-]*\w", text):
        assert (ROOT / path).exists(), path


def test_they_are_the_two():
    assert [file.name for file in WORKFLOWS] == ["unity.yml", "unreal.yml"]


def test_what_is_built_names_the_method_of_the_script():
    steps = yaml.safe_load((ROOT / ".github/workflows/unity.yml").read_text("utf-8"))["jobs"]["test"]["steps"]
    (build,) = (step["with"]["buildMethod"] for step in steps if "buildMethod" in step.get("with", {}))
    script = ROOT / "engine_plugins" / "unity" / "workflow" / f"{build.split('.')[0]}.cs"
    assert f"public static void {build.split('.')[1]}()" in script.read_text("utf-8")


def test_engines_are_of_the_versions_that_the_plugins_name():
    unity = yaml.safe_load((ROOT / ".github/workflows/unity.yml").read_text("utf-8"))
    editors = unity["jobs"]["test"]["strategy"]["matrix"]["editor"]
    package = (ROOT / "engine_plugins/unity/com.echo-runtime.unity/package.json").read_text("utf-8")
    lowest = re.search(r'"unity": "([\d.]+)"', package)
    assert lowest is not None
    assert any(editor.startswith(lowest.group(1)) for editor in editors)
    unreal = yaml.safe_load((ROOT / ".github/workflows/unreal.yml").read_text("utf-8"))
    assert "5.4" in unreal["jobs"]["with-engine"]["strategy"]["matrix"]["engine"]
