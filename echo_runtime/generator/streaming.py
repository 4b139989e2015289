"""The generator at run time: one call makes the next chunk of motion (5 frames, 200 ms) of every NPC in the batch."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from echo_runtime.context.affect import AFFECT_DIM
from echo_runtime.generator.face_grid import CELLS, GENERATED_DIM, GENERATED_NAMES, LIP_CHANNELS
from echo_runtime.generator.flow_transformer import CHUNK_FRAMES, SPEECH_WINDOW, FlowConfig, FlowTransformer
from echo_runtime.generator.motion_codec import MotionCodec
from echo_runtime.generator.noise import FlowNoise
from echo_runtime.generator.sampler import at_level, sample
from echo_runtime.signals import GAZE, MOTION_DIM
from echo_runtime.stream_state import StreamState

POSE_DIM = 6


@dataclass(frozen=True)
class SamplingConfig:
    """How the flow is integrated.

    `grid`: levels of the Euler steps. `context_level`: near-clean level at which a finished chunk enters the ring.
    `lip_`, `lid_`, `gaze_` and `pose_temperature`: scale of the noise on lips, blinks, gaze and the head.
    `pose_follow`: share of the new value in each of the two stages of the head's causal smoothing, per frame.

    Chosen by measurement: two steps settle a blink halfway, and at unit temperature lids close half as often as the
    truth's; a fourth step changes little.
    """

    grid: tuple[float, ...] = (0.0, 0.2, 0.6, 1.0)
    context_level: float = 0.97
    lip_temperature: float = 0.3
    lid_temperature: float = 1.15
    gaze_temperature: float = 1.4
    pose_temperature: float = 1.0
    pose_follow: float = 0.45

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass
class MotionState(StreamState):
    """What an NPC's face remembers between chunks; all zeros is a fresh NPC.

    `cache_key`, `cache_value` (B, layers, context chunks, 15, width), oldest first; `cache_valid` (B, context chunks)
    in {0, 1}; `noise` (B, 52) of the last frame; `pose` (B, 2, 6) head pose after each stage of smoothing.
    """

    cache_key: Tensor
    cache_value: Tensor
    cache_valid: Tensor
    noise: Tensor
    pose: Tensor


class MotionGraph(nn.Module):
    """One whole chunk (all flow steps and the pass that writes the ring) as a pure function with static shapes."""

    temperature: Tensor

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
        self.register_buffer("temperature", temperature, persistent=False)

    def forward(
        self, noise: Tensor, cache_key: Tensor, cache_value: Tensor, cache_valid: Tensor, last_noise: Tensor,
        last_pose: Tensor, speech: Tensor, speech_known: Tensor, f_pu: Tensor, c_emo: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        """Shapes as in `MotionGenerator.step` and `MotionState` → motion (B, 5, 60), the five new state tensors."""
        begun = cache_valid[:, -1:]
        start = self.flow_noise(noise, last_noise, begun)
        conditions = self.transformer.condition(c_emo[:, None], speech, speech_known[:, None], f_pu[:, None])

        def predict(x: Tensor, level: float) -> Tensor:
            levels = torch.full_like(cache_valid[:, 0], level)
            return self.transformer.chunk(x, levels, conditions, cache_key, cache_value, cache_valid)[0]

        channels = sample(predict, start * self.temperature, self.sampling.grid)
        level = self.sampling.context_level
        _, key, value = self.transformer.chunk(
            at_level(channels, start, level), torch.full_like(cache_valid[:, 0], level), conditions,
            cache_key, cache_value, cache_valid,
        )  # fmt: skip
        motion, pose = self._smooth_pose(self.codec.decode(channels), last_pose, begun)
        return (
            motion,
            torch.cat([cache_key[:, :, 1:], key[:, :, None]], 2),
            torch.cat([cache_value[:, :, 1:], value[:, :, None]], 2),
            torch.cat([cache_valid[:, 1:], torch.ones_like(begun)], 1),
            start[:, -1],
            pose,
        )

    def _smooth_pose(self, motion: Tensor, pose: Tensor, begun: Tensor) -> tuple[Tensor, Tensor]:
        """Causal smoothing of the head, two exponential stages (smoother than one of the same delay, 100 ms): a head
        has mass, and what is left of the noise has not."""
        follow, smoothed = self.sampling.pose_follow, []
        once, twice = pose.unbind(1)
        for i in range(CHUNK_FRAMES):
            target = motion[:, i, 52:58]
            if i == 0:
                once, twice = (begun * p + (1.0 - begun) * target for p in (once, twice))
            once = follow * target + (1.0 - follow) * once
            twice = follow * once + (1.0 - follow) * twice
            smoothed.append(twice)
        return torch.cat([motion[..., :52], torch.stack(smoothed, 1), motion[..., GAZE]], -1), torch.stack(
            [once, twice], 1
        )

    def initial_state(self, batch_size: int) -> MotionState:
        c, device = self.transformer.config, self.temperature.device
        ring = (batch_size, c.layers, c.context_chunks, CELLS, c.width)
        return MotionState(
            torch.zeros(ring, device=device), torch.zeros(ring, device=device),
            torch.zeros(batch_size, c.context_chunks, device=device),
            torch.zeros(batch_size, GENERATED_DIM, device=device),
            torch.zeros(batch_size, 2, POSE_DIM, device=device),
        )  # fmt: skip

    def example_inputs(self, batch_size: int = 1, user_tokens: int = 16) -> tuple[Tensor, ...]:
        """Tensors of the right shapes, for compiling."""
        c = self.transformer.config
        return (
            torch.zeros(batch_size, CHUNK_FRAMES, MOTION_DIM), *self.initial_state(batch_size).tensors,
            torch.zeros(batch_size, SPEECH_WINDOW, c.speech_dim), torch.ones(batch_size, SPEECH_WINDOW),
            torch.zeros(batch_size, user_tokens, c.user_width), torch.zeros(batch_size, AFFECT_DIM),
        )  # fmt: skip


class MotionGenerator(nn.Module):
    """Flow transformer, codec and sampling settings: what `motion.safetensors` holds."""

    chunk_frames = CHUNK_FRAMES
    speech_window = SPEECH_WINDOW

    def __init__(self, config: FlowConfig, sampling: SamplingConfig | None = None) -> None:
        super().__init__()
        self.config = config
        self.sampling = sampling or SamplingConfig()
        self.transformer = FlowTransformer(config)
        self.codec = MotionCodec()
        self.context_frames = config.context_chunks * CHUNK_FRAMES
        self._graph = (MotionGraph(self.transformer, self.codec, self.sampling),)  # in a tuple: no second registration

    @property
    def graph(self) -> MotionGraph:
        """The pure function that `step` calls and backends compile; it shares this module's weights."""
        return self._graph[0]

    def initial_state(self, batch_size: int) -> MotionState:
        return self.graph.initial_state(batch_size)

    @torch.no_grad()
    def step(
        self, state: MotionState, speech: Tensor, speech_known: Tensor, f_pu: Tensor, c_emo: Tensor, noise: Tensor,
        exec_mask: Tensor | None = None,
    ) -> tuple[Tensor, MotionState]:  # fmt: skip
        """The next 5 frames of B NPCs.

        speech (B, 15, F): features from 5 frames before the chunk to 5 after it; speech_known (B, 15) in {0, 1}, 0
        where the NPC's speech has not arrived (silence is known speech); f_pu (B, K, width); c_emo (B, 10);
        noise (B, 5, 60) white, from a seeded generator. Rows that are False in `exec_mask` (B,) bool keep their
        state, and their motion is to be ignored. → motion (B, 5, 60) in signal units, new state.
        """
        motion, *tensors = self.graph(noise, *state.tensors, speech, speech_known, f_pu, c_emo)
        return motion, state.advanced(tuple(tensors), exec_mask)
