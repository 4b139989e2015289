"""`echo-runtime bench`: what things cost on this machine."""

from __future__ import annotations

import json as jsons
import subprocess
import sys
from typing import Annotated, Any

import typer

from echo_runtime.commands.test import repository_root
from echo_runtime.errors import UsageError

BENCHES = {"wire": "wire.py", "frame_cost": "frame_cost.py", "context": "context.py"}
"""Name → program in benchmarks/, which takes --json."""


def command(
    only: Annotated[str, typer.Option(help=f"Which, separated by commas: {', '.join(BENCHES)}. Default: all.")] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Runs the programs of benchmarks/ one after another. Other load on the machine falls on the numbers."""
    root = repository_root()
    if root is None:
        raise UsageError(
            "This installation has no benchmarks; clone the repository and run `./echo-runtime bench` there."
        )
    names = [name for name in only.split(",") if name] or list(BENCHES)
    for name in names:
        if name not in BENCHES:
            raise UsageError(f"There is no benchmark '{name}'; there are {', '.join(BENCHES)}.")
    document: dict[str, Any] = {}
    for name in names:
        line = [sys.executable, str(root / "benchmarks" / BENCHES[name])]
        if not json:
            status = subprocess.call(line)
        else:
            finished = subprocess.run([*line, "--json"], stdout=subprocess.PIPE, text=True)
            status = finished.returncode
            if not status:
                result = jsons.loads(finished.stdout)
                document[name] = result.get(name, result)
        if status:
            raise typer.Exit(status)
    if json:
        print(jsons.dumps(document, indent=1))
