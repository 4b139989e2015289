"""The HBCU on disk: context.safetensors (Φ under `phi.`, the fusion under `context.`) and its sizes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from echo_runtime.context.behaviour_transformer import BehaviourConfig, BehaviourTransformer
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.errors import PackageDamagedError

_PREFIXES = ("phi.", "context.")


def context_config(phi: BehaviourTransformer, context: HighLevelContext) -> dict[str, Any]:
    """Every size needed to build the two again."""
    return {"behaviour": phi.config.as_dict(), "width": context.width, "heads": context.heads}


def context_tensors(phi: BehaviourTransformer, context: HighLevelContext) -> dict[str, Tensor]:
    """Both as fp16, under one roof."""
    parts: tuple[nn.Module, ...] = (phi, context)
    return {
        prefix + name: tensor.detach().half().contiguous()
        for prefix, module in zip(_PREFIXES, parts, strict=True)
        for name, tensor in module.state_dict().items()
    }


def build_context(
    config: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> tuple[BehaviourTransformer, HighLevelContext]:
    """Φ and the fusion, in evaluation mode. Raises PackageDamagedError where sizes and weights do not fit together."""
    try:
        phi = BehaviourTransformer(BehaviourConfig(**config["behaviour"]))
        context = HighLevelContext(phi.config.width, int(config["width"]), int(config["heads"]))
        for prefix, module in zip(_PREFIXES, (phi, context), strict=True):
            own = {k.removeprefix(prefix): v.float() for k, v in tensors.items() if k.startswith(prefix)}
            module.load_state_dict(own)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise PackageDamagedError(f"The weights of the context do not fit their config: {reason}") from error
    return phi.eval(), context.eval()


def load_context(directory: Path) -> tuple[BehaviourTransformer, HighLevelContext]:
    """What a training stage wrote: context.safetensors and context.json. Raises PackageDamagedError when a file is
    missing or is not what it should be."""
    try:
        config = json.loads((directory / "context.json").read_text("utf-8"))
        tensors = load_file(directory / "context.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise PackageDamagedError(f"{directory} does not hold a context: {error}") from error
    return build_context(config, tensors)
