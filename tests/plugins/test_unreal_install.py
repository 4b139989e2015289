"""The Unreal plugin placed into empty projects, examined there, and refused where it does not belong."""

from __future__ import annotations

import ctypes
import json
import sys
from importlib.metadata import distribution

import pytest

from echo_runtime.errors import PluginError
from echo_runtime.plugins import unreal, unreal_libzmq


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "MyGame"
    (folder / "Config").mkdir(parents=True)
    (folder / "Content").mkdir()
    described = {"FileVersion": 3, "EngineAssociation": "5.4", "Category": "", "Description": ""}
    (folder / "MyGame.uproject").write_text(json.dumps(described), "utf-8")
    return folder


def levels(findings):
    return {finding.level for finding in findings}


def errors(findings):
    return [finding.text for finding in findings if finding.level == "error"]


def change(project, **fields):
    file = project / "MyGame.uproject"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | fields), "utf-8")


def test_install_into_an_empty_project(project):
    before = (project / "MyGame.uproject").read_bytes()
    written = unreal.install(project)
    place = project / "Plugins" / "EchoRuntime"
    for name in (
        "EchoRuntime.uplugin",
        "README.md",
        "Source/EchoCore/EchoCore.Build.cs",
        "Source/EchoCore/Public/EchoCore/Connection.h",
        "Source/EchoRuntime/Public/EchoNpcComponent.h",
        "Source/EchoRuntimeEditor/Public/EchoHeadCapture.h",
    ):
        assert place / name in written
    assert all(path.is_file() for path in written)
    assert (project / "MyGame.uproject").read_bytes() == before
    assert levels(unreal.check(project)) == {"ok"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for a .so")
def test_the_library_is_pyzmqs_with_its_licence_and_loads(project):
    unreal.install(project)
    folder = project / "Plugins" / "EchoRuntime" / "Binaries" / "ThirdParty" / "libzmq"
    (library,) = unreal_libzmq.libraries(folder / "Linux")
    zmq = ctypes.CDLL(str(library))
    numbers = [ctypes.c_int() for _ in range(3)]
    zmq.zmq_version(*(ctypes.byref(number) for number in numbers))
    assert tuple(number.value for number in numbers) >= (4, 3, 5), "older ones are under the LGPL"
    assert zmq.zmq_has(b"curve") == 1
    assert "Mozilla Public License" in (folder / "licences" / "LICENSE.zeromq.txt").read_text("utf-8")
    notice = (folder / "licences" / "NOTICE.txt").read_text("utf-8")
    assert library.name in notice
    assert distribution("pyzmq").version in notice
    for file in (folder / "Linux").iterdir():
        assert file.name in notice


def test_an_older_installation_is_replaced_as_a_whole(project):
    unreal.install(project)
    place = project / "Plugins" / "EchoRuntime"
    (place / "Source" / "Old.cpp").write_text("", "utf-8")
    (place / "EchoRuntime.uplugin").write_text(json.dumps({"VersionName": "0.0.1"}), "utf-8")
    unreal.install(project)
    assert not (place / "Source" / "Old.cpp").exists()
    assert levels(unreal.check(project)) == {"ok"}
    assert not [path for path in (project / "Plugins").iterdir() if path != place]


def test_not_a_project(tmp_path):
    for function in (unreal.install, unreal.check):
        with pytest.raises(PluginError, match=r"no \.uproject file"):
            function(tmp_path)
        with pytest.raises(PluginError, match="is not a folder"):
            function(tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())
    assert not unreal.is_project(tmp_path)


def test_something_else_is_in_the_way(project, tmp_path):
    place = project / "Plugins" / "EchoRuntime"
    place.mkdir(parents=True)
    (place / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(PluginError, match="is not this plugin"):
        unreal.install(project)
    assert (place / "mine.txt").read_text("utf-8") == "mine"
    (place / "mine.txt").unlink()
    place.rmdir()
    place.symlink_to(tmp_path)
    with pytest.raises(PluginError, match="is a link"):
        unreal.install(project)


def test_plugins_is_a_file(project):
    (project / "Plugins").write_text("", "utf-8")
    with pytest.raises(PluginError, match="cannot be placed"):
        unreal.install(project)


def test_pyzmq_without_a_library(project, monkeypatch):
    monkeypatch.setattr(unreal_libzmq, "_PATTERNS", dict.fromkeys(("Win64", "Mac", "Linux"), "nothing*"))
    with pytest.raises(PluginError, match="brings no libzmq"):
        unreal.install(project)
    assert not (project / "Plugins").exists()


def test_check_before_install(project):
    (finding,) = unreal.check(project)
    assert finding.level == "error"
    assert "plugin install unreal" in finding.text


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("EchoRuntime.uplugin", "missing or damaged"),
        ("Source/EchoRuntime/EchoRuntime.Build.cs", "lacks its modules EchoRuntime"),
        ("Binaries/ThirdParty/libzmq", "libzmq for"),
        ("Binaries/ThirdParty/libzmq/licences", "licence of libzmq"),
    ],
)
def test_what_is_missing_is_named(project, damage, says):
    unreal.install(project)
    path = project / "Plugins" / "EchoRuntime" / damage
    path.rename(project / "gone")
    assert any(says in text for text in errors(unreal.check(project)))


