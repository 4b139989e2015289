"""Trains the picture probe (measures/picture_probe.py) on the renders that a renderer was trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from echo_runtime.errors import TrainingError
from echo_runtime.training.measures.picture_probe import WEIGHTS, PictureProbe, probe_view, save_probe
from echo_runtime.training.measures.pictures import over_grey
from echo_runtime.training.renderer_pictures import open_pictures

BATCH = 64


def train_probe(folder: Path, out: Path = WEIGHTS, epochs: int = 24, seed: int = 0) -> dict[str, Any]:
    """Trains on the drawn rows of a renderer's picture folder and writes `out`; returns what it reached.

    Takes a minute or two, so that an interrupted run simply starts again. Raises TrainingError when the folder holds
    too few pictures or the loss is not finite; `out` is then left as it was.

    `held_out_r`: mean Pearson r of the told and the true motion over the channels that move, on held-out pictures.
    Pictures vary in brightness and colour, so that the probe looks at the face and not at its exposure.
    """
    data = open_pictures(folder)
    if len(data.training_rows()) < BATCH:
        raise TrainingError(f"{folder} holds {len(data.training_rows())} pictures; the probe needs {BATCH} at least.")
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    train, held = data.training_rows(), data.held_out_rows()
    rows = np.concatenate([train, held])
    views = np.stack([probe_view(over_grey(np.asarray(data.pictures[row]), 1)) for row in rows])
    motion = np.asarray(data.motion[rows], np.float32)
    mean, spread = motion.mean(0), motion.std(0)
    moves = spread > 1e-3
    target = torch.from_numpy((motion - mean) / np.where(moves, spread, 1.0))
    probe = PictureProbe()
    steps = epochs * (len(train) // BATCH)
    optimiser = torch.optim.AdamW(probe.parameters(), 2e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, max(steps, 2))
    for _ in range(steps):
        chosen = random.integers(0, len(train), BATCH)
        gain = random.uniform(0.85, 1.15, (BATCH, 1, 1, 3)).astype(np.float32)
        seen = torch.from_numpy(np.clip(views[chosen] * gain, 0, 255))
        loss = functional.mse_loss(probe(seen), target[chosen])
        if not torch.isfinite(loss):
            raise TrainingError(f"The probe's loss became {float(loss)}; train with another --seed.")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    probe.eval()
    with torch.no_grad():
        told = probe(torch.from_numpy(views[len(train) :])).numpy()
    true = target[len(train) :].numpy()
    r = [np.corrcoef(told[:, k], true[:, k])[0, 1] for k in np.flatnonzero(moves) if true[:, k].std() > 1e-6]
    save_probe(probe, out)
    return {"pictures": len(train), "steps": steps, "held_out_r": round(float(np.mean(r)), 3)}
