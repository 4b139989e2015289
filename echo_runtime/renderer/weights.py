"""A renderer's weights: half-precision tensors and its sizes, nothing pickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from echo_runtime.errors import PackageDamagedError
from echo_runtime.renderer.config import RendererConfig
from echo_runtime.renderer.neural_renderer import NeuralRenderer

WEIGHTS_NAME, CONFIG_NAME = "renderer.safetensors", "config.json"


def renderer_tensors(renderer: NeuralRenderer) -> dict[str, Tensor]:
    """All parameters as float16."""
    return {name: p.detach().to(torch.float16).contiguous() for name, p in renderer.named_parameters()}


def build_renderer(config: RendererConfig | Mapping[str, Any], tensors: Mapping[str, Tensor]) -> NeuralRenderer:
    """A renderer in evaluation mode from what `renderer_tensors` gave.

    Raises PackageDamagedError when names or shapes do not fit the configuration.
    """
    sizes = config if isinstance(config, RendererConfig) else RendererConfig.from_dict(dict(config))
    renderer = NeuralRenderer(sizes)
    try:
        renderer.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except RuntimeError as error:
        raise PackageDamagedError(
            f"The renderer's weights do not fit its sizes: {str(error).splitlines()[-1].strip()}"
        ) from error
    return renderer.eval().requires_grad_(False)


def save_renderer(directory: Path, renderer: NeuralRenderer) -> None:
    """Writes renderer.safetensors and config.json."""
    directory.mkdir(parents=True, exist_ok=True)
    save_file(renderer_tensors(renderer), directory / WEIGHTS_NAME)
    (directory / CONFIG_NAME).write_text(json.dumps(renderer.config.as_dict(), indent=1))


def load_renderer(directory: Path) -> NeuralRenderer:
    """Reads what `save_renderer` wrote. Raises PackageDamagedError."""
    try:
        config = json.loads((directory / CONFIG_NAME).read_text())
        tensors = load_file(directory / WEIGHTS_NAME)
    except Exception as error:
        raise PackageDamagedError(f"The renderer in {directory} cannot be read: {error}.") from error
    return build_renderer(config, tensors)
