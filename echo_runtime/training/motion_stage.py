"""Training of the motion model in two stages (ECHO section 3.3).

1. Articulation: speech and emotion move the face; the user branch is off.
2. Interaction: LPE, CrossAttn1 and the gates learn what the player causes. The speech path (CrossAttn2 and what feeds
   it) is frozen, so that lips keep what they learned; the rest moves at half the rate.

A window goes through the flow transformer as two copies, one near-clean (it plays the ring of earlier chunks, noised
against drift) and one noisy, so that every chunk of the window is a target under what it will see at run time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionConfig, PerceptionState
from echo_runtime.errors import TrainingError
from echo_runtime.generator.flow_transformer import FlowConfig
from echo_runtime.generator.frame_attention import window_hidden
from echo_runtime.generator.motion_weights import save_motion
from echo_runtime.generator.face_grid import GENERATED_DIM
from echo_runtime.generator.sampler import at_level
from echo_runtime.generator.speech_encoder import load_speech_encoder
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.signals import MOTION_DIM
from echo_runtime.training import progress
from echo_runtime.training.motion_evaluation import evaluate
from echo_runtime.training.motion_loss import MotionLoss
from echo_runtime.training.motion_windows import (
    Conversation,
    ConversationFolder,
    ConversationStreams,
    WindowBatch,
)
from echo_runtime.training.packaging import current_commit

FROZEN_IN_INTERACTION = ("cross_speech.", "speech_in.", "speech_unknown")
ACTIVITY_SCALE = 0.15
"""Of voice activity, one input among 81 but the one that tells when the player's clause ends; so it is made loud."""
MEASURED = 40
"""Conversations from which means and scales are taken."""
USER_BRANCH = ("perception.", "cross_user.", "conv_user.", "conv_speech.", ".cues.gate.", ".user_key.", ".user_value.")


@dataclass(frozen=True)
class MotionSettings:
    """What decides the outcome beside the minutes. `batch` streams, windows of `frames`; `rate`: peak learning rate;
    `articulation`: share of the minutes for stage 1; `own_history`: share of stage 2, at its end, in which the model
    sees its own guesses; `evaluated`: held-out conversations, so many frames of each."""

    batch: int = 10
    frames: int = 64
    rate: float = 2.5e-3
    articulation: float = 0.42
    rest_rate: float = 0.5
    own_history: float = 0.3
    ema: float = 0.995
    evaluate_minutes: float = 6.0
    evaluated: int = 8
    evaluated_frames: int = 750


