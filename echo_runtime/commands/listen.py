"""`echo-runtime listen`: the reference client, in a process of its own."""

from __future__ import annotations

import contextlib
import json as jsons
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echo_runtime.errors import ConnectionLostError, UsageError

if TYPE_CHECKING:
    from echo_bridge.client import EchoClient
    from echo_bridge.connection import Received
    from echo_bridge.recording import ClipWriter


def command(
    address: Annotated[str, typer.Option(help="The runtime's control socket.")] = "tcp://127.0.0.1:27810",
    npc: Annotated[str, typer.Option(help="Which NPC; opened if it is not. Default: the first open one.")] = "",
    seconds: Annotated[float | None, typer.Option(help="Stop after so many seconds of frames.", min=0.1)] = None,
    out: Annotated[Path | None, typer.Option(help="Write an mp4 with sound.", dir_okay=False)] = None,
    report: Annotated[Path | None, typer.Option(help="Write the statistics as JSON.", dir_okay=False)] = None,
    side: Annotated[
        Path | None, typer.Option(help="A video of the player to show at the left in the mp4, with its sound.")
    ] = None,
    side_start_us: Annotated[
        int | None,
        typer.Option(help="The runtime's time of its first picture. Default: when the runtime began the player."),
    ] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for a runtime and the first frame.")] = 30.0,
    json: Annotated[bool, typer.Option("--json", help="Print the statistics as JSON.")] = False,
    insecure_lan: Annotated[bool, typer.Option(help="Allow an address outside this machine, unencrypted.")] = False,
    server_key: Annotated[str, typer.Option(help="The runtime's public key, for an encrypted connection.")] = "",
    key: Annotated[Path | None, typer.Option(help="One's own key file, for an encrypted connection.")] = None,
) -> None:
    """Receive an NPC until the time is over, the runtime stops, or Ctrl+C."""
    if side is not None and out is None:
        raise UsageError("--side shows a video in the mp4: give --out FILE.mp4 too.")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    received: queue.SimpleQueue[Received] = queue.SimpleQueue()
    deadline = time.monotonic() + wait
    options = {"insecure_lan": insecure_lan, "server_key": server_key, "key_file": key or ""}
    with _connect(address, wait, options, received.put, stopped) as client:
        name = npc or _first_npc(client, deadline, stopped)
        client.open_npc(name, timeout=max(5.0, wait))
        recorder = _Recorder(out, side, side_start_us) if out is not None else None
        span = _Span(name, seconds)
        try:
            _receive(client, received, span, recorder, stopped, time.monotonic() + wait, live=sys.stderr.isatty())
            counted = client.statistics(name)  # before the clip is finished, which takes a while
        finally:
            if recorder is not None:
                recorder.close()
        statistics = {
            "npc": name,
            **counted,
            "first_pts_us": span.first_us,
            "last_pts_us": span.last_us,
            "round_trip_ms": client.round_trip_us / 1000.0,
            "clip": str(out) if out is not None else None,
        }
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(jsons.dumps(statistics, indent=2) + "\n")
    print(jsons.dumps(statistics) if json else _summary(statistics))


def _connect(address: str, wait: float, options: dict[str, Any], put: Any, stopped: threading.Event) -> EchoClient:
    """Connect, looking at Ctrl+C meanwhile."""
    from echo_bridge.client import EchoClient

    deadline = time.monotonic() + wait
    while True:
        left = deadline - time.monotonic()
        try:
            return EchoClient.connect(address, timeout=max(0.1, min(1.0, left)), on_receive=put, **options)
        except ConnectionLostError as error:
            if not str(error).startswith("No runtime answers"):
                raise  # it answered, and refused
            if left <= 1.0 or stopped.is_set():
                raise ConnectionLostError(
                    f"No runtime answers at {address} within {wait:g} s: start one with 'echo-runtime run', or give "
                    "its address with --address."
                ) from error


def _first_npc(client: EchoClient, deadline: float, stopped: threading.Event) -> str:
    while not stopped.is_set():
        listed = client.list_npcs()
        if listed:
            return str(listed[0]["name"])
        if time.monotonic() > deadline:
            break
        stopped.wait(0.2)
    raise UsageError("The runtime has no NPC open: name one with --npc NAME.")


class _Span:
    """The stretch of frames so far, by their times."""

    def __init__(self, npc: str, seconds: float | None) -> None:
        self.npc, self.seconds = npc, seconds
        self.first_us: int | None = None
        self.last_us: int | None = None

    def add(self, pts_us: int) -> None:
        self.first_us = pts_us if self.first_us is None else self.first_us
        self.last_us = pts_us

    @property
    def full(self) -> bool:
        if self.seconds is None or self.first_us is None or self.last_us is None:
            return False
        return self.last_us - self.first_us >= self.seconds * 1e6 - 40_000  # the last frame is seen as well


