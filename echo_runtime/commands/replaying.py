"""`echo-runtime run --replay`: a recorded run once more."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

_TAKEN = (
    "replay", "fast", "backend", "avatar", "model", "host", "keys", "control_port", "cues_port", "video_port",
    "insecure_lan", "picture_format", "jpeg_quality", "as_json", "headless", "motion_out", "livelink_out", "vmc_out",
    "vmc_names", "video_out",
)  # fmt: skip
"""Options of `run` that a replay takes; everything else stands in the recording."""


def replay_recording(context: typer.Context, path: Path) -> None:
    """Replays `path` and compares. Ends with status 1 when the frames are not those of the recording."""
    from rich.console import Console

    from echo_runtime.outputs.opening import OutputOptions, open_outputs
    from echo_runtime.recording.recording import Recording
    from echo_runtime.runtime.motion_log import MotionLog
    from echo_runtime.runtime.replaying import ReplayConfig, replay
    from echo_runtime.runtime.serving import stopping_on_signals

    given = _given(context)
    quiet = bool(given.get("headless") or given.get("as_json"))
    console = Console(stderr=True, quiet=quiet)
    options = {name: value for name, value in given.items() if name in ReplayConfig.__dataclass_fields__}
    fast = bool(given.get("fast", False))
    # a fast one is over before anybody could look; it must not need the usual port
    port = {"control_port": 0 if fast else context.params["control_port"]}
    recording = Recording(path)
    if recording.problem:
        print(f"echo-runtime: {recording.problem}", file=sys.stderr)
    ways_out = OutputOptions(
        given.get("livelink_out", ()), given.get("vmc_out", ()), context.params["vmc_names"], given.get("video_out")
    )
    with (
        replay(recording, ReplayConfig(**{**port, **options, "fast": fast}), console) as replaying,
        stopping_on_signals(replaying.runtime.stop.set),
        open_outputs(ways_out, replaying.runtime, replaying.npc, console.print, patient=True),
    ):
        if given.get("headless"):
            ready = {"event": "ready", "npc": replaying.npc, **replaying.bridge.ports}
            print(json.dumps(ready), flush=True)
        console.print(f"Replaying {recording.seconds:.1f} s of {path} at {replaying.address}; Ctrl-C ends it.")
        motion_out = given.get("motion_out")
        log = MotionLog(replaying.runtime) if motion_out is not None else None
        replaying.run()
        report = replaying.report()
        replaying.bridge.close()
    if log is not None and motion_out is not None:
        log.write(motion_out)
    for difference in report["differences"]:
        print(f"echo-runtime: {difference}", file=sys.stderr)
    if given.get("as_json"):
        print(json.dumps(report, indent=1))
    else:
        console.print(_summary(report))
    if not report["same"]:
        raise typer.Exit(1)


def _given(context: typer.Context) -> dict[str, Any]:
    """The options that stand on the command line. Raises UsageError for one that a replay does not take."""
    from echo_runtime.errors import UsageError

    given = {}
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE":  # by name: typer may bring a click of its own
            continue
        if name not in _TAKEN:
            raise UsageError(f"{parameter.opts[0]} stands in the recording already: leave it out with --replay.")
        given[name] = context.params[name]
    return given


def _summary(report: dict[str, Any]) -> str:
    seconds, frames = report["seconds"], report["frames"]
    if report["same"]:
        return f"The same run: 0 differing bytes in {frames} frames over {seconds:.1f} s."
    lines = [
        f"Not the same run: {report['differing_bytes']} differing bytes in {report['differing_frames']} of {frames} "
        f"frames over {seconds:.1f} s ({report['differing_values']} of {report['compared_values']} values, by at most "
        f"{report['largest_difference']:.3g}; {report['differing_pictures']} pictures)."
    ]
    if report["first_difference"]:
        lines.append(f"First: {report['first_difference']}.")
    return "\n".join(lines)
