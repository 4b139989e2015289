"""`echo-runtime doctor`: what this machine lacks, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer
from echo_bridge.limits import DEFAULT_CONTROL_PORT


def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    self_test: Annotated[bool, typer.Option(help="Make one second of frames and time it.")] = True,
    control_port: Annotated[
        int, typer.Option(min=1, max=65535, help="The port of `run` to look at.")
    ] = DEFAULT_CONTROL_PORT,
) -> None:
    """Exits with 0 when a demo can run, else with 1."""
    from echo_runtime.doctor.__main__ import examine

    raise typer.Exit(examine(as_json, self_test, control_port))
