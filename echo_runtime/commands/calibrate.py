"""`echo-runtime calibrate`: what is particular to a player, a microphone, a camera, an avatar and an engine."""

from __future__ import annotations

import json as jsons
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echo_runtime.commands import calibration_profiles

if TYPE_CHECKING:
    from echo_calibration.profile import Profile

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Measure player, microphone, camera delay, avatar and engine latency; profiles for `run --profile`.",
)
app.add_typer(calibration_profiles.app, name="profiles")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout; nothing is asked.")]
Selftest = Annotated[bool, typer.Option("--selftest", help="Measure synthetic inputs with known truth; saves nothing.")]
ProfileName = Annotated[str, typer.Option("--profile", help="Name of the profile that the result is saved in.")]
Player = Annotated[str, typer.Option(help="camera, camera:N, camera:NAME, or a video file.")]
Voice = Annotated[str, typer.Option(help="microphone, microphone:NAME, or a sound or video file.")]
Seed = Annotated[int, typer.Option(help="Of all chance in the self-test.")]
Address = Annotated[str, typer.Option(help="Control socket of a running runtime; without it one is started.")]


@app.command()
def player(
    player: Player = "camera",
    profile: ProfileName = "default",
    movement: Annotated[bool, typer.Option(help="--no-movement measures the resting face only.")] = True,
    selftest: Selftest = False,
    identities: Annotated[int, typer.Option(min=1, max=50, help="Of the self-test.")] = 4,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Neutral face, range of motion and head pose, in half a minute."""
    if selftest:
        from echo_calibration.selftest.player_selftest import check_player

        return _report(check_player(identities, seed, _progress(as_json)), as_json)
    from dataclasses import replace

    from echo_calibration.measuring import measure_player

    stored = _stored(profile)
    measured = measure_player(_guide(as_json, player), lambda: _face(player), movement=movement)
    found = measured.result
    kept = replace(stored, player=found, camera=_device(player))
    document = {"quality": found.quality, "frames": list(found.frames), "head_pose_rad": found.known.rotation.tolist()}
    _finish(kept, document, measured.notes, as_json)


@app.command()
def microphone(
    voice: Voice = "microphone",
    profile: ProfileName = "default",
    listen: Annotated[bool, typer.Option(help="Play the recording back and ask whether it sounds right.")] = True,
    selftest: Selftest = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Device by ear test, noise floor, level, clipping, and from when on sound counts as speech."""
    if selftest:
        from echo_calibration.selftest.microphone_selftest import check_microphone

        return _report(check_microphone(seed), as_json)
    from dataclasses import replace

    from echo_calibration.ear_test import choose_by_ear
    from echo_calibration.measuring import measure_microphone

    guide, stored = _guide(as_json, voice), _stored(profile)
    if listen and guide.interactive and _device(voice):
        voice = choose_by_ear(guide, voice)
    measured = measure_microphone(guide, lambda: _sound(voice), _device(voice))
    kept = replace(stored, microphone=measured.result)
    _finish(kept, dict(vars(measured.result)), measured.notes, as_json)


@app.command()
def sync(
    player: Player = "camera",
    voice: Voice = "microphone",
    profile: ProfileName = "default",
    selftest: Selftest = False,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """How much later than your voice the camera's pictures come: say "pa pa pa"."""
    if selftest:
        from echo_calibration.selftest.sync_selftest import check_sync

        return _report(check_sync(seed, progress=_progress(as_json)), as_json)
    from dataclasses import replace

    from echo_calibration.measuring import measure_sync
    from echo_calibration.profile import SyncCalibration

    stored = _stored(profile)
    measured = measure_sync(_guide(as_json, player, voice), lambda: _face(player), lambda: _sound(voice))
    found = measured.result
    result = SyncCalibration(
        round(found.delay_s, 4), round(found.spread_s, 4), found.syllables, _device(player), _device(voice)
    )
    document = {"delay_ms": round(found.delay_s * 1000, 1), "spread_ms": round(found.spread_s * 1000, 1)}
    document |= {"syllables": found.syllables, "quality": found.quality}
    _finish(replace(stored, sync=result), document, measured.notes, as_json)


@app.command()
def avatar(
    picture: Annotated[
        str, typer.Argument(help="A picture, an avatar's name, or the folder of a package.", show_default=False)
    ] = "",
    out: Annotated[Path, typer.Option(help="Folder for the region map, test pattern and preview.")] = Path("avatar"),
    polygons: Annotated[
        Path | None, typer.Option(help="Regions drawn by hand, of a face that is not human: a JSON file.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="A screenshot of the test pattern in your engine, cut to the pattern.")
    ] = None,
    background: Annotated[
        float, typer.Option(min=0, max=1, help="With --check: the grey behind the pattern, 0 black … 1 white.")
    ] = 0.5,
    selftest: Selftest = False,
    identities: Annotated[int, typer.Option(min=1, max=50, help="Of the self-test.")] = 4,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Region map and neutral pose of a reference picture, and a test pattern for colours and alpha."""
    if selftest:
        from echo_calibration.selftest.avatar_selftest import check_avatar

        return _report(check_avatar(identities, seed, progress=_progress(as_json)), as_json)
    from echo_calibration.avatar import calibrate_avatar, read_picture, write_calibration

    from echo_runtime.errors import UsageError

    if check is not None:
        from echo_calibration.colour_pattern import read_pattern

        found = read_pattern(read_picture(check), background)
        document = {"shown": found.name, "do": found.remedy, "distance": found.distance, "passed": found.good}
        return _report(document, as_json)
    if not picture:
        raise UsageError("Give a picture, an avatar's name or a package's folder: echo-runtime calibrate avatar mira.")
    rgba = read_picture(picture)
    measured = calibrate_avatar(rgba, polygons)
    files = write_calibration(measured, rgba, out)
    document = {"source": measured.regions.source, "shares": measured.regions.shares, "notes": measured.notes}
    if as_json:
        print(jsons.dumps({**document, "files": [str(file) for file in files]}, indent=1))
        return
    for name, share in measured.regions.shares.items():
        print(f"{name:<16}{share:.1%}")
    for note in measured.notes:
        print(f"Note: {note}")
    print(f"Look at {out / 'preview.png'}; show {out / 'test_pattern.png'} in your engine, and --check a screenshot.")


@app.command()
def latency(
    address: Address = "",
    npc: Annotated[str, typer.Option(help="With --address: which NPC to watch; opened if it is not.")] = "mira",
    seconds: Annotated[float, typer.Option(min=1, max=3600)] = 10.0,
    ticks: Annotated[float, typer.Option(min=1, max=1000, help="Ticks per second of the game's loop.")] = 60.0,
    server_key: Annotated[str, typer.Option(help="The runtime's public key.")] = "",
    key: Annotated[str, typer.Option(help="One's own key file.")] = "",
    insecure_lan: Annotated[bool, typer.Option(help="Another machine, unencrypted.")] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Be a runtime that shows the test pattern with time codes, for your game.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve: of the control socket.")] = 27810,
    selftest: Selftest = False,
    as_json: AsJson = False,
) -> None:
    """Clock offset, round trip, and how old a picture is when a game has it: measured in the place of the game."""
    if selftest:
        from echo_calibration.selftest.latency_selftest import check_latency

        return _report(check_latency(), as_json)
    if serve:
        return _serve_pattern(port)
    from echo_bridge.client import EchoClient
    from echo_calibration.latency import measure_here, measure_latency

    if not address:
        return _report(measure_here(seconds, ticks).document(), as_json)
    with EchoClient.connect(address, server_key=server_key, key_file=key, insecure_lan=insecure_lan) as client:
        client.open_npc(npc)
        _report(measure_latency(client, npc, seconds, ticks).document(), as_json)


def _serve_pattern(port: int) -> None:
    """Until Ctrl-C."""
    import threading

    from echo_calibration.pattern_runtime import NPC, PatternRuntime

    from echo_runtime.runtime.serving import stopping_on_signals

    stop = threading.Event()
    runtime = PatternRuntime(port)
    address = f"tcp://127.0.0.1:{runtime.server.ports['control']}"
    print(f"Listening at {address}; open the NPC '{NPC}'. Ctrl-C ends it.", flush=True)
    try:
        with stopping_on_signals(stop.set):
            runtime.run(stop.is_set, lambda name: print(f"{name} is connected", flush=True))
    finally:
        runtime.close()


def _guide(as_json: bool, *names: str) -> Any:
    """Asks only where somebody sits before a device of these `names`: a file gives the same again and again."""
    from echo_calibration.guide import Guide

    return Guide(quiet=as_json, interactive=None if any(_device(name) for name in names) else False)


def _progress(as_json: bool) -> Any:
    from rich.console import Console

    return Console(stderr=True, quiet=as_json, highlight=False).print


def _face(name: str) -> Any:
    from echo_runtime.capture.opening import open_player
    from echo_runtime.errors import UsageError

    source = None if name == "engine" else open_player(name)
    if source is None or source.tracked:
        raise UsageError(f"--player {name} gives no pictures; calibrate with a camera or a video file.")
    return source


def _sound(name: str) -> Any:
    from echo_runtime.capture.opening import open_voice
    from echo_runtime.errors import UsageError

    source = None if name == "engine" else open_voice(name)
    if source is None:
        raise UsageError(f"--voice {name} gives no sound; calibrate with a microphone or a sound file.")
    return source


def _device(name: str) -> str:
    """The name as it is kept in a profile: "" for a file."""
    return name if name.partition(":")[0] in ("camera", "microphone") else ""


def _stored(name: str) -> Profile:
    """Before anything is measured: a name that cannot be saved is said at once."""
    from echo_calibration.profile_folder import ProfileFolder

    return ProfileFolder().load_or_new(name)


def _finish(profile: Profile, document: dict[str, Any], notes: list[str], as_json: bool) -> None:
    """Save, and say what was found."""
    from echo_calibration.profile_folder import ProfileFolder

    path = ProfileFolder().save(profile)
    if as_json:
        print(jsons.dumps({**document, "notes": notes, "profile": profile.name, "file": str(path)}, indent=1))
        return
    for key, value in document.items():
        print(f"{key:<16}{value}")
    for note in notes:
        print(f"Note: {note}")
    print(f"Saved in {path}; use it with: echo-runtime run --profile {profile.name}")


def _report(document: dict[str, Any], as_json: bool) -> None:
    """A self-test's numbers; exit status 1 where one misses its mark."""
    if as_json:
        print(jsons.dumps(document, indent=1))
    else:
        for key, value in document.items():
            print(f"{key:<36}{value}")
    if not document.get("passed", True):
        raise typer.Exit(1)
