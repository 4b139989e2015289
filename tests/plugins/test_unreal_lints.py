"""Rules of the engine's build and of its store that can be read off the files."""

from __future__ import annotations

import json
import re

import pytest
from echo_bridge.limits import DEFAULT_CONTROL_PORT
from unreal_layer import PLUGIN, SOURCE, STUBS

from echo_runtime import __version__
from echo_runtime.plugins.unreal import LONGEST_PATH
from echo_runtime.signals import ARKIT_NAMES

DESCRIPTOR = json.loads((PLUGIN / "EchoRuntime.uplugin").read_text("utf-8"))
MODULES = {module["Name"]: module for module in DESCRIPTOR["Modules"]}
LAYER = [SOURCE / "EchoRuntime", SOURCE / "EchoRuntimeEditor", SOURCE / "EchoCore" / "Private" / "Game"]
LAYER += [SOURCE / "EchoCore" / "Public" / "EchoCore" / "Game", SOURCE / "EchoCore" / "Private" / "Engine"]
ENGINE_MODULES = {
    "AudioCaptureCore", "Core", "CoreUObject", "DeveloperSettings", "Engine", "ImageWrapper", "LiveLinkInterface",
    "Projects", "RHI", "RenderCore", "Slate", "SlateCore", "ToolMenus", "UnrealEd",
}  # fmt: skip
EDITOR_ONLY = {"Slate", "SlateCore", "ToolMenus", "UnrealEd"}


def layer_files(*endings):
    return sorted(file for folder in LAYER for file in folder.rglob("*") if file.suffix in endings)


def test_descriptor():
    assert DESCRIPTOR["FileVersion"] == 3
    assert DESCRIPTOR["VersionName"] == __version__
    assert DESCRIPTOR["EngineVersion"] == "5.4.0"
    assert DESCRIPTOR["CanContainContent"] is False
    assert DESCRIPTOR["Installed"] is False
    for module in MODULES.values():
        assert module["PlatformAllowList"] == DESCRIPTOR["SupportedTargetPlatforms"] == ["Win64", "Linux", "Mac"]
        assert module["LoadingPhase"] == "Default"
    assert {name: module["Type"] for name, module in MODULES.items()} == {
        "EchoCore": "Runtime",
        "EchoRuntime": "Runtime",
        "EchoRuntimeEditor": "Editor",
    }
    # engine plugins only: the store takes no dependence on others
    assert {plugin["Name"] for plugin in DESCRIPTOR["Plugins"]} == {"AudioCapture", "LiveLink"}


@pytest.mark.parametrize("name", MODULES)
def test_build_rules(name):
    text = (SOURCE / name / f"{name}.Build.cs").read_text("utf-8")
    assert f"public class {name} : ModuleRules" in text
    assert f"public {name}(ReadOnlyTargetRules Target) : base(Target)" in text
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")
    wanted = set(
        re.findall(r'"(\w+)"', " ".join(re.findall(r"DependencyModuleNames\.Add(?:Range)?\((.*?)\);", text, re.S)))
    )
    assert wanted <= ENGINE_MODULES | set(MODULES)
    if MODULES[name]["Type"] == "Runtime":
        assert not wanted & (EDITOR_ONLY | {"EchoRuntimeEditor"}), "a packaged game has no editor"
    entry = [file for file in (SOURCE / name).rglob("*.cpp") if f", {name})" in file.read_text("utf-8")]
    assert len([file for file in entry if "IMPLEMENT_MODULE(" in file.read_text("utf-8")]) == 1


def test_used_modules_are_named():
    """What a module includes of the engine comes from the modules that its build rules name."""
    from_header = {
        "AudioCaptureCore.h": "AudioCaptureCore", "ILiveLinkClient.h": "LiveLinkInterface", "ToolMenus.h": "ToolMenus",
        "Interfaces/IPluginManager.h": "Projects", "Engine/DeveloperSettings.h": "DeveloperSettings",
        "Editor.h": "UnrealEd", "RHITypes.h": "RHI", "EchoCore/Connection.h": "EchoCore",
        "IImageWrapper.h": "ImageWrapper", "IImageWrapperModule.h": "ImageWrapper",
    }  # fmt: skip
    for name in ("EchoRuntime", "EchoRuntimeEditor"):
        rules = (SOURCE / name / f"{name}.Build.cs").read_text("utf-8")
        for file in (SOURCE / name).rglob("*"):
            if file.suffix in (".h", ".cpp"):
                for header in re.findall(r'#include "(.+?)"', file.read_text("utf-8")):
                    if header in from_header:
                        assert f'"{from_header[header]}"' in rules, f"{file.name} includes {header}"


