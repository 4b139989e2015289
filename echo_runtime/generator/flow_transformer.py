"""The flow transformer: tokens of face region × frame, conditioned on speech, player, emotion and style.

Frames of a chunk are denoised together, given the finished frames before them; nothing later is ever seen. Each frame
has its own flow level (0 = noise, 1 = motion; diffusion forcing, Chen et al., arXiv 2407.01392), so chunks of 1, 2, 4
or 8 frames run on the same weights. Each of L blocks: self-attention → cross-attention to c_emo and style → SDCM →
feed-forward, with adaLN on the flow level.

Two forms with the same weights: `window` (training: T frames, each a target) and `chunk` (run time: one chunk and a
ring of cached keys and values of finished frames).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.context.affect import AFFECT_DIM
from echo_runtime.generator.attention import CrossAttention, normalised
from echo_runtime.generator.face_grid import (
    CELL_CHANNELS,
    CELLS,
    COLUMNS,
    GENERATED_DIM,
    ROWS,
    face_mask,
    gather_index,
    lip_mask,
    scatter_matrix,
)
from echo_runtime.generator.frame_attention import FrameAttention, chunk_hidden
from echo_runtime.generator.sdcm import SDCM, JointCrossAttention, KeysValues

SPEECH_REACH = 5
"""Frames of speech seen before and after a frame: 200 ms each."""
SPEECH_SPAN = 2 * SPEECH_REACH + 1
LEVEL_FEATURES = 64
STYLE_DIM = 2


@dataclass(frozen=True)
class FlowConfig:
    """Sizes. `speech_dim`: speech features; `user_width`: a token of f_pu; `context_frames`: length of the ring;
    `*_inner`: size at which cross-attention compares; `conditioning`: "sdcm", or "joint" for plain cross-attention to
    the concatenated cues (only to compare)."""

    speech_dim: int
    user_width: int = 64
    width: int = 128
    layers: int = 4
    heads: int = 4
    speech_inner: int = 96
    user_inner: int = 64
    emotion_inner: int = 64
    emotion_tokens: int = 4
    feed_forward: int = 3
    context_frames: int = 50
    conditioning: Literal["sdcm", "joint"] = "sdcm"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class BlockCondition:
    """Keys and values that one block reads; made once per chunk, used by every flow step."""

    emotion: KeysValues
    cues: tuple[KeysValues | None, KeysValues]


class Block(nn.Module):
    """One of the L blocks."""

    def __init__(self, c: FlowConfig) -> None:
        super().__init__()
        self.self_attention = FrameAttention(c.width, c.heads, CELLS, c.context_frames, c.layers)
        self.emotion = CrossAttention(c.width, c.width, c.emotion_inner, c.heads, c.layers)
        self.cues: SDCM | JointCrossAttention
        if c.conditioning == "sdcm":
            self.cues = SDCM(c.width, c.user_width, c.user_inner, c.speech_inner, c.heads, SPEECH_REACH, c.layers,
                             (ROWS, COLUMNS), face_mask(), lip_mask())  # fmt: skip
        else:
            self.cues = JointCrossAttention(c.width, c.user_width, joint_inner(c), c.heads, SPEECH_REACH, c.layers)
        hidden = c.feed_forward * c.width
        self.feed_forward = nn.Sequential(nn.Linear(c.width, hidden), nn.GELU("tanh"), nn.Linear(hidden, c.width))
        nn.init.zeros_(self.feed_forward[2].weight)  # type: ignore[arg-type]
        self.modulation = nn.Parameter(torch.zeros(6, c.width))

    def forward(self, x: Tensor, modulation: Tensor, condition: BlockCondition, attend: Any) -> Tensor:
        """x (B, T, 15, width), modulation (B, T, 6, width); `attend` is either form of self-attention."""
        scale1, shift1, gate1, scale2, shift2, gate2 = (modulation + self.modulation)[:, :, :, None].unbind(2)
        x = x + attend(normalised(x) * (1.0 + scale1) + shift1) * gate1
        x = x + self._felt(normalised(x), condition.emotion)
        x = x + self.cues(normalised(x), condition.cues)
        return x + self.feed_forward(normalised(x) * (1.0 + scale2) + shift2) * gate2

    def _felt(self, x: Tensor, emotion: KeysValues) -> Tensor:
        """The frames that share one c_emo ask together. emotion (B, T / k, tokens, inner)."""
        spans = emotion[0].shape[1]
        return self.emotion(x.unflatten(1, (spans, -1)).flatten(2, 3), emotion).reshape(x.shape)


def joint_inner(c: FlowConfig) -> int:
    """Size at which JointCrossAttention has about as many weights as the SDCM of the same config."""
    sdcm = 2 * c.width * c.user_inner + 2 * c.user_width * c.user_inner + 4 * c.width * c.speech_inner
    sdcm += 2 * c.width * c.width + 20 * c.width
    return round(sdcm / (6 * c.width + 2 * c.user_width) / c.heads / 2) * c.heads * 2


class FlowTransformer(nn.Module):
    """Predicts clean frames from noisy ones (x-prediction)."""

    speech_mean: Tensor
    speech_scale: Tensor
    cell_index: Tensor
    cell_real: Tensor
    scatter: Tensor
    frequencies: Tensor

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.config = c = config
        index, real = gather_index()
        self.register_buffer("cell_index", index.flatten(), persistent=False)
        self.register_buffer("cell_real", real, persistent=False)  # (15, 9)
        self.register_buffer("scatter", scatter_matrix(), persistent=False)
        exponents = torch.linspace(0.0, math.log(1000.0), LEVEL_FEATURES // 2)
        self.register_buffer("frequencies", exponents.exp() * (math.pi / 2), persistent=False)
        self.register_buffer("speech_mean", torch.zeros(c.speech_dim))
        self.register_buffer("speech_scale", torch.ones(c.speech_dim))

        self.cell_in = nn.Parameter(torch.randn(CELLS, CELL_CHANNELS, c.width) * 0.3)
        self.cell_out = nn.Parameter(torch.randn(CELLS, c.width, CELL_CHANNELS) * 0.01)
        self.out_bias = nn.Parameter(torch.zeros(GENERATED_DIM))
        self.place = nn.Parameter(torch.randn(CELLS, c.width) * 0.3)
        self.level = nn.Sequential(nn.Linear(LEVEL_FEATURES, c.width), nn.SiLU(), nn.Linear(c.width, c.width))
        self.modulation = nn.Linear(c.width, 6 * c.width)
        self.out_modulation = nn.Linear(c.width, 2 * c.width)
        # finished frames: a region's own channels, the whole frame, and how noisy it is
        self.history_cell = nn.Parameter(torch.randn(CELLS, CELL_CHANNELS, c.width) * 0.3)
        self.history_frame = nn.Linear(GENERATED_DIM, c.width)
        self.history_level = nn.Linear(c.width, c.width)
        self.history_mix = nn.Sequential(
            nn.Linear(c.width, 2 * c.width), nn.GELU("tanh"), nn.Linear(2 * c.width, c.width)
        )
        self.emotion_in = nn.Linear(AFFECT_DIM, c.emotion_tokens * c.width)
        self.emotion_place = nn.Parameter(torch.randn(c.emotion_tokens, c.width) * 0.3)
        self.style_in = nn.Linear(STYLE_DIM, c.width)
        self.speech_in = nn.Linear(c.speech_dim, c.width)
        self.speech_unknown = nn.Parameter(torch.zeros(c.width))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        nn.init.zeros_(self.out_modulation.weight)
        nn.init.zeros_(self.out_modulation.bias)
        nn.init.normal_(self.modulation.weight, std=0.005)
        with torch.no_grad():  # branches begin open: the gates (third of each three) at one
            self.modulation.bias.copy_(torch.tensor([0.0, 0.0, 1.0]).repeat(2).repeat_interleave(c.width))

    def forward(
        self, history: Tensor, history_level: Tensor, noisy: Tensor, level: Tensor, hidden: Tensor, c_emo: Tensor,
        style: Tensor, speech: Tensor, known: Tensor, f_pu: Tensor | None,
    ) -> Tensor:  # fmt: skip
        """A training step: `condition`, then `window`."""
        conditions = self.condition(c_emo, style, speech, known, f_pu)
        return self.window(history, history_level, noisy, level, hidden, conditions)

    def condition(
        self, c_emo: Tensor, style: Tensor, speech: Tensor, known: Tensor, f_pu: Tensor | None
    ) -> list[BlockCondition]:
        """c_emo (B, T / k, 10), one for k frames; style (B, 2), see signals.Style.vector; speech (B, T + 10, F) from 5
        frames before the first to 5 after the last frame; known (B, T, 11) in {0, 1}; f_pu (B, T or 1, K, user width)
        or None (stage 1) → what every block reads."""
        emotion = self.emotion_in(c_emo).unflatten(-1, (self.config.emotion_tokens, -1)) + self.emotion_place
        token = self.style_in(style.to(emotion.dtype))[:, None, None].expand(-1, emotion.shape[1], -1, -1)
        emotion = torch.cat([emotion, token], 2)
        heard = ((speech - self.speech_mean) / self.speech_scale).clamp(-8.0, 8.0)
        heard = normalised(self.speech_in(heard.to(self.speech_in.weight.dtype)))
        return [
            BlockCondition(b.emotion.keys(emotion), b.cues.keys(f_pu, heard, known, self.speech_unknown))
            for b in self._blocks()
        ]

    def _blocks(self) -> list[Block]:
        return [b for b in self.blocks if isinstance(b, Block)]

    def _cells(self, x: Tensor, weight: Tensor) -> Tensor:
        """(B, T, 52) → (B, T, 15, width): every region's channels through a matrix of its own."""
        cells = x[..., self.cell_index].unflatten(-1, (CELLS, CELL_CHANNELS))
        return torch.einsum("btnk,nkd->btnd", cells, weight * self.cell_real[..., None].to(cells.dtype))

    def _level_embedding(self, level: Tensor) -> Tensor:
        """(B, T) → (B, T, width)."""
        angle = level[..., None] * self.frequencies
        features = torch.cat([angle.cos(), angle.sin()], -1).to(self.modulation.weight.dtype)
        return F.silu(self.level(features))

    def embed_history(self, motion: Tensor, level: Tensor) -> Tensor:
        """Finished frames (B, T, 52) at their near-clean levels (B, T) → (B, T, 15, width)."""
        frame = self.history_frame(motion) + self.history_level(self._level_embedding(level))
        tokens = self._cells(motion, self.history_cell) + frame[:, :, None] + self.place
        return normalised(tokens + self.history_mix(normalised(tokens)))

    def _read_out(self, x: Tensor, embedding: Tensor) -> Tensor:
        """x (B, T, 15, width), embedding (B, T, width) → (B, T, 52)."""
        scale, shift = self.out_modulation(embedding)[:, :, None].chunk(2, -1)
        x = normalised(x) * (1.0 + scale) + shift
        cells = torch.einsum("btnd,ndk->btnk", x, self.cell_out)
        return cells.flatten(2) @ self.scatter.to(cells.dtype) + self.out_bias

    def window(
        self, history: Tensor, history_level: Tensor, noisy: Tensor, level: Tensor, hidden: Tensor,
        conditions: list[BlockCondition],
    ) -> Tensor:  # fmt: skip
        """Training. noisy (B, T, 52) at its levels (B, T); history (B, context + T, 52) near-clean, from `context`
        frames before the first, at its levels; hidden as `window_hidden` gives it → clean prediction (B, T, 52)."""
        past = self.embed_history(history, history_level)
        x = self._cells(noisy, self.cell_in) + self.place
        embedding = self._level_embedding(level)
        modulation = self.modulation(embedding).unflatten(-1, (6, -1))
        for block, condition in zip(self._blocks(), conditions, strict=True):
            x = block(x, modulation, condition, lambda h, b=block: b.self_attention.window(h, past, hidden))
        return self._read_out(x, embedding)

    def ring(self, key: Tensor, value: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Cached keys and values (B, L, context, 15, width), oldest first → as `chunk` takes them; once per chunk."""
        return [b.self_attention.ring(key[:, i], value[:, i]) for i, b in enumerate(self._blocks())]

    def chunk(
        self, x: Tensor, level: Tensor, conditions: list[BlockCondition], ring: list[tuple[Tensor, Tensor]],
        valid: Tensor,
    ) -> Tensor:  # fmt: skip
        """Run time. x (B, n, 52) at levels (B, n), what `ring` gave, valid (B, context) → clean prediction."""
        hidden = chunk_hidden(x.shape[1], valid)
        x = self._cells(x, self.cell_in) + self.place
        embedding = self._level_embedding(level)
        modulation = self.modulation(embedding).unflatten(-1, (6, -1))
        for block, condition, past in zip(self._blocks(), conditions, ring, strict=True):
            x = block(x, modulation, condition, lambda h, b=block, p=past: b.self_attention.chunk(h, p, hidden))
        return self._read_out(x, embedding)

    def finished(self, motion: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
        """Run time. Finished frames (B, n, 52) at levels (B, n) → their keys and values (B, L, n, 15, width) for the
        ring."""
        embedded = self.embed_history(motion, level)
        pairs = [b.self_attention.history(embedded) for b in self._blocks()]
        return torch.stack([k for k, _ in pairs], 1), torch.stack([v for _, v in pairs], 1)
