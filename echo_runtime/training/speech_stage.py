"""Stage 0, the speech encoder: log-mel → mouth coefficients and visemes, on hours of synthetic speech."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from echo_runtime.errors import TrainingError
from echo_runtime.generator.speech_encoder import CLOSERS, DEFAULT_CONFIG, MOUTH_GROUPS, VISEMES, SpeechEncoder
from echo_runtime.log_mel import SILENCE, log_mel
from echo_runtime.training import progress
from echo_runtime.training.speech import corpus, evaluation, pauses
from echo_runtime.training.speech.augmentation import augment_mel
from echo_runtime.training.speech.mouth import POSES
from echo_runtime.training.speech.synthesis import OTHER_LANGUAGE_VOICES

SPAN = 200
"""Outputs per training window, at 100 Hz."""
POOLS: dict[str, float] = {"recorded men": 0.3, "recorded women": 0.25, "espeak": 0.28, "other languages": 0.17}
"""Shares of every batch: English of recorded people, espeak-ng's many synthetic ones, other languages of recorded
people. A pool that the corpus lacks leaves its share to the others."""
TRACT = {"recorded men": (0.66, 1.06), "recorded women": (0.8, 1.2), "espeak": (0.74, 1.12),
         "other languages": (0.74, 1.12)}  # fmt: skip
"""Range of vocal tract lengths that each pool is given. Where all recorded English voices are men, tracts a third
shorter have to stand in for women."""
RECORDED_WOMEN = ("pico:en-US", "pico:en-GB", "rhvoice:clb")
_SILENT_WINDOWS = 0.04
# Losses per mouth group: what an eye notices counts more.
_GROUP_WEIGHT = {
    "jawOpen": 2.0,
    "mouthClose": 3.0,
    "mouthFunnel": 2.0,
    "mouthPucker": 2.0,
    "mouthPress": 1.5,
    "mouthRollLower": 1.5,
}
_CLASS_WEIGHT = {"PP": 2.0, "FF": 1.6, "ou": 1.3, "TH": 1.2}
_CLOSED_EXTRA, _TEETH_EXTRA, _ROUND_EXTRA = 3.0, 2.0, 0.7
_CLOSURE_POSITIVE = 2.0
_SHUT_GAP, _SHUT_WEIGHT = 0.025, 4.0
"""In pauses lips may stay this much apart, in units of jawOpen, without further cost. (The same on p, b, m, strongly
weighted, closed a seventh of the open moments of unseen voices.)"""


@dataclass(frozen=True)
class SpeechSettings:
    """What decides the outcome beside the minutes. `corpus_seconds` of speech; `batch` windows of SPAN frames; `rate`:
    peak learning rate; `average`: decay of the averaged weights; `recordings`: augmented recordings of each utterance
    beside the clean one."""

    corpus_seconds: float = 21600.0
    held_out_seconds: float = 330.0
    recordings: int = 2
    batch: int = 16
    rate: float = 2.2e-3
    average: float = 0.998
    evaluate_minutes: float = 4.0


def pool_of(voice: str) -> str:
    """Which of POOLS a voice belongs to."""
    if voice.startswith("espeak"):
        return "espeak"
    if voice in OTHER_LANGUAGE_VOICES:
        return "other languages"
    return "recorded women" if voice in RECORDED_WOMEN else "recorded men"


class Windows:
    """Random windows of examples with everything the loss needs, drawn from the pools in their shares."""

    def __init__(self, examples: Sequence[corpus.Example], encoder: SpeechEncoder, random: np.random.Generator) -> None:
        self.random = random
        self.before, self.after = encoder.past_frames, encoder.future_frames
        long = [e for e in examples if len(e.groups) >= SPAN // 2]
        found = [(share, [e for e in long if pool_of(e.voice) == name]) for name, share in POOLS.items()]
        found = [(share, pool) for share, pool in found if pool]
        if not found:
            raise TrainingError("The speech corpus holds no utterance of a second or longer; make it larger.")
        self.pools = [pool for _, pool in found]
        self.ends = np.cumsum([share for share, _ in found]) / sum(share for share, _ in found)
        self.quiet = [log_mel(pauses.wordless(4.0, random)) for _ in range(24)]

    def draw(self, batch: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Mel (B, before + SPAN + after, 80), groups (B, SPAN, 13), visemes (B, SPAN), closures (B, SPAN, 2)."""
        rows = []
        for i in range(batch):
            # evenly spaced through the shares, so that no batch is of one kind
            place = (i + self.random.random()) / batch
            pool = self.pools[min(int(np.searchsorted(self.ends, place)), len(self.pools) - 1)]
            rows.append(self._silent() if self.random.random() < _SILENT_WINDOWS else self._one(pool))
        mel, groups, visemes, closures = (torch.from_numpy(np.stack(part)) for part in zip(*rows, strict=True))
        return mel, groups, visemes.long(), closures

    def _silent(self) -> tuple[np.ndarray, ...]:
        """Room, breath and clicks alone: the mouth rests."""
        sound = self.quiet[self.random.integers(len(self.quiet))]
        length = self.before + SPAN + self.after
        start = int(self.random.integers(len(sound) - length + 1))
        window = augment_mel(sound[start : start + length], self.random)
        return (
            window,
            np.zeros((SPAN, len(MOUTH_GROUPS)), np.float32),
            np.zeros(SPAN, np.int8),
            np.zeros((SPAN, len(CLOSERS)), np.float32),
        )

    def _one(self, pool: list[corpus.Example]) -> tuple[np.ndarray, ...]:
        item = pool[self.random.integers(len(pool))]
        # clean recordings seldom: real microphones give none
        mel = item.mels[0 if self.random.random() < 0.25 else self.random.integers(len(item.mels))]
        frames = len(item.groups)
        start = int(self.random.integers(-self.before // 2, max(1, frames - SPAN)))
        taken = np.arange(start - self.before, start + SPAN + self.after)
        inside = (taken >= 0) & (taken < frames)
        window = mel[np.clip(taken, 0, frames - 1)].astype(np.float32)
        # around the recording: its own quiet sound half of the time, else digital silence
        window[~inside] = mel[0] if self.random.random() < 0.5 else SILENCE
        if self.random.random() < 0.9:
            window = augment_mel(window, self.random, TRACT[pool_of(item.voice)])
        here = np.arange(start, start + SPAN)
        known = ((here >= 0) & (here < frames))[:, None]
        here = np.clip(here, 0, frames - 1)
        return (
            window,
            np.where(known, item.groups[here], 0).astype(np.float32),
            np.where(known[:, 0], item.visemes[here], 0),
            np.where(known, item.closures[here], 0).astype(np.float32),
        )


_JAW, _CLOSE = MOUTH_GROUPS.index("jawOpen"), MOUTH_GROUPS.index("mouthClose")


def speech_loss(encoder: SpeechEncoder, mel: Tensor, groups: Tensor, visemes: Tensor, closures: Tensor) -> Tensor:
    """Weighted squared error of the mouth, a hinge on lips that must be shut, cross-entropy of visemes and closures."""
    with torch.autocast("cpu", torch.bfloat16):
        # 1.8 times as fast as float32; heads and losses stay in float32
        hidden = encoder.window(mel)
    hidden = hidden.float()
    mouth = encoder.mouth(hidden)
    weight = torch.tensor([_GROUP_WEIGHT.get(name, 1.0) for name in MOUTH_GROUPS])
    funnel, pucker = MOUTH_GROUPS.index("mouthFunnel"), MOUTH_GROUPS.index("mouthPucker")
    rounded = (torch.maximum(groups[..., funnel], groups[..., pucker]) > 0.3).float()
    urgent = 1.0 + _CLOSED_EXTRA * closures[..., 0] + _TEETH_EXTRA * closures[..., 1] + _ROUND_EXTRA * rounded
    shape = ((mouth.groups - groups).square() * weight * urgent[..., None]).mean()
    gap, true_gap = (g[..., _JAW] - g[..., _CLOSE] for g in (mouth.groups, groups))
    shut = ((true_gap < _SHUT_GAP) & (visemes == 0)).float()
    shape = shape + _SHUT_WEIGHT * (shut * F.relu(gap - _SHUT_GAP).square()).mean()
    classes = torch.tensor([_CLASS_WEIGHT.get(name, 1.0) for name in VISEMES])
    viseme = F.cross_entropy(mouth.viseme_logits.flatten(0, 1), visemes.flatten(), weight=classes, label_smoothing=0.05)
    positive = torch.full((len(CLOSERS),), _CLOSURE_POSITIVE)
    closure = F.binary_cross_entropy_with_logits(mouth.closure_logits, closures, pos_weight=positive)
    return 20.0 * shape + 0.25 * viseme + 0.5 * closure


def prepare(encoder: SpeechEncoder, examples: Sequence[corpus.Example]) -> None:
    """Sets what is measured rather than learned: the mel statistics and the closed poses."""
    mels = np.concatenate([e.mels[-1] for e in examples[:400]]).astype(np.float32)
    encoder.mean.copy_(torch.from_numpy(mels.mean(0)))
    encoder.deviation.copy_(torch.from_numpy(mels.std(0) + 0.1))
    set_closed_poses(encoder)


def set_closed_poses(encoder: SpeechEncoder) -> None:
    """The poses that a probable closure shows, from POSES."""
    for row, viseme in enumerate(CLOSERS):
        pose = POSES[VISEMES[viseme]]
        encoder.closed_pose[row] = torch.tensor([pose.get(group, 0.0) for group in MOUTH_GROUPS])


def start_with(encoder: SpeechEncoder, source: Path | str) -> None:
    """Weights of a package or an earlier stage as far as they fit; a mouth group they do not know starts at rest.

    Raises TrainingError when there are none, or none fits.
    """
    tensors = progress.starting_tensors(source, "speech_encoder")
    for name in ("mouth_head.weight", "mouth_head.bias"):
        if name in tensors and (missing := encoder.config.groups - len(tensors[name])) > 0:
            tensors[name] = torch.cat([tensors[name], tensors[name].new_zeros((missing, *tensors[name].shape[1:]))])
    fresh = progress.load_fitting(encoder, tensors)
    set_closed_poses(encoder)
    print(f"speech encoder starts from {source}; fresh: {', '.join(fresh) or 'nothing'}", file=sys.stderr, flush=True)


def _corpora(out: Path, seed: int, settings: SpeechSettings) -> tuple[list[corpus.Example], list[corpus.Example]]:
    found = []
    for name, seconds, held_out in (
        ("corpus", settings.corpus_seconds, False),
        ("held_out", settings.held_out_seconds, True),
    ):
        path = out / f"{name}_{seed}_{int(seconds)}_{settings.recordings}.npz"
        if not path.exists():
            print(f"Synthesising {seconds / 60:.0f} minutes of speech into {path} …", file=sys.stderr, flush=True)
            recordings = 0 if held_out else settings.recordings
            made = corpus.build_corpus(
                seconds, seed + (900_000 if held_out else 0), held_out=held_out, recordings=recordings
            )
            corpus.save_corpus(path, made)
        found.append(corpus.load_corpus(path))
    return found[0], found[1]


def evaluate(
    encoder: SpeechEncoder, held_out: Sequence[corpus.Example], recordings: Sequence[Path] = ()
) -> dict[str, dict[str, float]]:
    """Scores per held-out voice, and plausibility per recording."""
    scores = {}
    for voice in sorted({e.voice for e in held_out}):
        scores[voice] = evaluation.measure(encoder, [e for e in held_out if e.voice == voice])
    for path in recordings:
        scores[Path(path).name] = evaluation.plausibility(encoder, evaluation.read_sound(path))
    return {name: {key: round(value, 3) for key, value in score.items()} for name, score in scores.items()}


def save_weights(encoder: SpeechEncoder, path: Path) -> None:
    """fp16 safetensors."""
    progress.write_tensors(path, {name: t.detach().half().contiguous() for name, t in encoder.state_dict().items()})


def train_speech(
    out: Path,
    minutes: float = 20.0,
    seed: int = 0,
    resume: bool = True,
    threads: int = 1,
    settings: SpeechSettings | None = None,
    recordings: Sequence[Path] = (),
    start: Path | str | None = None,
) -> dict[str, dict[str, float]]:
    """Trains for `minutes` of clock and writes into `out`: speech_encoder.safetensors (fp16, averaged weights),
    evaluation.json, training.json, curves_NNN.png at every evaluation, and a checkpoint from which `resume` continues.

    `recordings`: sound files of people to judge plausibility on. `start`: a package or stage whose weights training
    begins with, where no checkpoint is resumed. Returns the final scores.
    Raises TrainingError when the loss stays not finite, MissingDependencyError when a synthesiser is missing.
    """
    settings = settings or SpeechSettings()
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    out.mkdir(parents=True, exist_ok=True)
    train, held_out = _corpora(out, seed, settings)

    encoder = SpeechEncoder(DEFAULT_CONFIG)
    prepare(encoder, train)
    checkpoint = progress.Checkpoint(out)
    resumed = resume and checkpoint.exists()
    if start is not None and not resumed:
        start_with(encoder, start)
    windows = Windows(train, encoder, random)
    average = progress.Ema(encoder, settings.average)
    optimizer = torch.optim.AdamW(encoder.parameters(), settings.rate, betas=(0.9, 0.98), weight_decay=1e-3)
    step, already = 0, 0.0
    if resumed:
        tensors, state = checkpoint.load(random, ("model", "average", "optimizer"))
        checkpoint.load_into(encoder, tensors["model"])
        checkpoint.load_average(average.shadow, tensors["average"])
        average.steps = step = int(state["step"])
        already = float(state["minutes"])
        progress.load_optimizer_tensors(optimizer, tensors["optimizer"])

    def keep() -> None:
        tensors = {
            "model": encoder.state_dict(),
            "average": average.shadow,
            "optimizer": progress.optimizer_tensors(optimizer),
        }
        checkpoint.save(tensors, {"step": step, "minutes": clock.elapsed, "settings": asdict(settings)}, random)

    def record() -> dict[str, dict[str, float]]:
        averaged.load_state_dict(encoder.state_dict())
        average.copy_to(averaged)
        averaged.eval()
        scores = evaluate(averaged, held_out, recordings)
        _write(out, averaged, scores, held_out, step)
        begun = "" if start is None else f" --from {start}"
        line = {
            "command": f"echo-runtime train speech --minutes {minutes:g} --seed {seed}{begun}",
            "seed": seed,
            "hardware": progress.hardware(),
            "hours": round(clock.elapsed / 60.0, 3),
            "steps": step,
            "threads": threads,
        }
        progress.write_text(out / "training.json", json.dumps(line, indent=1) + "\n")
        keep()
        for name, score in scores.items():
            clock.note(f"  {step} {name}: " + "  ".join(f"{key} {value}" for key, value in score.items()))
        return scores

    averaged = SpeechEncoder(DEFAULT_CONFIG)
    guard = progress.FiniteLoss("speech encoder", checkpoint)
    smooth, next_evaluation = 0.0, already + settings.evaluate_minutes
    with progress.Minutes("speech", minutes, already, keep) as clock:
        while True:
            over = clock.over
            if over or clock.elapsed >= next_evaluation:
                clock.pause()
                scores = record()
                next_evaluation = clock.elapsed + settings.evaluate_minutes
                clock.go_on()
                if over:
                    return scores
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * progress.cosine(clock.fraction)
            loss = speech_loss(encoder, *windows.draw(settings.batch))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(encoder.parameters(), 2.0)
            step += 1
            if guard.passes(step, loss, norm):
                optimizer.step()
                average.update(encoder)
                smooth = 0.98 * smooth + 0.02 * loss.item() if smooth else loss.item()
            clock.show(step, loss=smooth)


def _write(
    out: Path,
    encoder: SpeechEncoder,
    scores: dict[str, dict[str, float]],
    held_out: Sequence[corpus.Example],
    step: int,
) -> None:
    save_weights(encoder, out / "speech_encoder.safetensors")
    progress.write_text(out / "evaluation.json", json.dumps({"step": step, **scores}, indent=1) + "\n")
    evaluation.curve_sheet(encoder, list(held_out)[:4]).save(out / f"curves_{step:06d}.png")
