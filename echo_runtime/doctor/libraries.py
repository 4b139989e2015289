"""Versions of Python and of the libraries, and combinations that are known not to work."""

from __future__ import annotations

import platform
import struct
import sys
from collections.abc import Iterator

from echo_runtime.doctor.finding import Finding
from echo_runtime.doctor.requirements import (
    applies,
    installed_version,
    library_names,
    requirement_parser,
    wanted,
)

REINSTALL = (
    "delete the folder .venv and start ./echo-runtime again, or run `pip install --force-reinstall echo-runtime`"
)
OPENCV = ("opencv-python", "opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless")
"""All of them install the same folder cv2, and the last one to be installed wins."""


def python_version() -> Iterator[Finding]:
    here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if struct.calcsize("P") != 8:
        yield Finding("Python", "error", f"{here}, 32 bits", "install a 64-bit Python; torch exists for no other")
        return
    range_, parse = wanted().python, requirement_parser()
    if range_ and parse is not None:
        fits = parse(f"python{range_}").specifier.contains(platform.python_version(), prereleases=True)
    else:
        fits = (3, 11) <= sys.version_info[:2] <= (3, 12)
    if fits:
        yield Finding("Python", "ok", here)
    else:
        yield Finding(
            "Python", "error", f"{here}; {range_ or '3.11 or 3.12'} is needed",
            "install Python 3.11 or 3.12, name it in ECHO_PYTHON and start ./echo-runtime again",
        )  # fmt: skip


def library_versions() -> Iterator[Finding]:
    """One finding for all that fit, one each for those that are missing or of another version."""
    asked, parse = wanted().libraries, requirement_parser()
    if not asked:
        yield Finding("libraries", "error", "echo-runtime is not installed in this Python", REINSTALL)
        return
    if parse is None:
        missing = [name for name in library_names(asked) if not installed_version(name)]
        if missing:
            yield Finding("libraries", "error", f"not installed: {', '.join(missing)}", REINSTALL)
        yield Finding(
            "libraries", "warning", "versions cannot be compared: the library packaging is missing",
            "pip install packaging",
        )  # fmt: skip
        return
    fitting = []
    for requirement in filter(applies, map(parse, asked)):
        found = installed_version(requirement.name)
        if not found:
            yield Finding("libraries", "error", f"{requirement.name} is not installed", f'pip install "{requirement}"')
        elif not requirement.specifier.contains(found, prereleases=True):
            yield Finding(
                "libraries", "error", f"{requirement.name} is {found}, where {requirement.specifier} is needed",
                f'pip install "{requirement}"',
            )  # fmt: skip
        else:
            fitting.append(f"{requirement.name} {found}")
    if fitting:
        yield Finding("libraries", "ok", ", ".join(fitting))


def contradictions() -> Iterator[Finding]:
    """Libraries of this project, optional ones too, that an installed library cannot work with: numpy 2 or a newer
    protobuf beside mediapipe, a torch_tensorrt for another torch."""
    from importlib import metadata

    parse = requirement_parser()
    if parse is None:
        return
    texts = [*wanted().libraries, *(text for needs in wanted().extras.values() for text in needs)]
    names = dict.fromkeys(parse(text).name for text in texts)
    for name in names:
        if not installed_version(name):
            continue
        for text in metadata.requires(name) or []:
            requirement = parse(text)
            if not applies(requirement):
                continue
            found = installed_version(requirement.name)
            if found and not requirement.specifier.contains(found, prereleases=True):
                yield Finding(
                    "libraries", "error",
                    f"{name} {installed_version(name)} needs {requirement.name} {requirement.specifier}, "
                    f"and {found} is installed",
                    f'pip install "{requirement.name}{requirement.specifier}"',
                )  # fmt: skip


def opencv_builds() -> Iterator[Finding]:
    builds = {name: installed_version(name) for name in OPENCV if installed_version(name)}
    listed = ", ".join(f"{name} {version}" for name, version in builds.items())
    headless = [name for name in builds if name.endswith("headless")]
    if headless:
        yield Finding(
            "OpenCV", "error", f"{listed} share one folder and overwrite each other",
            f"pip uninstall -y {' '.join(builds)}, then {REINSTALL}",
        )  # fmt: skip
    elif len(set(builds.values())) > 1:
        yield Finding(
            "OpenCV", "error", f"{listed} share one folder and must be of one version",
            f"pip uninstall -y {' '.join(builds)}, then {REINSTALL}",
        )  # fmt: skip


def optional_parts() -> Iterator[Finding]:
    """What the extras of the installation would add."""
    parse = requirement_parser()
    if parse is None:
        return
    complete: list[str] = []
    missing: list[str] = []
    for extra, needs in wanted().extras.items():
        absent = [r.name for r in filter(applies, map(parse, needs)) if not installed_version(r.name)]
        (missing if absent else complete).append(extra)
    if complete:
        yield Finding("optional parts", "ok", f"installed: {', '.join(sorted(complete))}")
    if missing:
        yield Finding(
            "optional parts", "note", f"not installed: {', '.join(sorted(missing))}",
            f"when you want one: pip install 'echo-runtime[{sorted(missing)[0]}]'",
        )  # fmt: skip
