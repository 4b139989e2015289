"""HBCU, high-level behavioural context (ECHO section 3.1): S_usr of an understanding model → fused into P_usr → f_pu.

    S_usr → f_align → tokens ┐
    P_usr ──────────────────── gated cross-attention ─▶ f_pu = P_usr + gate · attended

The gate begins at zero, so that a fresh HBCU changes nothing. S_usr comes from Φ (BehaviourTransformer) or from a large
multimodal model; either runs beside the frame path, and `age` says how old its newest answer is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

TOKENS_PER_STATE = 4
"""f_align makes this many tokens of every hidden state."""
OLDEST_S = 4.0
"""Ages are told apart up to here, in seconds."""


class HighLevelContext(nn.Module):
    """f_align and the gated cross-attention. `hidden_width`: of S_usr; `width`: of the tokens of P_usr."""

    def __init__(self, hidden_width: int, width: int, heads: int = 4) -> None:
        super().__init__()
        self.hidden_width, self.width, self.heads = hidden_width, width, heads
        self.norm = nn.RMSNorm(hidden_width)
        self.f_align = nn.Linear(hidden_width, TOKENS_PER_STATE * width)
        self.token_place = nn.Parameter(torch.randn(TOKENS_PER_STATE, width) * 0.3)
        self.age = nn.Linear(2, width, bias=False)
        self.query_norm = nn.RMSNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width)
        self.gate = nn.Parameter(torch.zeros(width))

    def realigned(self, hidden_width: int) -> HighLevelContext:
        """A copy that reads S_usr of another model, of width `hidden_width`.

        Its f_align is fresh, that is untrained, and therefore its gate is shut: f_pu stays P_usr, and the other model
        has no effect on the face, until `train context` has trained f_align and gate with that model.
        """
        other = HighLevelContext(hidden_width, self.width, self.heads).to(self.gate.device)
        own = {k: v for k, v in self.state_dict().items() if not k.startswith(("norm.", "f_align.")) and k != "gate"}
        other.load_state_dict(own, strict=False)
        return other.train(self.training)

    def align(self, s_usr: Tensor, age: Tensor) -> Tensor:
        """s_usr (..., n, hidden width), age (...) seconds → tokens (..., n · TOKENS_PER_STATE, width)."""
        tokens = self.f_align(self.norm(s_usr)).unflatten(-1, (TOKENS_PER_STATE, self.width)) + self.token_place
        share = (age.clamp(0.0, OLDEST_S) / OLDEST_S)[..., None]
        return tokens.flatten(-3, -2) + self.age(torch.cat([share, share.square()], -1))[..., None, :]

    def forward(self, p_usr: Tensor, s_usr: Tensor, age: Tensor, known: Tensor) -> Tensor:
        """p_usr (..., K, width), s_usr (..., n, hidden width), age (...) seconds, known (...) in {0, 1}: 0 before the
        first answer → f_pu (..., K, width)."""
        tokens = self.align(s_usr, age)
        key, value = self.key_value(tokens).chunk(2, -1)

        def split(x: Tensor) -> Tensor:
            return x.unflatten(-1, (self.heads, -1)).transpose(-3, -2)

        query = split(self.query(self.query_norm(p_usr))) * (self.width // self.heads) ** -0.5
        attended = (query @ split(key).transpose(-1, -2)).softmax(-1) @ split(value)
        attended = self.out(attended.transpose(-3, -2).flatten(-2))
        return p_usr + torch.tanh(self.gate) * attended * known[..., None, None]
