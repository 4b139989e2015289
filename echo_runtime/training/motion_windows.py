"""Windows of conversations for the motion stage: streams that walk through whole sessions, so that the LPE's state is
carried as it is at run time, and everything the loss needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import torch
from torch import Tensor

from echo_runtime.context.region_tokens import PLAYER_REGION_COUNT
from echo_runtime.errors import TrainingError
from echo_runtime.generator.flow_transformer import SPEECH_REACH, SPEECH_SPAN
from echo_runtime.generator.speech_encoder import VISEMES, SpeechEncoder
from echo_runtime.generator.streaming import CHUNK_SIZES, LARGEST_CHUNK
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.signals import FACE_DIM, MELS_PER_FRAME, VOICE_DIM, FloatArray
from echo_runtime.training.dyads import DyadSession, load_session

LATEST_ACTIVITY = 12
"""By how many mel frames (10 ms) a voice detector may lag."""
LATEST_SIGHT = 2
"""By how many frames more than one the player's observation may lag."""
CHUNK_SHARES = (0.15, 0.25, 0.35, 0.25)
"""How often a window is cut into chunks of each of CHUNK_SIZES."""
AFFECT_FRAMES = LARGEST_CHUNK
"""Frames that share one c_emo in training."""
BILABIAL = VISEMES.index("PP")


@dataclass(frozen=True)
class Conversation:
    """A session as tensors, T frames, with what precedes and follows it.

    motion (T, 60); speech (5 + T + 5, F) features, silence around; face (1 + T, 61) and voice (4 · (1 + T), 81): the
    player, one frame of nobody before; affect (T, 10); style (2,); bilabial (T,) share of each frame in p, b, m;
    speaking (T,) bool.
    """

    motion: Tensor
    speech: Tensor
    face: Tensor
    voice: Tensor
    affect: Tensor
    style: Tensor
    bilabial: Tensor
    speaking: Tensor

    @property
    def frames(self) -> int:
        return len(self.motion)


def player_voice(session: DyadSession) -> FloatArray:
    """(4T, 81): A_usr, log-mel and voice activity."""
    mel = log_mel(session.player_voice)
    return np.concatenate([mel, session.player_activity[: len(mel), None]], 1).astype(np.float32)


def nobody(frames: int) -> tuple[Tensor, Tensor]:
    """Face (frames, 61) and voice (4 · frames, 81) before anyone is there."""
    voice = torch.full((frames * MELS_PER_FRAME, VOICE_DIM), SILENCE)
    voice[:, -1] = 0.0
    return torch.zeros(frames, FACE_DIM), voice


@torch.no_grad()
def conversation(session: DyadSession, encoder: SpeechEncoder) -> Conversation:
    """One session with its speech features."""
    frames = len(session.motion) // LARGEST_CHUNK * LARGEST_CHUNK
    around = np.zeros(SPEECH_REACH * 640, np.float32)
    mel = log_mel(np.concatenate([around, session.speech[: frames * 640], around]))
    features = encoder.features(torch.from_numpy(mel)[None])[0]
    face, voice = nobody(1)
    share = (session.viseme[: frames * MELS_PER_FRAME] == BILABIAL).reshape(frames, MELS_PER_FRAME).mean(1)
    return Conversation(
        motion=torch.from_numpy(session.motion[:frames]),
        speech=features.half(),
        face=torch.cat([face, torch.from_numpy(session.player_face[:frames])]).half(),
        voice=torch.cat([voice, torch.from_numpy(player_voice(session)[: frames * MELS_PER_FRAME])]).half(),
        affect=torch.from_numpy(session.affect[:frames]),
        style=torch.from_numpy(session.style.vector),
        bilabial=torch.from_numpy(share.astype(np.float32)),
        speaking=torch.from_numpy(session.npc_speaking[:frames].astype(bool)),
    )


class ConversationFolder(Sequence[Conversation]):
    """The sessions of a folder, each prepared when first asked for (speech features take a second) and then kept.
    `rescan` takes in those that were generated meanwhile. Raises TrainingError when there is none."""

    def __init__(self, folder: Path, encoder: SpeechEncoder, limit: int | None = None) -> None:
        self.folder, self.encoder, self.limit = folder, encoder, limit
        self._paths: list[Path] = []
        self._kept: dict[int, Conversation] = {}
        self.rescan()
        if not self._paths:
            raise TrainingError(f"There are no conversations in {folder}; generate them first.")

    def rescan(self) -> None:
        known = set(self._paths)
        self._paths += sorted(p for p in self.folder.glob("*.npz") if p not in known and ".part" not in p.name)

    def __len__(self) -> int:
        return min(len(self._paths), self.limit or len(self._paths))

    @overload
    def __getitem__(self, index: int) -> Conversation: ...
    @overload
    def __getitem__(self, index: slice) -> list[Conversation]: ...
    def __getitem__(self, index: int | slice) -> Conversation | list[Conversation]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        if index not in self._kept:
            self._kept[index] = conversation(load_session(self._paths[index]), self.encoder)
        return self._kept[index]


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


class ConversationStreams:
    """B streams; each draws a session, a place to begin, and gives consecutive windows until the session ends."""

    def __init__(
        self, conversations: Sequence[Conversation], batch: int, frames: int, context: int, random: np.random.Generator
    ) -> None:
        """`frames` per window, a multiple of 8; `context` frames of history before each."""
        self.conversations, self.frames, self.context, self.random = conversations, frames, context, random
        self.places = [(0, 0)] * batch
        self.gains, self.lags = np.zeros(batch, np.float32), np.zeros(batch, np.int64)
        self.left = [False] * batch

    def draw(self) -> WindowBatch:
        rows, fresh, first = [], [], []
        for i, (index, start) in enumerate(self.places):
            new = not self.left[i] or start + self.frames > self.conversations[index].frames
            if new:
                index = int(self.random.integers(len(self.conversations)))
                latest = min(self.frames, self.conversations[index].frames - self.frames)
                start = int(self.random.integers(0, latest + 1)) // AFFECT_FRAMES * AFFECT_FRAMES
                self.gains[i] = self.random.normal(0.0, 0.5)
                self.lags[i] = self.random.integers(0, LATEST_ACTIVITY + 1)
                self.left[i] = True
            c = self.conversations[index]
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
            self.places[i] = (index, end)
        motion, speech, face, voice, affect, style, bilabial = (torch.stack(p) for p in zip(*rows, strict=True))
        face, seen = self._hidden(face)
        chunk_start, size = self._chunks(len(rows))
        lag = self.random.integers(0, LATEST_SIGHT + 1, (len(rows), 1))
        return WindowBatch(
            motion, torch.tensor(first), torch.from_numpy(chunk_start), speech,
            torch.from_numpy(self._known(chunk_start, size)), face, voice,
            torch.from_numpy(np.maximum(chunk_start - lag, 0)), seen, affect, style, bilabial, torch.tensor(fresh),
        )  # fmt: skip

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
