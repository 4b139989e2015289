"""`echo-runtime evaluate`: the model on held-out dialogues, on recordings of people, and in drawn pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from echo_runtime.errors import UsageError


def command(
    avatar: Annotated[str, typer.Option(help="Avatar whose pictures are read.")] = "mira",
    model: Annotated[str | None, typer.Option(help="Folder of another model package than the shipped one.")] = None,
    sessions: Annotated[int, typer.Option(help="Held-out dialogues, two or more.")] = 12,
    seconds: Annotated[float, typer.Option(help="Length of each, ten or more.")] = 40.0,
    human: Annotated[
        list[Path] | None,
        typer.Option(help="A recording of somebody who speaks, or a folder of them; besides those that are installed."),
    ] = None,
    voices: Annotated[bool, typer.Option(help="Measure lips on recordings of people.")] = True,
    drift_minutes: Annotated[
        int, typer.Option(help="Length of the long roll-outs; 0 for none, else two or more.")
    ] = 10,
    drift_sessions: Annotated[int, typer.Option(help="How many of them.")] = 2,
    picture_frames: Annotated[int, typer.Option(help="Frames per dialogue to draw and read; 0 for none.")] = 250,
    seed: Annotated[int, typer.Option(help="Seed of dialogues and noise.")] = 1,
    backend: Annotated[str, typer.Option(help="auto, eager or openvino.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder for evaluation.json and a report with pictures.")] = None,
    processes: Annotated[int, typer.Option(help="Processes that roll out; 0 for one per core.")] = 0,
    ablation: Annotated[
        bool,
        typer.Option(help="Instead: what LPE, HBCU and LAU are worth, and that faces remember. Trains for 1.5 hours."),
    ] = False,
    callbacks: Annotated[bool, typer.Option(help="Instead: only that faces remember.")] = False,
    dialogues: Annotated[Path, typer.Option(help="For these two: what `train long-dialogues --sound` wrote.")] = Path(
        "build/long_dialogues"
    ),
    pairs: Annotated[int, typer.Option(help="Pairs of dialogues of each kind that are played.")] = 16,
    steps: Annotated[int, typer.Option(help="Training steps of each run of the ablation.")] = 600,
    seeds: Annotated[int, typer.Option(help="Runs of each variant.")] = 3,
    runs: Annotated[Path, typer.Option(help="Folder in which these runs are kept.")] = Path("build/context_ablation"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    from rich.console import Console

    for name, value, least in (
        ("--sessions", sessions, 2), ("--seconds", seconds, 10), ("--drift-sessions", drift_sessions, 1),
        ("--picture-frames", picture_frames, 0), ("--seed", seed, 0), ("--processes", processes, 0),
        ("--pairs", pairs, 2), ("--steps", steps, 1), ("--seeds", seeds, 1),
    ):  # fmt: skip
        if not least <= value <= 100_000:
            raise UsageError(f"{name} is {value:g}; give a number of at least {least}.")
    if drift_minutes and not 2 <= drift_minutes <= 240:
        raise UsageError(f"--drift-minutes is {drift_minutes}; give 0 for no long roll-out, or 2 to 240 minutes.")
    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file; give a folder.")

    if ablation or callbacks:
        from echo_runtime.training.evaluation.context_ablation import AblationPlan
        from echo_runtime.training.evaluation.long_memory import MemoryPlan, evaluate_memory

        trained = AblationPlan(runs, dialogues, steps, seeds, model or "model") if ablation else None
        memory = MemoryPlan(dialogues, model, backend, seed, pairs, trained, out)
        numbers = evaluate_memory(memory, Console(stderr=True))
    else:
        from echo_runtime.training.evaluation.whole import Plan, evaluate

        plan = Plan(
            avatar, model, sessions, seconds, tuple(human or ()), voices, drift_minutes, drift_sessions,
            picture_frames, seed, backend, out, processes,
        )  # fmt: skip
        numbers = evaluate(plan, Console(stderr=True))
    if as_json:
        print(json.dumps(numbers, indent=1, allow_nan=False))
        return
    from echo_runtime.training.measures.bars import flattened

    for key, value in flattened(numbers).items():
        print(f"{key:<46} {value}")
