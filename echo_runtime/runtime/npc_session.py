"""One NPC: its speech, turn, affect and motion state, and the frame that is due next.

Frames are generated in chunks of the motion generator and published one by one at their time. A chunk is made just
before its first frame is due, from the newest observation of the player. An interrupt drops the rest of the chunk in
flight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from echo_runtime.context.affect import AFFECT_DIM, affect_vector
from echo_runtime.runtime.speech_timeline import SpeechPiece, SpeechTimeline
from echo_runtime.runtime.turn import Turn
from echo_runtime.signals import (
    COEFFICIENTS,
    FRAME_RATE,
    FRAME_US,
    MOTION_DIM,
    SAMPLES_PER_FRAME,
    ByteArray,
    FloatArray,
    Style,
)

AFFECT_SECONDS = 0.6
"""Time constant with which the face follows an emotion command."""
SEAM_FRAMES = 3
"""Frames over which the motion after an interrupt is blended from what was shown last."""


Draw = Callable[[FloatArray], ByteArray]
"""A motion frame (60,) to a picture (H, W, 4) uint8."""


class Mover(Protocol):
    """Makes chunks of motion. Implemented by `models.MotionRunner`."""

    chunk_frames: int
    past_samples: int
    future_samples: int

    def initial_state(self) -> Any: ...

    def step(
        self, state: Any, speech: FloatArray, known: int, f_pu: FloatArray, affect: FloatArray, style: FloatArray,
        noise: FloatArray,
    ) -> tuple[FloatArray, Any]:  # fmt: skip
        """`speech` (past + chunk + future samples), the first `known` of them known → (chunk, 60) and the state."""
        ...


class NpcSession:
    """State of one NPC between frames. Used by the runtime's loop only; not thread-safe."""

    def __init__(
        self,
        name: str,
        mover: Mover | None,
        draw: Draw | None,
        start_us: int,
        seed: int,
        reference: ByteArray | None = None,
        style: Style | None = None,
    ) -> None:
        self.name = name
        self.epoch = 0
        self.turn = Turn()
        self.speech = SpeechTimeline()
        self.draw = draw
        self.picture = reference
        """The last picture shown; the avatar's reference until the first is drawn."""
        self.start_us = start_us
        self.frame = 0
        """Index of the next frame to publish."""
        self.observed_us = 0
        self.attention = 0.0
        """How much the player looks at this NPC, 0 to 1, as the engine said last."""
        self.pausing = False
        """Asked to stand still once the chunk in flight is shown."""
        self.paused = False
        self.affect = affect_vector()
        self.said = affect_vector()
        """(10,) c_emo that the dialogue's words make; an emotion command lies over it."""
        self.style = style or Style()
        self._commanded, self._commanded_share = affect_vector(), 0.0
        self._mover = mover
        self._noise = np.random.default_rng(seed)
        self._state: Any = None
        self._state_before: Any = None
        self._chunk = np.zeros((0, MOTION_DIM), np.float32)
        self._chunk_start = 0
        self._shown = np.zeros(MOTION_DIM, np.float32)
        self._seam = 0

    def wake(self, mover: Mover, draw: Draw) -> None:
        """Ends the idle time before the models are ready; the next frame is generated."""
        self._mover, self.draw = mover, draw

    @property
    def ready(self) -> bool:
        return self._mover is not None and self.draw is not None

    # -- time ---------------------------------------------------------------------------------------------------------

    def pts_us(self, frame: int) -> int:
        return self.start_us + frame * FRAME_US

    @property
    def position(self) -> int:
        """The speech sample that is heard when the next frame is shown."""
        return self.frame * SAMPLES_PER_FRAME

    @property
    def needs_chunk(self) -> bool:
        return self.frame >= self._chunk_start + len(self._chunk)

    @property
    def begins_chunk(self) -> bool:
        """Whether the newest frame was the first of its chunk."""
        return bool(len(self._chunk)) and self.frame == self._chunk_start + 1

    # -- what commands do ---------------------------------------------------------------------------------------------

    def feel(self, emotion: str, intensity: float) -> None:
        """Overrides what the words make the NPC feel, by `intensity` in [0, 1]; 0 leaves all to the words."""
        commanded = affect_vector(emotion, 1.0)
        affect_vector(emotion, intensity)  # refuses an intensity out of range
        self._commanded, self._commanded_share = commanded, intensity

    def interrupt(self) -> list[int]:
        """Raises the epoch, drops all speech and the chunk in flight; returns the labels of the dropped utterances."""
        self.epoch += 1
        self.turn.thinking = False
        dropped = self.speech.interrupt(self.position)
        if not self.needs_chunk:
            self._state = self._state_before  # the model must not remember frames that nobody saw
            self._chunk = self._chunk[: self.frame - self._chunk_start]
            self._seam = SEAM_FRAMES
        return dropped

    def pause(self) -> int:
        """Asks to stand still at the end of the chunk in flight; returns the time from which it does."""
        self.pausing = True
        return self.pts_us(max(self.frame, self._chunk_start + len(self._chunk)))

    def stand_still(self) -> None:
        """No frame is due until `resume`. Speech that waits keeps waiting: its place is counted in frames."""
        self.pausing, self.paused = False, True

    def resume(self, start_us: int) -> int:
        """Goes on with the next frame at `start_us`, not before the time it would have had; returns that time."""
        if self.paused:
            self.start_us += max(0, start_us - self.pts_us(self.frame))
        self.pausing = self.paused = False
        return self.pts_us(self.frame)

    def skip_to(self, now_us: int) -> int:
        """After a long stall: the next frame becomes the one of `now_us`. Returns how many frames are left out."""
        target = max(self.frame, (now_us - self.start_us) // FRAME_US)
        skipped = target - self.frame
        if skipped:
            self.frame = target
            self._chunk = self._chunk[: max(0, target - self._chunk_start)]
            if len(self._chunk) < target - self._chunk_start:
                self._chunk, self._chunk_start = self._chunk[:0], target
            self._seam = SEAM_FRAMES
        return skipped

    # -- frames -------------------------------------------------------------------------------------------------------

    def plan(self, f_pu: FloatArray, observed_us: int) -> list[SpeechPiece]:
        """Generates the chunk that starts with the next frame; returns what is to be heard during it."""
        assert self._mover is not None
        if self._state is None:
            self._state = self._mover.initial_state()
        frames = self._mover.chunk_frames
        start = self.position
        self.speech.place(start)
        speech, known = self.speech.window(
            start - self._mover.past_samples, start + frames * SAMPLES_PER_FRAME + self._mover.future_samples
        )
        share = 1.0 - np.exp(-frames / FRAME_RATE / AFFECT_SECONDS)
        target = self.said + self._commanded_share * (self._commanded - self.said)
        self.affect = (self.affect + share * (target - self.affect)).astype(np.float32)
        noise = self._noise.standard_normal((frames, MOTION_DIM), np.float32)
        self._state_before = self._state
        self._chunk, self._state = self._mover.step(
            self._state, speech, known, f_pu, self.affect, self.style.vector, noise
        )
        self._chunk_start = self.frame
        self.observed_us = observed_us
        self.speech.forget(start)
        return self.speech.pieces(start, start + frames * SAMPLES_PER_FRAME)

    def next_idle(self) -> FloatArray:
        """Motion of the next frame while no model is ready: neutral. Advances."""
        self.frame += 1
        return np.zeros(MOTION_DIM, np.float32)

    def next_motion(self) -> FloatArray:
        """(60,) motion of the next frame; advances to the one after it."""
        motion = self._chunk[self.frame - self._chunk_start]
        if self._seam:
            weight = self._seam / (SEAM_FRAMES + 1)
            motion = (1.0 - weight) * motion + weight * self._shown
            self._seam -= 1
        motion = self.turn.colour(motion.astype(np.float32), 1.0 / FRAME_RATE)
        motion[COEFFICIENTS] = np.clip(motion[COEFFICIENTS], 0.0, 1.0)
        self._shown = motion
        self.frame += 1
        return motion


assert AFFECT_DIM == 10  # the width that shipped weights were trained with
