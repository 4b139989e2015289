"""The motion model on disk: motion.safetensors (generator), perception.safetensors (LPE), config.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from echo_runtime.context.low_level_perception import LowLevelPerception, PerceptionConfig
from echo_runtime.errors import PackageDamagedError
from echo_runtime.generator.flow_transformer import FlowConfig
from echo_runtime.generator.streaming import MotionGenerator, SamplingConfig

HALF_LIMIT = 6.0e4


def motion_config(generator: MotionGenerator, perception: LowLevelPerception) -> dict[str, Any]:
    """Every size and setting needed to build the two again."""
    return {
        "flow": generator.config.as_dict(),
        "sampling": generator.sampling.as_dict(),
        "perception": perception.config.as_dict(),
    }


def half_tensors(module: nn.Module) -> dict[str, Tensor]:
    """The module's weights as fp16."""
    return {
        k: v.detach().float().clamp(-HALF_LIMIT, HALF_LIMIT).half().contiguous() for k, v in module.state_dict().items()
    }


def build_motion(
    config: Mapping[str, Any], motion: Mapping[str, Tensor], perception: Mapping[str, Tensor]
) -> tuple[MotionGenerator, LowLevelPerception]:
    """Generator and LPE from their config and weights. Raises PackageDamagedError where they do not fit together."""
    try:
        sampling = dict(config["sampling"])
        sampling["grid"] = tuple(sampling["grid"])
        generator = MotionGenerator(FlowConfig(**config["flow"]), SamplingConfig(**sampling))
        lpe = LowLevelPerception(PerceptionConfig(**config["perception"]))
        for module, tensors in ((generator, motion), (lpe, perception)):
            module.load_state_dict({k: v.float() for k, v in tensors.items()})
    except (KeyError, TypeError, RuntimeError) as error:
        raise PackageDamagedError(
            f"The motion weights do not fit their config: {str(error).splitlines()[0]}"
        ) from error
    return generator.eval(), lpe.eval()


def load_motion(directory: Path) -> tuple[MotionGenerator, LowLevelPerception]:
    """What the motion stage wrote. Raises PackageDamagedError when a file is missing or is not what it should be."""
    try:
        config = json.loads((directory / "config.json").read_text())
        motion, perception = (load_file(directory / f"{n}.safetensors") for n in ("motion", "perception"))
    except (OSError, ValueError, SafetensorError) as error:
        raise PackageDamagedError(f"{directory} does not hold a motion model: {error}") from error
    return build_motion(config, motion, perception)


def random_motion(speech_dim: int, seed: int = 0) -> tuple[MotionGenerator, LowLevelPerception]:
    """An untrained model of the shipped size, for tests of what is around it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        perception = LowLevelPerception(PerceptionConfig())
        generator = MotionGenerator(FlowConfig(speech_dim=speech_dim, user_width=perception.config.width))
    return generator.eval(), perception.eval()
