"""`echo-runtime plugin`: the engine plugins in a game project."""

from __future__ import annotations

import importlib
import json as jsons
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The Unity and Unreal plugins in a game project: place, verify."
)


class Engine(StrEnum):
    unity = "unity"
    unreal = "unreal"


Project = Annotated[Path, typer.Argument(help="Folder of the game project, or its .uproject file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def install(
    engine: Annotated[Engine, typer.Argument(help="unity or unreal.")], project: Project, as_json: AsJson = False
) -> None:
    """Place the complete plugin into a project. An older one of ours is replaced; nothing else is touched."""
    project = _folder_of(project)
    _must_not_be_of_the_other(engine, project)
    written = _module(engine).install(project)
    folder = project / _common_folder(project, written)
    if as_json:
        print(jsons.dumps({"engine": engine.value, "folder": str(folder), "files": len(written)}))
        return
    print(f"Placed {len(written)} files into {folder}.")
    print(
        f"`echo-runtime plugin check {_typed(project)}` verifies them; README.md there says how to make the first NPC."
    )


@app.command()
def check(project: Project, as_json: AsJson = False) -> None:
    """Verify an installation. Exits with 1 when something is an error."""
    from echo_runtime.errors import PluginError

    project = _folder_of(project)
    modules = {engine.value: module for engine in Engine if (module := _module_or_none(engine)) is not None}
    found = {name: module.check(project) for name, module in modules.items() if module.is_project(project)}
    if not found:
        raise PluginError(
            f"{project} is no Unity project (Assets, ProjectSettings) and no Unreal project (a .uproject file): "
            "give the folder of the game project."
        )
    if as_json:
        print(jsons.dumps({name: [asdict(finding) for finding in findings] for name, findings in found.items()}))
    else:
        for name, findings in found.items():
            for finding in findings:
                print(f"{finding.level:<8} {name}: {finding.text}")
    if any(finding.level == "error" for findings in found.values() for finding in findings):
        raise typer.Exit(1)


def _folder_of(project: Path) -> Path:
    """The project's folder, also where its .uproject file was given."""
    return project.parent if project.suffix == ".uproject" and project.is_file() else project


def _typed(project: Path) -> str:
    """As a shell takes it."""
    return f'"{project}"' if " " in str(project) else str(project)


def _must_not_be_of_the_other(engine: Engine, project: Path) -> None:
    """Says which engine's project it is, where the words of the command were mixed up."""
    from echo_runtime.errors import PluginError

    if _module(engine).is_project(project):
        return
    for other in Engine:
        module = _module_or_none(other)
        if other != engine and module is not None and module.is_project(project):
            names = {Engine.unity: "a Unity", Engine.unreal: "an Unreal"}
            raise PluginError(
                f"{project} is {names[other]} project, not {names[engine]} one; "
                f"run: echo-runtime plugin install {other.value} {_typed(project)}"
            )


def _module(engine: Engine) -> Any:
    return importlib.import_module(f"echo_runtime.plugins.{engine.value}")


def _module_or_none(engine: Engine) -> Any:
    try:
        return _module(engine)
    except ModuleNotFoundError:
        return None


def _common_folder(project: Path, written: list[Path]) -> Path:
    """The folder below the project that all of the files lie in."""
    import os

    root = project.resolve()
    places = [str(path.resolve().parent.relative_to(root)) for path in written if path.resolve().is_relative_to(root)]
    return Path(os.path.commonpath(places)) if places else Path(".")
