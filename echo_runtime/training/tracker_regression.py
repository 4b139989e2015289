"""The regression from features of landmarks to coefficients: its data, its network, its training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from echo_runtime.capture.landmark_map import LEARNED, OUTPUTS
from echo_runtime.errors import TrainingError
from echo_runtime.signals import FloatArray
from echo_runtime.training.progress import (
    Checkpoint,
    Ema,
    FiniteLoss,
    Minutes,
    cosine,
    load_fitting,
    load_optimizer_tensors,
    optimizer_tensors,
    starting_tensors,
)  # fmt: skip

WIDTH = 64
SPREAD_FLOOR = 0.04
"""What landmarks tremble by, in distances of the irises: components that vary less must not be blown up."""
NOISE, DROPOUT = 0.35, 0.1
BATCH, RATE = 256, 2e-3
KEEP_MINUTES = 0.5


@dataclass(frozen=True)
class People:
    """Everyone's pictures in features: `features` (n, f), `angles` (n, 3) of the rigid fit, `target` (n, OUTPUTS),
    `person` (n,) index, `calm` (n,), `rest` (people, f) mean of the calm ones, `lids`/`lips` (n,) raw openings."""

    features: Tensor
    angles: Tensor
    target: Tensor
    person: Tensor
    calm: Tensor
    rest: Tensor
    raw: dict[str, FloatArray]


class Regressor(nn.Module):
    """A linear map and a small network beside it: most of a coefficient is linear in the landmarks."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        sizes = (inputs, WIDTH, WIDTH, OUTPUTS)
        self.direct = nn.Linear(inputs, OUTPUTS, bias=False)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))

    def forward(self, x: Tensor) -> Tensor:
        direct = self.direct(x)
        for layer in self.layers[:-1]:
            x = nn.functional.dropout(nn.functional.silu(layer(x)), DROPOUT, self.training)
        return direct + self.layers[-1](x)


def draw_batch(data: People, rest: Tensor, spread: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs, targets, weights. The person's reference is the mean of a few of their calm pictures, trusted by chance;
    a part of another person's resting shape is exchanged for theirs, which multiplies the people."""
    n = len(data.target)
    index = torch.randint(n, (BATCH,), generator=rng)
    person = data.person[index]
    other = torch.randint(len(data.rest), (BATCH,), generator=rng)
    swap = torch.rand(BATCH, 1, generator=rng) * (torch.rand(BATCH, 1, generator=rng) < 0.7)
    exchange = swap * (data.rest[other] - data.rest[person])
    features = data.features[index] + exchange
    features = features + NOISE * spread * torch.randn(features.shape, generator=rng)
    wobble = 0.1 * spread * torch.randn(features.shape, generator=rng)
    reference = data.rest[person] + exchange + wobble
    draw, level = torch.rand(BATCH, 1, generator=rng), torch.rand(BATCH, 1, generator=rng)
    trust = torch.where(draw < 0.3, torch.zeros(()), torch.where(draw < 0.7, torch.ones(()), level))
    base = rest + trust * (reference - rest)
    x = torch.cat([(features - base) / spread, data.angles[index] * 2.0, trust], 1)
    weight = 1.0 + 2.0 * data.calm[index].float()
    return x, data.target[index], weight[:, None]


def own_spread(data: People) -> Tensor:
    """(f,) how far features stray from the person's own resting face."""
    return torch.sqrt((data.features - data.rest[data.person]).var(0) + SPREAD_FLOOR**2)


def predict(net: nn.Module, data: People, rest: Tensor, spread: Tensor, trust: float) -> FloatArray:
    """(n, OUTPUTS) with everybody's own resting face (trust 1) or the mean one (trust 0)."""
    base = rest + trust * (data.rest[data.person] - rest)
    with torch.no_grad():
        x = torch.cat([(data.features - base) / spread, data.angles * 2.0, torch.full((len(base), 1), trust)], 1)
        return net(x).numpy()


def fit_regressor(
    data: People,
    rest: Tensor,
    spread: Tensor,
    out: Path,
    minutes: float,
    seed: int,
    resume: bool = True,
    start: Path | str | None = None,
) -> tuple[Regressor, int]:
    """Trains for `minutes`; returns the averaged network, ready for use, and the steps it has made.

    `rest`, `spread` (f,): mean resting face and scale of the features. `out` holds the checkpoint.
    Raises TrainingError.
    """
    torch.manual_seed(seed)
    batches, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    net = Regressor(len(rest) + 4)
    checkpoint, already, step = Checkpoint(out), 0.0, 0
    resumed = resume and checkpoint.exists()
    if start is not None and not resumed:
        tensors = starting_tensors(start, "landmark_map")
        load_fitting(net, {("direct.weight" if name == "direct" else name): t for name, t in tensors.items()})
    average = Ema(net)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=2e-2)
    if resumed:
        groups, state = checkpoint.load(rng, ("model", "ema", "optimizer", "batches", "features"))
        features = groups["features"]
        if features["rest"].shape != rest.shape or not torch.allclose(features["rest"], rest, atol=1e-3):
            raise TrainingError(
                f"The checkpoint {checkpoint.tensors_path} is of other pictures or began --from another map; "
                "give the same options as then, or --no-resume."
            )
        checkpoint.load_into(net, groups["model"])
        checkpoint.load_average(average.shadow, groups["ema"])
        load_optimizer_tensors(optimizer, groups["optimizer"])
        batches.set_state(groups["batches"]["state"])
        already, step, average.steps = float(state["minutes"]), int(state["step"]), int(state["ema_steps"])
    scale = torch.cat([torch.full((len(LEARNED),), 0.15), torch.full((2,), 0.12), torch.full((3,), 0.08)])

    def keep() -> None:
        groups = {
            "model": net.state_dict(), "ema": average.shadow, "optimizer": optimizer_tensors(optimizer),
            "batches": {"state": batches.get_state()}, "features": {"rest": rest},
        }  # fmt: skip
        checkpoint.save(groups, {"minutes": clock.elapsed, "step": step, "ema_steps": average.steps}, rng)

    guard, kept = FiniteLoss("tracker", checkpoint), already
    with Minutes("tracker", minutes, already, keep) as clock:
        while not clock.over:
            for group in optimizer.param_groups:
                group["lr"] = RATE * cosine(clock.fraction)
            x, y, weight = draw_batch(data, rest, spread, batches)
            loss = (weight * nn.functional.smooth_l1_loss(net(x) / scale, y / scale, reduction="none")).mean()
            optimizer.zero_grad()
            loss.backward()
            if guard.passes(step, loss):
                optimizer.step()
                average.update(net)
            step += 1
            clock.show(step, loss=loss.item())
            if clock.elapsed - kept >= KEEP_MINUTES:
                keep()
                kept = clock.elapsed
        keep()
    average.copy_to(net)
    return net.eval(), step
