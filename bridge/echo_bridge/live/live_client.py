"""The game: connects, takes frames tick by tick, speaks, and obeys its command lines."""

from __future__ import annotations

import json
import queue
import threading
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

from echo_bridge import commands
from echo_bridge.client import EchoClient
from echo_bridge.connection import Received
from echo_bridge.inbox import Frame, SpeechChunk
from echo_bridge.live.event_lines import CommandLines, tell
from echo_bridge.live.measures import ReceiveMeasures, resident_bytes
from echo_bridge.live.sound_device import SoundDevice
from echo_bridge.pending import Pending
from echo_bridge.replies import Welcome
from echo_bridge.streams import Event
from echo_runtime.errors import CommandFailedError, EchoError

RESIDENT_AFTER_S = 2.0


class LiveClient:
    """See the package. `run` blocks until it is told to quit, and prints the summary."""

    def __init__(self, options: Namespace) -> None:
        self._options = options
        self._measures = ReceiveMeasures()
        self._happened: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._answers: list[tuple[str, Pending]] = []
        self._seqs: dict[str, int] = {}
        self._shown = self._old_epoch_shown = self._expected = self._resident_first = 0
        self._run_name = ""
        self._first_frame_due = self._stall_over_due = self._quitting = False
        self._stalled_until = 0.0
        npcs = [name.removeprefix("video/").strip("/") for name in options.watch] if options.watch else [options.npc]
        self._made = threading.Event()  # the receiving thread may be there first
        self._client = EchoClient.connect(
            f"{options.host}:{options.port}", client=options.client, npcs=npcs, cues=bool(options.npc),
            on_receive=self._on_receive, insecure_lan=options.insecure_lan, server_key=options.server_key,
            key_file=options.key, on_status=lambda status, text: self._happened.put(("status", (status, text))),
            on_warning=lambda text: tell("warning", text=text), wait=False, proto=options.proto,
            on_welcome=lambda welcome, new_run: self._happened.put(("welcome", welcome)),
        )  # fmt: skip
        self._sound = SoundDevice(self._client.runtime_now)
        self._made.set()

    def run(self) -> None:
        options, lines = self._options, CommandLines()
        start = due = time.monotonic()
        while not self._quitting:
            now = time.monotonic()
            if now - start >= options.seconds if options.seconds else lines.ended:
                break
            for line in lines.take():
                try:
                    self._obey(line)
                except (EchoError, ValueError, OSError) as error:
                    tell("warning", text=f"'{line[:100]}' cannot be obeyed: {error}")
            self._look_around()
            if now >= self._stalled_until:
                self._take_frames()
            if not self._resident_first and now - start > RESIDENT_AFTER_S:
                self._resident_first = resident_bytes()
            due = max(due + 1.0 / options.fps, time.monotonic())  # a slow tick is not made up for
            time.sleep(due - time.monotonic() if due > time.monotonic() else 0.0)
        self._end()

    # In the receiving thread -----------------------------------------------------------------------------------------

    def _on_receive(self, item: Received) -> None:
        self._made.wait()
        header = item if isinstance(item, Event) else item.header
        if (
            isinstance(item, Frame)
            and not item.header.again
            and item.header.published_us
            and self._client.round_trip_us
        ):
            self._measures.add(self._client.runtime_now() - item.header.published_us)
        if header.npc == self._options.npc:
            self._happened.put(("epoch", header.epoch))
            self._sound.expect(header.epoch)
            if isinstance(item, SpeechChunk):
                self._sound.push(item)
        if isinstance(item, Event):
            tell("cue", npc=item.npc, name=item.name, epoch=item.epoch, detail=item.detail)

    # In the game's loop ----------------------------------------------------------------------------------------------

    def _look_around(self) -> None:
        while not self._happened.empty():
            kind, what = self._happened.get()
            if kind == "epoch":
                self._expected = max(self._expected, what)
            elif kind == "status":
                tell("status", status=what[0], text=what[1])
            else:
                self._settle_in(what)
        for command, pending in list(self._answers):
            if pending.finished:
                self._answers.remove((command, pending))
                self._answer(command, pending)
        for refusal in self._client.take_refusals():
            tell("warning", code=refusal.code, text=refusal.text)

    def _settle_in(self, welcome: Welcome) -> None:
        if welcome.run != self._run_name:
            self._run_name, self._expected, self._seqs = welcome.run, 0, {}
            self._sound.reset()
        tell("welcome", session=welcome.session, returned=welcome.returned, run=welcome.run)
        self._first_frame_due = True
        if self._options.npc:
            self._begin(commands.OpenNpc, npc=self._options.npc)

    def _begin(self, kind: type[commands.Command], **fields: Any) -> None:
        self._answers.append((kind.TYPE, self._client.begin(kind, **fields)))

    def _answer(self, command: str, pending: Pending) -> None:
        try:
            result = pending.done(0.0)
        except EchoError as error:
            tell("answer", id=pending.number, command=command, type="failed", code=error.code, text=str(error))
            return
        if command == "open_npc":
            tell("opened", npc=result["npc"], width=result["width"], height=result["height"])
        elif command == "interrupt":
            self._expected = max(self._expected, result["epoch"])
            self._sound.expect(result["epoch"])
            self._client.expect(self._options.npc, result["epoch"])
        tell("answer", id=pending.number, command=command, type="done", result=result)

    def _take_frames(self) -> None:
        for npc in self._client.npcs_seen:
            frame = self._client.latest_frame(npc)
            if frame is None or frame.header.seq <= self._seqs.get(npc, 0):
                continue
            self._seqs[npc] = frame.header.seq
            self._shown += 1
            if npc == self._options.npc and frame.header.epoch < self._expected:
                self._old_epoch_shown += 1
            age_ms = round((self._client.runtime_now() - frame.header.published_us) / 1000.0, 3)
            if self._first_frame_due:
                self._first_frame_due = False
                tell("first_frame", npc=npc, seq=frame.header.seq, again=frame.header.again, age_ms=age_ms)
            if self._stall_over_due and not frame.header.again:
                self._stall_over_due = False
                tell("stall_over", frame_age_ms=age_ms)

    # Command lines ---------------------------------------------------------------------------------------------------

    def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        words, npc = rest.split(), self._options.npc
        if verb == "quit":
            self._quitting = True
        elif verb == "speak":
            sound = np.frombuffer(Path(words[0]).read_bytes(), "<i2").astype(np.float32) / 32767.0
            threading.Thread(target=self._speak, args=(sound, int(words[1])), daemon=True).start()
        elif verb == "speak_text":
            self._begin(commands.SpeakText, npc=npc, text=rest)
        elif verb == "interrupt":
            self._begin(commands.Interrupt, npc=npc)
        elif verb == "emotion":
            self._begin(commands.Emotion, npc=npc, name=words[0], intensity=float(words[1]))
        elif verb == "stall":
            self._stalled_until, self._stall_over_due = time.monotonic() + float(words[0]), True
        elif verb == "subscribe":
            self._client.watch(words[0])
        elif verb == "pause_audio":
            self._sound.pause(float(words[0]))
        elif verb == "command":
            header = json.loads(rest)
            kind = commands.COMMANDS[header["t"]]
            message = kind.from_header(header)
            fields = {name: getattr(message, name) for name in header if name not in ("t", "id")}
            self._begin(kind, **fields)
        else:
            raise ValueError("there is no such command")

    def _speak(self, samples: np.ndarray[Any, np.dtype[np.float32]], rate: int) -> None:
        """In a thread of its own: sends no faster than it is played."""
        number, error = 0, None
        try:
            speech = self._client.speak(self._options.npc, np.maximum(samples, -1.0), rate)
            number = speech.number
            speech.done(len(samples) / rate + 30.0)
        except EchoError as failure:
            error = failure
        if error is None:
            tell("answer", id=number, command="speak_begin", type="done")
        else:
            code = error.code if isinstance(error, CommandFailedError) else "connection_lost"
            tell("answer", id=number, command="speak_begin", type="failed", code=code, text=str(error))

    def _end(self) -> None:
        inbox = [self._client.statistics(npc) for npc in self._client.npcs_seen]
        last = resident_bytes()
        self._sound.close()
        self._client.close()
        tell(
            "summary",
            frames=sum(npc["frames_received"] for npc in inbox),
            shown=self._shown,
            lost=sum(npc["seq_gaps"] for npc in inbox),
            outdated=sum(npc["outdated"] for npc in inbox),
            old_epoch_shown=self._old_epoch_shown,
            old_epoch_heard_samples=self._sound.heard_of_old_epochs,
            heard_samples=self._sound.heard,
            underruns=self._sound.underruns,
            **self._measures.summary(),
            alloc_bytes_per_frame=self._measures.allocated_per_frame,
            resident_bytes_first=self._resident_first or last,
            resident_bytes_last=last,
            malformed=self._client.malformed,
        )
