"""What the player did in half a second, as one vector: what the high-level context reads about twice a second.

Statistics of signals that are observed anyway, so that a summary costs nothing, needs no training of its own, and can
be made from any recording. Of every motion channel: mean, deviation and change over the span, over frames in which the
face was seen; of the voice: 20 mel bands, loudness, and how much of it was speech; and how much the NPC spoke itself.
"""

from __future__ import annotations

import torch
from torch import Tensor

from echo_runtime.signals import FACE_DIM, FRAME_RATE, MEL_BANDS, MELS_PER_FRAME, MOTION_DIM, VOICE_DIM

SUMMARY_FRAMES = 12
"""Frames per summary: 0.48 s."""
SUMMARY_RATE = FRAME_RATE / SUMMARY_FRAMES
"""Summaries per second, about 2.1."""
VOICE_BANDS = 20
SUMMARY_DIM = 3 * MOTION_DIM + 1 + VOICE_BANDS + 4 + 1
_TREND_FRAMES = 4


def summarise(face: Tensor, voice: Tensor, npc_speaking: Tensor) -> Tensor:
    """face (B, 12 n, 61) in signal units with the validity last; voice (B, 48 n, 81), log-mel and speech probability;
    npc_speaking (B, 12 n) in [0, 1] → (B, n, SUMMARY_DIM) float32. Raises ValueError for other lengths."""
    frames = face.shape[1]
    if frames % SUMMARY_FRAMES or voice.shape[1] != MELS_PER_FRAME * frames or npc_speaking.shape[1] != frames:
        raise ValueError(
            f"A summary spans {SUMMARY_FRAMES} frames of face, voice and speech; got {tuple(face.shape)}, "
            f"{tuple(voice.shape)}, {tuple(npc_speaking.shape)}."
        )
    assert face.shape[2] == FACE_DIM
    assert voice.shape[2] == VOICE_DIM
    face = face.float().unflatten(1, (-1, SUMMARY_FRAMES))
    motion, seen = face[..., :-1], face[..., -1:].clamp(0.0, 1.0)

    def mean(x: Tensor, weight: Tensor) -> Tensor:
        return (x * weight).sum(2) / weight.sum(2).clamp_min(1e-6)

    average = mean(motion, seen)
    deviation = mean((motion - average[:, :, None]).square(), seen).clamp_min(0.0).sqrt()
    change = mean(motion[:, :, -_TREND_FRAMES:], seen[:, :, -_TREND_FRAMES:]) - mean(
        motion[:, :, :_TREND_FRAMES], seen[:, :, :_TREND_FRAMES]
    )
    # a change is known only if both ends were seen
    ends = (seen[:, :, :_TREND_FRAMES].amax(2) > 0) & (seen[:, :, -_TREND_FRAMES:].amax(2) > 0)
    change = change * ends
    voice = voice.float().unflatten(1, (-1, SUMMARY_FRAMES * MELS_PER_FRAME))
    mel, speech = voice[..., :MEL_BANDS], voice[..., MEL_BANDS:]
    bands = mel.mean(2).unflatten(-1, (VOICE_BANDS, -1)).mean(-1)
    loudness = mel.mean(-1, keepdim=True)
    heard = torch.cat([loudness.amax(2), loudness.std(2, unbiased=False), speech.mean(2), speech.amax(2)], -1)
    own = npc_speaking.float().unflatten(1, (-1, SUMMARY_FRAMES)).mean(2)[..., None]
    return torch.cat([average, deviation, change, seen.mean(2), bands, heard, own], -1)
