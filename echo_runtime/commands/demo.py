"""`echo-runtime demo`: the whole chain on a bundled player, into a film and a report."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer


def command(
    seconds: Annotated[float | None, typer.Option(min=2.0, help="Length; default: the bundled player's.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for npc.mp4 and report.json.")] = Path("out"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    player: Annotated[Path | None, typer.Option(help="Another player: a video file with sound.")] = None,
    avatar: Annotated[str, typer.Option(help="A shipped avatar or the folder of a package.")] = "mira",
    seed: Annotated[int, typer.Option(help="Of all chance in the motion.")] = 0,
    backend: Annotated[str, typer.Option(help="auto, eager or openvino.")] = "auto",
) -> None:
    from rich.console import Console

    from echo_runtime.demo.callback import callback_report, callback_sentence, remember
    from echo_runtime.demo.conversation import Conversation
    from echo_runtime.demo.performance import bundled_performance
    from echo_runtime.errors import UsageError
    from echo_runtime.runtime.serving import ServingConfig, serve, stopping_on_signals
    from echo_runtime.runtime.watching import WatchingClient, make_report
    from echo_runtime.signals import AvatarFrame

    console = Console(stderr=True)
    performance = bundled_performance()
    clip = str(player if player is not None else performance.player)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The folder {out} cannot be made ({error.strerror}); name another with --out.") from error
    memory = out / "memory"
    recording = out / "demo.recording"
    recording.unlink(missing_ok=True)
    config = ServingConfig(
        player=clip,
        voice=clip,
        avatar=avatar,
        seconds=seconds or performance.seconds,
        seed=seed,
        wait_for_client=True,
        backend=backend,
        control_port=0,
        memory=memory,
        record=recording,
    )
    remember(memory, config.npc_name, performance.earlier.memory(config.npc_name, time.time()))
    with serve(config, console) as serving, stopping_on_signals(serving.stop):
        conversation = Conversation(
            serving,
            config.npc_name,
            lambda: WatchingClient(serving.address, config.npc_name, out, Path(clip)),
            performance.lines,
        )
        conversation.start()
        shown: list[AvatarFrame] = []
        serving.runtime.listeners.append(lambda frame: shown.append(replace(frame, rgba=frame.rgba[:1, :1].copy())))
        console.print(f"The NPC {config.npc_name} listens and answers for {config.seconds:.0f} s …")
        serving.run()
        serving.bridge.close()
        report = make_report(serving, conversation.finish())
        models = serving.models
    console.print("The same once more without what the NPC remembers, to see what that changed …")
    report["callback"] = callback_report(recording, shown, conversation.recalled, models)
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    if as_json:
        print(json.dumps(report, indent=1))
    else:
        latency = report["latency_ms"]["capture_to_publish"]
        console.print(
            f"{report['frames_by_origin']['generated']} generated frames at {report['fps']:.1f} fps, "
            f"{report['realtime_factor']:.1f}× real time, player to NPC {latency['p50']:.0f} ms. "
            f"{callback_sentence(report['callback'])}"
            f"Look at {out / 'npc.mp4'} and {out / 'report.json'}."
        )
