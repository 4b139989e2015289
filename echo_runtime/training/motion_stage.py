"""Training of the motion model in two stages (ECHO section 3.3): articulation, then interaction; see motion_optimizer.
It ends on the model's own guesses as history, so that a roll-out does not surprise it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from echo_runtime.context.context_weights import load_context
from echo_runtime.context.low_level_perception import PerceptionState
from echo_runtime.generator.speech_encoder import load_speech_encoder
from echo_runtime.training import progress
from echo_runtime.training.conversations import Conversation, ConversationFolder
from echo_runtime.training.motion_evaluation import evaluate
from echo_runtime.training.motion_loss import MotionLoss
from echo_runtime.training.motion_model import MotionModel
from echo_runtime.training.motion_optimizer import StageOptimizer, rate_factor
from echo_runtime.training.motion_windows import ConversationStreams
from echo_runtime.training.motion_writing import save_motion
from echo_runtime.training.packaging import current_commit

MEASURED = 40
"""Conversations from which means and scales are taken."""


@dataclass(frozen=True)
class MotionSettings:
    """What decides the outcome beside the minutes.

    `batch` streams, windows of `frames`; `rate`: peak learning rate; `articulation`: share of the time for stage 1;
    `own_history`: share of stage 2, at its end, in which the model sees its own guesses; `evaluated`: held-out
    conversations, so many frames of each; `steps`: ends the schedule after so many steps, for comparisons of equal
    steps; `sizes`: FlowConfig's fields that differ from its defaults.
    """

    batch: int = 8
    frames: int = 64
    rate: float = 2.5e-3
    articulation: float = 0.4
    rest_rate: float = 0.5
    own_history: float = 0.3
    ema: float = 0.995
    evaluate_minutes: float = 8.0
    evaluated: int = 8
    evaluated_frames: int = 750
    steps: int | None = None
    sizes: Mapping[str, Any] = field(default_factory=dict)


def train_motion(
    out: Path,
    minutes: float = 60.0,
    seed: int = 0,
    resume: bool = True,
    threads: int = 1,
    dyads: Path = Path("build/dyads"),
    speech: Path = Path("build/speech"),
    settings: MotionSettings | None = None,
    start: Path | str | None = None,
    context: Path | None = None,
    dialogues: Path | None = None,
) -> dict[str, float]:
    """Trains for `minutes` of clock and writes into `out`: motion.safetensors and perception.safetensors (fp16,
    averaged weights), config.json, training.json, curves_NNN.png at every evaluation, and a checkpoint for `resume`.

    `dyads` holds the folders `train` and `held_out` of conversations, `speech` speech_encoder.safetensors; `start` is a
    package or stage whose weights training begins with, where no checkpoint is resumed. `context`: what the context
    stage wrote; its Φ is kept as it is, its fusion is trained in stage 2, and both are written as context.safetensors
    and context.json. `dialogues`: a folder of long dialogues with sound, from which stage 2 learns besides. Returns the
    last scores.
    Raises TrainingError when data are missing or the loss stays not finite; the last weights then stay in place.
    """
    settings = settings or MotionSettings()
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    encoder = load_speech_encoder(speech / "speech_encoder.safetensors")
    phi, fusion = (None, None) if context is None else load_context(context)
    conversations = ConversationFolder(dyads / "train", encoder, phi=phi)
    held_out = ConversationFolder(dyads / "held_out", encoder, settings.evaluated, phi)
    long = None if dialogues is None else ConversationFolder(dialogues, encoder, phi=phi)

    model = MotionModel(encoder.feature_dim, settings.sizes, fusion)
    deviation = model.fit_statistics(conversations[:MEASURED])
    checkpoint = progress.Checkpoint(out)
    resumed = resume and checkpoint.exists()
    if start is not None and not resumed:
        # the statistics are those of the weights that it starts from, as far as these fit
        progress.start_from(model.generator, start, "motion")
        progress.start_from(model.perception, start, "perception")
    average, averaged = progress.Ema(model, settings.ema), deepcopy(model)
    stage, step, stage_step, already = 1, 0, 0, 0.0
    tensors: dict[str, dict[str, Tensor]] = {}
    if resumed:
        tensors, saved = checkpoint.load(random, ("model", "average"))
        checkpoint.load_into(model, tensors["model"])
        checkpoint.load_average(average.shadow, tensors["average"])
        average.steps = int(saved["average_steps"])
        stage, step, stage_step, already = (saved[k] for k in ("stage", "step", "stage_step", "minutes"))
    loss_of = MotionLoss(model.generator.codec, deviation)
    optimizer = StageOptimizer(model, stage, settings.rate, settings.rest_rate)
    for i, one in enumerate(optimizer):
        if f"optimizer{i}" in tensors:
            progress.load_optimizer_tensors(one, tensors[f"optimizer{i}"])

    def keep() -> None:
        groups = {"model": model.state_dict(), "average": average.shadow}
        groups |= {f"optimizer{i}": progress.optimizer_tensors(o) for i, o in enumerate(optimizer)}
        state = {"stage": stage, "step": step, "stage_step": stage_step, "minutes": clock.elapsed}
        checkpoint.save(groups, {**state, "average_steps": average.steps}, random)

    def record() -> dict[str, float]:
        averaged.load_state_dict(model.state_dict())
        average.copy_to(averaged)
        scores = evaluate(
            averaged.generator, averaged.perception, held_out, seed, out / f"curves_{step:06d}.png",
            settings.evaluated_frames, averaged.context,
        )  # fmt: skip
        save_motion(out, averaged.generator, averaged.perception, phi, averaged.context)
        begun = "".join(
            f" --{name} {value}"
            for name, value in (("from", start), ("context", context), ("dialogues", dialogues))
            if value is not None
        )
        line = {"command": f"echo-runtime train motion --minutes {minutes:g} --seed {seed}{begun}", "seed": seed,
                "commit": current_commit(), "hardware": progress.hardware(), "hours": round(clock.elapsed / 60, 3),
                "steps": step, "conversations": len(conversations), "settings": asdict(settings),
                "scores": scores}  # fmt: skip
        progress.write_text(out / "training.json", json.dumps(line, indent=1) + "\n")
        keep()
        clock.note(f"  stage {stage} step {step}: " + "  ".join(f"{k} {v}" for k, v in scores.items()))
        return scores

    frames_before = model.generator.config.context_frames

    def streams_of_stage() -> ConversationStreams:
        read: list[Sequence[Conversation]] = [conversations]
        if long is not None and stage == 2:
            read.append(long)
        return ConversationStreams(read, settings.batch, settings.frames, frames_before, random)

    streams = streams_of_stage()
    lpe_state = model.perception.initial_state(settings.batch)
    guard = progress.FiniteLoss("motion model", checkpoint)
    smooth, next_evaluation = 0.0, already + settings.evaluate_minutes
    with progress.Minutes("motion", minutes, already, keep) as clock:
        while True:
            fraction = clock.fraction if settings.steps is None else step / settings.steps
            over = clock.over or fraction >= 1.0
            turn = stage == 1 and fraction >= settings.articulation
            if over or (turn and step) or clock.elapsed >= next_evaluation:
                clock.pause()
                scores = record()
                conversations.rescan()
                next_evaluation = clock.elapsed + settings.evaluate_minutes
                clock.go_on()
            if over:
                return scores
            if turn:
                stage, stage_step = 2, 0
                optimizer = StageOptimizer(model, stage, settings.rate, settings.rest_rate)
                streams = streams_of_stage()
            batch = streams.draw()
            lpe_state.reset(batch.fresh & torch.from_numpy(random.random(settings.batch) < 0.7))
            own = stage == 2 and 1.0 - fraction < settings.own_history * (1.0 - settings.articulation)
            own = own and random.random() < 0.5
            predicted, clean, level, *after = model(batch, lpe_state if stage == 2 else None, own)
            loss = loss_of(predicted, clean, level, batch.bilabial)
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            if guard.passes(step, loss, norm):
                optimizer.step(rate_factor(stage, fraction, settings.articulation, stage_step))
                average.update(model)
                lpe_state = PerceptionState(*(t.detach() for t in after)) if after else lpe_state
                smooth = 0.98 * smooth + 0.02 * loss.item() if smooth else loss.item()
            else:
                model.zero_grad(set_to_none=True)
                lpe_state.reset()
            step, stage_step = step + 1, stage_step + 1
            clock.show(step, stage=stage, loss=smooth)
