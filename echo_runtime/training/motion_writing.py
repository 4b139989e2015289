"""The motion model on disk, as `generator.motion_weights.load_motion` reads it."""

from __future__ import annotations

import json
from pathlib import Path

from echo_runtime.context.behaviour_transformer import BehaviourTransformer
from echo_runtime.context.context_weights import context_config, context_tensors
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.context.low_level_perception import LowLevelPerception
from echo_runtime.generator.motion_weights import half_tensors, motion_config
from echo_runtime.generator.streaming import MotionGenerator
from echo_runtime.training.atomic_writing import write_tensors, write_text


def save_motion(
    directory: Path,
    generator: MotionGenerator,
    perception: LowLevelPerception,
    phi: BehaviourTransformer | None = None,
    context: HighLevelContext | None = None,
) -> None:
    """motion.safetensors, perception.safetensors (fp16) and config.json, each whole or not at all; with Φ and the
    fusion also context.safetensors and context.json.

    Raises TrainingError when the disk is full or a weight is not finite.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for name, module in (("motion", generator), ("perception", perception)):
        write_tensors(directory / f"{name}.safetensors", half_tensors(module))
    if phi is not None and context is not None:
        write_tensors(directory / "context.safetensors", context_tensors(phi, context))
        write_text(directory / "context.json", json.dumps(context_config(phi, context), indent=1) + "\n")
    write_text(directory / "config.json", json.dumps(motion_config(generator, perception), indent=1) + "\n")