def test_a_damaged_descriptor(project):
    unreal.install(project)
    (project / "Plugins" / "EchoRuntime" / "EchoRuntime.uplugin").write_text("[", "utf-8")
    assert any("damaged" in text for text in errors(unreal.check(project)))


def test_a_changed_file_is_a_warning(project):
    unreal.install(project)
    file = project / "Plugins" / "EchoRuntime" / "Source" / "EchoRuntime" / "Public" / "EchoLog.h"
    file.write_text("// changed\n", "utf-8")
    findings = unreal.check(project)
    assert not errors(findings)
    assert any(finding.level == "warning" and "EchoLog.h" in finding.text for finding in findings)


@pytest.mark.parametrize(
    ("fields", "level", "says"),
    [
        ({"EngineAssociation": "5.3"}, "error", "needs 5.4"),
        ({"EngineAssociation": "4.27"}, "error", "needs 5.4"),
        ({"EngineAssociation": "{0F1A}"}, "warning", "not known"),
        ({"EngineAssociation": "5.6"}, "ok", "new enough"),
        ({"Plugins": [{"Name": "EchoRuntime", "Enabled": False}]}, "error", "switches the plugin EchoRuntime off"),
        ({"Plugins": [{"Name": "LiveLink", "Enabled": False}]}, "error", "switches the plugin LiveLink off"),
        ({"Plugins": "nonsense"}, "ok", "new enough"),
    ],
)
def test_what_the_project_file_says(project, fields, level, says):
    unreal.install(project)
    change(project, **fields)
    assert any(finding.level == level and says in finding.text for finding in unreal.check(project))


def test_a_damaged_project_file(project):
    unreal.install(project)
    (project / "MyGame.uproject").write_text("{", "utf-8")
    assert any("MyGame.uproject is damaged" in text for text in errors(unreal.check(project)))


def test_a_second_copy(project):
    unreal.install(project)
    other = project / "Plugins" / "Marketplace" / "Echo"
    other.mkdir(parents=True)
    (other / "EchoRuntime.uplugin").write_text("{}", "utf-8")
    assert any("Another copy" in text for text in errors(unreal.check(project)))


def test_a_path_that_is_too_long(project):
    unreal.install(project)
    deep = project / "Plugins" / "EchoRuntime" / "Source" / ("d" * 80) / ("e" * 80)
    deep.mkdir(parents=True)
    assert any(finding.level == "warning" and "170" in finding.text for finding in unreal.check(project))
