"""Conversations as the motion stage reads them: sessions and long dialogues as tensors, with their speech features and
what Φ understands of the player."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
import torch
from torch import Tensor

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, summarise
from echo_runtime.context.behaviour_transformer import BehaviourTransformer
from echo_runtime.errors import TrainingError
from echo_runtime.generator.flow_transformer import SPEECH_REACH
from echo_runtime.generator.speech_encoder import VISEMES, SpeechEncoder
from echo_runtime.generator.streaming import LARGEST_CHUNK
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.signals import FACE_DIM, MELS_PER_FRAME, SAMPLES_PER_FRAME, VOICE_DIM, FloatArray
from echo_runtime.training.dyads import DyadSession, load_session
from echo_runtime.training.long_dialogues.dialogue import LongDialogue, load_dialogue
from echo_runtime.training.long_dialogues.heard_affect import heard_affect

BILABIAL = VISEMES.index("PP")
FEATURE_PIECE, FEATURE_MARGIN = 1500, 64
"""Frames of which speech features are computed at once, and what is heard around them: more than the encoder sees."""


@dataclass(frozen=True)
class Conversation:
    """A session as tensors, T frames, with what precedes and follows it.

    motion (T, 60); speech (5 + T + 5, F) features, silence around; face (1 + T, 61) and voice (4 · (1 + T), 81): the
    player, one frame of nobody before; affect (T, 10); style (2,); bilabial (T,) share of each frame in p, b, m;
    speaking (T,) bool; understood (S, hidden): S_usr after each of the S summaries of the player, S = 0 without Φ.
    """

    motion: Tensor
    speech: Tensor
    face: Tensor
    voice: Tensor
    affect: Tensor
    style: Tensor
    bilabial: Tensor
    speaking: Tensor
    understood: Tensor

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
def conversation(
    session: DyadSession | LongDialogue, encoder: SpeechEncoder, phi: BehaviourTransformer | None = None
) -> Conversation:
    """One session with its speech features and what `phi` understands of it. Raises TrainingError for a long dialogue
    without sound."""
    if session.speech is None:
        raise TrainingError("A long dialogue without sound cannot teach speech; generate it with --sound.")
    frames = len(session.motion) // LARGEST_CHUNK * LARGEST_CHUNK
    features = _speech_features(session.speech[: frames * SAMPLES_PER_FRAME], encoder)
    heard = player_voice(session) if isinstance(session, DyadSession) else session.player_voice
    face = torch.from_numpy(session.player_face[:frames]).half()
    voice = torch.from_numpy(heard[: frames * MELS_PER_FRAME]).half()
    speaking = torch.from_numpy(session.npc_speaking[:frames].astype(bool))
    # of a long dialogue, what the LAU can know of its words, as at run time
    affect = session.affect[:frames] if isinstance(session, DyadSession) else heard_affect(session.turns, frames)
    no_face, no_voice = nobody(1)
    share = (session.viseme[: frames * MELS_PER_FRAME] == BILABIAL).reshape(frames, MELS_PER_FRAME).mean(1)
    return Conversation(
        motion=torch.from_numpy(session.motion[:frames]).float(),
        speech=features,
        face=torch.cat([no_face.half(), face]),
        voice=torch.cat([no_voice.half(), voice]),
        affect=torch.from_numpy(affect).float(),
        style=torch.from_numpy(session.style.vector),
        bilabial=torch.from_numpy(share.astype(np.float32)),
        speaking=speaking,
        understood=torch.zeros(0, 1) if phi is None else understood(phi, face, voice, speaking),
    )


def _speech_features(sound: FloatArray, encoder: SpeechEncoder) -> Tensor:
    """(5 + T + 5, F) float16 of (640 T,) samples, piece by piece, as an hour at once would not fit into memory."""
    around = np.zeros(SPEECH_REACH * SAMPLES_PER_FRAME, np.float32)
    mel = torch.from_numpy(log_mel(np.concatenate([around, sound, around])))
    margin, piece = MELS_PER_FRAME * FEATURE_MARGIN, MELS_PER_FRAME * FEATURE_PIECE
    parts = []
    for first in range(0, len(mel), piece):
        begin, end = max(0, first - margin), min(len(mel), first + piece + margin)
        features = encoder.features(mel[None, begin:end])[0].half()
        kept = (first - begin) // MELS_PER_FRAME
        parts.append(features[kept : kept + (min(first + piece, len(mel)) - first) // MELS_PER_FRAME])
    return torch.cat(parts)


@torch.no_grad()
def understood(phi: BehaviourTransformer, face: Tensor, voice: Tensor, speaking: Tensor) -> Tensor:
    """S_usr (S, hidden) float16 of Φ after each summary of a player: face (T, 61), voice (4T, 81); `speaking` (T,): the
    NPC. It remembers as much as at run time, its window, and no more."""
    frames = len(face) // SUMMARY_FRAMES * SUMMARY_FRAMES
    parts = (face[:frames].float(), voice[: frames * MELS_PER_FRAME].float(), speaking[:frames].float())
    summaries = summarise(*(part[None] for part in parts))
    state, hidden = phi.initial_state(1, past=0), []
    for piece in summaries.split(phi.config.window // 2, 1):
        found, state = phi(piece, state)
        hidden.append(found[0].half())
    return torch.cat(hidden) if hidden else torch.zeros(0, phi.config.width).half()


def load_dialogue_or_session(path: Path) -> DyadSession | LongDialogue:
    """Which of the two a file holds. Raises TrainingError when it is neither."""
    try:
        with np.load(path, allow_pickle=False) as data:
            long = "told" in data.files
    except (OSError, EOFError, ValueError, zipfile.BadZipFile):
        long = False
    return load_dialogue(path) if long else load_session(path)


class ConversationFolder(Sequence[Conversation]):
    """The sessions of a folder, each prepared when first asked for (speech features take a second) and then kept.
    `rescan` takes in those that were generated meanwhile. Raises TrainingError when there is none."""

    def __init__(
        self, folder: Path, encoder: SpeechEncoder, limit: int | None = None, phi: BehaviourTransformer | None = None
    ) -> None:
        self.folder, self.encoder, self.limit, self.phi = folder, encoder, limit, phi
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
            session = load_dialogue_or_session(self._paths[index])
            self._kept[index] = conversation(session, self.encoder, self.phi)
        return self._kept[index]
