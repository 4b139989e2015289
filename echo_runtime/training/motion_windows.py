"""Windows of conversations for the motion stage: streams that walk through whole sessions, so that the LPE's state is
carried as it is at run time, and everything the loss needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, SUMMARY_RATE
from echo_runtime.context.region_tokens import PLAYER_REGION_COUNT
from echo_runtime.generator.flow_transformer import SPEECH_REACH, SPEECH_SPAN
from echo_runtime.generator.streaming import CHUNK_SIZES, LARGEST_CHUNK
from echo_runtime.log_mel import SILENCE
from echo_runtime.signals import FRAME_RATE, MELS_PER_FRAME
from echo_runtime.training.conversations import Conversation

LATEST_ACTIVITY = 12
"""By how many mel frames (10 ms) a voice detector may lag."""
LATEST_SIGHT = 2
"""By how many frames more than one the player's observation may lag."""
CHUNK_SHARES = (0.15, 0.25, 0.35, 0.25)
"""How often a window is cut into chunks of each of CHUNK_SIZES."""
STREAM_FRAMES = 60 * FRAME_RATE
"""A stream leaves a long dialogue after so many frames."""
PROMPT, STALEST = 0.5, 4
"""How often Φ answers at once, and by how many summaries it is late at most: two seconds."""
UNKNOWN_CONTEXT = 0.08
"""Share of the windows before whose end Φ has not answered at all."""
AFFECT_FRAMES = LARGEST_CHUNK
"""Frames that share one c_emo in training."""


@dataclass(frozen=True)
class WindowBatch:
    """B windows of T frames, each cut into chunks of one size.

    motion (B, context + T, 60): the frames before the window, zeros before the conversation, and the window;
    first (B,): index in the window of the conversation's first frame (≤ 0); chunk_start (B, T): where in the window
    each frame's chunk begins; speech (B, T + 10, F); known (B, T, 11); face (B, T, 61) and voice (B, 4T, 81): the
    player from one frame before the window to one before its end; sight (B, T): which of these frames is the newest
    that a frame's chunk could react to; seen (B, T, regions); affect (B, T / 8, 10); style (B, 2); bilabial (B, T);
    fresh (B,) bool: first window of its session.
    """

    motion: Tensor
    first: Tensor
    chunk_start: Tensor
    speech: Tensor
    known: Tensor
    face: Tensor
    voice: Tensor
    sight: Tensor
    seen: Tensor
    affect: Tensor
    style: Tensor
    bilabial: Tensor
    fresh: Tensor
    s_usr: Tensor
    age: Tensor
    s_known: Tensor


