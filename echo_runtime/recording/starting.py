"""What `--record` opens, and what its header says."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from echo_runtime.capture.player import PlayerCapture
from echo_runtime.errors import UsageError
from echo_runtime.recording.about import about_this_runtime
from echo_runtime.recording.inflow import Inflow
from echo_runtime.recording.player_clip import PlayerClip
from echo_runtime.recording.recorder import Recorder
from echo_runtime.recording.recording import FORMAT

if TYPE_CHECKING:
    from echo_runtime.runtime.serving import ServingConfig

CLIP_SUFFIX = ".mp4"


def open_inflow(config: ServingConfig, capture: PlayerCapture, stack: ExitStack) -> Inflow:
    """A recorder, closed by `stack`, if this run is to be recorded. Raises RecordingError and UsageError."""
    if config.record is None:
        if config.record_video:
            raise UsageError("--record-video needs --record FILE.")
        return Inflow()
    header = {
        "format": FORMAT,
        "npc": config.npc_name,
        "seed": config.seed,
        "virtual": config.virtual_clock,
        "model": config.model,
        "memory": config.memory is not None,
        "about": about_this_runtime(),
    }
    recorder = Recorder(config.record, header, _clip(config.record, capture) if config.record_video else None)
    stack.callback(recorder.close)
    return recorder


def _clip(path: Path, capture: PlayerCapture) -> PlayerClip:
    beside = path.with_suffix(CLIP_SUFFIX)
    if beside == path:
        raise UsageError(f"--record-video writes {beside}: give the recording another ending than .mp4.")
    if path.exists():  # the recorder says so; the clip must not be begun for nothing
        raise UsageError(f"{path} exists already; give the recording another name, or remove it.")
    return PlayerClip(beside, lambda: capture.picture)
