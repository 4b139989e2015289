"""`echo-runtime calibrate profiles`: what was measured, kept by name."""

from __future__ import annotations

import json as jsons
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List, show, export, import, delete profiles.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


@app.command("list")
def list_profiles(as_json: AsJson = False) -> None:
    """What there is, and where."""
    from echo_calibration.profile_folder import ProfileFolder

    folder = ProfileFolder()
    listed = folder.listed()
    if as_json:
        rows = [
            {
                "name": entry.name,
                "file": str(entry.path),
                "parts": list(entry.profile.parts) if entry.profile else [],
                "written": entry.profile.written if entry.profile else "",
                "trouble": entry.trouble,
            }
            for entry in listed
        ]
        print(jsons.dumps({"folder": str(folder.folder), "profiles": rows}, indent=1))
        return
    print(folder.folder)
    for entry in listed:
        if entry.profile is None:
            print(f"  {entry.name:<16}cannot be used: {entry.trouble}")
        else:
            print(f"  {entry.name:<16}{', '.join(entry.profile.parts) or 'empty'}   {entry.profile.written}")
    if not listed:
        print("  no profiles yet; `echo-runtime calibrate player --profile NAME` makes one")


@app.command()
def show(name: str) -> None:
    """Print a profile's file."""
    from echo_calibration.profile_folder import ProfileFolder

    folder = ProfileFolder()
    folder.load(name)
    print(folder.path(name).read_text("utf-8"), end="")


@app.command()
def export(name: str, to: Annotated[Path, typer.Argument(help="A file, or a folder.")]) -> None:
    """Copy a profile to a file, for another machine."""
    from echo_calibration.profile_folder import ProfileFolder

    print(ProfileFolder().export(name, to))


@app.command("import")
def take_in(
    file: Path,
    name: Annotated[str, typer.Option(help="Under another name than the file's own.")] = "",
    replacing: Annotated[bool, typer.Option("--replace", help="Overwrite a profile of that name.")] = False,
) -> None:
    """Check a profile's file and keep it."""
    from echo_calibration.profile_folder import ProfileFolder

    print(f"{ProfileFolder().take_in(file, name, replacing).name} is there: echo-runtime run --profile NAME uses it.")


@app.command()
def delete(name: str) -> None:
    """Delete a profile."""
    from echo_calibration.profile_folder import ProfileFolder

    print(f"{ProfileFolder().delete(name)} is deleted.")
