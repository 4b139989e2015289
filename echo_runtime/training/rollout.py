"""Roll-outs for evaluation, by exactly the steps of run time: the player seen up to each chunk's start, the NPC's
speech heard 200 ms past each chunk's end, noise from a seeded generator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from echo_runtime.context.low_level_perception import LowLevelPerception
from echo_runtime.generator.flow_transformer import CHUNK_FRAMES, SPEECH_WINDOW
from echo_runtime.generator.speech_encoder import SpeechEncoder
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.signals import MELS_PER_FRAME, MOTION_DIM, FloatArray
from echo_runtime.training.dyads import DyadSession
from echo_runtime.training.motion_windows import Conversation, conversation


def rollout(
    generator: MotionGenerator, perception: LowLevelPerception, encoder: SpeechEncoder, session: DyadSession, seed: int
) -> FloatArray:
    """The NPC's motion (T, 60) in one session; T is cut to whole chunks."""
    return roll_out_conversations(generator, perception, [conversation(session, encoder)], seed)[0]


@torch.no_grad()
def roll_out_conversations(
    generator: MotionGenerator,
    perception: LowLevelPerception,
    conversations: Sequence[Conversation],
    seed: int,
    players: Sequence[Conversation] | None = None,
    frames: int | None = None,
) -> FloatArray:
    """Several conversations as one batch → (B, T, 60), T the shortest of them (at most `frames`).

    `players` takes the player from other conversations, for mismatched measures.
    """
    players = players or conversations
    shortest = min(c.frames for c in (*conversations, *players))
    count = min(shortest, frames or shortest) // CHUNK_FRAMES
    noise = np.random.default_rng(seed)
    state, lpe = generator.initial_state(len(conversations)), perception.initial_state(len(conversations))
    known = torch.ones(len(conversations), SPEECH_WINDOW)
    chunks = []
    for start in range(0, count * CHUNK_FRAMES, CHUNK_FRAMES):
        end = start + CHUNK_FRAMES
        face = torch.stack([p.face[start:end] for p in players]).float()
        voice = torch.stack([p.voice[start * MELS_PER_FRAME : end * MELS_PER_FRAME] for p in players]).float()
        f_pu, lpe = perception.observe(face, voice, lpe)
        white = noise.standard_normal((len(conversations), CHUNK_FRAMES, MOTION_DIM)).astype(np.float32)
        motion, state = generator.step(
            state,
            torch.stack([c.speech[start : start + SPEECH_WINDOW] for c in conversations]).float(),
            known,
            f_pu,
            torch.stack([c.affect[start] for c in conversations]),
            torch.from_numpy(white),
        )
        chunks.append(motion)
    return torch.cat(chunks, 1).numpy()
