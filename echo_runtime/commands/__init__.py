"""The command line: one module per command, imported only when it is called, so that help and errors come at once.

A command module `echo_runtime/commands/NAME.py` holds either `command`, a function for typer, or `app`, a typer.Typer
with sub-commands. NAME is listed in `_COMMANDS` with its one-line help.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from echo_runtime import __version__
from echo_runtime.errors import EchoError

_COMMANDS = {
    "demo": "Watch an NPC listen and speak: the whole chain, headless, into npc.mp4 and report.json.",
    "run": "Run the runtime on your own camera, microphone, files or engine.",
    "listen": "Reference client: receive an NPC, show statistics, write an mp4.",
    "speak": "Make a running NPC speak a sound file or a text.",
    "devices": "List cameras, microphones and loudspeakers, by the names that --player and --voice take.",
    "doctor": "Check this machine: libraries, devices, GPU, ports, folders, speed; and what to do about each.",
    "calibrate": "Measure player, microphone, camera delay, avatar and engine latency; profiles for `run --profile`.",
    "keys": "Make and list the keys of encrypted connections across a network.",
    "plugin": "Place the Unity or Unreal plugin into a game project, or verify one.",
    "train": "Train the speech encoder, the motion generator, a renderer or the face tracker.",
    "evaluate": "Measure lips, reactions and pictures on held-out data.",
    "bench": "Measure what the wire and a frame cost on this machine.",
    "understand": "Try a multimodal language model from your disk as understanding model.",
    "test": "Run the test suite.",
}


LONG_CALL_THREADS = ("model loading", "understanding", "device")
"""How names of threads begin whose calls into libraries may last longer than the command."""


class _LazyGroup(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, name: str) -> Any:
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"echo_runtime.commands.{name}")
        if hasattr(module, "app"):
            command = get_command(module.app)
        else:
            single = typer.Typer(add_completion=False)
            single.command(help=_COMMANDS[name], **getattr(module, "settings", {}))(module.command)
            command = get_command(single)
        command.name = name
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        # the one-line texts stand here, so that `--help` imports no command
        lines = "\n".join(f"  {name:<12}{text}" for name, text in _COMMANDS.items())
        print(f"Usage: echo-runtime COMMAND [OPTIONS]\n\nEcho Runtime: NPCs that listen.\n\nCommands\n{lines}\n")
        print("`echo-runtime COMMAND --help` explains each.")


app = typer.Typer(cls=_LazyGroup, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.callback(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        print(f"echo-runtime {__version__}")
        raise typer.Exit


def main() -> None:
    """Entry point. A user-facing error is one sentence on stderr and exit status 2."""
    status: Any = 0
    try:
        app()
    except SystemExit as end:
        status = end.code
    except EchoError as error:
        print(f"echo-runtime: {error}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        status = 130
    if any(thread.name.startswith(LONG_CALL_THREADS) for thread in threading.enumerate()):
        # a library that still compiles or computes aborts the process when the interpreter ends under it
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1 if status else 0)
    sys.exit(status)
