"""Gathers what is observed of the player, tick by tick, into the moments that an understanding model reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, summarise
from echo_runtime.context.understanding import SOUND_LIMIT_S, SUMMARY_LIMIT, Moment
from echo_runtime.signals import (
    FACE_DIM,
    MELS_PER_FRAME,
    SAMPLE_RATE,
    VOICE_DIM,
    ByteArray,
    DialogueTurn,
    FloatArray,
)

SOUND_S = 8.0
"""Seconds of sound that a moment carries by default."""


class MomentCollector:
    """Ticks of 40 ms in, a moment about twice a second out, whenever whole summaries are there. Not thread-safe.

    What it holds is bounded by the sound of `sound_s` seconds and, when nobody takes moments, by ten minutes of ticks.
    """

    def __init__(self, sound_s: float = SOUND_S) -> None:
        if not 0.0 <= sound_s <= SOUND_LIMIT_S:
            raise ValueError(f"A moment carries 0 to {SOUND_LIMIT_S:g} seconds of sound, not {sound_s}.")
        self._sound_samples = round(sound_s * SAMPLE_RATE)
        self.reset()

    def reset(self) -> None:
        """Another player: what was gathered is dropped."""
        self._face = np.zeros((0, FACE_DIM), np.float32)
        self._voice = np.zeros((0, VOICE_DIM), np.float32)
        self._npc = np.zeros(0, np.float32)
        self._sound = np.zeros(0, np.float32)

    def add(self, face: FloatArray, voice: FloatArray, sound: FloatArray, npc_speaking: float) -> None:
        """n ticks: face (n, 61), voice (4 n, 81), sound of the same time; `npc_speaking` in [0, 1] during them."""
        kept = SUMMARY_LIMIT * SUMMARY_FRAMES
        self._face = np.concatenate([self._face, face])[-kept:]
        self._voice = np.concatenate([self._voice, voice])[-kept * MELS_PER_FRAME :]
        self._npc = np.concatenate([self._npc, np.full(len(face), npc_speaking, np.float32)])[-kept:]
        heard = np.concatenate([self._sound, sound])
        self._sound = heard[max(0, len(heard) - self._sound_samples) :]

    @property
    def ready(self) -> bool:
        """Whether a moment can be taken."""
        return len(self._face) >= SUMMARY_FRAMES

    @property
    def beyond(self) -> int:
        """Ticks after the last whole summary, which the next moment does not hold."""
        return len(self._face) % SUMMARY_FRAMES

    def take(self, time_us: int, picture: ByteArray | None = None, turns: Sequence[DialogueTurn] = ()) -> Moment | None:
        """The moment at `time_us`, None before half a second is full. Ticks beyond the last whole summary stay."""
        if not self.ready:
            return None
        frames = len(self._face) // SUMMARY_FRAMES * SUMMARY_FRAMES
        whole = (self._face[:frames], self._voice[: frames * MELS_PER_FRAME], self._npc[:frames])
        with torch.inference_mode():
            summaries = summarise(*(torch.from_numpy(part)[None] for part in whole))[0].numpy()
        self._face, self._voice = self._face[frames:], self._voice[frames * MELS_PER_FRAME :]
        self._npc = self._npc[frames:]
        sound = self._sound if len(self._sound) else None
        return Moment(time_us, summaries, picture, sound, tuple(turns))
