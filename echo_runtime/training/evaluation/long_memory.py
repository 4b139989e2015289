"""What `echo-runtime evaluate --ablation` prints: what the parts of the LCU are worth, and that faces remember."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_runtime.runtime.models import load_models
from echo_runtime.training.evaluation.callbacks import callback_effect
from echo_runtime.training.evaluation.context_ablation import AblationPlan, ablation
from echo_runtime.training.evaluation.numbers import rounded

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class MemoryPlan:
    """`model`: the package that plays the pairs; `pairs` of each kind at most, 0 for none; `ablation`: None leaves it
    out. `dialogues`: what `train long-dialogues --sound` wrote."""

    dialogues: Path
    model: str | None = None
    backend: str = "auto"
    seed: int = 1
    pairs: int = 16
    ablation: AblationPlan | None = None
    out: Path | None = None


def evaluate_memory(plan: MemoryPlan, console: Console) -> dict[str, Any]:
    """`callback_effect` and `ablation` as JSON holds them; written to `out`/memory.json too. Raises TrainingError where
    there are no dialogues."""
    numbers: dict[str, Any] = {"callback_effect": None, "ablation": None}
    if plan.pairs:
        models = load_models(plan.model, plan.backend, console)
        console.print("Playing the last minute of pairs of dialogues that differ in their history only …")
        numbers["callback_effect"] = callback_effect(models, plan.dialogues / "pairs", plan.seed, plan.pairs)
    if plan.ablation is not None:
        steps = plan.ablation.steps
        numbers["ablation"] = ablation(
            plan.ablation, lambda name, seed: console.print(f"{name}, seed {seed}: {steps} steps …")
        )
    numbers = rounded(numbers)
    if plan.out is not None:
        plan.out.mkdir(parents=True, exist_ok=True)
        (plan.out / "memory.json").write_text(json.dumps(numbers, indent=1, allow_nan=False) + "\n", "utf-8")
    return numbers
