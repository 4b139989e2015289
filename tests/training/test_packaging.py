"""From the folders that stages write to packages that the runtime loads and draws with."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echo_runtime.avatars import avatar_names, load_package, shipped_folder
from echo_runtime.errors import TrainingError
from echo_runtime.renderer import build_renderer, save_renderer
from echo_runtime.runtime.models import load_models
from echo_runtime.signals import Style
from echo_runtime.training.packaging import package_avatar, package_model, style_name


def test_a_renderers_folder_becomes_an_avatar_that_draws_the_same(untrained, tmp_path, untrained_models):
    import cv2

    blank = load_package(untrained / "blank")
    renderer = build_renderer(blank.manifest.renderer, blank.tensors("renderer"))
    folder = tmp_path / "renderer"
    save_renderer(folder, renderer)
    cv2.imwrite(str(folder / "reference.png"), np.full((64, 64, 4), 200, np.uint8))
    (folder / "training.json").write_text(
        json.dumps({"command": "echo-runtime train renderer", "seed": 3, "hardware": "a desk", "hours": 0.5})
    )
    package = package_avatar(tmp_path / "bo", "bo", folder)
    assert package.manifest.training["renderer"].seed == 3
    assert package.manifest.style.of_motion == Style()
    lively = package_avatar(tmp_path / "bo", "bo", folder, Style(temperament=0.9))
    assert lively.manifest.style.name == "lively"
    kept = package_avatar(tmp_path / "bo", "bo", folder)
    assert kept.manifest.style.of_motion == Style(0.9, 0.5)
    motion = np.zeros(60, np.float32)
    again = untrained_models.avatar(str(tmp_path / "bo")).draw(motion)
    first = untrained_models.avatar(str(untrained / "blank")).draw(motion)
    np.testing.assert_allclose(again.astype(int), first.astype(int), atol=1)


def test_an_unfinished_stage_is_said(tmp_path):
    with pytest.raises(TrainingError, match="speech"):
        package_model(tmp_path / "model", speech=tmp_path / "speech")
    with pytest.raises(TrainingError, match="Nothing to package"):
        package_model(tmp_path / "model")


def test_folders_of_other_stages_are_said(tmp_path):
    (tmp_path / "config.json").write_text('{"size": 64}')
    with pytest.raises(TrainingError, match=r"says nothing of 'flow'; is .* the folder of another stage"):
        package_model(tmp_path / "model", motion=tmp_path)
    with pytest.raises(TrainingError, match=r"config\.json is missing"):
        package_avatar(tmp_path / "bo", "bo", tmp_path / "nothing")
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(TrainingError, match=r"config\.json cannot be read"):
        package_avatar(tmp_path / "bo", "bo", tmp_path)


@pytest.mark.parametrize(
    ("style", "name"),
    [(Style(), "average"), (Style(0.1, 0.9), "calm, expressive"), (Style(0.55, 0.2), "reserved"),
     (Style(0.9, 0.5), "lively")],
)  # fmt: skip
def test_a_style_has_a_name(style, name):
    assert style_name(style) == name


def test_what_is_shipped_says_how_it_was_trained_and_runs():
    assert "mira" in avatar_names()
    for name in ("model", "mira"):
        manifest = load_package(shipped_folder() / name).manifest
        assert manifest.credits
        assert manifest.licences
        for record in manifest.training.values():
            assert record.command.startswith("echo-runtime train")
            assert record.hours > 0
            assert record.commit != "unknown"
    picture = load_models(backend="eager").avatar("mira").draw(np.zeros(60, np.float32))
    assert picture.shape == (256, 256, 4)
    assert picture[4, 4, 3] == 0
    assert picture[128, 128, 3] == 255
