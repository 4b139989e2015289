"""The loss of the flow: squared error of the predicted clean motion, weighted by what an eye notices."""

from __future__ import annotations

import torch
from torch import Tensor

from echo_runtime.generator.face_grid import GENERATED_INDEX, GENERATED_NAMES, LIP_CHANNELS
from echo_runtime.generator.motion_codec import MotionCodec

CHANNEL_WEIGHT = {
    "jawOpen": 4.0, "mouthClose": 2.5, "mouthPucker": 2.5, "mouthFunnel": 2.5, "mouthRollLower": 1.5,
    "mouthPress": 1.2, "mouthLowerDown": 1.0, "mouthUpperUp": 0.8, "mouthStretch": 0.8, "mouthSmile": 1.0,
    "eyeBlink": 1.2, "mouthRollUpper": 0.7, "mouthShrug": 0.5, "gaze": 0.8,
    "headPitch": 4.0, "tongueOut": 1.0,
}  # fmt: skip
"""By the start of a channel's name, per unit of the channel's own deviation. Others 1; halves of a pair 0.6."""
OPENING_WEIGHT, BILABIAL_WEIGHT = 4.0, 3.0
SPEED_WEIGHT = 0.3
NOD_WEIGHT, NOD_SPEED = 5.0, 0.01
"""What the pitch of a moving head weighs more, in full at so many radians per frame: nods are rare."""
LEAST_DEVIATION = 0.004
"""Channels that move less than this in the data hardly count."""


class MotionLoss:
    """Built once from the codec and the deviation (52,) of every generated channel in signal units."""

    def __init__(self, codec: MotionCodec, deviation: Tensor) -> None:
        weight = torch.tensor([_channel_weight(n) for n in GENERATED_NAMES])
        weight = torch.where(deviation > LEAST_DEVIATION, weight, 0.05)
        weight = weight / weight.mean()
        self.weight = weight * (codec.scale / torch.maximum(deviation, codec.scale / 3.0)) ** 2
        self.lip = torch.tensor([1.0 if n in LIP_CHANNELS else 0.0 for n in GENERATED_NAMES])
        self.pitch = GENERATED_INDEX["headPitch"]
        self.pitch_scale = float(codec.scale[self.pitch])
        self.jaw, self.close = GENERATED_INDEX["jawOpen"], GENERATED_INDEX["mouthClose"]
        unit = deviation[self.jaw]
        self.jaw_units, self.close_units = (float(codec.scale[i] / unit) for i in (self.jaw, self.close))

    def __call__(self, predicted: Tensor, clean: Tensor, level: Tensor, bilabial: Tensor) -> Tensor:
        """predicted and clean (B, T, 52) normalised, level (B, T) of the noisy frames, bilabial (B, T) share."""
        error = predicted - clean
        urgent = 1.0 + BILABIAL_WEIGHT * bilabial[..., None] * self.lip
        nodding = (clean[:, 1:, self.pitch] - clean[:, :-1, self.pitch]).abs() * (self.pitch_scale / NOD_SPEED)
        nodding = torch.nn.functional.pad(nodding, (1, 0)).clamp(max=1.0)
        pitch = error[..., self.pitch] ** 2 * self.weight[self.pitch] * NOD_WEIGHT * nodding / error.shape[-1]
        opening = error[..., self.jaw] * self.jaw_units - error[..., self.close] * self.close_units
        place = (error**2 * self.weight * urgent).mean(2)
        place = place + OPENING_WEIGHT / len(GENERATED_NAMES) * (opening**2 * (1.0 + BILABIAL_WEIGHT * bilabial))
        place = place + pitch
        speed = ((error[:, 1:] - error[:, :-1]) ** 2 * self.weight).mean(2)
        nearness = (1.0 - level).clamp(min=0.5) ** 2
        return (place / nearness).mean() + SPEED_WEIGHT * (speed / nearness[:, 1:]).mean()


def _channel_weight(name: str) -> float:
    weight = next((w for start, w in CHANNEL_WEIGHT.items() if name.startswith(start)), 0.6 if _paired(name) else 1.0)
    return weight


def _paired(name: str) -> bool:
    return name.endswith(("Left", "Right"))
