"""The Unity package placed into project skeletons by the command line, and what a check finds there."""

from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from echo_runtime.commands import app, plugin
from echo_runtime.errors import PluginError
from echo_runtime.plugins import unity


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "my game"
    for name in ("Assets", "ProjectSettings", "Packages"):
        (folder / name).mkdir(parents=True)
    (folder / "ProjectSettings" / "ProjectVersion.txt").write_text("m_EditorVersion: 2022.3.50f1\n")
    (folder / "Packages" / "manifest.json").write_text('{"dependencies": {}}')
    return folder


def place(project):
    return project / "Packages" / unity.PACKAGE


def levels(findings):
    return {finding.level for finding in findings}


def texts(findings, level):
    return " ".join(finding.text for finding in findings if finding.level == level)


def test_installs_into_an_empty_project(project):
    before = (project / "Packages" / "manifest.json").read_text()
    written = unity.install(project)
    assert place(project) / "package.json" in written
    assert place(project) / "Editor.meta" in written
    assert all(path.is_file() for path in written)
    assert (project / "Packages" / "manifest.json").read_text() == before
    assert sorted(path.name for path in (project / "Packages").iterdir()) == [unity.PACKAGE, "manifest.json"]
    findings = unity.check(project)
    assert levels(findings) == {"ok"}, findings


def test_installing_again_replaces_what_changed(project):
    unity.install(project)
    (place(project) / "Editor" / "EchoMenu.cs").write_text("broken")
    (place(project) / "Leftover.cs").write_text("class Leftover {}")
    findings = unity.check(project)
    assert "EchoMenu.cs" in texts(findings, "warning")
    assert "Leftover.cs" in texts(findings, "error")
    unity.install(project)
    assert levels(unity.check(project)) == {"ok"}


def test_a_damaged_installation_is_found(project):
    unity.install(project)
    (place(project) / "Editor.meta").unlink()
    (place(project) / "Editor" / "EchoRuntime.Editor.asmdef").write_text("{")
    (project / "Assets" / "Copy.cs.meta").write_text(
        (place(project) / "Runtime" / "Unity" / "EchoNpc.cs.meta").read_text("utf-8")
    )
    errors = texts(unity.check(project), "error")
    assert "have no .meta (Editor)" in errors
    assert "EchoRuntime.Editor.asmdef is damaged" in errors
    assert "Copy.cs.meta has the GUID" in errors


def test_an_incomplete_installation_is_found(project):
    unity.install(project)
    (place(project) / "package.json").unlink()
    assert "lacks package.json" in texts(unity.check(project), "error")


def test_an_old_editor_is_refused_and_an_unknown_one_warned_of(project):
    unity.install(project)
    version = project / "ProjectSettings" / "ProjectVersion.txt"
    version.write_text("m_EditorVersion: 2020.3.1f1\n")
    assert "Unity 2020.3" in texts(unity.check(project), "error")
    version.write_text("m_EditorVersion: 6000.0.25f1\n")
    assert levels(unity.check(project)) == {"ok"}
    version.unlink()
    assert "not known" in texts(unity.check(project), "warning")


def test_the_manifest_is_examined(project):
    unity.install(project)
    manifest = project / "Packages" / "manifest.json"
    manifest.write_text(json.dumps({"dependencies": {unity.PACKAGE: "file:../other"}}))
    assert "Remove the line" in texts(unity.check(project), "warning")
    manifest.write_text("{")
    assert "manifest.json is damaged" in texts(unity.check(project), "error")
    shutil.rmtree(place(project))
    manifest.write_text(json.dumps({"dependencies": {unity.PACKAGE: "https://example.org/echo.git"}}))
    assert "example.org" in texts(unity.check(project), "ok")


def test_nothing_installed(project):
    assert "plugin install unity" in texts(unity.check(project), "error")


@pytest.mark.parametrize("made", [[], ["Assets"], ["ProjectSettings"]])
def test_a_folder_that_is_no_project(tmp_path, made):
    for name in made:
        (tmp_path / name).mkdir()
    for call in (unity.install, unity.check):
        with pytest.raises(PluginError, match=r"not a Unity project: it has no folder .*\."):
            call(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == made


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(PluginError, match="is not a folder"):
        unity.install(tmp_path / "nothing")


def test_something_else_is_not_overwritten(project):
    place(project).mkdir()
    (place(project) / "mine.txt").write_text("precious")
    with pytest.raises(PluginError, match="is not this package"):
        unity.install(project)
    assert (place(project) / "mine.txt").read_text() == "precious"


def test_a_linked_package_is_left_alone(project, tmp_path):
    other = tmp_path / "development"
    other.mkdir()
    place(project).symlink_to(other)
    with pytest.raises(PluginError, match="is a link"):
        unity.install(project)
    assert other.is_dir()


def test_the_command_line(project, tmp_path):
    runner = CliRunner()
    installed = runner.invoke(plugin.app, ["install", "unity", str(project), "--json"])
    assert installed.exit_code == 0, installed.output
    answer = json.loads(installed.output)
    assert answer["engine"] == "unity"
    assert answer["files"] > 200
    assert answer["folder"] == str(place(project))
    checked = runner.invoke(plugin.app, ["check", str(project), "--json"])
    assert checked.exit_code == 0, checked.output
    assert {finding["level"] for finding in json.loads(checked.output)["unity"]} == {"ok"}
    (place(project) / "package.json").unlink()
    assert runner.invoke(plugin.app, ["check", str(project)]).exit_code == 1
    refused = runner.invoke(plugin.app, ["check", str(tmp_path)])
    assert isinstance(refused.exception, PluginError)
    assert runner.invoke(plugin.app, ["install", "godot", str(project)]).exit_code == 2


def test_the_command_is_listed():
    assert "plugin" in CliRunner().invoke(app, ["--help"]).output
