"""SDCM, the spatial-aware decoupled cross-attention module (ECHO section 3.2): what the player does moves the face,
what the NPC says moves its lips.

    u = CrossAttn1(h, f_pu)                          what the player does
    a = CrossAttn2(h, A_avt around the frame)        what the NPC says
    g = sigmoid(f_g([conv1(u), conv2(a)]))
    h = h + M_face ⊙ (g ⊙ a + (1 − g) ⊙ u) + M_lip ⊙ a

It knows tokens, the grid's shape and two masks drawn on the grid, nothing else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.generator.attention import CrossAttention, start_small
from echo_runtime.generator.speech_attention import SpeechCrossAttention

KeysValues = tuple[Tensor, Tensor]


class GridConvolution(nn.Module):
    """A depthwise 3 × 3 convolution over tokens that lie on a grid, written as one small matrix per channel between the
    grid's places, which so small a plane allows."""

    taps: Tensor

    def __init__(self, width: int, grid: tuple[int, int]) -> None:
        super().__init__()
        rows, columns = grid
        self.weight = nn.Parameter(torch.empty(width, 9).uniform_(-1 / 3, 1 / 3))
        self.bias = nn.Parameter(torch.zeros(width))
        taps = torch.zeros(9, rows * columns, rows * columns)
        for tap, (down, right) in enumerate((d, r) for d in (-1, 0, 1) for r in (-1, 0, 1)):
            for row in range(rows):
                for column in range(columns):
                    if 0 <= row + down < rows and 0 <= column + right < columns:
                        taps[tap, row * columns + column, (row + down) * columns + column + right] = 1.0
        self.register_buffer("taps", taps, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, places, width) → the same shape."""
        places = x.shape[2]
        matrix = (self.weight @ self.taps.flatten(1).to(x.dtype)).unflatten(1, (places, places))
        by_channel = x.flatten(0, 1).permute(2, 1, 0)  # (width, places, B · T)
        return (matrix @ by_channel).permute(2, 1, 0).reshape(x.shape) + self.bias


class SDCM(nn.Module):
    """h + M_face ⊙ (g ⊙ a + (1 − g) ⊙ u) + M_lip ⊙ a."""

    m_face: Tensor
    m_lip: Tensor

    def __init__(
        self, width: int, user_width: int, user_inner: int, speech_inner: int, heads: int, reach: int, depth: int,
        grid: tuple[int, int], m_face: Tensor, m_lip: Tensor,
    ) -> None:  # fmt: skip
        super().__init__()
        self.cross_user = CrossAttention(width, user_width, user_inner, heads, depth)
        self.cross_speech = SpeechCrossAttention(width, speech_inner, heads, reach, depth)
        self.conv_user = GridConvolution(width, grid)
        self.conv_speech = GridConvolution(width, grid)
        self.gate = nn.Linear(2 * width, width)  # f_g
        nn.init.zeros_(self.gate.weight)
        nn.init.ones_(self.gate.bias)
        self.register_buffer("m_face", m_face[:, None], persistent=False)
        self.register_buffer("m_lip", m_lip[:, None], persistent=False)

    def keys(
        self, f_pu: Tensor | None, speech: Tensor, known: Tensor, unknown: Tensor
    ) -> tuple[KeysValues | None, KeysValues]:
        """f_pu (B, T or 1, K, user width) or None; the rest as in `SpeechCrossAttention.keys`."""
        user = self.cross_user.keys(f_pu) if f_pu is not None else None
        return user, self.cross_speech.keys(speech, known, unknown)

    def forward(self, h: Tensor, keys: tuple[KeysValues | None, KeysValues]) -> Tensor:
        """h (B, T, 15, width), normalised → what SDCM adds to it. Without the user's keys only speech speaks."""
        user, speech = keys
        a = self.cross_speech(h, speech)
        if user is None:
            return a
        u = self.cross_user(h, user)
        g = torch.sigmoid(self.gate(torch.cat([self.conv_user(u), self.conv_speech(a)], -1)))
        m_face, m_lip = self.m_face.to(a.dtype), self.m_lip.to(a.dtype)
        return m_face * (g * a + (1.0 - g) * u) + m_lip * a


class JointCrossAttention(nn.Module):
    """What SDCM is compared with: plain cross-attention to the concatenated cues, without masks, gate or decoupling.
    The same interface; `inner` makes it as large as an SDCM."""

    def __init__(self, width: int, user_width: int, inner: int, heads: int, reach: int, depth: int) -> None:
        super().__init__()
        self.speech = SpeechCrossAttention(width, inner, heads, reach, depth)
        self.user_key = nn.Linear(user_width, inner, bias=False)
        self.user_value = nn.Linear(user_width, inner, bias=False)
        self.mix = nn.Sequential(nn.Linear(width, inner), nn.GELU("tanh"), nn.Linear(inner, width))
        start_small(self.mix[2], depth)  # type: ignore[arg-type]

    def keys(
        self, f_pu: Tensor | None, speech: Tensor, known: Tensor, unknown: Tensor
    ) -> tuple[KeysValues | None, KeysValues]:
        key, value = self.speech.keys(speech, known, unknown)
        if f_pu is not None:
            frames = key.shape[1]
            user_key, user_value = (
                layer(f_pu).expand(-1, frames, -1, -1) for layer in (self.user_key, self.user_value)
            )
            key, value = torch.cat([key, user_key], 2), torch.cat([value, user_value], 2)
        return None, (key, value)

    def forward(self, h: Tensor, keys: tuple[KeysValues | None, KeysValues]) -> Tensor:
        attended = self.speech(h, keys[1])
        return attended + self.mix(attended)
