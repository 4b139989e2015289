"""What Unity asks of a package: its manifest, its assemblies, a `.meta` for everything, and a layer that compiles."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from unity_layer import PACKAGE, UNITY, absent

from echo_runtime.plugins import unity_metas

ASMDEF_KEYS = {
    "name", "rootNamespace", "references", "includePlatforms", "excludePlatforms", "allowUnsafeCode",
    "overrideReferences", "precompiledReferences", "autoReferenced", "defineConstraints", "versionDefines",
    "noEngineReferences",
}  # fmt: skip
UNITYS_OWN = {"UnityEngine.TestRunner", "UnityEditor.TestRunner"}


def test_manifest():
    manifest = json.loads((PACKAGE / "package.json").read_text("utf-8"))
    assert manifest["name"] == PACKAGE.name
    assert re.fullmatch(r"[a-z0-9.\-_]{1,214}", manifest["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert re.fullmatch(r"\d{4}\.\d", manifest["unity"])
    assert manifest["displayName"]
    assert manifest["description"]
    for name, version in manifest["dependencies"].items():
        assert name.startswith("com.unity."), "another registry would be needed"
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    assert manifest["version"] in (PACKAGE / "CHANGELOG.md").read_text("utf-8")


def test_samples_are_there():
    samples = json.loads((PACKAGE / "package.json").read_text("utf-8"))["samples"]
    named = {sample["path"] for sample in samples}
    assert named == {path.relative_to(PACKAGE).as_posix() for path in (PACKAGE / "Samples~").iterdir() if path.is_dir()}
    assert all(sample["displayName"] and sample["description"] for sample in samples)


def test_assembly_definitions():
    files = list(PACKAGE.rglob("*.asmdef"))
    found = {file: json.loads(file.read_text("utf-8")) for file in files}
    names = [content["name"] for content in found.values()]
    assert len(set(names)) == len(names) >= 7
    for file, content in found.items():
        assert set(content) == ASMDEF_KEYS, file
        assert set(content["references"]) <= set(names) | UNITYS_OWN, file
        assert file.stem == content["name"], file
        editor_only = content["includePlatforms"] == ["Editor"]
        assert editor_only == ("Editor" in file.relative_to(PACKAGE).parts[:-1]), file
    core = next(content for content in found.values() if content["name"] == "EchoRuntime.Core")
    assert core["noEngineReferences"] is True


def test_every_source_belongs_to_an_assembly():
    for source in PACKAGE.rglob("*.cs"):
        folders = [folder for folder in source.parents if folder.is_relative_to(PACKAGE)]
        assert any(list(folder.glob("*.asmdef")) for folder in folders), source


def test_core_knows_nothing_of_unity():
    for source in (PACKAGE / "Runtime" / "Core").rglob("*.cs"):
        assert not re.search(r"\busing Unity(Engine|Editor)|\bUnityEngine\.", source.read_text("utf-8")), source


def test_metas_are_complete():
    hint = "run engine_plugins/unity/write_metas.py"
    assert unity_metas.missing(PACKAGE) == [], hint
    assert unity_metas.orphans(PACKAGE) == [], hint
    assert unity_metas.duplicates(PACKAGE) == {}


def test_guids_are_stable():
    for path in unity_metas.assets(PACKAGE):
        expected = unity_metas.guid_of(PACKAGE.name, path.relative_to(PACKAGE).as_posix())
        assert unity_metas.read_guid(unity_metas.meta_of(path)) == expected, path


def test_what_is_wrong_with_metas_is_found_and_repaired(tmp_path):
    copy = tmp_path / PACKAGE.name
    shutil.copytree(PACKAGE, copy)
    (copy / "Editor.meta").unlink()
    (copy / "Runtime" / "Gone.cs.meta").write_text("fileFormatVersion: 2\nguid: " + 32 * "a" + "\n")
    twin = copy / "Runtime" / "Unity" / "EchoNpc.cs.meta"
    twin.write_text((copy / "Runtime" / "Unity" / "EchoLog.cs.meta").read_text("utf-8"))
    assert unity_metas.missing(copy) == [copy / "Editor"]
    assert unity_metas.orphans(copy) == [copy / "Runtime" / "Gone.cs.meta"]
    assert len(unity_metas.duplicates(copy)) == 1
    assert len(unity_metas.write_metas(copy)) == 3
    assert unity_metas.write_metas(copy) == []
    assert not unity_metas.duplicates(copy)
    assert (copy / "Editor.meta").read_text("utf-8") == (PACKAGE / "Editor.meta").read_text("utf-8")


def test_hidden_folders_need_none():
    names = {path.relative_to(PACKAGE).as_posix() for path in unity_metas.assets(PACKAGE)}
    assert "Documentation~/index.md" not in names
    assert "Samples~" not in names
    assert "Samples~/TalkingNpc" in names
    assert "Runtime/Unity/EchoNpc.cs" in names


def test_shaders_name_their_pipelines():
    shader = (PACKAGE / "Runtime/Unity/Resources/EchoRuntime/EchoFaceProjection.shader").read_text("utf-8")
    for pipeline, package in (
        ("HDRenderPipeline", "com.unity.render-pipelines.high-definition"),
        ("UniversalPipeline", "com.unity.render-pipelines.universal"),
    ):
        part = next(part for part in shader.split("SubShader\n")[1:] if f'"RenderPipeline" = "{pipeline}"' in part)
        assert f'PackageRequirements {{ "{package}"' in part
    for file in (PACKAGE / "Runtime/Unity/Resources/EchoRuntime").glob("*.shader"):
        text = file.read_text("utf-8")
        assert text.count("{") == text.count("}"), file
        assert text.count("HLSLPROGRAM") == text.count("ENDHLSL"), file
        assert text.count("CGPROGRAM") == text.count("ENDCG"), file
    menu = (PACKAGE / "Editor" / "EchoMenu.cs").read_text("utf-8")
    assert re.search(r'PictureShader = "(.*)"', menu).group(1) in (
        PACKAGE / "Runtime/Unity/Resources/EchoRuntime/EchoFacePicture.shader"
    ).read_text("utf-8")


def test_every_stand_in_names_its_page():
    for file in (UNITY / "stubs").glob("*.cs"):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if re.match(r"\s+(public|int |string )", line):
                assert re.search(r"// [A-Za-z_.0-9/\-]+$", line), f"{file.name}:{number}"


@pytest.mark.skipif(absent() is not None, reason=str(absent()))
def test_compile_check(tmp_path):
    made = subprocess.run(
        ["sh", str(UNITY / "stubs" / "check.sh"), str(tmp_path)], capture_output=True, text=True, timeout=200
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert (tmp_path / "EchoRuntime.Editor.dll").exists()
