"""What this project asks for: of Python and of libraries, as pyproject.toml or the installed metadata has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

PROJECT = "echo-runtime"


@dataclass(frozen=True)
class Wanted:
    """`python` as in ">=3.11,<3.13"; `libraries` as in "numpy<2,>=1.26.4"; `extras` by name."""

    python: str
    libraries: list[str]
    extras: dict[str, list[str]]


@cache
def wanted(checkout: Path = Path(__file__).parents[2]) -> Wanted:
    """From the checkout that this file lies in, else from the installation. Empty where neither can be read."""
    try:
        import tomllib

        project = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]
        if project["name"] == PROJECT:
            extras = {name: list(needs) for name, needs in project.get("optional-dependencies", {}).items()}
            return Wanted(project["requires-python"], list(project["dependencies"]), extras)
    except (ImportError, OSError, ValueError, KeyError):
        pass
    try:
        found = metadata.metadata(PROJECT)
    except metadata.PackageNotFoundError:
        return Wanted("", [], {})
    libraries: list[str] = []
    extras = {}
    for text in metadata.requires(PROJECT) or []:
        name, _, extra = text.partition("extra ==")
        if extra:
            extras.setdefault(extra.strip(" '\")"), []).append(name.partition(";")[0].strip())
        else:
            libraries.append(text)
    return Wanted(str(found["Requires-Python"] or ""), libraries, extras)


@cache
def requirement_parser() -> Callable[[str], Any] | None:
    """packaging.requirements.Requirement, pip's own copy of it, or None."""
    for module in ("packaging.requirements", "pip._vendor.packaging.requirements"):
        try:
            parse: Callable[[str], Any] = __import__(module, fromlist=["Requirement"]).Requirement
            return parse
        except Exception:
            continue
    return None


def library_names(requirements: list[str]) -> list[str]:
    """Of those that are meant for this system. Without a parser all with a condition are taken to be for others."""
    parse = requirement_parser()
    if parse is not None:
        return [requirement.name for requirement in map(parse, requirements) if applies(requirement)]
    plain = (re.match(r"[A-Za-z0-9._-]+", text) for text in requirements if ";" not in text)
    return [found.group() for found in plain if found is not None]


def applies(requirement: Any) -> bool:
    """Whether it is meant for this system, and not for an extra of that library."""
    return requirement.marker is None or bool(requirement.marker.evaluate({"extra": ""}))


def installed_version(name: str) -> str:
    """ "" when it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


@cache
def _packages() -> dict[str, list[str]]:
    """Top-level packages of every installed library, by its name in small letters."""
    found: dict[str, list[str]] = {}
    for package, libraries in metadata.packages_distributions().items():
        for library in dict.fromkeys(libraries):
            found.setdefault(library.lower(), []).append(package)
    return found


def import_name(name: str) -> str:
    """As what the installed library of that name is imported: cv2 of opencv-python."""
    usual = name.lower().replace("-", "_")
    packages = _packages().get(name.lower(), [usual])
    return usual if usual in packages else min(packages, key=lambda package: (package.startswith("_"), len(package)))
