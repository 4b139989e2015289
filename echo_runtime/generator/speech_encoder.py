"""A_avt: the speech encoder, log-mel in, hidden features with mouth coefficients and visemes out.

Gated dilated convolutions (van den Oord et al., WaveNet, arXiv 1609.03499, section 2.3), causal but for a short
look-ahead that four of the layers share. Convolutions are unpadded inside: `forward` pads once with digital silence, so
a window with `past_frames` before and `future_frames` after it gives exactly what the whole signal gives.

Times. Mel frame i ends at (i + 1) · 10 ms, and output i describes the mouth at i · 10 ms. It reads mel frames up to
i + `future_frames`, that is sound up to (i + 9) · 10 ms: 90 ms ahead. `features` at picture k (k · 40 ms) averages
outputs 4k − 2 … 4k + 1 and so hears 100 ms ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.errors import PackageDamagedError
from echo_runtime.log_mel import SILENCE
from echo_runtime.signals import MEL_BANDS, MELS_PER_FRAME, MOTION_INDEX, FloatArray

VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou", "ae", "ax")
"""Viseme classes: the fifteen of Oculus lip-sync, then `ae` and `ax` (schwa), which they fold into aa and E."""
MOUTH_GROUPS = (
    "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthPress", "mouthStretch", "mouthLowerDown", "mouthUpperUp", "mouthSmile", "tongueOut",
)  # fmt: skip
"""What speech moves; those with a left and a right in ARKit move both alike. `tongueOut` is the path of the tongue's
tip: 0 rest on the mouth's floor, 0.25 raised to the ridge behind the upper teeth, 0.5 between the teeth, 1 out."""
VISEME_SCALE = 2.0
"""Of viseme probabilities in features."""
CLOSURE_SCALE = 2.0
"""Of closure probabilities in features."""
CLOSERS = (VISEMES.index("PP"), VISEMES.index("FF"))
_GROUP_COLUMNS = tuple(
    tuple(MOTION_INDEX[n] for n in (group, f"{group}Left", f"{group}Right") if n in MOTION_INDEX)
    for group in MOUTH_GROUPS
)


def mouth_coefficients(groups: FloatArray) -> FloatArray:
    """(..., 13) values of MOUTH_GROUPS → (..., 52) ARKit coefficients in [0, 1]. Twelve values leave the tongue at
    rest."""
    out = np.zeros((*groups.shape[:-1], 52), np.float32)
    for i, columns in enumerate(_GROUP_COLUMNS[: groups.shape[-1]]):
        out[..., list(columns)] = groups[..., i : i + 1]
    return np.clip(out, 0.0, 1.0)


@dataclass(frozen=True)
class Mouth:
    """What the heads read from the hidden features. `groups` (B, T, G) in MOUTH_GROUPS order;
    `viseme_logits` (B, T, 17); `closure_logits` (B, T, 2): lips closed for p/b/m, lower lip at the teeth for f/v."""

    groups: Tensor
    viseme_logits: Tensor
    closure_logits: Tensor


@dataclass(frozen=True)
class SpeechEncoderConfig:
    """Sizes. One layer per entry of `dilations`; a layer whose `ahead` is true centres its three taps on the present,
    the others look back only. `groups`: how many of MOUTH_GROUPS are read; packages without the key know twelve, all
    but the tongue."""

    width: int
    dilations: tuple[int, ...]
    ahead: tuple[bool, ...]
    groups: int = 12


DEFAULT_CONFIG = SpeechEncoderConfig(
    160, (1, 2, 4, 8, 1, 2, 4, 8), (True, True, True, False, True, False, False, False), len(MOUTH_GROUPS)
)


