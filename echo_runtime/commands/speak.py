"""`echo-runtime speak`: make an NPC speak a sound file, or a text with the runtime's voice."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_runtime.errors import MediaError, UsageError


def command(
    file: Annotated[
        Path | None, typer.Argument(help="WAV, FLAC, OGG or MP3. Leave it out to have --text spoken.")
    ] = None,
    npc: Annotated[str, typer.Option(help="Who speaks. Default: the first open NPC.")] = "",
    address: Annotated[str, typer.Option(help="The runtime's control socket.")] = "tcp://127.0.0.1:27810",
    text: Annotated[
        str, typer.Option(help="What is said. Without a file the runtime speaks it (run --voice-for-text).")
    ] = "",
    voice: Annotated[str, typer.Option(help="Of --text without a file: one of the runtime's voices.")] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Return when the last word has been heard.")] = True,
    insecure_lan: Annotated[bool, typer.Option(help="Allow an address outside this machine, unencrypted.")] = False,
    server_key: Annotated[str, typer.Option(help="The runtime's public key, for an encrypted connection.")] = "",
    key: Annotated[Path | None, typer.Option(help="One's own key file, for an encrypted connection.")] = None,
) -> None:
    """Make an NPC speak a sound file of any rate, or a text."""
    import time

    import numpy as np
    import soundfile
    from echo_bridge.client import TEXT_SECONDS, EchoClient
    from echo_bridge.text_parts import text_parts

    if file is None and not text.strip():
        raise UsageError('Nothing to speak: give a sound file, or --text "What is said".')
    if file is not None:
        if voice:
            raise UsageError("--voice is for --text without a sound file: the file has a voice of its own.")
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
        began = time.monotonic()
        if file is None:
            client.timeout = 20.0  # a runtime that is loading its models on a busy machine answers late
            told = [client.speak_text(name, part, voice) for part in text_parts(text)]
            for speech in told if wait else []:
                speech.done(TEXT_SECONDS)
            seconds = time.monotonic() - began
        else:
            client.speak(name, np.ascontiguousarray(samples[:, :2]), rate, text=text, wait=wait)
            seconds = len(samples) / rate
    if file is None and not wait:
        print(f"{name} was told to speak.")
    else:
        print(f"{name} spoke {seconds:.1f} s.")
