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
from echo_runtime.generator.flow_transformer import CHUNK_FRAMES, SPEECH_REACH, SPEECH_WINDOW
from echo_runtime.generator.speech_encoder import VISEMES, SpeechEncoder
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.signals import FACE_DIM, MELS_PER_FRAME, VOICE_DIM, FloatArray
from echo_runtime.training.dyads import DyadSession, load_session

LATEST_ACTIVITY = 12
"""By how many mel frames (10 ms) a voice detector may lag."""
BILABIAL = VISEMES.index("PP")


@dataclass(frozen=True)
class Conversation:
    """A session as tensors, T frames cut to whole chunks, with what precedes and follows it.

    motion (T, 60); speech (5 + T + 5, F) features, silence around; face (5 + T, 61) and voice (4 · (5 + T), 81): the
    player, five frames of nobody before; affect (T, 10); bilabial (T,) share of each frame in p, b, m;
    speaking (T,) bool.
    """

    motion: Tensor
    speech: Tensor
    face: Tensor
    voice: Tensor
    affect: Tensor
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
    frames = len(session.motion) // CHUNK_FRAMES * CHUNK_FRAMES
    around = np.zeros(SPEECH_REACH * 640, np.float32)
    mel = log_mel(np.concatenate([around, session.speech[: frames * 640], around]))
    features = encoder.features(torch.from_numpy(mel)[None])[0]
    face, voice = nobody(CHUNK_FRAMES)
    share = (session.viseme[: frames * MELS_PER_FRAME] == BILABIAL).reshape(frames, MELS_PER_FRAME).mean(1)
    return Conversation(
        motion=torch.from_numpy(session.motion[:frames]),
        speech=features.half(),
        face=torch.cat([face, torch.from_numpy(session.player_face[:frames])]).half(),
        voice=torch.cat([voice, torch.from_numpy(player_voice(session)[: frames * MELS_PER_FRAME])]).half(),
        affect=torch.from_numpy(session.affect[:frames]),
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
    """B windows of T chunks. motion (B, 5T, 60); speech (B, 5T + 10, F); known (B, T, 15); face (B, 5T, 61) and voice
    (B, 20T, 81): the player up to 5 frames before the end, so that every chunk has what was seen before it;
    seen (B, 5T, regions); affect (B, T, 10); bilabial (B, 5T); fresh (B,) bool: first window of its session."""

    motion: Tensor
    speech: Tensor
    known: Tensor
    face: Tensor
    voice: Tensor
    seen: Tensor
    affect: Tensor
    bilabial: Tensor
    fresh: Tensor


class ConversationStreams:
    """B streams; each draws a session, a place to begin, and gives consecutive windows until the session ends."""

    def __init__(self, conversations: Sequence[Conversation], batch: int, chunks: int, random: np.random.Generator):
        self.conversations, self.chunks, self.random = conversations, chunks, random
        self.places = [(0, 0)] * batch
        self.gains, self.lags = np.zeros(batch, np.float32), np.zeros(batch, np.int64)
        self.left = [False] * batch

    def draw(self) -> WindowBatch:
        frames = self.chunks * CHUNK_FRAMES
        rows, fresh = [], []
        for i, (index, start) in enumerate(self.places):
            new = not self.left[i] or start + frames > self.conversations[index].frames
            if new:
                index = int(self.random.integers(len(self.conversations)))
                start = int(self.random.integers(0, min(frames, self.conversations[index].frames - frames) + 1))
                self.gains[i] = self.random.normal(0.0, 0.5)
                self.lags[i] = self.random.integers(0, LATEST_ACTIVITY + 1)
                self.left[i] = True
            c = self.conversations[index]
            end = start + frames
            rows.append(
                (
                    c.motion[start:end],
                    c.speech[start : end + 2 * SPEECH_REACH].float(),
                    c.face[start:end].float(),
                    self._heard(c.voice, start * MELS_PER_FRAME, end * MELS_PER_FRAME, i),
                    c.affect[start:end:CHUNK_FRAMES],
                    c.bilabial[start:end],
                )
            )
            fresh.append(new)
            self.places[i] = (index, end)
        motion, speech, face, voice, affect, bilabial = (torch.stack(part) for part in zip(*rows, strict=True))
        face, seen = self._hidden(face)
        known = torch.from_numpy(self._known(len(rows)))
        return WindowBatch(motion, speech, known, face, voice, seen, affect, bilabial, torch.tensor(fresh))

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

    def _known(self, batch: int) -> np.ndarray:
        """Which of each chunk's 15 speech frames had arrived: mostly all, at times not the future, seldom none."""
        chance = self.random.random((batch, self.chunks))
        until = np.full((batch, self.chunks), SPEECH_WINDOW)
        ahead = self.random.integers(CHUNK_FRAMES + SPEECH_REACH, SPEECH_WINDOW, until.shape)
        late = self.random.integers(0, CHUNK_FRAMES + SPEECH_REACH, until.shape)
        until = np.where(chance < 0.14, ahead, np.where(chance < 0.2, late, until))
        return (np.arange(SPEECH_WINDOW) < until[..., None]).astype(np.float32)
