"""What moves in which stage of the motion model's training, and how fast.

1. Articulation: speech and emotion move the face; the user branch is off.
2. Interaction: LPE, HBCU's fusion, CrossAttn1 and the gates learn what the player causes. The speech path (CrossAttn2
   and what feeds it) is frozen, so that lips keep what they learned; the rest moves at half the rate.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

FROZEN_IN_INTERACTION = ("cross_speech.", "speech_in.", "speech_unknown")
USER_BRANCH = (
    "perception.", "context.", "cross_user.", "conv_user.", "conv_speech.", ".cues.gate.", ".user_key.", ".user_value.",
)  # fmt: skip


class StageOptimizer:
    """Muon for the matrices of blocks and scans, AdamW for everything else, by stage and branch."""

    def __init__(self, model: nn.Module, stage: int, peak_rate: float, rest_rate: float) -> None:
        self.groups: list[tuple[torch.optim.Optimizer, float]] = []
        chosen: dict[tuple[bool, float], list[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            frozen = any(part in name for part in FROZEN_IN_INTERACTION)
            user = any(part in name for part in USER_BRANCH)
            unused = name.startswith(("perception.", "context."))  # in stage 1
            parameter.requires_grad_(user or not frozen if stage == 2 else not unused)
            if not parameter.requires_grad:
                parameter.grad = None
                continue
            matrix = parameter.ndim == 2 and name.endswith("weight") and (".blocks." in name or "scans." in name)
            rate = peak_rate * (rest_rate if stage == 2 and not user else 1.0)
            chosen.setdefault((matrix, rate), []).append(parameter)
        for (matrix, rate), parameters in chosen.items():
            self.groups.append((_muon(parameters, rate) if matrix else _adamw(parameters, rate), rate))

    def __iter__(self) -> Iterator[torch.optim.Optimizer]:
        return iter(o for o, _ in self.groups)

    def step(self, factor: float) -> None:
        for optimizer, rate in self.groups:
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)


def _muon(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.Muon(
        parameters, lr=rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw", ns_steps=4
    )


def _adamw(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.97), weight_decay=0.0)


def rate_factor(stage: int, fraction: float, articulation: float, steps: int) -> float:
    """In each stage: warm-up over 40 steps, constant for 40 %, then linear; stage 1 ends at a third, stage 2 at 3 %."""
    share = fraction / articulation * 0.8 if stage == 1 else (fraction - articulation) / (1.0 - articulation)
    fall = 1.0 if share < 0.4 else max(0.0, (1.0 - share) / 0.6) * 0.97 + 0.03
    return min(1.0, (steps + 1) / 40) * fall