def test_every_file_names_its_copyright_as_the_store_wants_it():
    files = [file for file in SOURCE.rglob("*") if file.suffix in (".h", ".cpp", ".cs")]
    assert len(files) > 100
    notice = "// Copyright 2026 Echo Runtime contributors. All rights reserved. MIT License, see LICENSE.md.\n"
    for file in files:
        assert file.read_text("utf-8").startswith(notice), file.name
    licence = (PLUGIN / "LICENSE.md").read_text("utf-8")
    assert licence == (PLUGIN.parents[2] / "LICENSE").read_text("utf-8")


def test_paths_fit_the_store():
    for file in PLUGIN.rglob("*"):
        assert len(f"EchoRuntime/{file.relative_to(PLUGIN).as_posix()}") <= LONGEST_PATH
        assert file.relative_to(PLUGIN).as_posix().isascii()


def test_no_executables_and_no_binary_assets():
    for file in PLUGIN.rglob("*"):
        assert file.suffix not in (".exe", ".dll", ".so", ".dylib", ".uasset", ".umap", ".py")
    assert not (PLUGIN / "Content").exists()


def test_the_game_part_of_the_core_knows_no_engine():
    for folder in LAYER[2:4]:
        for file in folder.rglob("*"):
            for header in re.findall(r"#include [\"<](.+?)[\">]", file.read_text("utf-8")):
                assert header.startswith(("EchoCore/", "sys/")) or "/" not in header, f"{file.name}: {header}"


def test_node_parameters_hide_no_properties():
    """The header tool refuses a function's parameter that has the name of a property of its class."""
    for file in layer_files(".h"):
        text = file.read_text("utf-8")
        properties = set(re.findall(r"UPROPERTY\([^\n]*\)\s+[^;=]*?(\w+)\s*(?:=[^;]*)?;", text))
        for parameters in re.findall(r"UFUNCTION\([^\n]*\)\s+[^;{]*?\(([^)]*)\)", text):
            names = {part.split("=")[0].split()[-1].lstrip("*&") for part in parameters.split(",") if part.strip()}
            assert not names & properties, f"{file.name}: {names & properties}"


def test_delegates_hold_no_raw_pointer_in_other_threads():
    """Lambdas that other threads call own what they touch: they capture no `this`."""
    for name in ("EchoVoiceComponent.cpp", "EchoPlayerVoiceComponent.cpp", "EchoFaceTexture.cpp"):
        text = (SOURCE / "EchoRuntime" / "Private" / name).read_text("utf-8")
        assert not re.search(r"\[[^\]]*(this|&)[^\]]*\]\s*\(", text), name


def test_names_and_numbers_agree_with_the_runtime():
    names = (SOURCE / "EchoCore/Public/EchoCore/Game/ArkitNames.h").read_text("utf-8")
    assert tuple(re.findall(r'"(\w+)"', names.split("arkit_names{")[1])) == ARKIT_NAMES
    settings = (SOURCE / "EchoRuntime/Public/EchoSettings.h").read_text("utf-8")
    assert f"ControlPort = {DEFAULT_CONTROL_PORT}" in settings


def test_every_stub_says_where_it_comes_from():
    for file in STUBS.rglob("*.h"):
        lines = file.read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            if not re.match(r"(class|struct|enum) (?!Stub)[\w ]+(final)? ?[:{]", line):
                continue  # neither a declaration beforehand nor a specialization
            above = [text for text in lines[max(0, number - 3) : number] if text.startswith("//")]
            assert above, f"{file.name}: {line}"
            assert re.match(r"// (page: API/(Runtime|Editor|Developer)/\w+/\w+|header: Runtime/)", above[-1]), line


def test_every_stub_says_how_sure_it_is():
    rows = re.findall(r"^\| `([\w/]+\.h)` \|", (STUBS / "SOURCES.md").read_text("utf-8"), re.M)
    assert rows == sorted(file.relative_to(STUBS).as_posix() for file in STUBS.rglob("*.h"))
