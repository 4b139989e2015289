"""The understanding model Φ of the HBCU as the rest of the runtime sees it: moments in, hidden states S_usr out.

Two kinds stand behind it: the shipped one, a small transformer over behaviour summaries (behaviour_understanding.py),
and a multimodal language model from the user's disk (multimodal_model.py). Both are slow compared with a frame, so the
frame path does not call them: AsynchronousUnderstanding does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from echo_runtime.context.behaviour_summary import SUMMARY_DIM
from echo_runtime.signals import ByteArray, DialogueTurn, FloatArray

State = dict[str, npt.NDArray]
"""What an understanding remembers, by name, as a memory file keeps it."""

SUMMARY_LIMIT = 1250
"""Summaries that one moment carries at most, ten minutes; of more, the newest."""
PICTURE_LIMIT = 4096
"""Rows and columns of the largest picture."""
SOUND_LIMIT_S = 30.0


def no_summaries() -> FloatArray:
    """(0, SUMMARY_DIM)."""
    return np.zeros((0, SUMMARY_DIM), np.float32)


@dataclass(frozen=True)
class Moment:
    """What has been observed of the player up to `time_us` (runtime clock, microseconds).

    `summaries` (n, SUMMARY_DIM): behaviour summaries since the moment before, oldest first.
    `picture` (H, W, 3) uint8 RGB, the newest one, not mirrored. `sound` (n,) float32 in [-1, 1], 16 kHz mono, the last
    seconds up to `time_us`. `turns`: the newest of the dialogue, oldest first. Raises ValueError for other shapes or
    types. The arrays are read by another thread later: whoever makes a moment does not change them any more.
    """

    time_us: int
    summaries: FloatArray = field(default_factory=no_summaries)
    picture: ByteArray | None = None
    sound: FloatArray | None = None
    turns: tuple[DialogueTurn, ...] = ()

    def __post_init__(self) -> None:
        summaries = np.asarray(self.summaries, np.float32)
        if summaries.ndim != 2 or summaries.shape[1] != SUMMARY_DIM:
            raise ValueError(f"Behaviour summaries are (n, {SUMMARY_DIM}), not {summaries.shape}.")
        object.__setattr__(self, "summaries", summaries[-SUMMARY_LIMIT:])
        if (picture := self.picture) is not None:
            right = picture.ndim == 3 and picture.shape[2] == 3 and picture.dtype == np.uint8
            if not right or not 0 < min(picture.shape[:2]) <= max(picture.shape[:2]) <= PICTURE_LIMIT:
                raise ValueError(
                    f"A picture is (H, W, 3) uint8 up to {PICTURE_LIMIT} a side, not {picture.shape} {picture.dtype}."
                )
        if self.sound is not None:
            sound = np.asarray(self.sound, np.float32)
            if sound.ndim != 1:
                raise ValueError(f"Sound is one row of samples, not {sound.shape}.")
            object.__setattr__(self, "sound", sound)

    def following(self, missed: Moment | None) -> Moment:
        """This moment, with what only `missed`, an earlier one that nobody has read, had seen.

        Summaries are joined, because they say what happened since; pictures, sound and turns are the newest ones.
        """
        if missed is None:
            return self
        return replace(
            self,
            summaries=np.concatenate([missed.summaries, self.summaries])[-SUMMARY_LIMIT:],
            picture=missed.picture if self.picture is None else self.picture,
            sound=missed.sound if self.sound is None else self.sound,
            turns=self.turns or missed.turns,
        )


@dataclass(frozen=True)
class Understood:
    """`s_usr` (n, hidden width) float32: S_usr of the moment at `time_us`.

    `behaviours`: probabilities of what the player does (behaviour_transformer.BEHAVIOURS), if the model tells them.
    """

    s_usr: FloatArray
    time_us: int
    behaviours: dict[str, float] = field(default_factory=dict)


class Understanding(Protocol):
    """An understanding model with its memory of one player. Not thread-safe, except for `check_state`."""

    @property
    def hidden_width(self) -> int:
        """Width of S_usr."""
        ...

    def observe(self, moment: Moment) -> Understood:
        """Takes a moment, later than all before it. May take seconds. If it raises, the memory is as before."""
        ...

    def reset(self) -> None:
        """Forgets the player."""
        ...

    def state(self) -> State:
        """The memory; the arrays are not changed by later calls. Empty when the model remembers nothing itself."""
        ...

    def check_state(self, state: State) -> None:
        """Raises ValueError when `state` is not of a model of these sizes. May be called from any thread."""
        ...

    def load_state(self, state: State) -> None:
        """Goes on from what `state` gave earlier. Raises ValueError as `check_state`, and changes nothing then."""
        ...


def check_arrays(state: State, shapes: dict[str, tuple[int, ...]], owner: str) -> None:
    """Raises ValueError unless `state` holds exactly finite float32 arrays of these names and shapes."""
    if set(state) != set(shapes):
        raise ValueError(f"A memory of {owner} holds {sorted(shapes)}, this one {sorted(state)}")
    for name, shape in shapes.items():
        array = state[name]
        if array.shape != shape or array.dtype != np.float32:
            raise ValueError(
                f"{name} in a memory of {owner} is float32 {shape}, here {array.dtype} {array.shape}; "
                "it was made with a model of other sizes"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name} in a memory of {owner} holds numbers that are not finite")