class ConversationStreams:
    """B streams; each draws a session, a place to begin, and gives consecutive windows until the session ends, or until
    it has given as many as a minute holds."""

    def __init__(
        self,
        folders: Sequence[Sequence[Conversation]],
        batch: int,
        frames: int,
        context: int,
        random: np.random.Generator,
    ) -> None:
        """`frames` per window, a multiple of 8; `context` frames of history before each. Streams take turns in which of
        the `folders` they draw from."""
        self.folders, self.frames, self.context, self.random = folders, frames, context, random
        self.places: list[tuple[Conversation | None, int]] = [(None, 0)] * batch
        self.ends = [0] * batch
        self.gains, self.lags = np.zeros(batch, np.float32), np.zeros(batch, np.int64)

    def draw(self) -> WindowBatch:
        rows, fresh, first, chosen = [], [], [], []
        for i, (c, start) in enumerate(self.places):
            new = c is None or start + self.frames > self.ends[i]
            if new:
                c, start = self._begin(i)
                self.gains[i] = self.random.normal(0.0, 0.5)
                self.lags[i] = self.random.integers(0, LATEST_ACTIVITY + 1)
            assert c is not None
            end = start + self.frames
            past = c.motion[max(0, start - self.context) : end]
            rows.append(
                (
                    torch.cat([past.new_zeros(self.context + self.frames - len(past), past.shape[1]), past]),
                    c.speech[start : end + 2 * SPEECH_REACH].float(),
                    c.face[start:end].float(),
                    self._heard(c.voice, start * MELS_PER_FRAME, end * MELS_PER_FRAME, i),
                    c.affect[start:end:AFFECT_FRAMES],
                    c.style,
                    c.bilabial[start:end],
                )
            )
            fresh.append(new)
            first.append(-start)
            chosen.append(c)
            self.places[i] = (c, end)
        motion, speech, face, voice, affect, style, bilabial = (torch.stack(p) for p in zip(*rows, strict=True))
        face, seen = self._hidden(face)
        chunk_start, size = self._chunks(len(rows))
        lag = self.random.integers(0, LATEST_SIGHT + 1, (len(rows), 1))
        sight = np.maximum(chunk_start - lag, 0)
        s_usr, age, s_known = self._understood(chosen, sight - np.array(first)[:, None])
        return WindowBatch(
            motion, torch.tensor(first), torch.from_numpy(chunk_start), speech,
            torch.from_numpy(self._known(chunk_start, size)), face, voice,
            torch.from_numpy(sight), seen, affect, style, bilabial, torch.tensor(fresh), s_usr, age, s_known,
        )  # fmt: skip

    def _understood(self, chosen: Sequence[Conversation], frames: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """What Φ had answered when so many `frames` (B, T) of the player were seen: S_usr, its age, whether there is
        one. The shipped Φ answers at once, others are late by up to two seconds."""
        stale = np.where(self.random.random(len(chosen)) < PROMPT, 0, self.random.integers(0, STALEST + 1, len(chosen)))
        index = frames // SUMMARY_FRAMES - 1 - stale[:, None]
        age = (frames % SUMMARY_FRAMES) / FRAME_RATE + stale[:, None] / SUMMARY_RATE
        silent = self.random.random((len(chosen), 1)) < UNKNOWN_CONTEXT
        known = (index >= 0) & ~silent & np.array([len(c.understood) > 0 for c in chosen])[:, None]
        rows = [
            c.understood[np.clip(i, 0, len(c.understood) - 1)] if len(c.understood) else c.understood.new_zeros(
                len(i), c.understood.shape[1]
            )
            for c, i in zip(chosen, index, strict=True)
        ]  # fmt: skip
        return torch.stack(rows).float(), torch.from_numpy(age.astype(np.float32)), torch.from_numpy(known).float()

    def _begin(self, stream: int) -> tuple[Conversation, int]:
        """A session for a stream, and where in it: at the beginning of a short one, anywhere in a long one."""
        folder = self.folders[stream % len(self.folders)]
        c = folder[int(self.random.integers(len(folder)))]
        latest = c.frames - self.frames
        if c.frames <= 2 * STREAM_FRAMES:
            latest = min(self.frames, latest)
        start = int(self.random.integers(0, latest + 1)) // AFFECT_FRAMES * AFFECT_FRAMES
        self.ends[stream] = min(c.frames, start + STREAM_FRAMES)
        return c, start

    def _chunks(self, batch: int) -> tuple[np.ndarray, np.ndarray]:
        """Where each frame's chunk begins (B, T), and its size (B, 1); cut anywhere, and at the window's start."""
        size = self.random.choice(CHUNK_SIZES, (batch, 1), p=CHUNK_SHARES)
        shift = self.random.integers(0, LARGEST_CHUNK, (batch, 1)) % size
        start = (np.arange(self.frames) + shift) // size * size - shift
        return np.maximum(start, 0), size

    def _heard(self, voice: Tensor, start: int, end: int, stream: int) -> Tensor:
        """Microphones differ in level (a constant on the log-mel) and voice detectors in delay, by stream."""
        mel = (voice[start:end, :-1].float() + float(self.gains[stream])).clamp(min=SILENCE)
        activity = voice[torch.arange(start, end).sub(int(self.lags[stream])).clamp(min=0), -1:].float()
        return torch.cat([mel, activity], -1)

    def _hidden(self, face: Tensor) -> tuple[Tensor, Tensor]:
        """The Mask of the LPE: now and then the face is lost for a while, or one region of it for the window."""
        batch, frames = face.shape[:2]
        for i in range(batch):
            if self.random.random() < 0.08:
                start, length = self.random.integers(0, frames), self.random.integers(5, 50)
                face[i, start : start + length, -1] = 0.0
        seen = (self.random.random((batch, 1, PLAYER_REGION_COUNT)) > 0.05).astype(np.float32)
        return face, torch.from_numpy(seen).expand(-1, frames, -1)

    def _known(self, chunk_start: np.ndarray, size: np.ndarray) -> np.ndarray:
        """(B, T, 11): which speech around each frame had arrived when its chunk was made: mostly all, at times not the
        future beyond the chunk, seldom none."""
        chance = np.take_along_axis(self.random.random(chunk_start.shape), chunk_start, 1)
        share = np.take_along_axis(self.random.random(chunk_start.shape), chunk_start, 1)
        ahead = size + np.floor(share * SPEECH_REACH)  # frames known from the chunk's start on
        late = np.floor(share * (size + SPEECH_REACH)) - SPEECH_REACH
        until = np.where(chance < 0.14, ahead, np.where(chance < 0.2, late, self.frames))
        around = np.arange(self.frames)[:, None] + np.arange(SPEECH_SPAN) - SPEECH_REACH
        return (around < (chunk_start + until)[..., None]).astype(np.float32)
