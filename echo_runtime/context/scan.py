"""The selective state-space scan M of the LPE: a memory of fixed size, whose hour costs what its first second costs.

State-space duality of Mamba-2 (Dao and Gu 2024, section 6): per head h_t = exp(a_t)·h_{t-1} + x_t ⊗ b_t, y_t = h_t·c_t
with a_t ≤ 0. Training uses the chunked parallel form, in which every decay between two steps is exp of a masked
cumulative sum of non-positive logs (so nothing overflows and nothing is divided by a decay); run time steps.
A and Δ stay in float32 under autocast, because a rounded decay is a wrong memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.stream_state import StreamState

SLOWEST_STEPS, FASTEST_STEPS = 4000.0, 4.0
"""Memory spans, in steps, between which the heads start out (log-spaced)."""


def decay_sums(log_decay: Tensor) -> Tensor:
    """(..., S) non-positive logs → (..., S, S): entry [i, j] is the sum over j < k ≤ i, and −inf where j > i."""
    length = log_decay.shape[-1]
    ones = torch.ones(length, length, dtype=torch.bool, device=log_decay.device)
    column = log_decay[..., None].expand(*log_decay.shape, length).masked_fill(~ones.tril(-1), 0.0)
    return column.cumsum(-2).masked_fill(~ones.tril(0), -torch.inf)


def scan_step(x: Tensor, log_decay: Tensor, b: Tensor, c: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """One step. x (B, H, P), log_decay (B, H), b and c (B, N), state (B, H, P, N) → y (B, H, P), new state."""
    state = log_decay.exp()[..., None, None] * state + x[..., None] * b[:, None, None]
    return (state * c[:, None, None]).sum(-1), state


def scan_chunked(
    x: Tensor, log_decay: Tensor, b: Tensor, c: Tensor, state: Tensor, chunk: int
) -> tuple[Tensor, Tensor]:
    """Many steps at once, `chunk` of them in one masked product; equals `scan_step` applied S times.

    x (B, S, H, P), log_decay (B, S, H) ≤ 0, b and c (B, S, N), state (B, H, P, N) → y (B, S, H, P), new state.
    """
    length = x.shape[1]
    chunk = min(chunk, length)
    short = -length % chunk  # padding with zeros neither writes to the state nor lets it decay

    def cut(sequence: Tensor) -> Tensor:
        """(B, S, ...) → (B, chunks, chunk, ...)."""
        if short:
            sequence = torch.cat([sequence, sequence.new_zeros(len(sequence), short, *sequence.shape[2:])], 1)
        return sequence.unflatten(1, (-1, chunk))

    xs, log_a, bs, cs = cut(x).transpose(2, 3), cut(log_decay).transpose(2, 3), cut(b), cut(c)
    sums = decay_sums(log_a)  # (B, chunks, H, chunk, chunk)
    reach = (cs @ bs.transpose(2, 3))[:, :, None] * sums.exp()  # how much step i reads of step j
    from_start = log_a.cumsum(-1).exp()[..., None]
    to_end = sums[..., -1, :].exp()[..., None]
    written = (xs * to_end).transpose(3, 4) @ bs[:, :, None]  # (B, chunks, H, P, N)
    entering = []
    for i in range(written.shape[1]):
        entering.append(state)
        state = from_start[:, i, :, -1:] * state + written[:, i]
    y = reach @ xs + from_start * (cs[:, :, None] @ torch.stack(entering, 1).transpose(3, 4))
    return y.transpose(2, 3).flatten(1, 2)[:, :length], state


@dataclass
class ScanState(StreamState):
    """`hidden` (B, heads, width / heads, state size) float32."""

    hidden: Tensor


class SelectiveScan(nn.Module):
    """A residual mixer over a sequence: normalise, project, scan, gate, project back."""

    def __init__(self, width: int, heads: int, state_size: int, chunk: int) -> None:
        super().__init__()
        self.width, self.heads, self.state_size, self.chunk = width, heads, state_size, chunk
        self.norm = nn.RMSNorm(width)
        self.project_in = nn.Linear(width, 2 * width + 2 * state_size + heads, bias=False)
        self.project_out = nn.Linear(width, width, bias=False)
        self.out_norm = nn.RMSNorm(width)
        spans = torch.logspace(math.log10(FASTEST_STEPS), math.log10(SLOWEST_STEPS), heads)
        self.log_rate = nn.Parameter(-spans.log())  # A = −exp(log_rate)
        self.step_bias = nn.Parameter(torch.full((heads,), 0.5413))  # softplus⁻¹(1): Δ starts near 1 step
        self.skip = nn.Parameter(torch.ones(heads))
        nn.init.normal_(self.project_out.weight, std=0.02)

    def initial_state(self, batch_size: int) -> ScanState:
        shape = (batch_size, self.heads, self.width // self.heads, self.state_size)
        return ScanState(torch.zeros(shape, device=self.log_rate.device))

    def _parameters_of(self, u: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """(..., width) → gate (..., width), x (..., H, P), log decay (..., H), b and c (..., N), all float32."""
        gate, x, b, c, step = self.project_in(self.norm(u)).split(
            [self.width, self.width, self.state_size, self.state_size, self.heads], -1
        )
        delta = F.softplus(step.float() + self.step_bias)
        log_decay = -delta * self.log_rate.exp()
        # the input's share shrinks with the decay rate, so that slow heads integrate instead of piling up
        share = delta * self.log_rate.exp().sqrt()
        x = x.float().unflatten(-1, (self.heads, -1))
        return gate, x * share[..., None], log_decay, b.float(), c.float() * self.state_size**-0.5

    def _finish(self, u: Tensor, gate: Tensor, x: Tensor, y: Tensor) -> Tensor:
        y = (y + self.skip[:, None] * x).flatten(-2)
        return u + self.project_out(self.out_norm(y * F.silu(gate.float())).to(gate.dtype)).to(u.dtype)

    def forward(self, u: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Chunked form: u (B, S, width), hidden (B, H, P, N) → (B, S, width), new hidden."""
        gate, x, log_decay, b, c = self._parameters_of(u)
        with torch.autocast(u.device.type, enabled=False):
            y, hidden = scan_chunked(x, log_decay, b, c, hidden, self.chunk)
        return self._finish(u, gate, x, y), hidden

    def step(self, u: Tensor, state: ScanState, exec_mask: Tensor | None = None) -> tuple[Tensor, ScanState]:
        """Step form: u (B, width) → (B, width), new state; rows outside `exec_mask` keep their state."""
        gate, x, log_decay, b, c = self._parameters_of(u)
        y, hidden = scan_step(x, log_decay, b, c, state.hidden)
        return self._finish(u, gate, x, y), state.advanced((hidden,), exec_mask)
