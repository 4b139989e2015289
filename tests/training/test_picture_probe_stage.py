from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner

from echo_runtime.commands.train import app
from echo_runtime.errors import TrainingError
from echo_runtime.signals import MOTION_DIM, MOTION_INDEX
from echo_runtime.training import picture_probe_stage
from echo_runtime.training.measures.picture_probe import load_probe, probe_features, probe_view


def pictures_of(count, held_out=16):
    """A disc that moves sideways with headYaw and whose brightness is jawOpen."""
    random = np.random.default_rng(0)
    motion = np.zeros((count, MOTION_DIM), np.float32)
    motion[:, MOTION_INDEX["headYaw"]] = random.uniform(-0.4, 0.4, count)
    motion[:, MOTION_INDEX["jawOpen"]] = random.uniform(0, 1, count)
    y, x = np.mgrid[:64, :64]
    pictures = np.zeros((count, 64, 64, 4), np.uint8)
    for picture, m in zip(pictures, motion, strict=True):
        disc = (x - 32 - 50 * m[MOTION_INDEX["headYaw"]]) ** 2 + (y - 32) ** 2 < 150
        picture[disc] = (255 * m[MOTION_INDEX["jawOpen"]], 80, 80, 255)
    rows = np.arange(count)
    return SimpleNamespace(
        pictures=pictures, motion=motion,
        training_rows=lambda: rows[: count - held_out], held_out_rows=lambda: rows[count - held_out :],
    )  # fmt: skip


def test_the_probe_learns_to_tell_the_motion_and_is_kept(tmp_path, monkeypatch):
    data = pictures_of(80)
    monkeypatch.setattr(picture_probe_stage, "open_pictures", lambda folder: data)
    found = picture_probe_stage.train_probe(tmp_path, tmp_path / "probe.safetensors", epochs=25)
    assert found["held_out_r"] > 0.5
    probe = load_probe(tmp_path / "probe.safetensors")
    views = np.stack([probe_view(p[..., :3]) for p in data.pictures[:8]])
    assert np.ptp(probe_features(views, probe), axis=0).max() > 0.1


def test_too_few_pictures_and_none_at_all_are_sentences(tmp_path, monkeypatch):
    arguments = ["probe", "--pictures", str(tmp_path), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, TrainingError)
    assert str(tmp_path) in str(result.exception)
    monkeypatch.setattr(picture_probe_stage, "open_pictures", lambda folder: pictures_of(40))
    with pytest.raises(TrainingError, match="24 pictures"):
        picture_probe_stage.train_probe(tmp_path, tmp_path / "probe.safetensors")
    assert not (tmp_path / "probe.safetensors").exists()
