"""Motion frames ↔ the normalised channels that the flow works on."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from echo_runtime.generator.face_grid import GENERATED_DIM, GENERATED_IN_MOTION, GENERATED_NAMES
from echo_runtime.signals import MOTION_INDEX, MOTION_NAMES

LOOK_RANGE = math.radians(30.0)
"""A gaze of 30 degrees is an eyeLook coefficient of 1, as in signals.gaze_coefficients."""
ROTATION_LIMIT, TRANSLATION_LIMIT, GAZE_LIMIT = 0.7, 0.15, 0.6
"""Legal ranges of a generated head (rad, m) and gaze (rad)."""
LEAST_SCALE = {"eyeBlinkLeft": 0.3, "eyeBlinkRight": 0.3}
"""A blink is rare, so its standard deviation is small and a closed lid would be six of them. The flow would settle such
an outlier at its very first instant, from the mean; at a scale of 0.3 the noise still decides whether to blink."""
LEAST_SCALE_COEFFICIENT, LEAST_SCALE_POSE = 0.02, 0.001


def _look_matrix() -> Tensor:
    """(2, 60): gaze (yaw, pitch) → the eight eyeLook coefficients, before clipping to [0, 1]."""
    matrix = torch.zeros(2, len(MOTION_NAMES))
    for axis, name, sign in (
        (0, "eyeLookOutLeft", 1), (0, "eyeLookInRight", 1), (0, "eyeLookInLeft", -1), (0, "eyeLookOutRight", -1),
        (1, "eyeLookUpLeft", 1), (1, "eyeLookUpRight", 1), (1, "eyeLookDownLeft", -1), (1, "eyeLookDownRight", -1),
    ):  # fmt: skip
        matrix[axis, MOTION_INDEX[name]] = sign / LOOK_RANGE
    return matrix


class MotionCodec(nn.Module):
    """Normalisation of the 52 generated channels, and the way back to 60 channels in legal ranges."""

    mean: Tensor
    scale: Tensor
    low: Tensor
    high: Tensor
    place: Tensor
    look: Tensor
    generated: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(GENERATED_DIM))
        self.register_buffer("scale", torch.ones(GENERATED_DIM))
        limits = [
            1.0 if n not in MOTION_NAMES[52:] else GAZE_LIMIT if n.startswith("gaze")
            else TRANSLATION_LIMIT if n in ("headX", "headY", "headZ") else ROTATION_LIMIT
            for n in MOTION_NAMES
        ]  # fmt: skip
        high = torch.tensor(limits)
        low = torch.where(torch.arange(len(limits)) < 52, torch.zeros(()), -high)
        place = torch.zeros(GENERATED_DIM, len(MOTION_NAMES))
        place[torch.arange(GENERATED_DIM), list(GENERATED_IN_MOTION)] = 1.0
        for name, value in (("low", low), ("high", high), ("place", place), ("look", _look_matrix()),
                            ("generated", torch.tensor(GENERATED_IN_MOTION))):  # fmt: skip
            self.register_buffer(name, value, persistent=False)

    def fit(self, motion: Tensor) -> None:
        """Take mean and scale from (N, 60) frames."""
        chosen = motion[:, self.generated].double()
        self.mean.copy_(chosen.mean(0))
        least = torch.tensor(
            [LEAST_SCALE.get(n, LEAST_SCALE_POSE if n.startswith(("head", "gaze")) else LEAST_SCALE_COEFFICIENT)
             for n in GENERATED_NAMES]
        )  # fmt: skip
        self.scale.copy_(torch.maximum(chosen.std(0).float(), least))

    def encode(self, motion: Tensor) -> Tensor:
        """(..., 60) signal units → (..., 52) normalised."""
        return (motion[..., self.generated] - self.mean) / self.scale

    def decode(self, channels: Tensor) -> Tensor:
        """(..., 52) normalised → (..., 60) signal units, clipped, with eyeLook* filled from gaze."""
        motion = (channels * self.scale + self.mean) @ self.place
        motion = torch.minimum(torch.maximum(motion, self.low), self.high)
        return motion + (motion[..., 58:60] @ self.look).clamp(0.0, 1.0)
