"""`echo-runtime evaluate`: the shipped model on held-out synthetic dialogues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def command(
    avatar: Annotated[str, typer.Option(help="Avatar whose pictures are read.")] = "mira",
    model: Annotated[str | None, typer.Option(help="Folder of another model package than the shipped one.")] = None,
    sessions: Annotated[int, typer.Option(min=2, max=64, help="Held-out dialogues.")] = 6,
    seconds: Annotated[float, typer.Option(min=10, max=600, help="Length of each.")] = 40.0,
    picture_frames: Annotated[int, typer.Option(min=0, help="Frames per dialogue to draw and read; 0 for none.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of dialogues and noise.")] = 1,
    backend: Annotated[str, typer.Option(help="auto, eager or openvino.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder for evaluation.json and a contact sheet.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    from rich.console import Console

    from echo_runtime.runtime.models import load_models
    from echo_runtime.signals import ByteArray
    from echo_runtime.training.contact_sheet import contact_sheet
    from echo_runtime.training.dyads import generate_session
    from echo_runtime.training.evaluation import evaluate_motion, evaluate_pictures
    from echo_runtime.training.measures.pictures import over_grey
    from echo_runtime.training.speech import VISEMES

    console = Console(stderr=True)
    models = load_models(model, backend, console)
    drawer = models.avatar(avatar)
    console.print(f"Making {sessions} held-out dialogues of {seconds:.0f} s …")
    dialogues = [generate_session(900_000 + seed * 1000 + i, seconds=seconds, held_out=True) for i in range(sessions)]
    console.print("Rolling out …")
    numbers, rolled = evaluate_motion(models.mover, models.perception(), dialogues, VISEMES, seed)
    pictures: list[ByteArray] = []
    if picture_frames:
        console.print("Drawing and reading pictures …")
        numbers["pictures"], pictures = evaluate_pictures(drawer.draw, dialogues, rolled, picture_frames)
    numbers |= {"avatar": avatar, "sessions": sessions, "seconds": seconds, "seed": seed, "backends": models.backends}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "evaluation.json").write_text(json.dumps(numbers, indent=1))
        if pictures:
            contact_sheet(
                [over_grey(p, 1) for p in pictures[:: max(1, len(pictures) // 40)]], out / "contact_sheet.png"
            )
    if as_json:
        print(json.dumps(numbers, indent=1))
    else:
        for key, value in numbers.items():
            print(f"{key:<30} {value}")