class MotionModel(nn.Module):
    """Generator and LPE, trained together."""

    def __init__(self, speech_dim: int, sizes: Mapping[str, Any] | None = None) -> None:
        """`sizes`: FlowConfig's fields that differ from its defaults."""
        super().__init__()
        self.perception = LowLevelPerception(PerceptionConfig())
        self.generator = MotionGenerator(
            FlowConfig(speech_dim, user_width=self.perception.config.width, **(sizes or {}))
        )

    def fit_statistics(self, conversations: list[Conversation]) -> Tensor:
        """Set every mean and scale from the data; returns the deviation (52,) of the generated channels."""
        motion = torch.cat([c.motion for c in conversations])
        self.generator.codec.fit(motion)
        speech = torch.cat([c.speech[::3].float() for c in conversations])
        self.generator.transformer.speech_mean.copy_(speech.mean(0))
        self.generator.transformer.speech_scale.copy_(speech.std(0) + 0.05)
        face = torch.cat([c.face.float() for c in conversations])
        face = face[face[:, -1] > 0.5, :-1]
        self.perception.region_tokens.mean.copy_(face.mean(0))
        self.perception.region_tokens.scale.copy_(face.std(0) + 0.02)
        voice = torch.cat([c.voice[::5].float() for c in conversations])
        self.perception.voice_mean.copy_(voice.mean(0))
        self.perception.voice_scale.copy_(voice.std(0) + 0.1)
        self.perception.voice_scale[-1] = ACTIVITY_SCALE
        return motion[:, self.generator.codec.generated].std(0)

    def forward(
        self, batch: WindowBatch, state: PerceptionState | None, own_history: bool = False
    ) -> tuple[Tensor, ...]:
        """→ clean prediction and target (B, T, 52), level (B, T), and the LPE's state tensors.

        `own_history`: the finished frames that the model sees are in part its own first guesses instead of the truth.
        """
        b, t = batch.chunk_start.shape
        codec, transformer = self.generator.codec, self.generator.transformer
        motion = codec.encode(batch.motion)
        clean = motion[:, -t:]
        level = torch.where(torch.rand(b, t) < 0.3, 0.0, torch.sigmoid(torch.randn(b, t) - 0.4))
        # the frames of a chunk share a level, but for some windows in which each has its own
        level = torch.where(torch.rand(b, 1) < 0.85, level.gather(1, batch.chunk_start), level)
        noise = self._noise(b, t)
        noisy = at_level(clean, noise, level[..., None])
        affect = batch.affect * (torch.rand(b, 1, 1) > 0.06)
        style = batch.style * (torch.rand(b, 1) > 0.1)
        speech = batch.speech + 0.1 * transformer.speech_scale * torch.randn_like(batch.speech)
        f_pu, after = None, ()
        if state is not None:
            p_usr, new_state = self.perception(batch.face, batch.voice, state, batch.seen)
            chosen = p_usr[torch.arange(b)[:, None], batch.sight]
            f_pu, after = (chosen * (torch.rand(b, 1, 1, 1) > 0.05)).bfloat16(), new_state.tensors
        hidden = window_hidden(batch.chunk_start, batch.first, transformer.config.context_frames)
        # the whole transformer in bfloat16, from float32 weights: twice as fast as autocast with its many casts
        rounded = {name: p.bfloat16() for name, p in transformer.named_parameters()}

        def predict(finished: Tensor, x: Tensor, x_level: Tensor) -> Tensor:
            near = self._near_levels(b, finished.shape[1])
            history = at_level(finished, self._noise(b, finished.shape[1]), near[..., None])
            arguments = (
                history.bfloat16(), near, x.bfloat16(), x_level, hidden, affect.bfloat16(), style, speech,
                batch.known, f_pu,
            )  # fmt: skip
            predicted: Tensor = torch.func.functional_call(transformer, rounded, arguments)
            return predicted.float()

        if own_history:
            with torch.no_grad():
                guess = predict(motion, noise, torch.zeros(b, t))
            guessed = torch.rand(b, t, 1) < torch.rand(b, 1, 1)
            motion = torch.cat([motion[:, :-t], torch.where(guessed, guess, clean)], 1)
        return predict(motion, noisy, level), clean, level, *after

    def _near_levels(self, b: int, t: int) -> Tensor:
        """Levels of finished frames: mostly near-clean, noised against drift, some not to be relied upon at all."""
        near = torch.where(torch.rand(b, 1) < 0.1, torch.rand(b, t), 0.6 + 0.4 * torch.rand(b, t))
        return torch.where(torch.rand(b, t) < 0.05, 0.0, near)

    def _noise(self, b: int, t: int) -> Tensor:
        """(B, T, 52): as at run time, one long sequence, white in and correlated out."""
        noise = self.generator.graph.flow_noise
        settle = 24  # frames after which it has its full size
        return noise(torch.randn(b, settle + t, MOTION_DIM), torch.zeros(b, 2, GENERATED_DIM))[0][:, settle:]


