"""The flow transformer: tokens of face region × chunk of 5 frames, conditioned on speech, player and emotion.

A chunk is denoised given itself and the chunks before it, whose keys and values are kept from a near-clean pass.
Two forms with the same weights: `window` (training: a whole window at once, every chunk a target) and `chunk`
(run time: one chunk and a ring of cached keys and values). Each of L blocks: self-attention → cross-attention to c_emo
and style → SDCM → feed-forward, with adaLN on the flow level (0 = noise, 1 = motion).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.context.affect import AFFECT_DIM
from echo_runtime.generator.attention import CrossAttention, normalised
from echo_runtime.generator.chunk_attention import ChunkAttention
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
from echo_runtime.generator.sdcm import SDCM, KeysValues

CHUNK_FRAMES = 5
"""Frames of motion per chunk: 200 ms."""
SPEECH_REACH = 5
"""Frames of speech seen before and after a frame: 200 ms each."""
SPEECH_WINDOW = CHUNK_FRAMES + 2 * SPEECH_REACH
LEVEL_FEATURES = 64


@dataclass(frozen=True)
class FlowConfig:
    """Sizes. `speech_dim`: speech features; `user_width`: a token of f_pu; `context_chunks`: length of the ring."""

    speech_dim: int
    user_width: int = 64
    width: int = 128
    layers: int = 4
    heads: int = 4
    speech_width: int = 96
    emotion_tokens: int = 4
    context_chunks: int = 10

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True)
class BlockCondition:
    """Keys and values that one block reads; made once per chunk, used by every flow step."""

    emotion: KeysValues
    speech: KeysValues
    user: KeysValues | None


class Block(nn.Module):
    """One of the L blocks."""

    def __init__(self, c: FlowConfig) -> None:
        super().__init__()
        self.self_attention = ChunkAttention(c.width, c.heads, CELLS, c.context_chunks, c.layers)
        self.emotion = CrossAttention(c.width, c.width, c.heads, c.layers)
        self.sdcm = SDCM(c.width, c.user_width, c.speech_width, c.heads, CHUNK_FRAMES, SPEECH_REACH, c.layers,
                         (ROWS, COLUMNS), face_mask(), lip_mask())  # fmt: skip
        self.feed_forward = nn.Sequential(
            nn.Linear(c.width, 3 * c.width), nn.GELU("tanh"), nn.Linear(3 * c.width, c.width)
        )
        nn.init.zeros_(self.feed_forward[2].weight)  # type: ignore[arg-type]
        self.modulation = nn.Parameter(torch.zeros(6, c.width))

    def _conditioned(self, x: Tensor, parts: tuple[Tensor, ...], condition: BlockCondition, copies: int) -> Tensor:
        """Everything after self-attention. x (B, T, copies · 15, width)."""
        scale, shift, gate = parts
        x = x + self.emotion(normalised(x), condition.emotion)
        x = x + self.sdcm(normalised(x), condition.user, condition.speech, copies)
        return x + self.feed_forward(normalised(x) * (1.0 + scale) + shift) * gate

    def _modulations(self, modulation: Tensor) -> tuple[Tensor, ...]:
        """(B, T, copies, 6, width) → six (B, T, copies · 15, width)."""
        parts = (modulation + self.modulation).unbind(-2)
        return tuple(p.repeat_interleave(CELLS, 2) for p in parts)

    def window(self, x: Tensor, modulation: Tensor, condition: BlockCondition, last: bool) -> Tensor:
        """x (B, T, 2 · 15, width): context copy and noisy copy. In the `last` block only the noisy copy goes on."""
        parts = self._modulations(modulation)
        attended = self.self_attention.window(normalised(x) * (1.0 + parts[0]) + parts[1], noisy_only=last)
        if last:
            x, parts = x[:, :, CELLS:], tuple(p[:, :, CELLS:] for p in parts)
        x = x + attended * parts[2]
        return self._conditioned(x, parts[3:], condition, copies=1 if last else 2)

    def chunk(
        self, x: Tensor, modulation: Tensor, condition: BlockCondition, key: Tensor, value: Tensor, valid: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x (B, 1, 15, width), cached key and value (B, N, 15, width), valid (B, N) → x, own key, own value."""
        parts = self._modulations(modulation)
        attended, own_key, own_value = self.self_attention.chunk(
            (normalised(x) * (1.0 + parts[0]) + parts[1])[:, 0], key, value, valid
        )
        x = x + attended[:, None] * parts[2]
        return self._conditioned(x, parts[3:], condition, copies=1), own_key, own_value


