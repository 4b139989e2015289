"""Training of the LCU without pixels: whole dialogues of minutes, predicting the NPC's face (ECHO section 3.1)."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from echo_runtime.context.context_weights import context_config, context_tensors
from echo_runtime.training import progress
from echo_runtime.training.context_evaluation import evaluate
from echo_runtime.training.context_model import PARTS, ContextModel
from echo_runtime.training.context_windows import ContextSampler, observed_folder
from echo_runtime.training.packaging import current_commit

_FITTED = 24
"""Draws from which means and scales are taken."""


@dataclass(frozen=True)
class ContextSettings:
    """What decides the outcome beside the minutes. `dialogues` per step and `windows` of each; `rate`: peak learning
    rate; `steps`: ends the schedule after so many steps, for comparisons; `evaluated`: held-out dialogues."""

    dialogues: int = 2
    windows: int = 4
    rate: float = 2e-3
    ema: float = 0.995
    evaluate_minutes: float = 8.0
    evaluated: int = 6
    steps: int | None = None


def train_context(
    out: Path,
    minutes: float = 30.0,
    seed: int = 0,
    resume: bool = True,
    threads: int = 1,
    data: Path = Path("build/long_dialogues"),
    parts: Collection[str] = PARTS,
    settings: ContextSettings | None = None,
    start: Path | str | None = None,
) -> dict[str, float]:
    """Trains for `minutes` of clock and writes into `out`: context.safetensors (Φ and HBCU) and perception.safetensors
    (LPE), fp16 and averaged, context.json with the sizes, training.json, reader.safetensors (for measuring only), and a
    checkpoint for `resume`.

    `data` holds the folders `train` and `held_out`; `parts`: see ContextModel; `start`: a package or stage whose LPE
    training begins with. Returns the last scores. Raises TrainingError when data are missing or the loss stays not
    finite.
    """
    settings = settings or ContextSettings()
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    train, held_out = observed_folder(data / "train"), observed_folder(data / "held_out", settings.evaluated)
    model, averaged = ContextModel(parts), ContextModel(parts)
    sampler = ContextSampler(train, random, model.phi.config.window, settings.dialogues, settings.windows)
    _fit(model, sampler)
    checkpoint = progress.Checkpoint(out)
    resumed = resume and checkpoint.exists()
    if start is not None and not resumed:
        progress.start_from(model.perception, start, "perception")
    average = progress.Ema(model, settings.ema)
    optimizer = torch.optim.AdamW(model.parameters(), settings.rate, betas=(0.9, 0.98), weight_decay=1e-2)
    step, already = 0, 0.0
    if resumed:
        tensors, state = checkpoint.load(random, ("model", "average", "optimizer"))
        checkpoint.load_into(model, tensors["model"])
        checkpoint.load_average(average.shadow, tensors["average"])
        progress.load_optimizer_tensors(optimizer, tensors["optimizer"])
        average.steps = step = int(state["step"])
        already = float(state["minutes"])

    def keep() -> None:
        groups = {"model": model.state_dict(), "average": average.shadow,
                  "optimizer": progress.optimizer_tensors(optimizer)}  # fmt: skip
        checkpoint.save(groups, {"step": step, "minutes": clock.elapsed}, random)

    def record() -> dict[str, float]:
        averaged.load_state_dict(model.state_dict())
        average.copy_to(averaged)
        scores = evaluate(averaged.eval(), held_out)
        save_context(out, averaged)
        begun = "" if start is None else f" --from {start}"
        line = {"command": f"echo-runtime train context --minutes {minutes:g} --seed {seed}{begun}", "seed": seed,
                "commit": current_commit(), "hardware": progress.hardware(), "hours": round(clock.elapsed / 60, 3),
                "steps": step, "dialogues": len(train), "parts": sorted(parts), "settings": asdict(settings),
                "scores": scores}  # fmt: skip
        progress.write_text(out / "training.json", json.dumps(line, indent=1) + "\n")
        keep()
        clock.note(f"  step {step}: " + "  ".join(f"{k} {v}" for k, v in scores.items()))
        return scores

    guard = progress.FiniteLoss("context model", checkpoint)
    smooth: dict[str, float] = {}
    next_evaluation = already + settings.evaluate_minutes
    with progress.Minutes("context", minutes, already, keep) as clock:
        while True:
            fraction = clock.fraction if settings.steps is None else step / settings.steps
            over = clock.over or fraction >= 1.0
            if over or clock.elapsed >= next_evaluation:
                clock.pause()
                scores = record()
                next_evaluation = clock.elapsed + settings.evaluate_minutes
                clock.go_on()
                if over:
                    return scores
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * progress.cosine(fraction)
            loss, parts_of_it = model.train().loss(sampler.draw())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            step += 1
            if guard.passes(step, loss, norm):
                optimizer.step()
                average.update(model)
                for name, value in parts_of_it.items():
                    smooth[name] = 0.98 * smooth.get(name, value.item()) + 0.02 * value.item()
            clock.show(step, **smooth)


def _fit(model: ContextModel, sampler: ContextSampler) -> None:
    """Means and scales of what goes in and comes out, from some draws."""
    draws = [sampler.draw() for _ in range(_FITTED)]
    read = torch.cat([d.motion.flatten(0, 1) for d in draws])
    model.fit_reader(read)
    model.fit_summaries(torch.cat([d.summaries[i, : d.lengths[i]] for d in draws for i in range(len(d.summaries))]))
    faces = torch.cat([d.face.flatten(0, 1) for d in draws])
    model.fit_perception(faces, torch.cat([d.voice[:, ::5].flatten(0, 1) for d in draws]))


def save_context(out: Path, model: ContextModel) -> None:
    """fp16 safetensors of the parts that the runtime uses, sizes as JSON, and the reader apart."""

    def halves(module: nn.Module, prefix: str = "") -> dict[str, torch.Tensor]:
        return {prefix + name: t.detach().half().contiguous() for name, t in module.state_dict().items()}

    progress.write_tensors(out / "perception.safetensors", halves(model.perception))
    progress.write_tensors(out / "context.safetensors", context_tensors(model.phi, model.context))
    progress.write_tensors(out / "reader.safetensors", halves(model.reader, "reader.") | {
        "read_mean": model.read_mean, "read_scale": model.read_scale, "blind_tokens": model.blind_tokens.detach(),
    })  # fmt: skip
    sizes = context_config(model.phi, model.context) | {
        "perception": model.perception.config.as_dict(), "parts": sorted(model.parts),
    }  # fmt: skip
    progress.write_text(out / "context.json", json.dumps(sizes, indent=1) + "\n")
