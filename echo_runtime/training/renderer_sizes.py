"""The sizes of a renderer for a data set, and earlier weights brought to them."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from echo_runtime.renderer import NeuralRenderer, RendererConfig
from echo_runtime.training.renderer_pictures import BASE_SIZE, RendererPictures

PAINTED_NAMES = ("_canvas", ".picture")
"""Ends of the names of what starts as a picture."""


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
