"""Φ, the shipped understanding model of the HBCU: minutes of behaviour → S_usr, hidden states about the player.

A small causal transformer that reads a summary about twice a second and remembers ten minutes of them in a ring of keys
and values: a step in hour ten costs what a step in minute eleven costs. It is also asked, as an auxiliary task, what
the player is doing and is about to do (BEHAVIOURS), which the events of the runtime use.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.context.behaviour_summary import SUMMARY_DIM
from echo_runtime.context.windowed_attention import WindowedAttention
from echo_runtime.stream_state import StreamState

BEHAVIOURS = ("speaks", "smiles", "nods", "is_surprised", "looks_away", "ends_turn")
"""What Φ tells about the player in the newest summary; `ends_turn`: within the next second."""


@dataclass(frozen=True)
class BehaviourConfig:
    """Sizes of Φ. `window`: summaries that it remembers, 1250 of 0.48 s are ten minutes."""

    width: int = 96
    layers: int = 3
    heads: int = 4
    window: int = 1250

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass
class BehaviourState(StreamState):
    """`key`, `value` (B, layers, heads, window, head width), oldest first; `filled` (B, window) in {0, 1}."""

    key: Tensor
    value: Tensor
    filled: Tensor


class BehaviourBlock(nn.Module):
    """Attention over the window, then a feed-forward; both residual."""

    def __init__(self, config: BehaviourConfig) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(config.width)
        self.attention = WindowedAttention(config.width, config.heads, config.window)
        self.feed_norm = nn.RMSNorm(config.width)
        self.feed = nn.Linear(config.width, 3 * config.width)
        self.feed_out = nn.Linear(3 * config.width, config.width)
        nn.init.normal_(self.feed_out.weight, std=0.02)

    def forward(self, x: Tensor, key: Tensor, value: Tensor, filled: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        attended, key, value = self.attention(self.norm(x), key, value, filled)
        x = x + attended
        return x + self.feed_out(F.silu(self.feed(self.feed_norm(x)))), key, value


class BehaviourTransformer(nn.Module):
    """Streams: any number of summaries per call, the same result however a sequence is cut."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: BehaviourConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(SUMMARY_DIM))
        self.register_buffer("scale", torch.ones(SUMMARY_DIM))
        self.embed = nn.Linear(SUMMARY_DIM, config.width)
        self.blocks = nn.ModuleList(BehaviourBlock(config) for _ in range(config.layers))
        self.norm = nn.RMSNorm(config.width)
        self.behaviours = nn.Linear(config.width, len(BEHAVIOURS))

    def initial_state(self, batch_size: int, past: int | None = None) -> BehaviourState:
        """Nothing seen yet. `past`: how many steps the ring holds, by default the whole window; 0 for training on
        whole sequences, where an empty ring would only cost."""
        c, device = self.config, self.mean.device
        past = c.window if past is None else past
        ring = (batch_size, c.layers, c.heads, past, c.width // c.heads)
        return BehaviourState(
            torch.zeros(ring, device=device), torch.zeros(ring, device=device),
            torch.zeros(batch_size, past, device=device),
        )  # fmt: skip

    def forward(self, summaries: Tensor, state: BehaviourState) -> tuple[Tensor, BehaviourState]:
        """summaries (B, S, SUMMARY_DIM) → hidden (B, S, width), new state."""
        x = self.embed(((summaries - self.mean) / self.scale).clamp(-6.0, 6.0))
        keys, values = [], []
        for layer, block in enumerate(self.blocks):
            x, key, value = block(x, state.key[:, layer], state.value[:, layer], state.filled)
            keys.append(key)
            values.append(value)
        filled = torch.cat([state.filled, state.filled.new_ones(len(x), x.shape[1])], 1)[:, -self.config.window :]
        return self.norm(x), BehaviourState(torch.stack(keys, 1), torch.stack(values, 1), filled)

    def behaviour_logits(self, hidden: Tensor) -> Tensor:
        """hidden (..., width) → (..., len(BEHAVIOURS))."""
        return self.behaviours(hidden)

    def observe(
        self, summary: Tensor, state: BehaviourState, exec_mask: Tensor | None = None
    ) -> tuple[Tensor, BehaviourState]:
        """Run time: one summary (B, SUMMARY_DIM) → hidden (B, width), new state; rows off in `exec_mask` stay."""
        hidden, new = self(summary[:, None], state)
        return hidden[:, 0], state.advanced(new.tensors, exec_mask)


class BehaviourGraph(nn.Module):
    """`observe` with tensors for state, as backends compile it: static shapes, one summary per call."""

    def __init__(self, model: BehaviourTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, summary: Tensor, key: Tensor, value: Tensor, filled: Tensor) -> tuple[Tensor, ...]:
        """→ hidden (B, width), behaviour logits (B, len(BEHAVIOURS)), then the three new state tensors."""
        hidden, state = self.model.observe(summary, BehaviourState(key, value, filled))
        return hidden, self.model.behaviour_logits(hidden), *state.tensors

    def example_inputs(self, batch_size: int = 1) -> tuple[Tensor, ...]:
        return torch.zeros(batch_size, SUMMARY_DIM), *self.model.initial_state(batch_size).tensors
