"""The generator at run time: one call makes the next chunk of motion, 1, 2, 4 or 8 frames, of every NPC in a batch."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from echo_runtime.context.affect import AFFECT_DIM
from echo_runtime.generator.face_grid import CELLS, GENERATED_DIM, GENERATED_NAMES, LIP_CHANNELS
from echo_runtime.generator.fixation import fixated
from echo_runtime.generator.flow_transformer import SPEECH_REACH, STYLE_DIM, FlowConfig, FlowTransformer
from echo_runtime.generator.motion_codec import MotionCodec
from echo_runtime.generator.noise import FlowNoise
from echo_runtime.generator.sampler import at_level, sample
from echo_runtime.generator.speech_attention import known_windows
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, ROTATION, TRANSLATION
from echo_runtime.stream_state import StreamState

CHUNK_SIZES = (1, 2, 4, 8)
"""Frames per chunk that the weights are trained for."""
LARGEST_CHUNK = CHUNK_SIZES[-1]
MOOD_CHANNELS = (
    *(f"{name}{side}" for name in ("eyeSquint", "mouthFrown", "mouthDimple", "browDown", "cheekSquint", "noseSneer")
      for side in ("Left", "Right")),
    "jawForward", "jawLeft", "jawRight", "mouthLeft", "mouthRight", "cheekPuff",
)  # fmt: skip
"""Coefficients that moods move and no sound or event does: none changes faster than a mood."""
_HEAD = list(range(ROTATION.start, TRANSLATION.stop))
SLOW = tuple(sorted([MOTION_INDEX[name] for name in MOOD_CHANNELS] + _HEAD))
"""Where the slow values lie in a motion: what is smoothed from frame to frame."""


@dataclass(frozen=True)
class SamplingConfig:
    """How the flow is integrated.

    `chunk_frames`: frames per chunk at run time, unless the caller wants another of CHUNK_SIZES.
    `grid`: levels of the Euler steps. `context_level`: level at which a finished frame enters the ring, 1 as it is.
    `lip_`, `lid_`, `gaze_`, `pose_` and `expression_temperature`: scale of the noise on lips, blinks, gaze, the head,
    and on smiles and what only moods move.
    `pose_follow`, `mood_follow`: share of the new value in the causal smoothing of the head and of MOOD_CHANNELS, per
    frame; 1 is none.
    `fixation_threshold` rad and `fixation_drift`: see `fixation.fixated`.
    """

    chunk_frames: int = 4
    grid: tuple[float, ...] = (0.0, 0.2, 0.6, 1.0)
    context_level: float = 1.0
    lip_temperature: float = 0.1
    lid_temperature: float = 1.12
    gaze_temperature: float = 1.2
    pose_temperature: float = 0.45
    expression_temperature: float = 0.5
    pose_follow: float = 0.35
    mood_follow: float = 0.4
    fixation_threshold: float = 0.06
    fixation_drift: float = 0.05

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass
class MotionState(StreamState):
    """What an NPC's face remembers between chunks; all zeros is a fresh NPC.

    `ring_key`, `ring_value` (B, layers, context frames, 15, width), oldest first; `ring_valid` (B, context frames)
    in {0, 1}; `noise` (B, 2, 52), see FlowNoise; `slow` (B, 24), the last frame's values at SLOW; `fixation` (B, 2),
    the point looked at.
    """

    ring_key: Tensor
    ring_value: Tensor
    ring_valid: Tensor
    noise: Tensor
    slow: Tensor
    fixation: Tensor


class MotionGraph(nn.Module):
    """One whole chunk (all flow steps, and what the ring takes in) as a pure function with static shapes."""

    temperature: Tensor
    follow: Tensor
    slow_places: Tensor

    def __init__(self, transformer: FlowTransformer, codec: MotionCodec, sampling: SamplingConfig) -> None:
        super().__init__()
        self.transformer, self.codec, self.sampling = transformer, codec, sampling
        self.flow_noise = FlowNoise()
        temperature = torch.ones(GENERATED_DIM)
        for i, name in enumerate(GENERATED_NAMES):
            if name in LIP_CHANNELS:
                temperature[i] = sampling.lip_temperature
            elif name.startswith("eyeBlink"):
                temperature[i] = sampling.lid_temperature
            elif name.startswith("gaze"):
                temperature[i] = sampling.gaze_temperature
            elif name.startswith("head"):
                temperature[i] = sampling.pose_temperature
            elif name in MOOD_CHANNELS or name.startswith("mouthSmile"):
                temperature[i] = sampling.expression_temperature
        self.register_buffer("temperature", temperature, persistent=False)
        follow = torch.ones(MOTION_DIM)
        follow[list(SLOW)] = sampling.mood_follow
        follow[_HEAD] = sampling.pose_follow
        self.register_buffer("follow", follow[list(SLOW)], persistent=False)
        self.register_buffer("slow_places", torch.tensor(SLOW), persistent=False)

    def forward(
        self, white: Tensor, ring_key: Tensor, ring_value: Tensor, ring_valid: Tensor, last_noise: Tensor,
        last_slow: Tensor, fixation: Tensor, speech: Tensor, speech_known: Tensor, f_pu: Tensor, c_emo: Tensor,
        style: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        """Shapes as in `MotionGenerator.step` and `MotionState` → motion (B, n, 60), the six new state tensors."""
        frames = white.shape[1]
        begun = ring_valid[:, -1:]
        start, noise = self.flow_noise(white, last_noise)
        conditions = self.transformer.condition(
            c_emo[:, None], style, speech, known_windows(speech_known, SPEECH_REACH), f_pu[:, None]
        )
        ring = self.transformer.ring(ring_key, ring_value)

        def predict(x: Tensor, level: float) -> Tensor:
            return self.transformer.chunk(x, torch.full_like(x[..., 0], level), conditions, ring, ring_valid)

        channels = sample(predict, start * self.temperature, self.sampling.grid)
        level = self.sampling.context_level
        key, value = self.transformer.finished(
            at_level(channels, start, level), torch.full_like(channels[..., 0], level)
        )
        motion, slow = self._smooth(self.codec.decode(channels), last_slow, begun)
        motion, fixation = fixated(
            motion, self.codec.look, fixation, begun, self.sampling.fixation_threshold, self.sampling.fixation_drift
        )
        return (
            motion,
            torch.cat([ring_key[:, :, frames:], key], 2),
            torch.cat([ring_value[:, :, frames:], value], 2),
            torch.cat([ring_valid[:, frames:], begun.new_ones(1, 1).expand(len(begun), frames)], 1),
            noise,
            slow,
            fixation,
        )

    def _smooth(self, motion: Tensor, slow: Tensor, begun: Tensor) -> tuple[Tensor, Tensor]:
        """Causal smoothing of SLOW: a head has mass and a mood lasts, and what is left of the noise has neither."""
        targets = motion[..., self.slow_places]
        smoothed = []
        for i in range(motion.shape[1]):
            target = targets[:, i]
            if i == 0:
                slow = begun * slow + (1.0 - begun) * target
            slow = slow + self.follow * (target - slow)
            smoothed.append(slow)
        return motion.index_copy(2, self.slow_places, torch.stack(smoothed, 1)), slow

    def initial_state(self, batch_size: int) -> MotionState:
        c, device = self.transformer.config, self.temperature.device
        ring = (batch_size, c.layers, c.context_frames, CELLS, c.width)
        return MotionState(
            torch.zeros(ring, device=device), torch.zeros(ring, device=device),
            torch.zeros(batch_size, c.context_frames, device=device),
            torch.zeros(batch_size, 2, GENERATED_DIM, device=device),
            torch.zeros(batch_size, len(SLOW), device=device), torch.zeros(batch_size, 2, device=device),
        )  # fmt: skip

    def example_inputs(
        self, batch_size: int = 1, user_tokens: int = 16, frames: int | None = None
    ) -> tuple[Tensor, ...]:
        """Tensors of the right shapes for chunks of `frames` (by default the sampling's), for compiling."""
        c, frames = self.transformer.config, frames or self.sampling.chunk_frames
        heard = frames + 2 * SPEECH_REACH
        return (
            torch.zeros(batch_size, frames, MOTION_DIM), *self.initial_state(batch_size).tensors,
            torch.zeros(batch_size, heard, c.speech_dim), torch.ones(batch_size, heard),
            torch.zeros(batch_size, user_tokens, c.user_width), torch.zeros(batch_size, AFFECT_DIM),
            torch.zeros(batch_size, STYLE_DIM),
        )  # fmt: skip


class MotionGenerator(nn.Module):
    """Flow transformer, codec and sampling settings: what `motion.safetensors` holds."""

    def __init__(self, config: FlowConfig, sampling: SamplingConfig | None = None) -> None:
        super().__init__()
        self.config = config
        self.transformer = FlowTransformer(config)
        self.codec = MotionCodec()
        self.sampling = sampling or SamplingConfig()

    @property
    def sampling(self) -> SamplingConfig:
        return self._sampling

    @sampling.setter
    def sampling(self, sampling: SamplingConfig) -> None:
        self._sampling = sampling
        graph = MotionGraph(self.transformer, self.codec, sampling)
        self._graph = (graph.train(self.training),)  # in a tuple: no second registration of the weights

    @property
    def chunk_frames(self) -> int:
        return self.sampling.chunk_frames

    @property
    def graph(self) -> MotionGraph:
        """The pure function that `step` calls and backends compile; it shares this module's weights."""
        return self._graph[0]

    def initial_state(self, batch_size: int) -> MotionState:
        return self.graph.initial_state(batch_size)

    @torch.no_grad()
    def step(
        self, state: MotionState, speech: Tensor, speech_known: Tensor, f_pu: Tensor, c_emo: Tensor, style: Tensor,
        noise: Tensor, exec_mask: Tensor | None = None,
    ) -> tuple[Tensor, MotionState]:  # fmt: skip
        """The next n frames of B NPCs, n in CHUNK_SIZES.

        speech (B, n + 10, F): features from 5 frames before the chunk to 5 after it; speech_known (B, n + 10) in
        {0, 1}, 0 where the NPC's speech has not arrived (silence is known speech); f_pu (B, K, width); c_emo (B, 10);
        style (B, 2), see signals.Style.vector; noise (B, n, 60) white, from a seeded generator. Rows that are False in
        `exec_mask` (B,) bool keep their state, and their motion is to be ignored.
        → motion (B, n, 60) in signal units, new state.
        """
        motion, *tensors = self.graph(noise, *state.tensors, speech, speech_known, f_pu, c_emo, style)
        return motion, state.advanced(tuple(tensors), exec_mask)
