"""The neural renderer: a motion frame to an RGBA picture of one NPC.

    motion -> fields -> where each pixel looks            (warp.py)
           -> eyes, mouth: patches of the rest picture    (patch.py)
    picture = hair over (face canvas, replaced by the patches where they lie) over neck over the hair behind,
              each sampled exactly once

Every layer holds premultiplied colour, so that sampling between opaque and empty leaves no fringe.
Motion and drawing are kept apart as in warping-based avatars (LivePortrait, arXiv 2407.03168); that all detail is drawn
at rest and moved afterwards is what lets a picture cost milliseconds on two CPU cores.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from echo_runtime.renderer.config import EYES_INPUTS, MOUTH_INPUTS, Box, RendererConfig
from echo_runtime.renderer.patch import PatchDecoder, feathered, patch_shape
from echo_runtime.renderer.sampling import (
    enlarged_by_stencils,
    enlargement,
    enlarging_stencils,
    pixel_grid,
    sample,
    sample_shared,
)
from echo_runtime.renderer.warp import INPUT_GAIN, Fields, MotionFields

WHOLE = slice(None)
NEAR = 8
"""Side in pixels of the squares whose mean colour empty pixels take."""
SURE = 0.06
"""Alpha from which on a pixel's own colour counts alone."""


def over(front: Tensor, back: Tensor) -> Tensor:
    """Premultiplied (B, 4, H, W) pictures, one over the other."""
    return front + (1.0 - front[:, 3:]) * back