class FlowTransformer(nn.Module):
    """Predicts the clean chunk from a noisy one (x-prediction)."""

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
        places = CHUNK_FRAMES * CELL_CHANNELS
        self.register_buffer("cell_index", index.flatten(), persistent=False)
        self.register_buffer("cell_real", real.repeat(1, CHUNK_FRAMES), persistent=False)  # (15, 45)
        self.register_buffer("scatter", scatter_matrix(), persistent=False)
        exponents = torch.linspace(0.0, math.log(1000.0), LEVEL_FEATURES // 2)
        self.register_buffer("frequencies", exponents.exp() * (math.pi / 2), persistent=False)
        self.register_buffer("speech_mean", torch.zeros(c.speech_dim))
        self.register_buffer("speech_scale", torch.ones(c.speech_dim))

        self.cell_in = nn.Parameter(torch.randn(CELLS, places, c.width) * 0.2)
        self.cell_out = nn.Parameter(torch.randn(CELLS, c.width, places) * 0.01)
        self.out_bias = nn.Parameter(torch.zeros(CHUNK_FRAMES, GENERATED_DIM))
        self.place = nn.Parameter(torch.randn(CELLS, c.width) * 0.3)
        self.level = nn.Sequential(nn.Linear(LEVEL_FEATURES, c.width), nn.SiLU(), nn.Linear(c.width, c.width))
        self.modulation = nn.Linear(c.width, 6 * c.width)
        self.out_modulation = nn.Linear(c.width, 2 * c.width)
        self.emotion_in = nn.Linear(AFFECT_DIM, c.emotion_tokens * c.width)
        self.emotion_place = nn.Parameter(torch.randn(c.emotion_tokens, c.width) * 0.3)
        self.style = nn.Parameter(torch.randn(1, c.width) * 0.3)
        self.speech_in = nn.Linear(c.speech_dim, c.width)
        self.speech_unknown = nn.Parameter(torch.zeros(c.width))
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        nn.init.zeros_(self.out_modulation.weight)
        nn.init.zeros_(self.out_modulation.bias)
        nn.init.normal_(self.modulation.weight, std=0.005)
        with torch.no_grad():  # branches begin open: the gates (third of each three) at one
            self.modulation.bias.copy_(torch.tensor([0.0, 0.0, 1.0]).repeat(2).repeat_interleave(c.width))

    def forward(
        self, context: Tensor, context_level: Tensor, noisy: Tensor, noisy_level: Tensor, c_emo: Tensor, speech: Tensor,
        speech_known: Tensor, f_pu: Tensor | None,
    ) -> Tensor:  # fmt: skip
        """A training step: `condition`, then `window`."""
        conditions = self.condition(c_emo, speech, speech_known, f_pu)
        return self.window(context, context_level, noisy, noisy_level, conditions)

    def condition(
        self, c_emo: Tensor, speech: Tensor, speech_known: Tensor, f_pu: Tensor | None
    ) -> list[BlockCondition]:
        """c_emo (B, T, 10), speech (B, 5T + 10, F) from 5 frames before the first to 5 after the last frame,
        speech_known (B, T, 15) in {0, 1}, f_pu (B, T, K, user width) or None (stage 1) → what every block reads."""
        emotion = self.emotion_in(c_emo).unflatten(-1, (self.config.emotion_tokens, -1)) + self.emotion_place
        emotion = torch.cat([emotion, self.style.to(emotion.dtype).expand(*emotion.shape[:2], 1, -1)], 2)
        heard = ((speech - self.speech_mean) / self.speech_scale).clamp(-8.0, 8.0)
        heard = normalised(self.speech_in(heard.to(self.speech_in.weight.dtype)))
        conditions = []
        for block in self.blocks:
            assert isinstance(block, Block)
            speech_keys = block.sdcm.cross_speech.keys(heard, speech_known, self.speech_unknown)
            user_keys = block.sdcm.cross_user.keys(f_pu) if f_pu is not None else None
            conditions.append(BlockCondition(block.emotion.keys(emotion), speech_keys, user_keys))
        return conditions

    def _tokens(self, x: Tensor) -> Tensor:
        """(B, T, copies, 5, 52) → (B, T, copies · 15, width)."""
        cells = x[..., self.cell_index].unflatten(-1, (CELLS, CELL_CHANNELS)).transpose(-2, -3).flatten(-2)
        tokens = torch.einsum("btcnk,nkd->btcnd", cells, self.cell_in * self.cell_real[..., None].to(cells.dtype))
        return (tokens + self.place).flatten(2, 3)

    def _levels(self, level: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, copies) → embedding (…, width), block modulation (…, 6, width)."""
        angle = level[..., None] * self.frequencies
        features = torch.cat([angle.cos(), angle.sin()], -1).to(self.modulation.weight.dtype)
        embedding = F.silu(self.level(features))
        return embedding, self.modulation(embedding).unflatten(-1, (6, -1))

    def _read_out(self, x: Tensor, embedding: Tensor) -> Tensor:
        """x (B, T, 15, width), embedding (B, T, width) → (B, T, 5, 52)."""
        scale, shift = self.out_modulation(embedding)[:, :, None].chunk(2, -1)
        x = normalised(x) * (1.0 + scale) + shift
        cells = torch.einsum("btnd,ndk->btnk", x, self.cell_out)
        places = cells.unflatten(-1, (CHUNK_FRAMES, CELL_CHANNELS)).transpose(2, 3).flatten(3)
        return places @ self.scatter.to(places.dtype) + self.out_bias

    def window(
        self,
        context: Tensor,
        context_level: Tensor,
        noisy: Tensor,
        noisy_level: Tensor,
        conditions: list[BlockCondition],
    ) -> Tensor:
        """Training. context and noisy (B, T, 5, 52) at their levels (B, T) → clean prediction of the noisy copy.

        Chunk k of either copy attends to itself and to the context copies of the chunks before it.
        """
        x = self._tokens(torch.stack([context, noisy], 2))
        embedding, modulation = self._levels(torch.stack([context_level, noisy_level], 2))
        for i, (block, condition) in enumerate(zip(self.blocks, conditions, strict=True)):
            assert isinstance(block, Block)
            x = block.window(x, modulation, condition, last=i == len(self.blocks) - 1)
        return self._read_out(x, embedding[:, :, 1])

    def chunk(
        self, x: Tensor, level: Tensor, conditions: list[BlockCondition], key: Tensor, value: Tensor, valid: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Run time. x (B, 5, 52) at level (B,); ring key and value (B, L, N, 15, width), valid (B, N), oldest first
        → clean prediction (B, 5, 52), this chunk's own key and value (B, L, 15, width)."""
        tokens = self._tokens(x[:, None, None])
        embedding, modulation = self._levels(level[:, None, None])
        own_keys, own_values = [], []
        for i, (block, condition) in enumerate(zip(self.blocks, conditions, strict=True)):
            assert isinstance(block, Block)
            tokens, own_key, own_value = block.chunk(tokens, modulation, condition, key[:, i], value[:, i], valid)
            own_keys.append(own_key)
            own_values.append(own_value)
        out = self._read_out(tokens, embedding[:, :, 0])[:, 0]
        return out, torch.stack(own_keys, 1), torch.stack(own_values, 1)
