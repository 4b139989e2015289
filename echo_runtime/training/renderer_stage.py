"""Trains the neural renderer of one NPC on pictures that the synthetic head draws, in minutes on one CPU core.

Two phases on one clock: first only the flows learn, from true correspondence on small maps; then everything learns from
pictures. Pictures are mostly drawn as crops around the face, where all the difficulty is.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from echo_runtime.errors import TrainingError
from echo_runtime.renderer import NeuralRenderer, RendererConfig, renderer_tensors
from echo_runtime.renderer.neural_renderer import WHOLE
from echo_runtime.signals import MOTION_DIM
from echo_runtime.training.progress import (
    Checkpoint,
    Ema,
    FiniteLoss,
    Minutes,
    cosine,
    hardware,
    load_fitting,
    load_optimizer_tensors,
    optimizer_tensors,
    replacing,
    starting_tensors,
    write_tensors,
    write_text,
)  # fmt: skip
from echo_runtime.training.renderer_checks import contact_sheet, judged_scores, picture_scores
from echo_runtime.training.renderer_losses import (
    LossWeights,
    box_mask,
    flow_loss,
    inside_mask,
    picture_loss,
    premultiplied,
)
from echo_runtime.training.renderer_pictures import BASE_SIZE, MOUTH, RendererPictures, draw_pictures
from echo_runtime.training.renderer_start import start_from_rest

FLOW_PHASE = 0.02
"""Share of the time in which only flows learn, at most FLOW_MINUTES."""
FLOW_MINUTES = 0.4
ENOUGH = 0.35
"""Share of the pictures with which training begins; the others are drawn meanwhile."""
FLOW_BATCH, BATCH = 24, 4
RATE, BASIS_RATE, CANVAS_RATE = 2e-3, 1e-3, 2e-3
"""Peak rates of the decoders; of depth and flow bases, which start solved; of the painted layers."""
PAINTED_NAMES = ("_canvas", ".picture")
"""Ends of the names of what starts as a picture."""
FLOW_NAMES = ("_basis.weight", ".depth", ".shell_radius")
"""Ends of the names of what starts solved."""
FACE_CROP = (slice(44, 228), slice(48, 212))
"""Rows and columns, at a side of 256, that hold the face in nearly every pose."""
FACE_CROP_SHARE = 0.4
MOUTH_CROP_SHARE = 0.4
MOUTH_CROP_EDGE, MOUTH_BATCH = 10, 2
"""Open mouths change most from frame to frame: crops of pixels (at a side of 256) around the mouth's box, in batches
so many times as large."""


def renderer_config(data: RendererPictures, **sizes: Any) -> RendererConfig:
    """The sizes that fit a data set; `sizes` replaces single ones."""
    large = data.rest_picture.shape[0]
    around = data.shell is not None
    return RendererConfig(
        **{
            "size": data.size, "canvas_size": large, "hair_size": data.size * 2 if around else data.size * 5 // 4,
            "shell": data.shell, "behind_size": data.size if around else None, "back_size": data.size * 3 // 4,
            "eyes_box": data.eyes_box, "mouth_box": data.mouth_box, "patch_scale": patch_scale(data.size),
            "field_size": data.rest.shape[1], **sizes,
        }
    )  # fmt: skip


def patch_scale(size: int) -> float:
    """Patch pixels per picture pixel: 1.5, in large pictures fewer, for patches cost most of the time."""
    return 1.5 if size < 2 * BASE_SIZE else 1.0


def resized(tensor: Tensor, own: Tensor, painted: bool) -> Tensor:
    """A map (1, C, h, w) brought to the size of `own`; a larger `painted` one gets the fine detail of `own`."""
    if tensor.ndim != 4 or tensor.shape[:2] != own.shape[:2] or tensor.shape[2:] == own.shape[2:]:
        return tensor
    if tensor.shape[2:] < own.shape[2:]:
        grown = F.interpolate(tensor, size=own.shape[2:], mode="bilinear")
        coarse = F.interpolate(own, size=tensor.shape[2:], mode="area")
        return grown + own - F.interpolate(coarse, size=own.shape[2:], mode="bilinear") if painted else grown
    return F.interpolate(tensor, size=own.shape[2:], mode="area")


@torch.no_grad()
def fitted_weights(tensors: dict[str, Tensor], renderer: NeuralRenderer) -> dict[str, Tensor]:
    """Weights to start from as they fit: maps of another size resized, and without those of hair kept as a picture
    where the new renderer keeps it on a shell."""
    own = dict(renderer.named_parameters())
    out = dict(tensors)
    for name in own.keys() & tensors.keys():
        if name.endswith((*PAINTED_NAMES, ".place", ".features")):
            out[name] = resized(tensors[name], own[name].detach(), name.endswith(PAINTED_NAMES))
    if renderer.config.shell is None or "fields.shell_radius" in tensors:
        return out
    out["fields.depth"] = tensors["fields.depth"][:, :1]
    for name in ("fields.maps.out.weight", "fields.maps.out.bias"):
        grown = torch.zeros_like(renderer.get_parameter(name))
        grown[: len(tensors[name])] = tensors[name]
        grown[4:8] = 0.0  # the flows of hair
        out[name] = grown
    for name in ("hair_canvas", "behind_canvas"):
        out.pop(name)
    return out


def half_precision_convolutions(renderer: NeuralRenderer) -> None:
    """Runs the decoders in bfloat16 from now on; coordinates and sampling stay in float32."""
    for decoder in (renderer.fields.maps, renderer.eyes, renderer.mouth):
        decoder.forward = torch.autocast("cpu", torch.bfloat16)(decoder.forward)  # type: ignore[method-assign]


def keep_memory() -> None:
    """Tells glibc to keep freed buffers: handing them back and faulting them in again took a quarter of every step."""
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None)
        m_trim_threshold, m_mmap_threshold = -1, -3
        libc.mallopt(m_mmap_threshold, 1 << 30)
        libc.mallopt(m_trim_threshold, (1 << 31) - 1)


class RendererTraining:
    """One renderer in training: model, optimiser, average, and the step."""

    def __init__(
        self, data: RendererPictures, config: RendererConfig, seed: int, weights: LossWeights,
        start: Path | str | None = None,
    ) -> None:  # fmt: skip
        torch.manual_seed(seed)
        self.data, self.weights = data, weights
        self.rng = np.random.default_rng(seed)
        self.renderer = NeuralRenderer(config)
        start_from_rest(self.renderer, data)
        if start is not None:
            load_fitting(self.renderer, fitted_weights(starting_tensors(start, "renderer"), self.renderer))
        self.renderer.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        half_precision_convolutions(self.renderer)
        painted = [p for n, p in self.renderer.named_parameters() if n.endswith(PAINTED_NAMES)]
        flows = [
            p for n, p in self.renderer.named_parameters() if n.endswith(("_basis.weight", ".depth", ".shell_radius"))
        ]
        named = {id(p) for p in painted + flows}
        rest = [p for p in self.renderer.parameters() if id(p) not in named]
        self.base_rates = (RATE, BASIS_RATE, CANVAS_RATE)
        self.optimizer = torch.optim.AdamW(
            [{"params": p, "weight_decay": w} for p, w in ((rest, 1e-3), (flows, 0.0), (painted, 0.0))],
            lr=RATE, betas=(0.9, 0.99), fused=True,
        )  # fmt: skip
        self.ema = Ema(self.renderer)
        self.guard, self.last_loss = FiniteLoss("renderer"), 0.0
        self.step_count = 0
        self._open_mouths: npt.NDArray[np.int64] | None = None
        self._looked_at = 0

    def rows_with_open_mouths(self) -> npt.NDArray[np.int64]:
        """Training rows that show teeth, tongue or the dark between the lips."""
        drawn = int(self.data.done.sum())
        if self._open_mouths is None or drawn >= 1.2 * self._looked_at:
            rows = self.data.training_rows()
            self._open_mouths = rows[[bool((self.data.region[row] == MOUTH).any()) for row in rows]]
            self._looked_at = drawn
        return self._open_mouths

    def batch(self, count: int, rows: npt.NDArray[np.int64] | None = None) -> tuple[Tensor, ...]:
        """Motion, pictures, rest, neutral, region of `count` random training rows, of `rows` where given."""
        rows = self.data.training_rows() if rows is None else rows
        if len(rows) == 0:
            raise TrainingError("The renderer's data set holds no drawn picture yet; let it be drawn first.")
        chosen = np.sort(self.rng.choice(rows, count))
        data = self.data
        arrays = (data.motion, data.pictures, data.rest, data.neutral, data.region)
        motion, pictures, rest, neutral, region = (torch.from_numpy(np.asarray(a[chosen])) for a in arrays)
        return motion, pictures, rest.float(), neutral.float(), region

    def _descend(self, loss: Tensor, factor: float) -> float:
        for group, base in zip(self.optimizer.param_groups, self.base_rates, strict=True):
            group["lr"] = base * factor
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.renderer.parameters(), 1.0)
        if self.guard.passes(self.step_count, loss, norm):
            self.optimizer.step()
            self.ema.update(self.renderer)
            self.last_loss = float(loss.detach())
        self.step_count += 1
        return self.last_loss

    def flow_step(self, factor: float) -> float:
        """One step of the flows alone; returns the error in pixels."""
        motion, _, rest, neutral, region = self.batch(FLOW_BATCH)
        fields = self.renderer.fields(motion * self.renderer.input_gain)
        return self._descend(flow_loss(fields, rest, neutral, region, self.data.size), factor)

    def picture_step(self, factor: float, batch: int = BATCH) -> float:
        """One step of everything; returns the loss."""
        size, kind = self.data.size, self.rng.random()
        rows, columns = WHOLE, WHOLE
        mouth = kind < MOUTH_CROP_SHARE and len(self.rows_with_open_mouths()) > 0
        if mouth:
            left, top, right, bottom = self.renderer.config.mouth_box
            edge = MOUTH_CROP_EDGE * size // 256
            rows, columns = slice(max(0, top - edge), bottom + edge), slice(max(0, left - edge), right + edge)
        elif kind < MOUTH_CROP_SHARE + FACE_CROP_SHARE:
            rows, columns = (slice(s.start * size // 256, s.stop * size // 256) for s in FACE_CROP)
        chosen = (MOUTH_BATCH * batch, self.rows_with_open_mouths()) if mouth else (batch, None)
        motion, pictures, rest, neutral, region = self.batch(*chosen)
        drawn, fields = self.renderer.compose(motion, rows, columns, eyes=not mouth)
        truth = premultiplied(pictures[:, rows, columns])
        weight = self.weight(fields.rest[:, 1].detach(), region, eyes=not mouth)[:, :, rows, columns]
        loss = picture_loss(drawn, truth, weight, self.weights.gradient)
        loss = loss + self.weights.flow * flow_loss(fields, rest, neutral, region, size)
        return self._descend(loss, factor)

    def weight(self, rest: Tensor, region: Tensor, eyes: bool = True) -> Tensor:
        """(B, 1, S, S) pixel weights from predicted rest offsets (B, 2, f, f) and true regions (B, f, f); 0 where eyes
        would be in a picture drawn without."""
        renderer, config = self.renderer, self.renderer.config
        place = rest + renderer.fields.grid.permute(0, 3, 1, 2)
        weight = torch.ones_like(place[:, 0])
        weight[box_mask(place, config.eyes_box, config.size)] = self.weights.eyes
        weight[box_mask(place, config.mouth_box, config.size)] = self.weights.mouth
        weight[inside_mask(region)] = self.weights.inside
        if not eyes:
            weight[box_mask(place, config.eyes_box, config.size)] = 0.0
        scale = config.size // config.field_size
        return weight[:, None].repeat_interleave(scale, 2).repeat_interleave(scale, 3)

    def averaged(self) -> NeuralRenderer:
        """The renderer with averaged weights, for use."""
        renderer = NeuralRenderer(self.renderer.config)
        renderer.load_state_dict(self.ema.shadow)
        return renderer.eval().requires_grad_(False)

    def save(self, checkpoint: Checkpoint, minutes: float) -> None:
        state = {"step": self.step_count, "minutes": minutes, "ema_steps": self.ema.steps}
        tensors: dict[str, dict[str, Tensor]] = {
            "model": {name: p.detach() for name, p in self.renderer.named_parameters()}, "ema": self.ema.shadow,
            "optimizer": optimizer_tensors(self.optimizer),
        }  # fmt: skip
        checkpoint.save(tensors, state, self.rng)

    def resume(self, checkpoint: Checkpoint) -> float:
        """Continues from a checkpoint; returns the minutes it had used."""
        tensors, state = checkpoint.load(self.rng, ("model", "ema", "optimizer"))
        checkpoint.load_into(self.renderer, tensors["model"])
        checkpoint.load_average(self.ema.shadow, tensors["ema"])
        load_optimizer_tensors(self.optimizer, tensors["optimizer"])
        self.step_count, self.ema.steps = state["step"], state["ema_steps"]
        return float(state["minutes"])


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
