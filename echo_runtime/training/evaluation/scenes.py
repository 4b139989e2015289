"""What a roll-out hears and sees, apart from where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from echo_runtime.context.affect import affect_vector
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.signals import (
    FACE_DIM,
    MEL_BANDS,
    MELS_PER_FRAME,
    SAMPLES_PER_FRAME,
    VOICE_DIM,
    FloatArray,
    Style,
)
from echo_runtime.training.dyads.session import DyadSession


@dataclass(frozen=True)
class Scene:
    """T frames at 25 Hz for one NPC.

    speech (640 T,): its voice at 16 kHz. player_face (T, 61), player_voice (4T, 81): V_usr and A_usr.
    affect (T, 10): c_emo. speaking (T,) bool: while it speaks, as the runtime knows from what it plays. style:
    temperament and expressiveness.
    """

    speech: FloatArray
    player_face: FloatArray
    player_voice: FloatArray
    affect: FloatArray
    speaking: np.ndarray
    style: Style = field(default_factory=Style)

    @property
    def frames(self) -> int:
        return len(self.affect)


def player_voice(session: DyadSession) -> FloatArray:
    """(4T, 81): A_usr of a session, its activity as the last column."""
    mel = log_mel(session.player_voice)
    frames = len(session.player_face) * MELS_PER_FRAME
    return np.concatenate([mel[:frames], session.player_activity[:frames, None]], axis=1).astype(np.float32)


def other_words(session: DyadSession, other: DyadSession) -> FloatArray:
    """(640 T,): what the NPC of `other` says, at the times at which this one speaks, from its beginning again when it
    ends: a mouth that merely opens in speech and closes in silence gains nothing by the other sound's pauses."""
    speaks, others = (np.repeat(s.npc_speaking.astype(bool), SAMPLES_PER_FRAME) for s in (session, other))
    sound = np.zeros(len(speaks), np.float32)
    said = other.speech[: len(others)][others[: len(other.speech)]]
    if len(said):
        sound[speaks] = np.resize(said, int(speaks.sum()))
    return sound


def scene_of(session: DyadSession, speech_of: DyadSession | None = None, player_of: DyadSession | None = None) -> Scene:
    """The scene of a session; with another NPC's words (`other_words`) or another player for the mismatched measures.

    A player whose session is shorter begins again.
    """
    frames = len(session.motion)
    player = player_of or session
    speech = session.speech if speech_of is None else other_words(session, speech_of)
    return Scene(
        speech=np.resize(speech, frames * SAMPLES_PER_FRAME),
        player_face=np.resize(player.player_face, (frames, FACE_DIM)),
        player_voice=np.resize(player_voice(player), (frames * MELS_PER_FRAME, VOICE_DIM)),
        affect=session.affect,
        speaking=session.npc_speaking.astype(bool),
        style=session.style,
    )


def recital(speech: FloatArray) -> Scene:
    """A neutral NPC that speaks (n,) samples to a player who looks on, still and silent."""
    frames = len(speech) // SAMPLES_PER_FRAME
    face = np.zeros((frames, FACE_DIM), np.float32)
    face[:, -1] = 1.0
    voice = np.full((frames * MELS_PER_FRAME, VOICE_DIM), SILENCE, np.float32)
    voice[:, MEL_BANDS:] = 0.0
    return Scene(
        speech=speech[: frames * SAMPLES_PER_FRAME].astype(np.float32),
        player_face=face,
        player_voice=voice,
        affect=np.tile(affect_vector(), (frames, 1)),
        speaking=np.ones(frames, bool),
    )
