"""What LPE, HBCU and LAU are each worth (ECHO's ablation, section 4): the LCU without one of them, trained by itself.

Every variant sees the same dialogues in the same order of seeds, for the same number of steps, and is judged on
dialogues by another script generator, with other voices. Each part has something that it is for (FOR); there a variant
without it has to be worse. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import t as student

from echo_runtime.errors import TrainingError
from echo_runtime.training.context_model import PARTS
from echo_runtime.training.context_stage import ContextSettings, train_context

FOR = {"lpe": "reaction_r", "hbcu": "situated", "lau": "mentioned"}
"""What each part is for: reactions within seconds; faces in situations that the player's behaviour of minutes ago
coloured; faces at topics that were told of minutes ago. See `context_evaluation.evaluate`."""
LOWER_IS_BETTER = ("error", "mentioned", "situated")
KEYS = ("error", "face_r", "reaction_r", "mood_r", "mentioned", "situated")


@dataclass(frozen=True)
class AblationPlan:
    """`out`: a folder for the runs; `data`: long dialogues; `steps` of each of the 4 × `seeds` runs; `start`: a package
    whose LPE all begin with."""

    out: Path
    data: Path
    steps: int = 600
    seeds: int = 3
    start: str | Path | None = None
    threads: int = 1
    evaluated: int = 8
    """Held-out dialogues that each is judged on."""


def variants() -> dict[str, tuple[str, ...]]:
    """Name → parts that it has."""
    return {"whole": PARTS} | {f"-{part}": tuple(p for p in PARTS if p != part) for part in PARTS}


def scores_of(plan: AblationPlan, name: str, seed: int) -> dict[str, float]:
    """Trains a variant, or takes what its training wrote. Raises TrainingError."""
    folder = plan.out / f"{name.removeprefix('-') if name == 'whole' else 'without_' + name[1:]}_{seed}"
    finished = folder / "ablation.json"
    if finished.is_file():
        try:
            kept = json.loads(finished.read_text("utf-8"))
            if kept["steps"] == plan.steps:
                return {key: float(kept["scores"][key]) for key in KEYS}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"{finished} cannot be read ({error}); delete it and run again.") from error
    settings = ContextSettings(steps=plan.steps, evaluate_minutes=1e6, evaluated=plan.evaluated)
    scores = train_context(
        folder, 1e4, seed, True, plan.threads, plan.data, variants()[name], settings, start=plan.start
    )
    if absent := [key for key in KEYS if key not in scores]:
        raise TrainingError(
            f"The held-out dialogues in {plan.data} have nothing to measure {absent[0]!r} in; generate longer ones."
        )
    finished.write_text(json.dumps({"steps": plan.steps, "scores": scores}, indent=1) + "\n", "utf-8")
    return {key: scores[key] for key in KEYS}


def ablation(plan: AblationPlan, progress: Callable[[str, int], None] | None = None) -> dict[str, object]:
    """Trains what is not trained yet → `table`: means per variant; `parts`: what leaving each out costs at what it is
    for, with a 95 % interval over seeds."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in variants()}
    for seed in range(plan.seeds):  # seed by seed, so that what is there after an interruption can be compared
        for name in found:
            if progress is not None:
                progress(name, seed)
            found[name].append(scores_of(plan, name, seed))
    return {"steps": plan.steps, "seeds": plan.seeds} | compared(found)


def compared(found: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, object]:
    """`table` and `parts` of `ablation`, from the scores of every variant by seed."""
    table = {name: {key: float(np.mean([s[key] for s in rows])) for key in KEYS} for name, rows in found.items()}
    parts = {}
    for part, key in FOR.items():
        sign = -1.0 if key in LOWER_IS_BETTER else 1.0
        pairs = zip(found["whole"], found[f"-{part}"], strict=True)
        losses = np.array([sign * (whole[key] - without[key]) for whole, without in pairs])
        mean, half = float(losses.mean()), interval(losses)
        parts[part] = {"key": key, "worse_by": mean, "low": mean - half, "high": mean + half}
    return {"table": table, "parts": parts}


def interval(values: np.ndarray) -> float:
    """Half-width of the 95 % interval of a mean (Student's t); infinite for fewer than two values."""
    if len(values) < 2:
        return float("inf")
    return float(student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
