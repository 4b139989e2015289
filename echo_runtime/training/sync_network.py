"""A SyncNet of our own: two small towers that put mouth movement and sound of the same moment close together.

After Chung & Zisserman, "Out of time: automated lip sync in the wild" (2016), with mouth coefficients instead of
pictures and a contrast over all offsets of a clip instead of pairs. Trained by `train sync` on synthetic conversations.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from echo_runtime.errors import PackageDamagedError
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.signals import MEL_BANDS, MELS_PER_FRAME, MOTION_INDEX, SAMPLES_PER_FRAME, FloatArray

SHIPPED = Path(__file__).parent / "measures" / "weights" / "sync_network.safetensors"
MOUTH = (
    "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "mouthPress", "mouthStretch", "mouthLowerDown", "mouthUpperUp",
)  # fmt: skip
"""What speech moves. Smiles are left out: they answer the player, not the sound."""
_COLUMNS = tuple(
    tuple(MOTION_INDEX[n] for n in (name, f"{name}Left", f"{name}Right") if n in MOTION_INDEX) for name in MOUTH
)
_REACH = 2
"""Frames before and after a moment that both towers see: windows of 0.2 s."""


def mouth_channels(motion: FloatArray) -> FloatArray:
    """(T, 60) → (T, 11): MOUTH, left and right averaged."""
    return np.stack([motion[:, list(columns)].mean(1) for columns in _COLUMNS], 1).astype(np.float32)


class SyncNetwork(nn.Module):
    """`lips(mouth (B, T, 11))` and `sound(mel (B, 4T, 80))` → unit vectors (B, T, width), one per frame."""

    def __init__(self, width: int = 64, hidden: int = 128) -> None:
        super().__init__()
        self.mouth_tower = nn.Sequential(
            nn.Conv1d(2 * len(MOUTH), hidden, 2 * _REACH + 1, padding=_REACH), nn.GELU(),
            nn.Conv1d(hidden, hidden, 1), nn.GELU(), nn.Conv1d(hidden, width, 1),
        )  # fmt: skip
        # kernel 20 and stride 4 over frames at 100 Hz: the 0.2 s around each picture
        reach = MELS_PER_FRAME * (2 * _REACH + 1)
        self.sound_tower = nn.Sequential(
            nn.Conv1d(MEL_BANDS, hidden, 3, padding=1), nn.GELU(),
            nn.Conv1d(hidden, hidden, reach, MELS_PER_FRAME, groups=8), nn.GELU(),
            nn.Conv1d(hidden, hidden, 1), nn.GELU(), nn.Conv1d(hidden, width, 1),
        )  # fmt: skip

    def lips(self, mouth: Tensor) -> Tensor:
        x = mouth.transpose(1, 2) * 4.0
        speed = F.pad(x[..., 1:] - x[..., :-1], (1, 0))
        return F.normalize(self.mouth_tower(torch.cat([x, 2.0 * speed], 1)).transpose(1, 2), dim=-1)

    def sound(self, mel: Tensor) -> Tensor:
        # mel frame 4k ends 10 ms after picture k: eight frames before it and eleven after centre the window there
        reach = MELS_PER_FRAME * _REACH
        x = F.pad((mel - SILENCE) / 8.0 - 1.0, (0, 0, reach, reach), value=-1.0)
        return F.normalize(self.sound_tower(x.transpose(1, 2)).transpose(1, 2), dim=-1)

    @torch.no_grad()
    def embed(self, motion: FloatArray, speech: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(T, 60) and (640 T,) samples → lips (T, width) and sound (T, width)."""
        frames = min(len(motion), len(speech) // SAMPLES_PER_FRAME)
        loud = float(np.abs(speech).max(initial=0.0))
        mel = log_mel(speech[: frames * SAMPLES_PER_FRAME] * (0.5 / loud if loud > 1e-4 else 1.0))
        lips = self.lips(torch.from_numpy(mouth_channels(motion[:frames]))[None])[0]
        return lips.numpy(), self.sound(torch.from_numpy(mel)[None])[0].numpy()


@cache
def load_sync_network(path: Path = SHIPPED) -> SyncNetwork:
    """The shipped network, or another one. Raises PackageDamagedError when it cannot be read or does not fit."""
    network = SyncNetwork()
    try:
        network.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise PackageDamagedError(
            f"The synchrony network {path} cannot be read ({str(error)[:120]}); run `echo-runtime train sync`."
        ) from error
    return network.eval()
