"""--from: what fits is taken, the rest is named, and a wrong source is a sentence."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from echo_runtime.avatars import avatar_names, shipped_folder
from echo_runtime.errors import TrainingError
from echo_runtime.training.progress import load_fitting, start_from, starting_tensors


def module(width: int = 4) -> nn.Module:
    return nn.ModuleDict({"body": nn.Linear(3, 4), "head": nn.Linear(4, width)})


def test_weights_that_fit_are_taken_and_the_rest_is_named(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    old, new = module(12), module(13)
    half = {name: t.half().contiguous() for name, t in old.state_dict().items()}
    save_file({**half, "gone": torch.ones(1)}, tmp_path / "speech_encoder.safetensors")
    fresh_head = new.state_dict()["head.weight"].clone()
    fresh = start_from(new, tmp_path, "speech_encoder")
    assert fresh == ["head.weight [12, 4] -> [13, 4]", "head.bias [12] -> [13]"]
    assert torch.equal(new.state_dict()["body.weight"], old.state_dict()["body.weight"].half().float())
    assert torch.equal(new.state_dict()["head.weight"], fresh_head)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "fresh: head.weight [12, 4] -> [13, 4], head.bias" in said


def test_a_part_of_a_module_takes_weights_by_a_prefix(tmp_path: Path) -> None:
    old = nn.Linear(3, 4)
    save_file(old.state_dict(), tmp_path / "motion.safetensors")
    new = module()
    assert start_from(new, tmp_path, "motion", prefix="body.", say=lambda line: None) == []
    assert torch.equal(new.state_dict()["body.weight"], old.weight)


def test_nothing_that_fits_is_said() -> None:
    with pytest.raises(TrainingError, match="None of the weights"):
        load_fitting(nn.Linear(2, 2), {"weight": torch.ones(3, 3)})


@pytest.mark.parametrize("stem", ["speech_encoder", "motion", "perception", "renderer", "landmark_map"])
def test_every_stage_can_start_from_a_shipped_avatar(stem: str) -> None:
    """Its own renderer, the model beside it, and the map of landmarks that comes with the runtime."""
    name = avatar_names()[0]
    by_name, by_folder = (starting_tensors(source, stem) for source in (name, shipped_folder() / name))
    assert by_name
    assert by_name.keys() == by_folder.keys()
    assert all(t.dtype == torch.float32 for t in by_name.values() if t.is_floating_point())


def test_wrong_sources_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"There is no package or folder 'nobody'.*mira"):
        starting_tensors("nobody", "motion")
    with pytest.raises(TrainingError, match=r"holds no renderer\.safetensors to start --from \(it holds no weights\)"):
        starting_tensors(tmp_path, "renderer")
    (tmp_path / "motion.safetensors").write_bytes(b"no tensors")
    with pytest.raises(TrainingError, match="cannot be read"):
        starting_tensors(tmp_path, "motion")
    save_file({"weight": torch.tensor([float("nan")])}, tmp_path / "motion.safetensors")
    with pytest.raises(TrainingError, match="not finite in weight"):
        starting_tensors(tmp_path, "motion")
    (tmp_path / "avatar.json").write_text("{}")
    with pytest.raises(TrainingError, match=r"--from .*avatar\.json"):
        starting_tensors(tmp_path, "motion")
