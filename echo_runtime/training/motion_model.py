"""Generator and LPE as they are trained: one window of conversations in, the clean motion that is predicted for it out.

The noisy frames of a window are all targets at once. Each sees the finished frames before its chunk, as at run time:
the truth, noised against drift, or (at the end of training) partly the model's own guesses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionConfig, PerceptionState
from echo_runtime.generator.face_grid import GENERATED_DIM
from echo_runtime.generator.flow_transformer import FlowConfig
from echo_runtime.generator.frame_attention import window_hidden
from echo_runtime.generator.sampler import at_level
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.signals import MOTION_DIM
from echo_runtime.training.conversations import Conversation
from echo_runtime.training.motion_windows import WindowBatch

ACTIVITY_SCALE = 0.15
"""Of voice activity, one input among 81 but the one that tells when the player's clause ends; so it is made loud."""

UNKNOWN_HISTORY = 0.25
"""Share of the windows whose history is all noise."""


class MotionModel(nn.Module):
    """Generator, LPE and, with a Φ, the HBCU's fusion of what that understands; trained together."""

    def __init__(
        self, speech_dim: int, sizes: Mapping[str, Any] | None = None, context: HighLevelContext | None = None
    ) -> None:
        """`sizes`: FlowConfig's fields that differ from its defaults. `context`: taken over, with its weights."""
        super().__init__()
        self.perception = LowLevelPerception(PerceptionConfig())
        self.context = context
        self.generator = MotionGenerator(
            FlowConfig(speech_dim, user_width=self.perception.config.width, **(sizes or {}))
        )

    def fit_statistics(self, conversations: list[Conversation]) -> Tensor:
        """Set every mean and scale from the data; returns the deviation (52,) of the generated channels."""
        motion = torch.cat([c.motion for c in conversations])
        self.generator.codec.fit(motion)
        speech = torch.cat([c.speech[::3].float() for c in conversations])
        self.generator.transformer.speech_mean.copy_(speech.mean(0))
        self.generator.transformer.speech_scale.copy_(speech.std(0) + 0.05)
        face = torch.cat([c.face.float() for c in conversations])
        face = face[face[:, -1] > 0.5, :-1]
        self.perception.region_tokens.mean.copy_(face.mean(0))
        self.perception.region_tokens.scale.copy_(face.std(0) + 0.02)
        voice = torch.cat([c.voice[::5].float() for c in conversations])
        self.perception.voice_mean.copy_(voice.mean(0))
        self.perception.voice_scale.copy_(voice.std(0) + 0.1)
        self.perception.voice_scale[-1] = ACTIVITY_SCALE
        return motion[:, self.generator.codec.generated].std(0)

    def forward(
        self, batch: WindowBatch, state: PerceptionState | None, own_history: bool = False
    ) -> tuple[Tensor, ...]:
        """→ clean prediction and target (B, T, 52), level (B, T), and the LPE's state tensors.

        `own_history`: the finished frames that the model sees are in part its own first guesses instead of the truth.
        """
        b, t = batch.chunk_start.shape
        codec, transformer = self.generator.codec, self.generator.transformer
        motion = codec.encode(batch.motion)
        clean = motion[:, -t:]
        level = torch.where(torch.rand(b, t) < 0.3, 0.0, torch.sigmoid(torch.randn(b, t) - 0.4))
        # the frames of a chunk share a level, but for some windows in which each has its own
        level = torch.where(torch.rand(b, 1) < 0.85, level.gather(1, batch.chunk_start), level)
        noise = self._noise(b, t)
        noisy = at_level(clean, noise, level[..., None])
        affect = batch.affect * (torch.rand(b, 1, 1) > 0.06)
        style = batch.style * (torch.rand(b, 1) > 0.1)
        speech = batch.speech + 0.1 * transformer.speech_scale * torch.randn_like(batch.speech)
        f_pu, after = None, ()
        if state is not None:
            p_usr, new_state = self.perception(batch.face, batch.voice, state, batch.seen)
            chosen = p_usr[torch.arange(b)[:, None], batch.sight]
            if self.context is not None:
                chosen = self.context(chosen, batch.s_usr[:, :, None], batch.age, batch.s_known)
            f_pu, after = (chosen * (torch.rand(b, 1, 1, 1) > 0.05)).bfloat16(), new_state.tensors
        hidden = window_hidden(batch.chunk_start, batch.first, transformer.config.context_frames)
        # the whole transformer in bfloat16, from float32 weights: twice as fast as autocast with its many casts
        rounded = {name: p.bfloat16() for name, p in transformer.named_parameters()}

        def predict(finished: Tensor, x: Tensor, x_level: Tensor) -> Tensor:
            near = self._near_levels(b, finished.shape[1])
            history = at_level(finished, self._noise(b, finished.shape[1]), near[..., None])
            arguments = (
                history.bfloat16(), near, x.bfloat16(), x_level, hidden, affect.bfloat16(), style, speech,
                batch.known, f_pu,
            )  # fmt: skip
            predicted: Tensor = torch.func.functional_call(transformer, rounded, arguments)
            return predicted.float()

        if own_history:
            with torch.no_grad():
                guess = predict(motion, noise, torch.zeros(b, t))
            guessed = torch.rand(b, t, 1) < torch.rand(b, 1, 1)
            motion = torch.cat([motion[:, :-t], torch.where(guessed, guess, clean)], 1)
        return predict(motion, noisy, level), clean, level, *after

    def _near_levels(self, b: int, t: int) -> Tensor:
        """Levels of finished frames: mostly near-clean, noised against drift, some not to be relied upon at all. In a
        share of the windows nothing is known of them, so that a reaction must be told from the player alone: with a
        history every frame of a nod but its first follows from the frame before."""
        near = torch.where(torch.rand(b, 1) < 0.1, torch.rand(b, t), 0.6 + 0.4 * torch.rand(b, t))
        near = torch.where(torch.rand(b, t) < 0.05, 0.0, near)
        return torch.where(torch.rand(b, 1) < UNKNOWN_HISTORY, 0.0, near)

    def _noise(self, b: int, t: int) -> Tensor:
        """(B, T, 52): as at run time, one long sequence, white in and correlated out."""
        noise = self.generator.graph.flow_noise
        settle = 24  # frames after which it has its full size
        return noise(torch.randn(b, settle + t, MOTION_DIM), torch.zeros(b, 2, GENERATED_DIM))[0][:, settle:]
