"""Whose turn it is, and what thinking, wanting to speak and yielding look like."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from echo_runtime.context.turn_taking import TurnCues, TurnEvent, TurnTaking
from echo_runtime.signals import (
    COEFFICIENTS,
    GAZE,
    MEL_BANDS,
    MELS_PER_FRAME,
    MOTION_DIM,
    MOTION_INDEX,
    FloatArray,
    TurnState,
)


@dataclass(frozen=True)
class _Look:
    """`added` (60,) to a motion frame, whose own gaze shrinks by `pull` and gets `gaze` on top (yaw, pitch in radians).
    `rise_s`: time to come and go."""

    added: FloatArray
    gaze: FloatArray
    pull: float
    rise_s: float


def _look(gaze: tuple[float, float], pull: float, rise_s: float, **coefficients: float) -> _Look:
    added = np.zeros(MOTION_DIM, np.float32)
    for name, amount in coefficients.items():
        added[MOTION_INDEX[name]] = amount
    return _Look(added, np.array(gaze, np.float32), pull, rise_s)


THINKING_GAZE = (-0.22, 0.14)
"""Up and to the side (yaw, pitch in radians): where eyes go while an answer is sought (Kendon 1967, gaze aversion)."""
# only brows and eyes where speech is near: the mouth belongs to the sound that comes or is there
_LOOKS = {
    "thinking": _look(
        THINKING_GAZE, 0.5, 0.35,
        browDownLeft=0.12, browDownRight=0.12, mouthPressLeft=0.1, mouthPressRight=0.1,
    ),
    "about_to_speak": _look(
        (0.0, 0.0), 0.0, 0.2, browInnerUp=0.12, browOuterUpLeft=0.06, browOuterUpRight=0.06, eyeWideLeft=0.05,
        eyeWideRight=0.05,
    ),
    "yielding": _look(
        (0.0, 0.0), 0.6, 0.25, browInnerUp=0.18, browOuterUpLeft=0.14, browOuterUpRight=0.14, eyeWideLeft=0.06,
        eyeWideRight=0.06,
    ),
}  # fmt: skip
_FAINTEST = 1e-3


def turn_cues(time_us: int, voice: FloatArray, npc_speaking: bool, npc_speaks_in_s: float | None) -> TurnCues:
    """Cues at `time_us`: the newest tick of `voice` (4 n, 81), which may be empty, and what the NPC does."""
    newest = voice[-MELS_PER_FRAME:]
    if not len(newest):
        return TurnCues(time_us, 0.0, None, npc_speaking, npc_speaks_in_s)
    speech, loudness = float(newest[:, MEL_BANDS:].mean()), float(newest[:, :MEL_BANDS].mean())
    return TurnCues(time_us, speech, loudness, npc_speaking, npc_speaks_in_s)


class Turn:
    """The NPC's turn. Speaking wins over thinking, thinking over listening; `follow` tells more than these three."""

    def __init__(self) -> None:
        self.thinking = False
        self.taking = TurnTaking()
        self._state: TurnState = "listening"
        self._shown = dict.fromkeys(_LOOKS, 0.0)

    @property
    def state(self) -> TurnState:
        return self._state

    def update(self, speaking: bool) -> bool:
        """Takes the newest facts; True when the state has changed."""
        if speaking:
            self.thinking = False
        new: TurnState = "speaking" if speaking else "thinking" if self.thinking else "listening"
        changed, self._state = new != self._state, new
        return changed

    def follow(self, cues: TurnCues) -> tuple[TurnEvent, ...]:
        """Takes what is known of both speakers, after `update`; the events of turn-taking. `cues.thinking` is known."""
        return self.taking.update(replace(cues, thinking=self.thinking))

    def colour(self, motion: FloatArray, frame_s: float) -> FloatArray:
        """One motion frame (60,) with the looks of the turn blended in and out, each in a fraction of a second."""
        out = motion
        for name, look in _LOOKS.items():
            shown = name == (self._state if name == "thinking" else self.taking.stance)
            weight = self._shown[name]
            weight += ((1.0 if shown else 0.0) - weight) * min(1.0, frame_s / look.rise_s * 2.0)
            self._shown[name] = weight
            if weight < _FAINTEST:
                continue
            out = out + weight * look.added
            out[GAZE] += weight * (look.gaze - look.pull * motion[GAZE])
            out[COEFFICIENTS] = np.minimum(1.0, out[COEFFICIENTS])
        return out
