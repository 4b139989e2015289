"""Writes down what enters the runtime's loop, and what came out of it for comparison, beside the frame path.

In the loop a step costs some list appends and the hash of its picture; a thread packs and writes. Whatever happens to
the file, the run goes on: a disk that is full or too slow ends the recording, which stays playable up to there.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from echo_bridge.codec import encode
from echo_bridge.commands import Bye
from echo_bridge.control import Request

from echo_runtime.recording.container import RecordFile
from echo_runtime.recording.inflow import Inflow
from echo_runtime.recording.values import RecordedRequest, pack
from echo_runtime.runtime.clock import Clock, VirtualClock
from echo_runtime.signals import AvatarFrame, ByteArray

if TYPE_CHECKING:
    from echo_runtime.capture.player import PlayerWindow
    from echo_runtime.recording.player_clip import PlayerClip
    from echo_runtime.runtime.runtime import Runtime

log = logging.getLogger(__name__)
T = TypeVar("T")
WAITING_STEPS = 8192
"""About two minutes of steps, a few megabytes, that may wait for the disk."""
FLUSH_S = 1.0
_WITHOUT_EFFECT = frozenset({"player_face", "player_audio", "stats", "list_npcs", "advance", "ping"})
"""Commands that are left out: what the player does comes through the capture, and questions change nothing."""


def picture_hash(picture: ByteArray) -> bytes:
    """Eight bytes of BLAKE2b over all pixels."""
    return hashlib.blake2b(picture.data if picture.flags.c_contiguous else picture.tobytes(), digest_size=8).digest()


@dataclass
class _Step:
    kind: str
    arguments: list[Any]
    times: list[int] = field(default_factory=list)
    taken: dict[str, list[list[Any]]] = field(default_factory=dict)
    frames: list[list[Any]] = field(default_factory=list)
    events: list[list[Any]] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.times or self._answers() or self.frames or self.events or any(self.arguments))

    def _answers(self) -> dict[str, list[list[Any]]]:
        """What was taken by kind, call by call; empty answers count only where another follows in the same step."""
        kept = {}
        for kind, answers in self.taken.items():
            last = max((i for i, values in enumerate(answers) if values), default=-1)
            if last >= 0:
                kept[kind] = answers[: last + 1]
        return kept

    def content(self) -> dict[str, Any]:
        deltas = self.times[:1] + [b - a for a, b in zip(self.times, self.times[1:], strict=False)]
        whole = {
            "k": self.kind, "a": self.arguments, "t": deltas, "x": self._answers(), "f": self.frames, "e": self.events,
        }  # fmt: skip
        return {key: value for key, value in whole.items() if value}


class Recorder(Inflow):
    """Records into the new file `path` until `close`. `about`: what the header says besides the format.

    `problem`: why the recording ended early, "" while it goes on. Raises RecordingError when the file cannot be made.
    """

    def __init__(self, path: Path, about: dict[str, Any], clip: PlayerClip | None = None) -> None:
        self.path, self.problem = path, ""
        self.frames = self.steps = 0
        self._clip = clip
        self._file = RecordFile(path)
        self._step: _Step | None = None
        self._loop_thread = 0
        self._sessions: dict[int, int] = {}
        self._kept_sessions: list[Any] = []
        self._hashes: dict[str, tuple[ByteArray, bytes]] = {}
        self._runtime: Runtime | None = None
        self._waiting: queue.Queue[dict[str, Any] | _Step | None] = queue.Queue(WAITING_STEPS)
        self._waiting.put({"k": "header", **about})
        self._thread = threading.Thread(target=self._write, name="recording", daemon=True)
        self._thread.start()

    @property
    def bytes(self) -> int:
        return self._file.bytes

    def watch(self, runtime: Runtime) -> None:
        """Keeps what this runtime publishes. Before it runs."""
        self._runtime = runtime
        runtime.listeners.append(self._shown)

    def clock(self, clock: Clock) -> Clock:
        """The same clock, for the loop only: its readings inside steps are kept."""
        return _RecordedVirtualClock(self, clock) if isinstance(clock, VirtualClock) else _RecordedClock(self, clock)

    # -- in the loop --------------------------------------------------------------------------------------------------

    def step(self, kind: str, arguments: tuple[Any, ...]) -> AbstractContextManager[None]:
        return nullcontext() if self._step is not None or self.problem else self._whole(kind, arguments)

    @contextmanager
    def _whole(self, kind: str, arguments: tuple[Any, ...]) -> Iterator[None]:
        self._loop_thread = threading.get_ident()
        self._step = step = _Step(kind, [self._plain(argument) for argument in arguments])
        try:
            yield
        finally:
            self._step = None
            if not step.empty:
                self._hand_over(step)

    def take(self, kind: str, read: Callable[[], Iterable[T]]) -> Iterable[T]:
        values = list(read())
        step = self._open_step()
        if step is not None:
            step.taken.setdefault(kind, []).append(values)
        if self._clip is not None and kind == "player":
            self._clip.see(cast("list[PlayerWindow]", values))
        return values

    def told(self, npc: str, event: str, detail: dict[str, Any]) -> None:
        step = self._open_step()
        if step is not None:
            step.events.append([npc, event, dict(detail)])

    def read_time(self, now_us: int) -> None:
        """A clock was read."""
        step = self._open_step()
        if step is not None:
            step.times.append(now_us)

    def _open_step(self) -> _Step | None:
        return self._step if self._step is not None and threading.get_ident() == self._loop_thread else None

    def _shown(self, frame: AvatarFrame) -> None:
        step = self._open_step()
        if step is None or self._runtime is None:
            return
        known = self._hashes.get(frame.npc)
        if known is None or known[0] is not frame.rgba:  # a held frame shows the same picture again
            known = self._hashes[frame.npc] = (frame.rgba, picture_hash(frame.rgba))
        begins = frame.origin != "idle" and self._runtime.npcs[frame.npc].session.begins_chunk
        step.frames.append(
            [
                frame.npc, frame.pts_us, frame.origin, frame.motion, known[1], frame.rgba.nbytes, frame.epoch,
                frame.utterance, frame.observed_us, begins,
            ]
        )  # fmt: skip
        self.frames += 1

    def _plain(self, argument: Any) -> Any:
        """What a recording can hold of a step's argument."""
        if isinstance(argument, list):
            requests = [self._request(request) for request in argument]
            return [request for request in requests if request is not None]
        return argument.session.name if hasattr(argument, "session") else argument

    def _request(self, request: Request) -> RecordedRequest | None:
        message = request.message
        if message.TYPE in _WITHOUT_EFFECT:
            return None
        number = self._sessions.get(id(request.session))
        if number is None:
            number = self._sessions[id(request.session)] = len(self._sessions)
            self._kept_sessions.append(request.session)  # or its identity might be given to another
        vanished = isinstance(message, Bye) and message.vanished
        return RecordedRequest(number, request.received_us, encode(message), request.payload, vanished)

    def _hand_over(self, step: _Step) -> None:
        try:
            self._waiting.put_nowait(step)
        except queue.Full:
            self._fail("the disk is too slow")

    def _fail(self, reason: str) -> None:
        if not self.problem:
            self.problem = reason
            log.warning("The recording %s ends here: %s. It can be replayed up to now.", self.path, reason)

    # -- the thread ---------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        flushed = time.monotonic()
        while True:
            try:
                item = self._waiting.get(timeout=FLUSH_S)
            except queue.Empty:
                item = {}
            try:
                if item is None:
                    self._end()
                    return
                if item and not self.problem:
                    self._file.append(pack(item.content() if isinstance(item, _Step) else item))
                    self.steps += 1
                if time.monotonic() - flushed >= FLUSH_S:
                    self._file.flush()
                    flushed = time.monotonic()
            except OSError as error:
                self._fail(error.strerror or str(error))
                if item is None:
                    return
            except Exception as error:  # a value that cannot be packed must not end the run
                self._fail(f"{type(error).__name__}: {error}")

    def _end(self) -> None:
        try:
            self._file.append(pack({"k": "end", "frames": self.frames, "problem": self.problem}))
        finally:
            self._file.close()

    def close(self) -> None:
        """Writes what waits, and the end."""
        self._waiting.put(None)
        self._thread.join(30.0)
        if self._clip is not None:
            self._clip.close()


class _RecordedClock:
    virtual = False

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        self._recorder, self._clock = recorder, clock

    def now_us(self) -> int:
        now = self._clock.now_us()
        self._recorder.read_time(now)
        return now


class _RecordedVirtualClock(VirtualClock):
    def __init__(self, recorder: Recorder, clock: VirtualClock) -> None:
        self._recorder, self._clock = recorder, clock

    def now_us(self) -> int:
        now = self._clock.now_us()
        self._recorder.read_time(now)
        return now

    def move_to(self, time_us: int) -> None:
        self._clock.move_to(time_us)
