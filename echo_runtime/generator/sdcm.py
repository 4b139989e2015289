"""SDCM, the spatial-aware decoupled cross-attention module (ECHO section 3.2): what the player does moves the face,
what the NPC says moves its lips.

It knows tokens, the grid's shape and two masks drawn on the grid, nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.generator.attention import CrossAttention, attend, start_small

KeysValues = tuple[Tensor, Tensor]


class SpeechCrossAttention(nn.Module):
    """CrossAttn2. A token spans several frames and asks one query per frame, each over the speech around that frame."""

    frame_window: Tensor

    def __init__(self, width: int, speech_width: int, heads: int, frames: int, reach: int, depth: int) -> None:
        """`reach`: frames of speech that a frame sees before and after itself."""
        super().__init__()
        self.heads, self.frames, self.reach = heads, frames, reach
        self.query = nn.Linear(width, speech_width, bias=False)
        self.key = nn.Linear(width, speech_width, bias=False)
        self.value = nn.Linear(width, speech_width, bias=False)
        self.frame = nn.Parameter(torch.randn(frames, 1, speech_width) * 0.3)
        self.lag = nn.Parameter(torch.randn(2 * reach + 1, speech_width) * 0.3)
        self.out = nn.Linear(frames * speech_width, width)
        start_small(self.out, depth)
        index = torch.arange(frames)[:, None] + torch.arange(2 * reach + 1)
        self.register_buffer("frame_window", index, persistent=False)

    def keys(self, speech: Tensor, known: Tensor, unknown: Tensor) -> KeysValues:
        """Per-frame windows of keys and values, each (B, T, frames, 2·reach + 1, speech width).

        `speech` (B, reach + T·frames + reach, width); `known` (B, T, frames + 2·reach) in {0, 1}: what had arrived when
        the chunk was made; `unknown` (width,) stands in for the rest.
        """
        window = self.frames + 2 * self.reach
        chunk_window = torch.arange(known.shape[1], device=speech.device)[:, None] * self.frames + torch.arange(
            window, device=speech.device
        )
        shown = known[..., None] > 0.5
        key = torch.where(shown, self.key(speech)[:, chunk_window], self.key(unknown))
        value = torch.where(shown, self.value(speech)[:, chunk_window], self.value(unknown))
        return key[:, :, self.frame_window] + self.lag.to(key.dtype), value[:, :, self.frame_window]

    def forward(self, x: Tensor, keys: KeysValues) -> Tensor:
        """x (B, T, N, width) → (B, T, N, width)."""
        query = self.query(x)[:, :, None] + self.frame.to(x.dtype)  # (B, T, frames, N, speech width)
        return self.out(attend(query, *keys, self.heads).transpose(2, 3).flatten(-2))


class SDCM(nn.Module):
    """h + M_face ⊙ (g ⊙ a + (1 − g) ⊙ u) + M_lip ⊙ a."""

    m_face: Tensor
    m_lip: Tensor

    def __init__(
        self, width: int, user_width: int, speech_width: int, heads: int, frames: int, reach: int, depth: int,
        grid: tuple[int, int], m_face: Tensor, m_lip: Tensor,
    ) -> None:  # fmt: skip
        super().__init__()
        self.grid = grid
        self.cross_user = CrossAttention(width, user_width, heads, depth)
        self.cross_speech = SpeechCrossAttention(width, speech_width, heads, frames, reach, depth)
        self.conv_user = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.conv_speech = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.gate = nn.Linear(2 * width, width)  # f_g
        nn.init.zeros_(self.gate.weight)
        nn.init.ones_(self.gate.bias)
        self.register_buffer("m_face", m_face[:, None], persistent=False)
        self.register_buffer("m_lip", m_lip[:, None], persistent=False)

    def _on_grid(self, conv: nn.Conv2d, tokens: Tensor) -> Tensor:
        """A depthwise 3 × 3 convolution over (..., 15, width) tokens."""
        plane = tokens.reshape(-1, *self.grid, tokens.shape[-1]).permute(0, 3, 1, 2)
        return conv(plane).permute(0, 2, 3, 1).reshape(tokens.shape)

    def forward(self, h: Tensor, user: KeysValues | None, speech: KeysValues, copies: int = 1) -> Tensor:
        """h (B, T, copies · 15, width), normalised → what SDCM adds to it. Without `user` only speech speaks."""
        a = self.cross_speech(h, speech)
        if user is None:
            return a
        u = self.cross_user(h, user)
        g = torch.sigmoid(
            self.gate(torch.cat([self._on_grid(self.conv_user, u), self._on_grid(self.conv_speech, a)], -1))
        )
        m_face, m_lip = (m.repeat(copies, 1).to(a.dtype) for m in (self.m_face, self.m_lip))
        return m_face * (g * a + (1.0 - g) * u) + m_lip * a
