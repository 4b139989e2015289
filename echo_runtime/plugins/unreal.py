"""The Unreal plugin in an Unreal project: placed into `Plugins/EchoRuntime` together with libzmq, and examined there.

Project plugins: https://dev.epicgames.com/documentation/en-us/unreal-engine/plugins-in-unreal-engine. The .uproject
stays as it is: plugins in a project's own folder are enabled unless it says otherwise.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from echo_runtime.errors import PluginError
from echo_runtime.plugins import unreal_libzmq
from echo_runtime.plugins.findings import Finding
from echo_runtime.plugins.neighbours import neighbour_hint
from echo_runtime.plugins.placing import placed
from echo_runtime.plugins.source import plugin_source

PLUGIN = "EchoRuntime"
LIBRARY_FOLDER = Path("Binaries/ThirdParty/libzmq")
LICENCE_FOLDER = LIBRARY_FOLDER / "licences"
LOWEST_ENGINE = (5, 4)
LONGEST_PATH = 170
"""Characters of a path inside a plugin, as Epic's store takes it."""
LONGEST_WINDOWS_PATH = 259
"""Characters of a whole path that Windows takes without further settings, its end mark not counted."""
_BUILT = shutil.ignore_patterns("__pycache__", ".*", "Binaries", "Intermediate", "Saved")


def is_project(folder: Path) -> bool:
    """Whether a folder is an Unreal project: a `.uproject` file lies in it."""
    return folder.is_dir() and any(folder.glob("*.uproject"))


def install(project: Path) -> list[Path]:
    """Place the plugin and this machine's libzmq into `Plugins/`; an older one of ours is replaced as a whole.

    The new folder is complete before it takes the old one's place. Returns the files written. Raises PluginError when
    the folder is no Unreal project, cannot be written to, or the installed pyzmq brings no libzmq.
    """
    _must_be_project(project)
    source = plugin_source("unreal", PLUGIN)
    library = unreal_libzmq.find()
    place = project / "Plugins" / PLUGIN
    if place.is_symlink():
        raise PluginError(f"{place} is a link to another folder: remove it, or develop there.")
    if place.exists() and not (place / f"{PLUGIN}.uplugin").is_file():
        raise PluginError(f"{place} is there and is not this plugin: move it away first.")

    def fill(fresh: Path) -> None:
        shutil.copytree(source, fresh, ignore=_BUILT)
        unreal_libzmq.place(library, fresh / LIBRARY_FOLDER, fresh / LICENCE_FOLDER)

    return placed(place, fill)


def check(project: Path) -> list[Finding]:
    """What is right and wrong with the plugin in a project. Raises PluginError when the folder is no Unreal project."""
    _must_be_project(project)
    place = project / "Plugins" / PLUGIN
    if not place.is_dir():
        return [Finding("error", f"The plugin is not installed; run: echo-runtime plugin install unreal {project}")]
    return [
        *_complete(place),
        *_library(place),
        *_paths(place),
        *_against_source(place),
        *_project_file(project),
        *_other_copies(project, place),
    ]


def _must_be_project(folder: Path) -> None:
    if not folder.is_dir():
        raise PluginError(f"{folder} is not a folder: give the folder of an Unreal project.")
    if not is_project(folder):
        raise PluginError(
            f"{folder} is not an Unreal project: no .uproject file lies in it. "
            + neighbour_hint(folder, is_project)
            + "Give the folder of the project itself."
        )


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _complete(place: Path) -> list[Finding]:
    descriptor = _read(place / f"{PLUGIN}.uplugin")
    modules = descriptor.get("Modules") if descriptor is not None else None
    if descriptor is None or not isinstance(modules, list):
        return [Finding("error", f"{PLUGIN}.uplugin is missing or damaged; install the plugin again.")]
    names = [str(module.get("Name", "")) for module in modules if isinstance(module, dict)]
    absent = [name for name in names if not (place / "Source" / name / f"{name}.Build.cs").is_file()]
    if absent or not names:
        return [Finding("error", f"The plugin lacks its modules {', '.join(absent)}; install it again.")]
    return [Finding("ok", f"{PLUGIN} {descriptor.get('VersionName')} is there with {', '.join(names)}.")]


