"""Weights come back as they were, and damaged ones are refused with a sentence."""

import json
from pathlib import Path

import pytest
import torch

from echo_runtime.errors import PackageDamagedError
from echo_runtime.renderer import (
    NeuralRenderer,
    RendererConfig,
    build_renderer,
    load_renderer,
    renderer_tensors,
    save_renderer,
)
from echo_runtime.signals import MOTION_DIM


def test_round_trip_draws_the_same_picture(small_renderer: NeuralRenderer, tmp_path: Path) -> None:
    save_renderer(tmp_path, small_renderer)
    loaded = load_renderer(tmp_path)
    assert loaded.config == small_renderer.config
    motion = torch.rand(2, MOTION_DIM) * 0.2
    assert (loaded(motion) - small_renderer(motion)).abs().mean() < 2e-3  # half precision


def test_tensors_are_half_precision(small_renderer: NeuralRenderer) -> None:
    assert {t.dtype for t in renderer_tensors(small_renderer).values()} == {torch.float16}


def test_missing_tensor_is_named(small_renderer: NeuralRenderer) -> None:
    tensors = renderer_tensors(small_renderer)
    del tensors["hair_canvas"]
    with pytest.raises(PackageDamagedError, match="hair_canvas"):
        build_renderer(small_renderer.config, tensors)


def test_unknown_or_odd_sizes_are_refused(small_renderer: NeuralRenderer, tmp_path: Path) -> None:
    values = json.loads(json.dumps(small_renderer.config.as_dict()))
    assert RendererConfig.from_dict(values) == small_renderer.config
    with pytest.raises(PackageDamagedError, match="colour"):
        RendererConfig.from_dict({**values, "colour": 3})
    with pytest.raises(PackageDamagedError, match="divisible"):
        RendererConfig.from_dict({**values, "eyes_box": [0, 0, 17, 16]})
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(PackageDamagedError, match="cannot be read"):
        load_renderer(tmp_path)
