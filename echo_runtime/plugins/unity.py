"""The Unity package in a Unity project: placed as an embedded package into `Packages/`, and examined there.

Embedded packages: https://docs.unity3d.com/Manual/upm-embed.html. The project's manifest stays as it is.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from echo_runtime.errors import PluginError
from echo_runtime.plugins import unity_metas
from echo_runtime.plugins.findings import Finding
from echo_runtime.plugins.neighbours import neighbour_hint
from echo_runtime.plugins.placing import placed
from echo_runtime.plugins.source import plugin_source

PACKAGE = "com.echo-runtime.unity"
_NEEDED = (
    "package.json",
    "Runtime/Core/EchoRuntime.Core.asmdef",
    "Runtime/Unity/EchoRuntime.Unity.asmdef",
    "Editor/EchoRuntime.Editor.asmdef",
)


def is_project(folder: Path) -> bool:
    """Whether a folder is a Unity project: it has `Assets` and `ProjectSettings`."""
    return (folder / "Assets").is_dir() and (folder / "ProjectSettings").is_dir()


def install(project: Path) -> list[Path]:
    """Place the package into `Packages/`; an older one of ours is replaced as a whole. Returns the files written.

    The new folder is complete before it takes the old one's place: an installation that breaks off leaves the old one.
    Raises PluginError when the folder is no Unity project, or cannot be written to.
    """
    _must_be_project(project)
    source = plugin_source("unity", PACKAGE)
    place = project / "Packages" / PACKAGE
    if place.is_symlink():
        raise PluginError(f"{place} is a link to another folder: remove it, or develop there.")
    if place.exists() and _package_name(place) != PACKAGE:
        raise PluginError(f"{place} is there and is not this package: move it away first.")

    def fill(fresh: Path) -> None:
        shutil.copytree(source, fresh, ignore=shutil.ignore_patterns("__pycache__", ".*"))

    return placed(place, fill)


def check(project: Path) -> list[Finding]:
    """What is right and wrong with the package in a project. Raises PluginError when the folder is no Unity project."""
    _must_be_project(project)
    place = project / "Packages" / PACKAGE
    if not place.is_dir():
        return [_not_embedded(project)]
    return [
        *_complete(place),
        *_metas(project, place),
        *_assemblies(place),
        *_against_source(place),
        *_editor_version(project, place),
        _listed_twice(project),
    ]


def _must_be_project(folder: Path) -> None:
    if not folder.is_dir():
        raise PluginError(f"{folder} is not a folder: give the folder of a Unity project.")
    if not is_project(folder):
        absent = [name for name in ("Assets", "ProjectSettings") if not (folder / name).is_dir()]
        raise PluginError(
            f"{folder} is not a Unity project: it has no folder {' and no '.join(absent)}. "
            + neighbour_hint(folder, is_project)
            + "Give the folder of the project itself, and open a new project once in the editor before."
        )


def _package_name(place: Path) -> str | None:
    try:
        return json.loads((place / "package.json").read_text("utf-8")).get("name")
    except (OSError, ValueError, AttributeError):
        return None


def _dependencies(project: Path) -> dict[str, str] | None:
    """Of the project's manifest; None when it cannot be read."""
    try:
        found = json.loads((project / "Packages" / "manifest.json").read_text("utf-8"))["dependencies"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _not_embedded(project: Path) -> Finding:
    listed = _dependencies(project)
    if listed and PACKAGE in listed:
        return Finding("ok", f"The package comes from {listed[PACKAGE]}; only embedded packages are examined further.")
    return Finding("error", f"The package is not installed; run: echo-runtime plugin install unity {project}")


def _complete(place: Path) -> list[Finding]:
    absent = [name for name in _NEEDED if not (place / name).is_file()]
    if absent:
        return [Finding("error", f"The package lacks {', '.join(absent)}; install it again.")]
    if _package_name(place) != PACKAGE:
        return [Finding("error", f"{place / 'package.json'} does not name {PACKAGE}; install it again.")]
    version = json.loads((place / "package.json").read_text("utf-8")).get("version")
    return [Finding("ok", f"{PACKAGE} {version} is embedded.")]


def _metas(project: Path, place: Path) -> list[Finding]:
    wrong = []
    for what, paths in (
        ("have no .meta", unity_metas.missing(place)),
        ("are .meta files of nothing", unity_metas.orphans(place)),
        ("share a GUID", [meta for metas in unity_metas.duplicates(place).values() for meta in metas]),
        ("hold no GUID", [meta for meta in place.rglob("*.meta") if unity_metas.read_guid(meta) is None]),
    ):
        if paths:
            names = ", ".join(str(path.relative_to(place)) for path in paths[:3]) + (", …" if len(paths) > 3 else "")
            wrong.append(Finding("error", f"{len(paths)} files {what} ({names}); install the package again."))
    ours = {unity_metas.read_guid(meta) for meta in place.rglob("*.meta") if unity_metas.HIDDEN_SUFFIX not in str(meta)}
    for meta in (project / "Assets").rglob("*.meta"):
        if unity_metas.read_guid(meta) in ours:
            name = meta.relative_to(project)
            wrong.append(Finding("error", f"{name} has the GUID of a file of the package; delete one of the two."))
    return wrong or [Finding("ok", "Every file has its .meta, and every GUID is its own.")]


def _assemblies(place: Path) -> list[Finding]:
    wrong = []
    for file in sorted(place.rglob("*.asmdef")):
        try:
            json.loads(file.read_text("utf-8"))["name"]
        except (ValueError, KeyError, TypeError):
            wrong.append(Finding("error", f"{file.relative_to(place)} is damaged; install the package again."))
    return wrong or [Finding("ok", "The assembly definitions can be read.")]


def _against_source(place: Path) -> list[Finding]:
    """Files that differ from those of this installation of the runtime."""
    try:
        source = plugin_source("unity", PACKAGE)
    except PluginError:
        return []
    theirs = {
        path.relative_to(source) for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    changed = sorted(
        str(name)
        for name in theirs
        if not (place / name).is_file() or (place / name).read_bytes() != (source / name).read_bytes()
    )
    if not changed:
        return [Finding("ok", "It is the package of this version of the runtime.")]
    named = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
    return [Finding("warning", f"{len(changed)} files differ from this version's ({named}); install again to update.")]


def _editor_version(project: Path, place: Path) -> list[Finding]:
    file = project / "ProjectSettings" / "ProjectVersion.txt"
    found = re.search(r"m_EditorVersion:\s*(\d+)\.(\d+)", file.read_text("utf-8")) if file.is_file() else None
    try:
        wanted = str(json.loads((place / "package.json").read_text("utf-8")).get("unity", ""))
    except (OSError, ValueError):
        return []
    if found is None:
        return [Finding("warning", f"The editor's version is not known (no ProjectVersion.txt); {wanted} is needed.")]
    version = (int(found.group(1)), int(found.group(2)))
    if version < tuple(int(part) for part in wanted.split(".")):
        return [
            Finding("error", f"The project is of Unity {version[0]}.{version[1]}; the package needs {wanted} or newer.")
        ]
    return [Finding("ok", f"Unity {version[0]}.{version[1]} is new enough ({wanted}).")]


def _listed_twice(project: Path) -> Finding:
    listed = _dependencies(project)
    if listed is None:
        return Finding("error", "Packages/manifest.json is damaged: Unity cannot open the project. Repair it.")
    if PACKAGE in listed:
        return Finding("warning", f"The manifest names {PACKAGE} as well; the embedded one is used. Remove the line.")
    return Finding("ok", "The manifest names no other copy.")
