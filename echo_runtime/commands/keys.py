"""`echo-runtime keys`: keys for encrypted connections across a network."""

from __future__ import annotations

import json as jsons
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Keys for encrypted connections across a network.")

RUNTIME = "runtime"
"""Name of the runtime's own key."""
Folder = Annotated[Path | None, typer.Option(help="Where the keys lie; default: the user's configuration folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def default_folder() -> Path:
    import platformdirs

    return platformdirs.user_config_path("echo-runtime") / "keys"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Of the client; without one the runtime's own key is made.")] = RUNTIME,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Make a key pair. A client's is put on the allow-list; carry its file to the client's machine."""
    from echo_bridge.keys import ALLOW_LIST, AllowList, KeyPair, check_name

    folder = folder or default_folder()
    pair, file = KeyPair.new(), folder / f"{check_name(name)}.key"
    pair.write(file, name)
    allowed = folder / ALLOW_LIST
    if name != RUNTIME:
        AllowList.add(allowed, name, pair.public)
    elif not allowed.exists():
        AllowList.write(allowed, {})
    if as_json:
        print(jsons.dumps({"name": name, "public": pair.public, "file": str(file)}))
    elif name == RUNTIME:
        print(f"The runtime's key: {pair.public}\nStart it with: echo-runtime run --bind ADDRESS --keys {file}")
    else:
        server = _public(folder / f"{RUNTIME}.key")
        print(f"{name} may connect now. Move {file} to its machine, and give the client there:")
        print(f"  --key {file.name} --server-key '{server or 'KEY (of `echo-runtime keys new`, not made yet)'}'")


@app.command("list")
def show(folder: Folder = None, as_json: AsJson = False) -> None:
    """The runtime's public key, and who may connect."""
    from echo_bridge.keys import ALLOW_LIST, AllowList

    folder = folder or default_folder()
    allowed: dict[str, str] = AllowList(folder / ALLOW_LIST).names if (folder / ALLOW_LIST).exists() else {}
    found: dict[str, Any] = {
        "folder": str(folder),
        "runtime": _public(folder / f"{RUNTIME}.key"),
        "allowed": allowed,
        "files": sorted(file.name for file in folder.glob("*.key")),
    }
    if as_json:
        print(jsons.dumps(found))
        return
    print(f"{folder}\nthe runtime: {found['runtime'] or 'no key yet; make one with `echo-runtime keys new`'}")
    for name, key in allowed.items():
        here = f"   (its secret key is still here: {name}.key)" if f"{name}.key" in found["files"] else ""
        print(f"  {key}  {name}{here}")
    if not allowed:
        print("  nobody may connect; `echo-runtime keys new NAME` makes a key for a client")


@app.command()
def allow(
    public: Annotated[str, typer.Argument(help="The client's public key, 40 characters.")],
    name: Annotated[str, typer.Argument(help="A name for it.")],
    folder: Folder = None,
) -> None:
    """Let in a client that made its key itself. A running runtime notices."""
    from echo_bridge.keys import ALLOW_LIST, AllowList

    AllowList.add((folder or default_folder()) / ALLOW_LIST, name, public)
    print(f"{name} may connect now.")


@app.command()
def remove(name: Annotated[str, typer.Argument(help="As `keys list` shows it.")], folder: Folder = None) -> None:
    """Let a client in no more. A running runtime cuts it off within two seconds."""
    from echo_bridge.keys import ALLOW_LIST, AllowList

    from echo_runtime.errors import KeyFileError

    file = (folder or default_folder()) / ALLOW_LIST
    if not AllowList.remove(file, name):
        raise KeyFileError(f"No key named '{name}' is on the allow-list {file}.")
    print(f"{name} may connect no more.")


def _public(file: Path) -> str:
    from echo_bridge.keys import KeyPair

    return KeyPair.read(file).public if file.exists() else ""
