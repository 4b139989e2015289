"""Keeps every published motion frame of a run, for tests and comparisons."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_runtime.runtime.runtime import Runtime
from echo_runtime.signals import MOTION_NAMES, AvatarFrame


class MotionLog:
    """Attach to a runtime before it runs. `frames`: in the order of publication, without their pictures."""

    def __init__(self, runtime: Runtime) -> None:
        self.motions: list[np.ndarray] = []
        self.pts_us: list[int] = []
        self.origins: list[str] = []
        self.picture_sums: list[int] = []
        runtime.listeners.append(self._take)

    def _take(self, frame: AvatarFrame) -> None:
        self.motions.append(frame.motion)
        self.pts_us.append(frame.pts_us)
        self.origins.append(frame.origin)
        self.picture_sums.append(int(frame.rgba.astype(np.uint64).sum()))

    def write(self, path: Path) -> None:
        """An .npz: motion (T, 60) with its names, pts_us (T,), origin (T,), picture_sum (T,) of all bytes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path,
            motion=np.array(self.motions, np.float32).reshape(-1, len(MOTION_NAMES)),
            names=np.array(MOTION_NAMES),
            pts_us=np.array(self.pts_us, np.int64),
            origin=np.array(self.origins),
            picture_sum=np.array(self.picture_sums, np.uint64),
        )
