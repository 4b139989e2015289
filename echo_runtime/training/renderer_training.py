"""One renderer in training: the model, its optimiser and average, and the step.

Pictures are mostly drawn as crops, around the face, where all the difficulty is, and around open mouths.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from echo_runtime.errors import TrainingError
from echo_runtime.renderer import NeuralRenderer, RendererConfig
from echo_runtime.renderer.neural_renderer import WHOLE
from echo_runtime.training.progress import (
    Checkpoint,
    Ema,
    FiniteLoss,
    load_fitting,
    load_optimizer_tensors,
    optimizer_tensors,
    starting_tensors,
)
from echo_runtime.training.renderer_losses import (
    LossWeights,
    box_mask,
    flow_loss,
    inside_mask,
    picture_loss,
    premultiplied,
)
from echo_runtime.training.renderer_pictures import MOUTH, RendererPictures
from echo_runtime.training.renderer_sizes import PAINTED_NAMES, fitted_weights
from echo_runtime.training.renderer_start import start_from_rest

FLOW_BATCH, BATCH = 24, 4
RATE, BASIS_RATE, CANVAS_RATE = 2e-3, 1e-3, 2e-3
"""Peak rates of the decoders; of depth and flow bases, which start solved; of the painted layers."""
FLOW_NAMES = ("_basis.weight", ".depth", ".shell_radius")
"""Ends of the names of what starts solved."""
FACE_CROP = (slice(44, 228), slice(48, 212))
"""Rows and columns, at a side of 256, that hold the face in nearly every pose."""
FACE_CROP_SHARE = 0.4
MOUTH_CROP_SHARE = 0.4
MOUTH_CROP_EDGE, MOUTH_BATCH = 10, 2
"""Open mouths change most from frame to frame: crops of pixels (at a side of 256) around the mouth's box, in batches
so many times as large."""


def half_precision_convolutions(renderer: NeuralRenderer) -> None:
    """Runs the decoders in bfloat16 from now on; coordinates and sampling stay in float32."""
    for decoder in (renderer.fields.maps, renderer.eyes, renderer.mouth):
        decoder.forward = torch.autocast("cpu", torch.bfloat16)(decoder.forward)  # type: ignore[method-assign]


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