class _Recorder:
    """Frames and speech of one NPC into a clip, in the calling thread, which yields to the one that receives."""

    def __init__(self, path: Path, side: Path | None, side_start_us: int | None) -> None:
        from echo_bridge.recording import ClipWriter

        self._writer: ClipWriter = ClipWriter(path)
        self._side, self._side_start_us = side, side_start_us
        self._waiting: list[Any] = []
        if hasattr(os, "setpriority") and sys.platform == "linux":
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)

    def take(self, item: Received) -> None:
        from echo_bridge.inbox import Frame, SpeechChunk
        from echo_bridge.streams import Event

        if isinstance(item, Frame):
            if self._side is not None and not self._writer.frames and not self._open_side(item.header.pts):
                self._waiting.append(item)
                return
            self._write(item)
        elif isinstance(item, SpeechChunk):
            self._writer.sound.add(item.header.pts, item.samples, item.header.rate)
        elif isinstance(item, Event) and not item.again and item.name == "interrupted":
            self._writer.sound.cut(item.pts)
        if isinstance(item, Event) and item.name == "player_started" and self._side_start_us is None:
            self._side_start_us = int(item.detail.get("start_us", item.pts))

    def close(self) -> None:
        for frame in self._waiting:
            self._write(frame)
        if self._writer.frames:
            self._writer.close()
        else:
            with contextlib.suppress(Exception):  # no frame ever came, which is said elsewhere
                self._writer.close()

    def _write(self, frame: Any) -> None:
        from echo_bridge.pictures import convert

        self._writer.add_frame(frame.header.pts, convert(frame.pixels, frame.order, "rgba8"))

    def _open_side(self, pts_us: int) -> bool:
        """Whether recording can begin. The player may start a moment after the first frames."""
        from echo_bridge.recording import SideMedia

        if self._side_start_us is None and len(self._waiting) < 250:
            return False
        start_us = self._side_start_us if self._side_start_us is not None else pts_us
        assert self._side is not None
        self._writer.set_side(SideMedia(self._side, start_us))
        waiting, self._waiting = self._waiting, []
        for frame in waiting:
            self._write(frame)
        return True


def _receive(
    client: EchoClient,
    received: queue.SimpleQueue[Received],
    span: _Span,
    recorder: _Recorder | None,
    stopped: threading.Event,
    deadline: float,
    live: bool,
) -> None:
    """Take in everything until the end. `deadline`: for the first frame."""
    from echo_bridge.inbox import Frame, SpeechChunk
    from echo_bridge.streams import Event

    shown = time.monotonic()
    while not stopped.is_set() and not span.full:
        now = time.monotonic()
        if live and now - shown >= 1.0:
            shown = now
            print(f"\r{_line(client.statistics(span.npc))}", end="", file=sys.stderr, flush=True)
        try:
            item = received.get(timeout=0.1)
        except queue.Empty:
            if span.first_us is None and now > deadline:
                raise ConnectionLostError(
                    client.closing_text or f"No frame of '{span.npc}' has come: its runtime may have stopped."
                ) from None
            if not client.alive:
                break
            continue
        name = item.npc if isinstance(item, Event) else item.header.npc
        if name != span.npc:
            continue
        if isinstance(item, Frame):
            span.add(item.header.pts)
        if recorder is not None and isinstance(item, Frame | SpeechChunk | Event):
            recorder.take(item)
    if live:
        print(file=sys.stderr)
    if span.first_us is None and not stopped.is_set():
        raise ConnectionLostError(
            client.closing_text or f"The runtime fell silent before a frame of '{span.npc}' came."
        )


def _line(statistics: dict[str, Any]) -> str:
    origins = statistics["frames_by_origin"]
    latency = statistics["latency_ms"]
    return (
        f"{statistics['frames_received']} frames ({origins['generated']} generated, {origins['held']} held, "
        f"{origins['idle']} idle)  {statistics['fps']:.1f} fps  {statistics['seq_gaps']} gaps  "
        f"capture→publish {_ms(latency['capture_to_publish']['p50'])}  "
        f"publish→client {_ms(latency['publish_to_client']['p50'])}  "
    )


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ms"


def _summary(statistics: dict[str, Any]) -> str:
    clip = f"\nclip: {statistics['clip']}" if statistics["clip"] else ""
    return f"{statistics['npc']}: {_line(statistics).rstrip()}{clip}"
