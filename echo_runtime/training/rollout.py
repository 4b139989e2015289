"""Roll-outs for evaluation, by exactly the steps of run time: the player seen up to each chunk's start, the NPC's
speech heard 200 ms past each chunk's end, noise from a seeded generator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.low_level_perception import LowLevelPerception
from echo_runtime.generator.flow_transformer import SPEECH_REACH
from echo_runtime.generator.speech_encoder import SpeechEncoder
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.signals import FRAME_RATE, MELS_PER_FRAME, MOTION_DIM, FloatArray
from echo_runtime.training.conversations import Conversation, conversation
from echo_runtime.training.dyads import DyadSession


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
    chunk_frames: int | None = None,
    context: HighLevelContext | None = None,
) -> FloatArray:
    """Several conversations as one batch → (B, T, 60), T the shortest of them (at most `frames`).

    `players` takes the player from other conversations, for mismatched measures; `chunk_frames` by default the
    generator's own. `context` fuses what Φ understood of the players, as the shipped Φ does: at once.
    """
    players = players or conversations
    n = chunk_frames or generator.chunk_frames
    shortest = min(c.frames for c in (*conversations, *players))
    count = min(shortest, frames or shortest) // n
    noise = np.random.default_rng(seed)
    state, lpe = generator.initial_state(len(conversations)), perception.initial_state(len(conversations))
    known = torch.ones(len(conversations), n + 2 * SPEECH_REACH)
    style = torch.stack([c.style for c in conversations])
    chunks = []
    seen = 0
    for start in range(0, count * n, n):
        # the player up to the frame before the chunk; the first of `face` is nobody
        face = torch.stack([p.face[seen : start + 1] for p in players]).float()
        voice = torch.stack([p.voice[seen * MELS_PER_FRAME : (start + 1) * MELS_PER_FRAME] for p in players]).float()
        f_pu, lpe = perception.observe(face, voice, lpe)
        seen = start + 1
        if context is not None and start >= SUMMARY_FRAMES:
            f_pu = _fused(context, f_pu, players, start)
        white = noise.standard_normal((len(conversations), n, MOTION_DIM)).astype(np.float32)
        motion, state = generator.step(
            state,
            torch.stack([c.speech[start : start + n + 2 * SPEECH_REACH] for c in conversations]).float(),
            known,
            f_pu,
            torch.stack([c.affect[start] for c in conversations]),
            style,
            torch.from_numpy(white),
        )
        chunks.append(motion)
    return torch.cat(chunks, 1).numpy()


def _fused(context: HighLevelContext, p_usr: Tensor, players: Sequence[Conversation], frames: int) -> Tensor:
    """f_pu (B, K, width) when so many frames of the players were seen, one summary of them at least."""
    s_usr = torch.stack([p.understood[frames // SUMMARY_FRAMES - 1] for p in players]).float()
    age = torch.full((len(players),), frames % SUMMARY_FRAMES / FRAME_RATE)
    return context(p_usr, s_usr[:, None], age, torch.ones(len(players)))
