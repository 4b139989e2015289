"""The noise the flow starts from. White noise makes a sampled head tremble and lets the two eyes blink apart;
a Gaussian that is correlated over time and between left and right has the texture of the motion itself, and a flow may
start from any Gaussian as long as it was trained on the same one.

Over time it is an autoregression of order 2 with two real poles: with both poles near one its paths are smooth, as a
head's are; with one pole at zero it is the usual autoregression of order 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_runtime.generator.face_grid import GENERATED_DIM, GENERATED_INDEX, GENERATED_NAMES, LIP_CHANNELS
from echo_runtime.signals import MOTION_INDEX

POLES = {"head": (0.8, 0.8), "gaze": (0.6, 0.0), "eye": (0.3, 0.0), "brow": (0.6, 0.3), "cheek": (0.6, 0.3),
         "nose": (0.6, 0.3), "mouth": (0.6, 0.3)}  # fmt: skip
"""From one frame to the next, by the start of a channel's name; lips have none."""
PAIR_CORRELATION = 0.9
"""Between a Left channel and its Right one."""


def poles() -> Tensor:
    """(2, 52)."""

    def of(name: str) -> tuple[float, float]:
        return (
            (0.0, 0.0)
            if name in LIP_CHANNELS
            else next((p for s, p in POLES.items() if name.startswith(s)), (0.0, 0.0))
        )

    return torch.tensor([of(name) for name in GENERATED_NAMES]).T.contiguous()


def pair_matrix() -> Tensor:
    """(52, 52): white channels → channels whose Right partner shares most of its noise with the Left one."""
    matrix = torch.eye(GENERATED_DIM)
    for name, left in GENERATED_INDEX.items():
        right = GENERATED_INDEX.get(name.removesuffix("Left") + "Right") if name.endswith("Left") else None
        if right is not None and name not in ("jawLeft", "mouthLeft"):  # those are opposites, not partners
            matrix[left, right] = PAIR_CORRELATION
            matrix[right, right] = (1.0 - PAIR_CORRELATION**2) ** 0.5
    return matrix


class FlowNoise(nn.Module):
    """White noise in, correlated noise of unit variance out; streams, its state being the last output of each of the
    two stages (B, 2, 52). All zeros is a fresh start: the noise then grows to its full size within a second."""

    first: Tensor
    second: Tensor
    gain: Tensor
    pairs: Tensor
    chosen: Tensor

    def __init__(self) -> None:
        super().__init__()
        first, second = poles()
        # variance of an order-2 autoregression driven by unit white noise (Box & Jenkins, section 3.2.4)
        variance = (1 + first * second) / ((1 - first * second) * (1 - first**2) * (1 - second**2))
        self.register_buffer("first", first, persistent=False)
        self.register_buffer("second", second, persistent=False)
        self.register_buffer("gain", variance.rsqrt(), persistent=False)
        self.register_buffer("pairs", pair_matrix(), persistent=False)
        self.register_buffer("chosen", torch.tensor([MOTION_INDEX[n] for n in GENERATED_NAMES]), persistent=False)

    def forward(self, white: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """white (B, n, 60), state (B, 2, 52) → noise (B, n, 52), state after it."""
        fresh = (white[..., self.chosen] @ self.pairs) * self.gain
        once, twice = last.unbind(1)
        frames = []
        for i in range(fresh.shape[1]):
            once = self.first * once + fresh[:, i]
            twice = self.second * twice + once
            frames.append(twice)
        return torch.stack(frames, 1), torch.stack([once, twice], 1)
