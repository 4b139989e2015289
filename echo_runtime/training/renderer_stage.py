"""Trains the neural renderer of one NPC on pictures that the synthetic head draws, in minutes on one CPU core.

Two phases on one clock: first only the flows learn, from true correspondence on small maps; then everything learns from
pictures.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from echo_runtime.errors import TrainingError
from echo_runtime.renderer import renderer_tensors
from echo_runtime.signals import MOTION_DIM
from echo_runtime.training.progress import Checkpoint, Minutes, cosine, hardware, replacing, write_tensors, write_text
from echo_runtime.training.renderer_checks import contact_sheet, judged_scores, picture_scores
from echo_runtime.training.renderer_losses import LossWeights
from echo_runtime.training.renderer_pictures import RendererPictures, draw_pictures
from echo_runtime.training.renderer_sizes import renderer_config
from echo_runtime.training.renderer_training import RendererTraining

FLOW_PHASE = 0.02
"""Share of the time in which only flows learn, at most FLOW_MINUTES."""
FLOW_MINUTES = 0.4
ENOUGH = 0.35
"""Share of the pictures with which training begins; the others are drawn meanwhile."""


def keep_memory() -> None:
    """Tells glibc to keep freed buffers: handing them back and faulting them in again took a quarter of every step."""
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None)
        m_trim_threshold, m_mmap_threshold = -1, -3
        libc.mallopt(m_mmap_threshold, 1 << 30)
        libc.mallopt(m_trim_threshold, (1 << 31) - 1)


def train_renderer(
    out: Path, minutes: float = 60.0, seed: int = 1, resume: bool = True, threads: int = 1, identity: str = "mira",
    pictures: Path | None = None, count: int = 4800, every: float = 5.0, processes: int = 2,
    start: Path | str | None = None, size: int = 256, conversations: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Draws the data set where it is missing, trains for `minutes`, writes the renderer into `out`; returns its scores.

    `pictures`: folder of the data set, by default `out`/pictures; `count` pictures. `every` so many minutes the
    averaged weights, a contact sheet (truth above, drawn below) and the scores are written: renderer.safetensors,
    config.json, reference.png, contact_sheet.png, training.json. `start`: weights to start from, see
    `starting_tensors`; `size`: side of the pictures; `conversations`: folder with sessions (train, held_out) whose
    motion most pictures show. Raises TrainingError.
    """
    if size < 64 or size % 64:
        raise TrainingError(f"Pictures cannot have a side of {size} pixels; give --size a multiple of 64.")
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(threads)
    keep_memory()
    folder = pictures or out / "pictures"
    print(f"Drawing {count} pictures of {identity} into {folder}", file=sys.stderr)
    data = draw_pictures(
        folder, identity, count, processes=processes, size=size, conversations=conversations, enough=ENOUGH
    )
    training = RendererTraining(data, renderer_config(data), seed, LossWeights(), start)
    checkpoint = training.guard.kept = Checkpoint(out)
    already = training.resume(checkpoint) if resume and checkpoint.exists() else 0.0
    flow_until = min(FLOW_PHASE * minutes, FLOW_MINUTES)
    options = {"identity": identity, "minutes": f"{minutes:g}", "seed": seed, "count": count, "size": size,
               "dyads": conversations, "from": start}  # fmt: skip
    command = " ".join(["echo-runtime train renderer", *(f"--{k} {v}" for k, v in options.items() if v is not None)])
    scores: dict[str, Any] = {}
    written = already
    average = 0.0

    def keep() -> None:
        training.save(checkpoint, clock.elapsed)

    with Minutes(f"renderer {identity}", minutes, already, keep) as clock:
        while not clock.over:
            factor = cosine(clock.fraction)
            if clock.elapsed < flow_until:
                value = training.flow_step(factor)
            else:
                value = training.picture_step(factor)
            average = value if average == 0.0 else 0.98 * average + 0.02 * value
            clock.show(training.step_count, loss=average)
            if clock.elapsed - written >= every:
                clock.pause()
                keep()
                scores = write_renderer(out, training, data, clock.elapsed, seed, command, identity)
                clock.note(f"{clock.elapsed:.1f} min, step {training.step_count}: {_line(scores)}")
                clock.go_on()
                written = clock.elapsed
        keep()
        scores = write_renderer(out, training, data, clock.elapsed, seed, command, identity)
        clock.note(f"done, step {training.step_count}: {_line(scores)}")
    scores |= judged_scores(training.averaged(), data)
    about = json.loads((out / "training.json").read_text())
    about["judge"] = {name: round(value, 3) for name, value in scores.items() if name not in about["psnr"]}
    write_text(out / "training.json", json.dumps(about, indent=1))
    return scores


def _line(scores: dict[str, Any]) -> str:
    return "  ".join(f"{name} {value:.2f}" for name, value in scores.items())


def write_renderer(
    out: Path, training: RendererTraining, data: RendererPictures, minutes: float, seed: int, command: str,
    identity: str,
) -> dict[str, Any]:  # fmt: skip
    """Writes the averaged renderer with everything that belongs to it; returns its scores on held-out pictures."""
    renderer = training.averaged()
    scores = picture_scores(renderer, data)
    write_tensors(out / "renderer.safetensors", renderer_tensors(renderer))
    write_text(out / "config.json", json.dumps(renderer.config.as_dict(), indent=1))
    with torch.no_grad():
        neutral = renderer(torch.zeros(1, MOTION_DIM))[0].permute(1, 2, 0)
    for name, picture in (
        ("reference.png", Image.fromarray((neutral * 255 + 0.5).byte().numpy(), "RGBA")),
        ("contact_sheet.png", Image.fromarray(contact_sheet(renderer, data))),
    ):
        with replacing(out / name) as part:
            picture.save(part, "PNG")
    about = {
        "command": command, "seed": seed, "identity": identity,
        "hardware": hardware(), "hours": round(minutes / 60.0, 3), "steps": training.step_count,
        "pictures": len(data.training_rows()), "psnr": {k: round(v, 2) for k, v in scores.items()},
        "loss_weights": asdict(training.weights), "written": time.strftime("%Y-%m-%d"),
    }  # fmt: skip
    write_text(out / "training.json", json.dumps(about, indent=1))
    return scores
