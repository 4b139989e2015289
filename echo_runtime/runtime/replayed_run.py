"""A recording as a test sees it: its frames, the motion of each NPC, its events, and whether all is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from echo_runtime.recording.recording import Recording
from echo_runtime.runtime.replaying import ReplayConfig, Replaying, replay
from echo_runtime.signals import MOTION_DIM, AvatarFrame, FloatArray

Event = tuple[str, str, dict[str, Any]]


class ReplayedRun:
    """A recording, replayed as fast as possible in this process. What is asked for is made: `frames` as they are
    iterated over, everything else by playing to the end first.

    Raises RecordingError and its kinds, PackageError and BackendError. `close` when done, or use it in a `with`.
    """

    def __init__(self, path: str | Path, *, backend: str = "auto", avatar: str = "", model: str | None = None) -> None:
        """`backend`, `avatar`, `model`: instead of the recorded ones; see runtime.replaying.ReplayConfig."""
        self.recording = Recording(path)
        self._stack = ExitStack()
        config = ReplayConfig(backend=backend, avatar=avatar, model=model)
        self._replaying: Replaying = self._stack.enter_context(replay(self.recording, config))
        self._frames = self._replaying.frames()
        self._motion: dict[str, list[FloatArray]] = {}
        self._pts: dict[str, list[int]] = {}
        self._ended = False

    def frames(self) -> Iterator[AvatarFrame]:
        """The frames that have not been given yet, of all NPCs, in the order of publication. Their pictures are not
        kept, so that an hour takes no more memory than a second."""
        for frame in self._frames:
            self._motion.setdefault(frame.npc, []).append(frame.motion)
            self._pts.setdefault(frame.npc, []).append(frame.pts_us)
            yield frame
        self._ended = True

    def motion(self, npc: str) -> FloatArray:
        """(T, 60) of one NPC, see signals.MOTION_NAMES; (0, 60) when it is not in the recording."""
        self._to_the_end()
        return np.array(self._motion.get(npc, []), np.float32).reshape(-1, MOTION_DIM)

    def pts_us(self, npc: str) -> np.ndarray:
        """(T,) int64: when each of those frames is shown, on the recorded run's clock."""
        self._to_the_end()
        return np.array(self._pts.get(npc, []), np.int64)

    @property
    def npcs(self) -> list[str]:
        """All that are in the recording, by name."""
        self._to_the_end()
        return sorted(self._motion)

    @property
    def events(self) -> list[Event]:
        """(npc, name, detail) of everything that clients were told; see PROTOCOL.md, events."""
        self._to_the_end()
        return list(self._replaying.events)

    @property
    def report(self) -> dict[str, Any]:
        """See docs/record_and_replay.md; `same` is whether every value and every picture is as it was."""
        self._to_the_end()
        return self._replaying.report()

    def _to_the_end(self) -> None:
        if not self._ended:
            for _ in self.frames():
                pass

    def close(self) -> None:
        self._frames.close()  # type: ignore[attr-defined]
        self._stack.close()

    def __enter__(self) -> ReplayedRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