class StageOptimizer:
    """Muon for the matrices of blocks and scans, AdamW for everything else, by stage and branch."""

    def __init__(self, model: MotionModel, settings: MotionSettings, stage: int) -> None:
        self.groups: list[tuple[torch.optim.Optimizer, float]] = []
        chosen: dict[tuple[bool, float], list[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            frozen = any(part in name for part in FROZEN_IN_INTERACTION)
            user = any(part in name for part in USER_BRANCH)
            parameter.requires_grad_(user or not frozen if stage == 2 else not name.startswith("perception."))
            if not parameter.requires_grad:
                parameter.grad = None
                continue
            matrix = parameter.ndim == 2 and name.endswith("weight") and (".blocks." in name or "scans." in name)
            rate = settings.rate * (settings.rest_rate if stage == 2 and not user else 1.0)
            chosen.setdefault((matrix, rate), []).append(parameter)
        for (matrix, rate), parameters in chosen.items():
            self.groups.append((_muon(parameters, rate) if matrix else _adamw(parameters, rate), rate))

    def __iter__(self) -> Iterator[torch.optim.Optimizer]:
        return iter(o for o, _ in self.groups)

    def step(self, factor: float) -> None:
        for optimizer, rate in self.groups:
            for group in optimizer.param_groups:
                group["lr"] = rate * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)


def _muon(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.Muon(
        parameters, lr=rate, momentum=0.95, weight_decay=0.01, adjust_lr_fn="match_rms_adamw", ns_steps=4
    )


def _adamw(parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.97), weight_decay=0.0)


def rate_factor(stage: int, fraction: float, articulation: float, steps: int) -> float:
    """In each stage: warm-up over 40 steps, constant for 40 %, then linear; stage 1 ends at a third, stage 2 at 3 %."""
    share = fraction / articulation * 0.8 if stage == 1 else (fraction - articulation) / (1.0 - articulation)
    fall = 1.0 if share < 0.4 else max(0.0, (1.0 - share) / 0.6) * 0.97 + 0.03
    return min(1.0, (steps + 1) / 40) * fall


def train_motion(
    out: Path,
    minutes: float = 55.0,
    seed: int = 0,
    resume: bool = True,
    threads: int = 1,
    dyads: Path = Path("build/dyads"),
    speech: Path = Path("build/speech"),
    settings: MotionSettings | None = None,
) -> dict[str, float]:
    """Trains for `minutes` of clock and writes into `out`: motion.safetensors and perception.safetensors (fp16,
    averaged weights), config.json, training.json, curves_NNN.png at every evaluation, and a checkpoint for `resume`.

    `dyads` holds the folders `train` and `held_out` of conversations, `speech` speech_encoder.safetensors.
    Returns the last scores. Raises TrainingError when data are missing or the loss is not finite; the weights
    of the last evaluation then stay in place.
    """
    settings = settings or MotionSettings()
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    encoder = load_speech_encoder(speech / "speech_encoder.safetensors")
    conversations = ConversationFolder(dyads / "train", encoder)
    held_out = ConversationFolder(dyads / "held_out", encoder, settings.evaluated)

    model = MotionModel(encoder.feature_dim)
    loss_of = MotionLoss(model.generator.codec, model.fit_statistics(conversations[:MEASURED]))
    average, averaged = progress.Ema(model, settings.ema), MotionModel(encoder.feature_dim)
    stage, step, stage_step, already = 1, 0, 0, 0.0
    checkpoint = progress.Checkpoint(out)
    tensors: dict[str, dict[str, Tensor]] = {}
    if resume and checkpoint.exists():
        tensors, saved = checkpoint.load(random)
        model.load_state_dict(tensors["model"])
        average.shadow, average.steps = tensors["average"], int(saved["average_steps"])
        stage, step, stage_step, already = (saved[k] for k in ("stage", "step", "stage_step", "minutes"))
    optimizer = StageOptimizer(model, settings, stage)
    for i, one in enumerate(optimizer):
        if f"optimizer{i}" in tensors:
            progress.load_optimizer_tensors(one, tensors[f"optimizer{i}"])

    def keep(clock: progress.Minutes) -> dict[str, float]:
        averaged.load_state_dict(model.state_dict())
        average.copy_to(averaged)
        scores = evaluate(
            averaged.generator, averaged.perception, held_out, seed, out / f"curves_{step:06d}.png",
            settings.evaluated_frames,
        )  # fmt: skip
        save_motion(out, averaged.generator, averaged.perception)
        record = {"command": f"echo-runtime train motion --minutes {minutes:g} --seed {seed}", "seed": seed,
                  "commit": current_commit(), "hardware": progress.hardware(), "hours": round(clock.elapsed / 60, 3),
                  "steps": step, "conversations": len(conversations), "settings": asdict(settings),
                  "scores": scores}  # fmt: skip
        (out / "training.json").write_text(json.dumps(record, indent=1) + "\n")
        groups = {"model": model.state_dict(), "average": average.shadow}
        groups |= {f"optimizer{i}": progress.optimizer_tensors(o) for i, o in enumerate(optimizer)}
        state = {"stage": stage, "step": step, "stage_step": stage_step, "minutes": clock.elapsed}
        checkpoint.save(groups, {**state, "average_steps": average.steps}, random)
        clock.note(f"  stage {stage} step {step}: " + "  ".join(f"{k} {v}" for k, v in scores.items()))
        return scores

    context = model.generator.config.context_frames
    streams = ConversationStreams(conversations, settings.batch, settings.frames, context, random)
    lpe_state = model.perception.initial_state(settings.batch)
    smooth, next_evaluation = 0.0, already + settings.evaluate_minutes
    with progress.Minutes("motion", minutes, already) as clock:
        while True:
            turn = stage == 1 and clock.fraction >= settings.articulation
            if clock.over or turn or clock.elapsed >= next_evaluation:
                clock.pause()
                scores = keep(clock)
                conversations.rescan()
                next_evaluation = clock.elapsed + settings.evaluate_minutes
                clock.go_on()
            if clock.over:
                return scores
            if turn:
                stage, stage_step = 2, 0
                optimizer = StageOptimizer(model, settings, stage)
            batch = streams.draw()
            lpe_state.reset(batch.fresh & torch.from_numpy(random.random(settings.batch) < 0.7))
            own = stage == 2 and stage_fraction(clock.fraction) > 1.0 - settings.own_history and random.random() < 0.5
            predicted, clean, level, *after = model(batch, lpe_state if stage == 2 else None, own)
            loss = loss_of(predicted, clean, level, batch.bilabial)
            if not torch.isfinite(loss):
                raise TrainingError(
                    f"The loss of the motion model is {loss.item()} at step {step}; the weights of the last evaluation "
                    f"are kept in {out}. Go on from there, with another seed or a smaller rate."
                )
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step(rate_factor(stage, clock.fraction, settings.articulation, stage_step))
            average.update(model)
            if after:
                lpe_state = PerceptionState(*(tensor.detach() for tensor in after))
            step, stage_step = step + 1, stage_step + 1
            smooth = 0.98 * smooth + 0.02 * loss.item() if smooth else loss.item()
            clock.show(step, stage=stage, loss=smooth)
