"""`echo-runtime run`: the runtime on the user's own inputs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from echo_bridge.limits import DEFAULT_CONTROL_PORT


def command(
    context: typer.Context,
    player: Annotated[
        str,
        typer.Option(
            help="camera, camera:NAME or N, engine, livelink[:PORT], engine+camera, livelink+camera, none, "
            "or a video file."
        ),
    ] = "camera",
    voice: Annotated[
        str, typer.Option(help="microphone, microphone:NAME or N, engine, none, or a file.")
    ] = "microphone",
    profile: Annotated[
        str, typer.Option(help="A calibration of yours: a name that `calibrate` saved, or the path of its file.")
    ] = "",
    avatar: Annotated[str, typer.Option(help="A shipped avatar or the folder of a package.")] = "mira",
    model: Annotated[str | None, typer.Option(help="Folder of another model package than the shipped one.")] = None,
    npc: Annotated[str, typer.Option(help="Name of the NPC; default: the avatar's.")] = "",
    temperament: Annotated[
        float | None, typer.Option(min=0, max=1, help="0 calm … 1 lively; default: the avatar's.")
    ] = None,
    expressiveness: Annotated[
        float | None, typer.Option(min=0, max=1, help="0 reserved … 1 expressive; default: the avatar's.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=0.04, help="Stop after so much of the player's time.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for npc.mp4 and report.json, made by a second process.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    headless: Annotated[bool, typer.Option(help="No display; one JSON line on stdout when ready.")] = False,
    virtual_clock: Annotated[
        bool, typer.Option(help="Time moves only as frames are made: the same inputs give the same frames.")
    ] = False,
    fast: Annotated[bool, typer.Option(help="Files as fast as possible: a virtual clock until they end.")] = False,
    seed: Annotated[int, typer.Option(help="Of all chance in the motion.")] = 0,
    backend: Annotated[str, typer.Option(help="auto, eager or openvino.")] = "auto",
    host: Annotated[str, typer.Option("--bind", "--host", help="Address to listen on.")] = "127.0.0.1",
    keys: Annotated[
        Path | None, typer.Option(help="The runtime's key file (`echo-runtime keys new`): encrypts all connections.")
    ] = None,
    control_port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free one.")] = DEFAULT_CONTROL_PORT,
    cues_port: Annotated[int, typer.Option(min=0, max=65535)] = 0,
    video_port: Annotated[int, typer.Option(min=0, max=65535)] = 0,
    insecure_lan: Annotated[bool, typer.Option(help="Listen beyond this machine without encryption.")] = False,
    picture_format: Annotated[str, typer.Option(help="bgra8, rgba8, or jpeg for clients across a network.")] = "bgra8",
    jpeg_quality: Annotated[int, typer.Option(min=1, max=100)] = 85,
    recognise: Annotated[
        str, typer.Option(help="Understand the player's words: pocketsphinx, faster-whisper:PATH or sherpa-onnx:PATH.")
    ] = "",
    affect_endpoint: Annotated[
        str, typer.Option(help="Base address of an OpenAI-compatible API that reads feelings out of the dialogue.")
    ] = "",
    voice_for_text: Annotated[
        str,
        typer.Option(help="Speak texts of clients (speak_text): espeak-ng, a server's http://…/v1, or kokoro:PATH."),
    ] = "",
    npc_voices: Annotated[
        Path | None, typer.Option(help="TOML file that says which NPC speaks texts with which voice, rate and pitch.")
    ] = None,
    memory: Annotated[Path | None, typer.Option(help="Folder in which NPCs remember from run to run.")] = None,
    livelink_out: Annotated[
        list[str] | None,
        typer.Option(help="Send faces as Live Link Face subjects (Unreal, MetaHuman) to [NPC=]HOST[:11111]."),
    ] = None,
    vmc_out: Annotated[
        list[str] | None, typer.Option(help="Send a face over the VMC protocol (VRM) to [NPC=]HOST[:39539].")
    ] = None,
    vmc_names: Annotated[
        str, typer.Option(help="Expressions sent by --vmc-out: vrm0, vrm1, perfect-sync, arkit.")
    ] = "vrm0",
    video_out: Annotated[
        Path | None, typer.Option(help="Film the NPC, with its voice, into this .mp4; encoded beside the frames.")
    ] = None,
    motion_out: Annotated[Path | None, typer.Option(help="Write every frame's motion to this .npz file.")] = None,
    record: Annotated[
        Path | None, typer.Option(help="Record the run into this new file, to be replayed bit for bit.", dir_okay=False)
    ] = None,
    record_video: Annotated[
        bool, typer.Option(help="With --record: the player's pictures and sound too, in an mp4 beside the recording.")
    ] = False,
    replay: Annotated[
        Path | None, typer.Option(help="Live through a recording again, in its time, or at once with --fast.")
    ] = None,
) -> None:
    from rich.console import Console
    from rich.markup import escape

    from echo_runtime.errors import UsageError
    from echo_runtime.outputs.opening import OutputOptions, open_outputs
    from echo_runtime.runtime.motion_log import MotionLog
    from echo_runtime.runtime.serving import ServingConfig, serve, stopping_on_signals
    from echo_runtime.runtime.watching import WatchingClient, make_report

    if replay is not None:
        from echo_runtime.commands.replaying import replay_recording

        replay_recording(context, replay)
        return
    if fast and seconds is None:
        seconds = file_seconds(player, voice)
    virtual = virtual_clock or fast
    if virtual and out is not None:
        raise UsageError("--out records in real time; leave out --virtual-clock and --fast, or use --motion-out.")
    if keys is not None and out is not None:
        raise UsageError("--out records through a client without a key: leave out --keys, or record with `listen`.")
    console = Console(stderr=True, quiet=headless or as_json)
    config = ServingConfig(
        player=player,
        voice=voice,
        profile=profile,
        avatar=avatar,
        model=model,
        npc=npc,
        temperament=temperament,
        expressiveness=expressiveness,
        seconds=seconds,
        seed=seed,
        virtual_clock=virtual,
        wait_for_client=out is not None,
        backend=backend,
        host=host,
        control_port=control_port,
        cues_port=cues_port,
        video_port=video_port,
        insecure_lan=insecure_lan,
        keys=keys,
        picture_format=picture_format,
        jpeg_quality=jpeg_quality,
        recognise=recognise,
        affect_endpoint=affect_endpoint,
        voice_for_text=voice_for_text,
        npc_voices=npc_voices,
        memory=memory,
        record=record,
        record_video=record_video,
    )
    ways_out = OutputOptions(livelink_out or (), vmc_out or (), vmc_names, video_out)

    def tell(note: str) -> None:
        console.print("[yellow]Note:[/]", escape(note))

    with (
        serve(config, console) as serving,
        stopping_on_signals(serving.stop),
        open_outputs(ways_out, serving.runtime, config.npc_name, tell) as outputs,
    ):
        if headless:
            ready = {"event": "ready", "npc": config.npc_name, **serving.bridge.ports}
            print(json.dumps(ready), flush=True)
        console.print(f"Listening at {serving.address}; the NPC is {config.npc_name}. Ctrl-C ends it.")
        if record is not None:
            console.print(f"Recording into {record}{' and an mp4 beside it' if record_video else ''}.")
        if config.plain_beyond_this_machine:
            warning = (
                f"--insecure-lan: faces and voices go over {host} unencrypted, to whoever asks, and anybody there "
            )
            print(
                f"WARNING: {warning}may command the NPCs. Use it on your own network only.", file=sys.stderr, flush=True
            )
        serving.runtime.note_listeners.append(tell)
        log = MotionLog(serving.runtime) if motion_out is not None else None
        watch = None
        if out is not None:
            from echo_runtime.demo.conversation import Conversation

            out.mkdir(parents=True, exist_ok=True)
            watch = Conversation(
                serving,
                config.npc_name,
                lambda: WatchingClient(serving.address, config.npc_name, out, serving.inputs.clip),
            )
            watch.start()
        serving.run()
        counted = None
        serving.bridge.close()
        if watch is not None:
            counted = watch.finish()
        report = make_report(serving, counted)
    report |= {"outputs": outputs.report()} if ways_out != OutputOptions() else {}
    if log is not None and motion_out is not None:
        log.write(motion_out)
    if out is not None:
        (out / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    if as_json:
        print(json.dumps(report, indent=1))


def file_seconds(player: str, voice: str) -> float:
    """Length of the longer of the two files. Raises UsageError when neither is a file."""
    import av

    from echo_runtime.errors import UsageError

    lengths = []
    for name in {player, voice}:
        if Path(name).is_file():
            with av.open(name) as container:
                lengths.append((container.duration or 0) / 1e6)
    if not lengths or max(lengths) <= 0:
        raise UsageError("--fast needs a file as --player or --voice, or --seconds.")
    return max(lengths)
