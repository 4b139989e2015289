"""Packages with untrained weights: everything around the models can be tested without the trained ones."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from echo_runtime.avatars import write_package
from echo_runtime.context.behaviour_transformer import BehaviourConfig, BehaviourTransformer
from echo_runtime.context.context_weights import context_config, context_tensors
from echo_runtime.context.high_level_context import HighLevelContext
from echo_runtime.generator.motion_weights import half_tensors, motion_config, random_motion
from echo_runtime.generator.speech_encoder import DEFAULT_CONFIG, SpeechEncoder
from echo_runtime.renderer import NeuralRenderer, RendererConfig, renderer_tensors

CAMERA = {"fov_deg": 20.0, "distance_m": 0.88}


def write_untrained_model(folder: Path) -> None:
    torch.manual_seed(0)
    encoder = SpeechEncoder(DEFAULT_CONFIG)
    generator, perception = random_motion(encoder.feature_dim)
    phi = BehaviourTransformer(BehaviourConfig(width=32, layers=1, heads=2, window=50))
    fusion = HighLevelContext(phi.config.width, perception.config.width)
    # untrained outputs are zero by construction; a little of everything makes conditions visible
    with torch.no_grad():
        for parameter in [*generator.parameters(), *perception.parameters(), *fusion.parameters()]:
            parameter.add_(0.05 * torch.randn_like(parameter))
    config = motion_config(generator, perception)
    manifest = {
        "kind": "model",
        "name": "model",
        "speech_encoder": asdict(DEFAULT_CONFIG),
        "motion": {"flow": config["flow"], "sampling": config["sampling"]},
        "perception": config["perception"],
        "context": context_config(phi, fusion),
    }
    tensors = {
        "speech_encoder": encoder.state_dict(),
        "motion": half_tensors(generator),
        "perception": half_tensors(perception),
        "context": context_tensors(phi, fusion),
    }
    write_package(folder, manifest, tensors)


def write_untrained_avatar(folder: Path, name: str = "blank") -> None:
    torch.manual_seed(1)
    config = RendererConfig(
        size=64, canvas_size=64, hair_size=64, back_size=32, eyes_box=(16, 16, 48, 32), mouth_box=(16, 32, 48, 48),
        field_size=32, field_channels=(16, 12, 8), expression_size=24, patch_channels=(32, 16), feature_groups=2,
        feature_channels=4,
    )  # fmt: skip
    renderer = NeuralRenderer(config)
    with torch.no_grad():
        for parameter in renderer.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    manifest = {
        "kind": "avatar",
        "name": name,
        "size": [64, 64],
        "camera": CAMERA,
        "style": {"name": "average"},
        "renderer": config.as_dict(),
    }
    reference = np.full((64, 64, 4), 128, np.uint8)
    write_package(folder, manifest, {"renderer": renderer_tensors(renderer)}, reference)
