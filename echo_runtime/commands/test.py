"""`echo-runtime test`: the test suite of this checkout."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

import echo_runtime
from echo_runtime.errors import MissingDependencyError, UsageError

WORKERS = 3
ONE_PROCESS = ("-s", "--pdb", "--trace")
"""Options of pytest that need the terminal to themselves."""

settings = {"context_settings": {"allow_extra_args": True, "ignore_unknown_options": True}}


def command(
    context: typer.Context,
    soak: Annotated[bool, typer.Option("--soak", help="Run the long soaks, and only those.")] = False,
) -> None:
    """Everything else goes to pytest: paths, -k, -x, … Paths may be relative to the current folder."""
    root = repository_root()
    if root is None:
        raise UsageError("This installation has no tests; clone the repository and run `./echo-runtime test` in it.")
    if importlib.util.find_spec("pytest") is None:
        raise MissingDependencyError(f"pytest is not installed; install it with `pip install -e '{root}[train,test]'`.")
    raise typer.Exit(subprocess.call(pytest_line(root, context.args, soak), cwd=root))


def repository_root() -> Path | None:
    """The checkout that this package runs from; None when it was installed as a wheel."""
    root = Path(echo_runtime.__file__).resolve().parents[1]
    return root if (root / "pyproject.toml").is_file() and (root / "tests").is_dir() else None


def pytest_line(root: Path, arguments: list[str], soak: bool) -> list[str]:
    """The command that runs pytest. A later -m or -n in `arguments` replaces ours.

    The whole suite runs in several processes, file by file (https://pytest-xdist.readthedocs.io), for much of it waits
    for other processes; what is named on the line, and soaks, run in one.
    """
    line = [sys.executable, "-m", "pytest", "-m", "soak" if soak else "not soak"]
    if soak:
        line += ["-o", "timeout=0"]
    elif whole_suite(arguments) and importlib.util.find_spec("xdist") is not None:
        line += ["-n", str(WORKERS), "--dist", "loadfile"]
    for argument in arguments:
        path = Path(argument.partition("::")[0])
        # pytest runs in the checkout, so what the user names from elsewhere must be absolute
        here = (
            not argument.startswith("-") and not path.is_absolute() and path.exists() and path.resolve() != root / path
        )
        line.append(str(Path.cwd() / argument) if here else argument)
    return line


def whole_suite(arguments: list[str]) -> bool:
    """Whether these arguments of pytest name no file and leave the terminal alone."""
    return not any(argument in ONE_PROCESS or Path(argument.partition("::")[0]).exists() for argument in arguments)