class SpeechEncoder(nn.Module):
    """`forward(log_mel (B, T, 80)) -> hidden (B, T, width)` at 100 Hz.

    `past_frames`, `future_frames`: how many mel frames before and after frame i its output depends on.
    `feature_dim`: length of a 25 Hz feature. Without states: every call is whole, windows overlap (see `window`).
    """

    mean: Tensor
    deviation: Tensor
    closed_pose: Tensor

    def __init__(self, config: SpeechEncoderConfig = DEFAULT_CONFIG) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.future_frames = sum(d for d, ahead in zip(config.dilations, config.ahead, strict=True) if ahead)
        self.past_frames = 2 * sum(config.dilations) - self.future_frames
        self.feature_dim = width + 2 * (config.groups + len(VISEMES) + len(CLOSERS))
        self.register_buffer("mean", torch.full((MEL_BANDS,), -6.0))
        self.register_buffer("deviation", torch.full((MEL_BANDS,), 4.0))
        self.register_buffer("closed_pose", torch.zeros(len(CLOSERS), config.groups))
        self.inlet = nn.Conv1d(MEL_BANDS, width, 1)
        self.gated = nn.ModuleList(nn.Conv1d(width, 2 * width, 3, dilation=d) for d in config.dilations)
        self.outlet = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in config.dilations)
        self.skip = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in config.dilations)
        self.final = nn.Conv1d(width, width, 1)
        self.mouth_head = nn.Linear(width, config.groups)
        self.viseme_head = nn.Linear(width, len(VISEMES))
        self.closure_head = nn.Linear(width, len(CLOSERS))

    def window(self, log_mel: Tensor) -> Tensor:
        """(B, past + T + future, 80) → (B, T, width): unpadded, for windows of a longer signal and for export."""
        h = self.inlet(((log_mel - self.mean) / self.deviation).transpose(1, 2))
        count = log_mel.shape[1] - self.past_frames - self.future_frames
        behind = self.past_frames
        total = torch.zeros((), device=h.device)
        for dilation, ahead, gated, outlet, skip in zip(
            self.config.dilations, self.config.ahead, self.gated, self.outlet, self.skip, strict=True
        ):
            content, gate = gated(h).chunk(2, 1)
            y = torch.tanh(content) * torch.sigmoid(gate)
            right = dilation if ahead else 0
            left = 2 * dilation - right
            h = h[..., left : h.shape[2] - right] + outlet(y)
            behind -= left
            total = total + skip(y[..., behind : behind + count])
        return self.final(F.gelu(total)).transpose(1, 2)

    def forward(self, log_mel: Tensor) -> Tensor:
        """(B, T, 80) → (B, T, width); before and after the signal there is digital silence."""
        return self.window(self.padded(log_mel))

    def padded(self, log_mel: Tensor) -> Tensor:
        """The signal with the silence around it that `window` needs to give as many outputs as it has frames."""
        return F.pad(log_mel, (0, 0, self.past_frames, self.future_frames), value=SILENCE)

    def mouth(self, hidden: Tensor) -> Mouth:
        """Reads mouth and visemes. A probable closure overrides the regressed mouth with the closed pose: a mean of
        open and closed would be a mouth that never shuts."""
        closure = self.closure_head(hidden)
        weight = torch.sigmoid(closure)
        weight = weight / weight.sum(-1, keepdim=True).clamp(min=1.0)
        free = self.mouth_head(hidden)
        groups = free * (1.0 - weight.sum(-1, keepdim=True)) + weight @ self.closed_pose
        return Mouth(groups, self.viseme_head(hidden), closure)

    def features(self, log_mel: Tensor) -> Tensor:
        """(B, 4n, 80) → (B, n, feature_dim) at 25 Hz, centred on picture time; silence around the signal.

        Each is the mean hidden vector of four frames, then mouth, viseme probabilities and closures of its two halves.
        """
        padded = F.pad(self.padded(log_mel), (0, 0, 2, 0), value=SILENCE)[:, :-2]
        return self.window_features(padded)

    def window_features(self, log_mel: Tensor) -> Tensor:
        """(B, past + 2 + 4n − 2 + future, 80) → (B, n, feature_dim): the unpadded form of `features`.

        The window of pictures k … k + n − 1 begins at mel frame 4k − 2 − past_frames.
        """
        hidden = self.window(log_mel)
        mouth = self.mouth(hidden)
        # scales bring the parts to about unit deviation, so that who reads them need not
        read = torch.cat(
            [
                4.0 * mouth.groups,
                VISEME_SCALE * mouth.viseme_logits.softmax(-1),
                CLOSURE_SCALE * mouth.closure_logits.sigmoid(),
            ],
            -1,
        )
        batch, frames = hidden.shape[0], hidden.shape[1] // MELS_PER_FRAME
        middle = hidden.reshape(batch, frames, MELS_PER_FRAME, -1).mean(2)
        halves = read.reshape(batch, frames, 2, MELS_PER_FRAME // 2, -1).mean(3).flatten(2)
        return torch.cat([middle, halves], -1)

    def closures_in(self, features: FloatArray) -> FloatArray:
        """How surely lips close for p, b or m in `features` (..., feature_dim) → (...,), the surer of both halves."""
        count = self.config.groups + len(VISEMES) + len(CLOSERS)
        halves = features[..., self.config.width :].reshape(*features.shape[:-1], 2, count)
        read: FloatArray = halves[..., -len(CLOSERS)].max(-1) / CLOSURE_SCALE
        return read

    def visemes_in(self, features: FloatArray) -> FloatArray:
        """The viseme probabilities that `features` (..., feature_dim) carry → (..., 17), the mean of both halves."""
        count = self.config.groups + len(VISEMES) + len(CLOSERS)
        halves = features[..., self.config.width :].reshape(*features.shape[:-1], 2, count)
        read: FloatArray = halves[..., self.config.groups : self.config.groups + len(VISEMES)].mean(-2) / VISEME_SCALE
        return read


def speech_encoder_from(tensors: dict[str, Tensor], config: SpeechEncoderConfig | None = None) -> SpeechEncoder:
    """An encoder with the given weights (any float type), in evaluation mode. Raises PackageDamagedError.

    Without `config` the layers are DEFAULT_CONFIG's and the number of mouth groups is the weights' own.
    """
    if config is None:
        pose = tensors.get("closed_pose")
        groups = DEFAULT_CONFIG.groups if pose is None or pose.dim() != 2 else pose.shape[1]
        config = replace(DEFAULT_CONFIG, groups=groups)
    encoder = SpeechEncoder(config)
    try:
        encoder.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except RuntimeError as error:
        raise PackageDamagedError(f"The speech encoder's weights do not fit its sizes: {str(error)[:200]}") from error
    return encoder.eval()


def load_speech_encoder(path: Path | str) -> SpeechEncoder:
    """From a safetensors file. Raises PackageDamagedError when it cannot be read or does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise PackageDamagedError(f"The speech encoder's weights {path} cannot be read: {error}") from error
    return speech_encoder_from(tensors)
