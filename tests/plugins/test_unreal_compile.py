"""The Unreal layer compiles against stubs of the engine: a compile check and no more."""

from __future__ import annotations

import subprocess

import pytest
from unreal_layer import SOURCE, STUBS, absent, header_tool

needs_compiler = pytest.mark.skipif(absent() is not None, reason=str(absent()))

MODULES = {
    "EchoRuntime": ["EchoRuntime"],
    "EchoRuntimeEditor": ["EchoRuntimeEditor", "EchoRuntime"],
    "EchoCore": [],
}
TARGETS = {
    "editor": ["-DWITH_EDITOR=1"],
    "game": ["-DWITH_EDITOR=0"],
    "windows": ["-DWITH_EDITOR=0", "-DPLATFORM_WINDOWS=1"],
    "mac": ["-DWITH_EDITOR=0", "-DPLATFORM_MAC=1"],
}
"""Of the last two, files that ask for the platform only."""


def layer_files(module):
    if module == "EchoCore":
        return sorted((SOURCE / "EchoCore" / "Private" / "Engine").glob("*.cpp"))
    return sorted((SOURCE / module / "Private").rglob("*.cpp"))


def files_of(target):
    files = [file for module in MODULES for file in layer_files(module)]
    if target == "game":
        files = [file for file in files if "EchoRuntimeEditor" not in file.parts]
    if target in ("windows", "mac"):
        files = [file for file in files if "PLATFORM_" in file.read_text("utf-8")]
    return files


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    assert header_tool().write_all(SOURCE, folder)
    return folder


def compile_one(text_or_file, generated, defines, folder=None):
    includes = [STUBS, generated, SOURCE / "EchoCore" / "Public"]
    for module in ("EchoRuntime", "EchoRuntimeEditor"):
        includes += [SOURCE / module / "Public", SOURCE / module / "Private"]
    words = ["g++", "-std=c++20", "-fsyntax-only", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror"]
    words += [
        "-Wno-unused-parameter",
        "-Wno-unused-function",
        "-Wshadow",
        "-DECHORUNTIME_API=",
        "-DECHORUNTIMEEDITOR_API=",
    ]
    words += [*defines, *(f"-I{path}" for path in includes)]
    return subprocess.run([*words, str(text_or_file)], capture_output=True, text=True, timeout=200)


def collected(folder, files):
    """One file that includes all of `files`: their headers are read once. What only works in company is found by the
    header test below."""
    unit = folder / "unit.cpp"
    unit.write_text("".join(f'#include "{file}"\n' for file in files), "utf-8")
    return unit


@needs_compiler
@pytest.mark.parametrize("target", TARGETS)
def test_compiles_against_the_stubs(target, generated, tmp_path):
    files = files_of(target)
    assert files
    # modules have an entry point each, and anonymous names of their own: one unit per module
    for module in MODULES:
        own = [file for file in files if module in file.relative_to(SOURCE).parts[:1]]
        if own:
            made = compile_one(collected(tmp_path, own), generated, TARGETS[target])
            assert made.returncode == 0, made.stderr[-6000:]


@needs_compiler
@pytest.mark.parametrize("module", ["EchoRuntime", "EchoRuntimeEditor"])
def test_every_header_stands_on_its_own(module, generated, tmp_path):
    headers = sorted((SOURCE / module).rglob("*.h"))
    assert headers
    for header in headers:
        unit = tmp_path / f"{header.stem}.cpp"
        unit.write_text(f'#include "{header}"\n', "utf-8")
        made = compile_one(unit, generated, TARGETS["editor"])
        assert made.returncode == 0, made.stderr[-3000:]


@needs_compiler
def test_the_check_finds_what_is_misspelt(generated, tmp_path):
    source = (SOURCE / "EchoRuntime" / "Private" / "EchoFaceTexture.cpp").read_text("utf-8")
    for right, wrong in (
        ("->UpdateTextureRegions(", "->UpdateTextureRegion("),
        ("GetResource() == nullptr", "GetResource().IsValid()"),
    ):
        assert right in source
        unit = tmp_path / "EchoFaceTexture.cpp"
        unit.write_text(source.replace(right, wrong), "utf-8")
        assert compile_one(unit, generated, TARGETS["editor"]).returncode != 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("UCLASS()\nclass UThing : public UObject\n{\n};\n", "last include"),
        (
            '#include "Thing.generated.h"\n#include "Late.h"\nUCLASS()\nclass UThing : public UObject\n{\n};\n',
            "last include",
        ),
        ('#include "Thing.generated.h"\nUCLASS()\nclass UThing : public UObject\n{\n};\n', "GENERATED_BODY"),
    ],
)
def test_headers_that_the_header_tool_would_refuse(text, why, tmp_path):
    header = tmp_path / "Thing.h"
    header.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=why):
        header_tool().generated(header)
