"""A headset or phone and a webcam as one player: what the first does not see comes from the second, without a jump.

A headset is put on and taken off in the middle of a conversation, and some see only the eyes or only the mouth. Number
by number the device on the head is believed while it measures. What changes its source keeps its value at first and
glides to the new source's in 0.4 s; the same when a stream that had stopped comes back. Each source is relative to its
own resting face and place, since the two never agree on what neutral is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from echo_runtime.capture.neutral import RestingFace, RestingPlace
from echo_runtime.capture.retiming import FaceGrid
from echo_runtime.signals import (
    COEFFICIENTS,
    FACE_DIM,
    FRAME_US,
    GAZE,
    MOTION_DIM,
    MOTION_INDEX,
    PLAYER_REGIONS,
    ROTATION,
    TRANSLATION,
    FaceObservation,
    FloatArray,
)

TAKES_OVER, GIVES_BACK = 0.6, 0.3
"""A number comes from the headset from this validity on, and goes back to the webcam below that one: a value that
wavers between the two changes nothing."""
CROSSFADE_TICKS = 10
"""A change of source is spread over so many ticks: a tenth of the difference at a time."""
COVERED = np.array([
    MOTION_INDEX[n] for region in ("brows", "eyes", "gaze", "cheeks", "nose") for n in PLAYER_REGIONS[region]
])  # fmt: skip
"""What a webcam cannot see of a player who wears a headset, whatever its tracker makes of the plastic."""
LOST = 0.1
"""A webcam of less validity shows nobody: the headset is then used however little it is sure of."""
REST_BOUND = 0.08
"""How far coefficients of a headset's resting face may lie from zero, as half of what is taken away at most."""
PLACE_BOUND = np.array([0.3, 0.3, 0.0, 10.0, 10.0, 10.0, 0.2, 0.2], np.float32)
"""As of the webcam's tracker: pitch, yaw, roll in radians, position in metres, gaze in radians."""


class HeadsetRest:
    """What a headset measures, relative to the resting face and place that it showed in the last minute."""

    def __init__(self) -> None:
        self._face = RestingFace(np.zeros(52, np.float32), np.full(52, REST_BOUND, np.float32))
        self._place = RestingPlace(PLACE_BOUND)

    def __call__(self, face: FaceObservation) -> FaceObservation:
        if face.validity < GIVES_BACK:
            return face
        motion, time_us = face.motion.copy(), face.time_us
        self._face.advance(time_us)
        if self._face.due(time_us):
            self._face.observe(time_us, motion[COEFFICIENTS].copy(), float(motion[COEFFICIENTS].sum()))
        rest = np.clip(self._face.reference, 0.0, 0.5)
        # a full movement stays a full movement
        motion[COEFFICIENTS] = np.clip((motion[COEFFICIENTS] - rest) / (1.0 - rest), 0.0, 1.0)
        place = self._place(time_us, np.concatenate([motion[ROTATION], motion[TRANSLATION], motion[GAZE]]))
        motion[ROTATION], motion[TRANSLATION], motion[GAZE] = place[:3], place[3:6], place[6:]
        return replace(face, motion=motion)


class FaceSwitch:
    """Takes both sources' observations and gives one face per tick, as `FaceGrid` does.

    Of the last tick: `known` (60,), how far each number was measured, relative to its validity; `worn` (60,), which
    numbers come from the headset; `shape`, of the face that the webcam sees, if no headset covers it.
    """

    def __init__(self, start_us: int, delay_us: int = 0) -> None:
        self._headset, self._camera = FaceGrid(start_us, delay_us), FaceGrid(start_us, delay_us)
        self._rest = HeadsetRest()
        self._trusted = np.zeros(MOTION_DIM, bool)
        self._before_the_eyes = self._covering = False
        self._glide = Glide(2 * MOTION_DIM)
        self.worn = np.zeros(MOTION_DIM, bool)
        self.known = np.ones(MOTION_DIM, np.float32)
        self.shape: FloatArray | None = None
        self._next_us = start_us + FRAME_US

    def forget_player(self) -> None:
        """Another person wears the headset: their resting face is learned anew."""
        self._rest = HeadsetRest()

    def push(self, face: FaceObservation) -> None:
        """What the webcam saw."""
        self._camera.push(face)

    def push_headset(self, face: FaceObservation) -> None:
        self._before_the_eyes = face.source == "headset"
        self._headset.push(self._rest(face))

    @property
    def newest_us(self) -> int:
        return max(self._headset.newest_us, self._camera.newest_us)

    def pull(self, time_us: int) -> FloatArray:
        """(n, 61): all ticks up to `time_us` that were not given before."""
        rows = []
        while self._next_us <= time_us:
            rows.append(self._tick())
            self._next_us += FRAME_US
        return np.stack(rows) if rows else np.zeros((0, FACE_DIM), np.float32)

    def _tick(self) -> FloatArray:
        stale = self._headset.stale, self._camera.stale
        (headset,), (camera,) = self._headset.pull(self._next_us), self._camera.pull(self._next_us)
        measured, seen = headset[-1] * self._headset.known, camera[-1] * self._camera.known
        enough = measured >= np.where(self._trusted, GIVES_BACK, TAKES_OVER)
        self._trusted = enough & (not self._headset.stale)
        worn = self._trusted | ((camera[-1] < LOST) & (measured > 0.0))
        came_back = np.where(worn, stale[0] and not self._headset.stale, stale[1] and not self._camera.stale)
        changed = (worn != self.worn) | came_back
        covering = self._before_the_eyes and bool(self._trusted.any())
        if covering:
            camera[COVERED] = seen[COVERED] = 0.0
        if covering != self._covering:
            changed[COVERED] = True
        self.worn, self._covering = worn, covering
        self.shape = None if covering else self._camera.shape
        target = np.concatenate([np.where(worn, headset[:-1], camera[:-1]), np.where(worn, measured, seen)])
        shown = self._glide(target, np.tile(changed, 2))
        known = np.clip(shown[MOTION_DIM:], 0.0, 1.0)
        validity = float(known.max())
        self.known = (known / validity if validity > 0.0 else known).astype(np.float32)
        return np.append(shown[:MOTION_DIM], np.float32(validity)).astype(np.float32)


class Glide:
    """Numbers that follow a target, and at a change of what they follow begin where they are."""

    def __init__(self, size: int) -> None:
        self._shown = np.zeros(size, np.float32)
        self._apart = np.zeros(size, np.float32)
        self._left = np.zeros(size, np.float32)

    def __call__(self, target: FloatArray, changed: npt.NDArray[np.bool_]) -> FloatArray:
        """`target` (size,), `changed` (size,): which of them are another thing than before → what is shown."""
        self._apart = np.where(changed, self._shown - target, self._apart)
        self._left = np.where(changed, CROSSFADE_TICKS, self._left)
        self._left = np.maximum(self._left - 1, 0)
        self._shown = (target + self._apart * (self._left / CROSSFADE_TICKS)).astype(np.float32)
        return self._shown