def _library(place: Path) -> list[Finding]:
    there = unreal_libzmq.libraries(place / LIBRARY_FOLDER / unreal_libzmq.platform())
    if not there:
        return [
            Finding(
                "error",
                f"libzmq for {unreal_libzmq.platform()} is missing from {LIBRARY_FOLDER}: the game could not connect. "
                "Install the plugin again on this machine.",
            )
        ]
    findings = [Finding("ok", f"{there[0].name} is there for {unreal_libzmq.platform()}.")]
    if not any((place / LICENCE_FOLDER).glob("*zeromq*")):
        findings.append(
            Finding("error", f"The licence of libzmq is missing from {LICENCE_FOLDER}; install the plugin again.")
        )
    return findings


def _paths(place: Path) -> list[Finding]:
    files = [path for path in place.rglob("*") if "Intermediate" not in path.parts]
    longest = max(len(f"{PLUGIN}/{path.relative_to(place).as_posix()}") for path in files)
    whole = max(len(str(path.resolve())) for path in files)
    if longest > LONGEST_PATH:
        return [Finding("warning", f"A path in the plugin has {longest} characters; stores take {LONGEST_PATH}.")]
    if whole > LONGEST_WINDOWS_PATH:
        return [
            Finding(
                "warning",
                f"A file's whole path has {whole} characters; Windows takes {LONGEST_WINDOWS_PATH}. "
                "Move the project to a shorter path.",
            )
        ]
    return [Finding("ok", f"No path is too long ({longest} characters in the plugin, {whole} as a whole).")]


def _against_source(place: Path) -> list[Finding]:
    """Files that differ from those of this installation of the runtime."""
    try:
        source = plugin_source("unreal", PLUGIN)
    except PluginError:
        return []
    own = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and not _left_out(path, source)}
    changed = sorted(
        str(name)
        for name in own
        if not (place / name).is_file() or (place / name).read_bytes() != (source / name).read_bytes()
    )
    if not changed:
        return [Finding("ok", "It is the plugin of this version of the runtime.")]
    named = ", ".join(changed[:3]) + (", …" if len(changed) > 3 else "")
    return [Finding("warning", f"{len(changed)} files differ from this version's ({named}); install again to update.")]


def _left_out(path: Path, source: Path) -> bool:
    parts = path.relative_to(source).parts
    return any(part in ("__pycache__", "Binaries", "Intermediate", "Saved") or part.startswith(".") for part in parts)


def _project_file(project: Path) -> list[Finding]:
    file = sorted(project.glob("*.uproject"))[0]
    described = _read(file)
    if described is None:
        return [Finding("error", f"{file.name} is damaged: Unreal cannot open the project. Repair it.")]
    findings = [_engine_version(str(described.get("EngineAssociation", "")))]
    listed = described.get("Plugins", [])
    off = {
        entry.get("Name")
        for entry in (listed if isinstance(listed, list) else [])
        if isinstance(entry, dict) and entry.get("Enabled") is False
    }
    for name in (PLUGIN, "AudioCapture", "LiveLink"):
        if name in off:
            findings.append(
                Finding("error", f"{file.name} switches the plugin {name} off; enable it under Edit > Plugins.")
            )
    return findings


def _engine_version(association: str) -> Finding:
    wanted = ".".join(map(str, LOWEST_ENGINE))
    found = re.fullmatch(r"(\d+)\.(\d+).*", association)
    if found is None:
        return Finding(
            "warning", f"Which engine opens the project is not known from its file; {wanted} or newer is needed."
        )
    version = (int(found.group(1)), int(found.group(2)))
    if version < LOWEST_ENGINE:
        return Finding("error", f"The project is of Unreal {association}; the plugin needs {wanted} or newer.")
    return Finding("ok", f"Unreal {association} is new enough ({wanted}).")


def _other_copies(project: Path, place: Path) -> list[Finding]:
    others = [
        file.parent
        for file in (project / "Plugins").rglob(f"{PLUGIN}.uplugin")
        if file.parent.resolve() != place.resolve()
    ]
    if others:
        return [Finding("error", f"Another copy of the plugin lies in {others[0]}; remove one of the two.")]
    return [Finding("ok", "There is no other copy.")]
