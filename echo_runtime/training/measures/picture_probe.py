"""Features of drawn faces for the Fréchet distance, from a probe of our own.

No pretrained extractor is used, so the distance is comparable only with others of this probe: a small convolutional
network that was trained to tell the motion from renders of the synthetic head (training/picture_probe_stage.py).
What its 32 features hold is what matters in a face: lids, lips, teeth, gaze, head pose.
"""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from echo_runtime.errors import PackageDamagedError
from echo_runtime.signals import MOTION_DIM, ByteArray, FloatArray

WEIGHTS = Path(__file__).parent / "weights" / "picture_probe.safetensors"
SIDE = 64
"""Pixels of the pictures that the probe sees."""
FEATURES = 32
_WIDTHS = (3, 16, 32, 48)


def probe_view(rgb: ByteArray) -> ByteArray:
    """(H, W, 3) → (64, 64, 3)."""
    return np.asarray(cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


class PictureProbe(nn.Module):
    """Pictures (B, 64, 64, 3) uint8 → features (B, 32), and from these the motion (B, 60), standardised per channel."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for narrow, wide in itertools.pairwise(_WIDTHS):
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.SiLU()]
        self.see = nn.Sequential(*layers)
        last = SIDE // 2 ** (len(_WIDTHS) - 1)
        self.gather = nn.Linear(_WIDTHS[-1] * last * last, FEATURES)
        self.tell = nn.Linear(FEATURES, MOTION_DIM)

    def features(self, pictures: Tensor) -> Tensor:
        x = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        return self.gather(self.see(x).flatten(1))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.tell(nn.functional.silu(self.features(pictures)))


def save_probe(probe: PictureProbe, path: Path = WEIGHTS) -> None:
    """fp16 weights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: t.detach().half().contiguous() for name, t in probe.state_dict().items()}, path)
    path.chmod(0o644)  # the library writes for the owner alone


def load_probe(path: Path = WEIGHTS) -> PictureProbe:
    """Raises PackageDamagedError when the file is missing or of another shape."""
    probe = PictureProbe()
    try:
        probe.load_state_dict({name: t.float() for name, t in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise PackageDamagedError(f"The picture probe {path} is missing or damaged; install again.") from error
    return probe.eval()


@cache
def shipped_probe() -> PictureProbe:
    return load_probe()


@torch.no_grad()
def probe_features(views: ByteArray, probe: PictureProbe | None = None) -> FloatArray:
    """(n, 64, 64, 3) of `probe_view` → (n, 32)."""
    chosen = shipped_probe() if probe is None else probe
    parts = [chosen.features(torch.from_numpy(views[i : i + 64])) for i in range(0, len(views), 64)]
    return torch.cat(parts).numpy()
