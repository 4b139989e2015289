"""`echo-runtime speak`: send a sound file to an NPC."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_runtime.errors import MediaError, UsageError


def command(
    file: Annotated[Path, typer.Argument(help="WAV, FLAC, OGG or MP3.")],
    npc: Annotated[str, typer.Option(help="Who speaks. Default: the first open NPC.")] = "",
    address: Annotated[str, typer.Option(help="The runtime's control socket.")] = "tcp://127.0.0.1:27810",
    text: Annotated[str, typer.Option(help="What is said, for the dialogue's history.")] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Return when the last word has been heard.")] = True,
    insecure_lan: Annotated[bool, typer.Option(help="Allow an address outside this machine, unencrypted.")] = False,
    server_key: Annotated[str, typer.Option(help="The runtime's public key, for an encrypted connection.")] = "",
    key: Annotated[Path | None, typer.Option(help="One's own key file, for an encrypted connection.")] = None,
) -> None:
    """Make an NPC speak a sound file of any rate."""
    import numpy as np
    import soundfile
    from echo_bridge.client import EchoClient

    try:
        samples, rate = soundfile.read(str(file), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise MediaError(f"{file} cannot be read as sound: {error}") from error
    if not len(samples):
        raise MediaError(f"{file} holds no sound.")
    with EchoClient.connect(
        address, video=False, cues=False, insecure_lan=insecure_lan, server_key=server_key, key_file=key or ""
    ) as client:
        name = npc
        if not name:
            listed = client.list_npcs()
            if not listed:
                raise UsageError("The runtime has no NPC open: name one with --npc NAME.")
            name = str(listed[0]["name"])
        client.open_npc(name)
        client.speak(name, np.ascontiguousarray(samples[:, :2]), rate, text=text, wait=wait)
    print(f"{name} spoke {len(samples) / rate:.1f} s.")
