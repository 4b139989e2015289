"""Reads a recording: its header, and its steps one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from echo_runtime.errors import EchoError, RecordingDamagedError, RecordingVersionError
from echo_runtime.recording.container import RecordReader
from echo_runtime.recording.values import ReadyModels, unpack
from echo_runtime.signals import FloatArray, Origin

FORMAT = 1
STEPS = frozenset({"open", "begin", "handle", "observe", "frame"})
"""Kinds of steps: see runtime.Runtime.again."""


@dataclass(frozen=True)
class RecordedFrame:
    """What was published: as signals.AvatarFrame, with `picture`, the hash of its pixels, for `picture_bytes` of them.
    `begins_chunk`: whether a chunk of motion began with it."""

    npc: str
    pts_us: int
    origin: Origin
    motion: FloatArray
    picture: bytes
    picture_bytes: int
    epoch: int
    utterance: int
    observed_us: int
    begins_chunk: bool


@dataclass(frozen=True)
class Step:
    """One step of the loop: its arguments, the times that it read, and per kind what it took, call by call; then what
    came out of it, events as (npc, name, detail)."""

    kind: str
    arguments: tuple[Any, ...]
    times: tuple[int, ...]
    taken: dict[str, deque[list[Any]]]
    frames: tuple[RecordedFrame, ...]
    events: tuple[tuple[str, str, dict[str, Any]], ...]


class Recording:
    """A file that `run --record` wrote. `header`: see docs/record_and_replay.md. `models`: per avatar, as they were.

    `frames` and `seconds` that it holds; `problem`: why it ends early, one sentence, "" when it is complete.
    Raises RecordingError, RecordingDamagedError and RecordingVersionError.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.models: dict[str, ReadyModels] = {}
        self.problem = f"{self.path} ends before the run did: the runtime that wrote it was ended by force."
        self.steps_count = self.frames = 0
        self._first_us = self._last_us = 0
        reader = RecordReader(self.path)
        try:
            self._survey(reader)
        finally:
            reader.close()

    @property
    def seconds(self) -> float:
        return (self._last_us - self._first_us) / 1e6

    def _survey(self, reader: RecordReader) -> None:
        """Looks at every record once, so that what is wrong is said before anything runs."""
        header: dict[str, Any] | None = None
        for payload in reader:
            content = _content(payload, self.path)
            kind = content.get("k")
            if header is None:
                header = content
                if kind != "header":
                    raise RecordingDamagedError(f"{self.path} does not begin with a header; record again.")
                self._check_format(content)
            elif kind == "end":
                reason = content.get("problem")
                self.problem = f"{self.path} ends before the run did: {reason}." if reason else ""
            else:
                self._count(content)
        if header is None:
            raise RecordingDamagedError(f"{self.path} holds no whole record; record again.")
        self.header = header
        ending = reader.ending
        if ending is not None and ending.problem:
            lost = ending.size - ending.whole
            self.problem = (
                f"{self.path}: {ending.problem}; it is played up to its last whole record, {self.seconds:.1f} s "
                f"({lost} of {ending.size} bytes are left out)."
            )

    def _check_format(self, header: dict[str, Any]) -> None:
        version = header.get("format")
        if version != FORMAT:
            about = header.get("about")
            writer = about.get("echo-runtime") if isinstance(about, dict) else None
            raise RecordingVersionError(
                f"{self.path} has format {version}, this runtime reads format {FORMAT}; replay it with echo-runtime "
                f"{writer or 'of another version'}."
            )

    def _count(self, content: dict[str, Any]) -> None:
        self.steps_count += 1
        self.frames += len(content.get("f", ()))
        times = content.get("t")
        if times:
            self._first_us = self._first_us or times[0]
            self._last_us = max(self._last_us, sum(times))
        for (ready,) in filter(None, content.get("x", {}).get("ready", ())):
            self.models.setdefault(ready.avatar, ready)

    def steps(self) -> Iterator[Step]:
        """From the beginning, each time."""
        reader = RecordReader(self.path)
        try:
            for payload in reader:
                content = _content(payload, self.path)
                if content.get("k") not in ("header", "end"):
                    yield _step(content, self.path)
        finally:
            reader.close()


def _content(payload: bytes, path: Path) -> dict[str, Any]:
    try:
        content = unpack(payload)
    except EchoError:
        raise
    except Exception as error:  # msgpack's own kinds, and what building an object of wrong parts raises
        raise RecordingDamagedError(
            f"{path} holds a record that cannot be read ({type(error).__name__}: {error}); record again."
        ) from error
    if not isinstance(content, dict):
        raise RecordingDamagedError(f"{path} holds a record that is a {type(content).__name__}; record again.")
    return content


def _step(content: dict[str, Any], path: Path) -> Step:
    if content.get("k") not in STEPS:
        raise RecordingVersionError(
            f"{path} holds a step {content.get('k')!r:.40}, which this version does not know; update echo-runtime."
        )
    try:
        return Step(
            str(content["k"]),
            tuple(content.get("a", ())),
            tuple(accumulate(content.get("t", ()))),
            {kind: deque(answers) for kind, answers in content.get("x", {}).items()},
            tuple(RecordedFrame(*frame) for frame in content.get("f", ())),
            tuple((npc, name, detail) for npc, name, detail in content.get("e", ())),
        )
    except (TypeError, ValueError, KeyError) as error:
        raise RecordingDamagedError(
            f"{path} holds a step that cannot be read ({type(error).__name__}: {error}); record again."
        ) from error
