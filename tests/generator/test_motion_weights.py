"""Saved and loaded again the model makes the same motion, to within half precision; damage is named."""

import pytest
import torch

from echo_runtime.errors import PackageDamagedError
from echo_runtime.generator.motion_weights import load_motion, random_motion
from echo_runtime.training.motion_writing import save_motion


def chunk(generator):
    g = torch.Generator().manual_seed(0)
    return generator.step(
        generator.initial_state(1), torch.randn(1, 14, 8, generator=g), torch.ones(1, 14),
        torch.randn(1, 16, 64, generator=g), torch.zeros(1, 10), torch.zeros(1, 2),
        torch.randn(1, 4, 60, generator=g),
    )[0]  # fmt: skip


def test_round_trip(tmp_path):
    generator, perception = random_motion(8)
    generator.codec.mean += 0.3
    generator.codec.scale *= 0.1
    save_motion(tmp_path, generator, perception)
    again, lpe = load_motion(tmp_path)
    torch.testing.assert_close(chunk(again), chunk(generator), atol=2e-3, rtol=0)
    assert lpe.config == perception.config
    assert sum(f.stat().st_size for f in tmp_path.iterdir()) < 8e6


@pytest.mark.parametrize("name", ["motion.safetensors", "perception.safetensors", "config.json"])
def test_damage_is_one_clear_error(tmp_path, name):
    save_motion(tmp_path, *random_motion(8))
    (tmp_path / name).write_bytes(b"not it")
    with pytest.raises(PackageDamagedError):
        load_motion(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(PackageDamagedError):
        load_motion(tmp_path)


def test_weights_of_another_size_are_refused(tmp_path):
    save_motion(tmp_path, *random_motion(8))
    (tmp_path / "config.json").write_text((tmp_path / "config.json").read_text().replace('"layers": 4', '"layers": 3'))
    with pytest.raises(PackageDamagedError, match="do not fit"):
        load_motion(tmp_path)