class NeuralRenderer(nn.Module):
    """`forward(motion (B, 60)) -> (B, 4, H, W)` in [0, 1], sRGB with straight alpha, first row at the top.

    Motion is laid out as in `echo_runtime.signals.MOTION_NAMES`.
    """

    input_gain: Tensor
    grid: Tensor
    enlarge: Tensor
    stencils: Tensor
    eyes_feather: Tensor
    mouth_feather: Tensor
    atlas_scale: Tensor
    atlas_middle: Tensor

    def __init__(self, config: RendererConfig) -> None:
        super().__init__()
        self.config = config
        self.fields = MotionFields(config)
        self.eyes = PatchDecoder(EYES_INPUTS, config.eyes_box, config)
        self.mouth = PatchDecoder(MOUTH_INPUTS, config.mouth_box, config)
        self.neck_canvas = nn.Parameter(torch.zeros(1, 4, config.back_size, config.back_size))
        behind = config.behind_size or config.back_size
        self.behind_canvas = nn.Parameter(torch.zeros(1, 4, behind, behind))
        self.face_canvas = nn.Parameter(torch.zeros(1, 4, config.canvas_size, config.canvas_size))
        self.hair_canvas = nn.Parameter(torch.zeros(1, 4, config.hair_size, config.hair_size))
        self.register_buffer("input_gain", INPUT_GAIN.clone(), persistent=False)
        self.register_buffer("grid", pixel_grid(config.size, config.size), persistent=False)
        boxes = (config.eyes_box, config.mouth_box)
        self.register_buffer("stencils", enlarging_stencils(config.size // config.field_size), persistent=False)
        self.register_buffer("enlarge", enlargement(config.field_size, config.size), persistent=False)
        self.pixels_per_cm = config.size / (2.0 * config.view.distance * config.view.spread)
        self.atlas_box: Box = (
            min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes),
        )  # fmt: skip
        for name, box in (("eyes_feather", config.eyes_box), ("mouth_feather", config.mouth_box)):
            self.register_buffer(name, feathered(*patch_shape(box, config.patch_scale)), persistent=False)
        left, top, right, bottom = self.atlas_box
        # normalised rest coordinates -> normalised atlas coordinates
        scale = torch.tensor([config.size / (right - left), config.size / (bottom - top)])
        middle = torch.tensor([(left + right) / config.size - 1.0, (top + bottom) / config.size - 1.0])
        self.register_buffer("atlas_scale", scale, persistent=False)
        self.register_buffer("atlas_middle", middle, persistent=False)

    def atlas(self, motion: Tensor, eyes: bool = True) -> Tensor:
        """Scaled motion -> (B, 5, h, w): both patches in the box around them; premultiplied colour, alpha, coverage.

        Without `eyes` only the mouth's (training draws crops that show no eyes).
        """
        left, top, right, bottom = self.atlas_box
        scale, placed = self.config.patch_scale, []
        for decoder, box, feather in (
            (self.eyes, self.config.eyes_box, self.eyes_feather),
            (self.mouth, self.config.mouth_box, self.mouth_feather),
        ):
            if decoder is self.eyes and not eyes:
                continue
            drawn = decoder(motion)
            drawn = torch.cat([drawn * feather, feather.expand(drawn.shape[0], -1, -1, -1)], 1)
            sides = (box[0] - left, right - box[2], box[1] - top, bottom - box[3])
            placed.append(F.pad(drawn, [round(s * scale) for s in sides]))
        return placed[0] + placed[1] if eyes else placed[0]

    def compose(
        self, motion: Tensor, rows: slice = WHOLE, columns: slice = WHOLE, eyes: bool = True
    ) -> tuple[Tensor, Fields]:
        """(B, 60) motion -> (B, 4, h, w) premultiplied, not clamped, and the fields that it was drawn with.

        `rows`, `columns`: the part of the picture to draw (training draws crops), with or without the `eyes`.
        """
        motion = motion * self.input_gain
        fields = self.fields(motion)
        grid = self.grid[:, rows, columns]

        def enlarged(maps: Tensor) -> Tensor:
            if self.training or rows != WHOLE or columns != WHOLE:
                return self.enlarge[rows] @ maps @ self.enlarge[columns].T
            return enlarged_by_stencils(maps, self.stencils)

        def looked_up(offset: Tensor) -> Tensor:
            return grid + enlarged(offset).permute(0, 2, 3, 1)

        # every map is enlarged by itself: splitting large ones copies them
        rest = looked_up(fields.rest[:, 1])
        face = sample_shared(self.face_canvas, looked_up(fields.rest[:, 1] + fields.canvas))
        neck = sample_shared(self.neck_canvas, looked_up(fields.rest[:, 0]))
        # (the atlas is zero along its border, by the feathers)
        detail = sample(self.atlas(motion, eyes), (rest - self.atlas_middle) * self.atlas_scale)
        if fields.hair is None:
            hair = sample_shared(self.hair_canvas, looked_up(fields.rest[:, 2]))
            behind = sample_shared(self.behind_canvas, looked_up(fields.rest[:, 3]))
        else:
            hair, behind = (
                sample_shared(canvas, enlarged(fields.hair[:, i, :2]).permute(0, 2, 3, 1))
                * (enlarged(fields.hair[:, i, 2:]) * self.pixels_per_cm + 0.5).clamp(0.0, 1.0)
                for i, canvas in enumerate((self.hair_canvas, self.behind_canvas))
            )
        drawn = over(face * (1.0 - detail[:, 4:]) + detail[:, :4], over(neck, behind))
        drawn = over(hair, drawn)
        alpha = drawn[:, 3:]
        return torch.cat([drawn[:, :3] * enlarged(1.0 + fields.gain) + enlarged(fields.tint) * alpha, alpha], 1), fields

    def forward(self, motion: Tensor) -> Tensor:
        drawn, _ = self.compose(motion)
        drawn = drawn.clamp(min=0.0)
        alpha = drawn[:, 3:].clamp(max=1.0)
        # (nearly) empty pixels carry the colour of those near them, so that no filter of straight alpha meets black
        near = F.avg_pool2d(F.avg_pool2d(drawn, NEAR), 3, 1, 1)
        near = F.interpolate(near[:, :3] / (near[:, 3:] + 1e-3), scale_factor=float(NEAR), mode="nearest")
        sure = (alpha * (1.0 / SURE)).clamp(max=1.0)
        colour = sure * (drawn[:, :3] / alpha.clamp(min=1e-3)) + (1.0 - sure) * near
        return torch.cat([colour.clamp(max=1.0), alpha], 1)


class PictureGraph(nn.Module):
    """What is compiled for run time: `forward(motion (B, 60)) -> (B, H, W, 4)` uint8 RGBA, straight alpha."""

    def __init__(self, renderer: NeuralRenderer) -> None:
        super().__init__()
        self.renderer = renderer

    def forward(self, motion: Tensor) -> Tensor:
        picture = self.renderer(motion) * 255.0 + 0.5
        return picture.permute(0, 2, 3, 1).to(torch.uint8)
