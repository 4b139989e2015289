"""The package format: what is written comes back, and whatever is damaged is refused with one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from echo_runtime.avatars import Package, load_package, model_package, update_package, write_package
from echo_runtime.errors import PackageDamagedError, PackageError, PackageVersionError
from echo_runtime.signals import Style

TRAINING = {"command": "echo-runtime train renderer", "seed": 1, "commit": "abc", "hardware": "2 cores", "hours": 0.5}
AVATAR = {
    "kind": "avatar",
    "name": "mira",
    "size": [256, 256],
    "camera": {"fov_deg": 20.0, "distance_m": 1.2, "look_at": [0, 0.01, 0]},
    "style": {"name": "warm", "temperament": 0.7, "expressiveness": 0.9},
    "renderer": {"channels": [64, 32]},
    "credits": ["ICT-FaceKit"],
    "licences": ["MIT"],
    "training": {"renderer": TRAINING},
}


def _reference() -> np.ndarray:
    picture = np.random.default_rng(0).integers(0, 256, (16, 12, 4), np.uint8)
    picture[0, 0] = (200, 10, 30, 0)  # straight alpha: the colour under transparent pixels stays
    return picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    weights = {"layer.weight": torch.randn(8, 4), "layer.bias": torch.zeros(8), "steps": torch.tensor(3)}
    write_package(tmp_path / "mira", AVATAR, {"renderer": weights}, _reference())
    return tmp_path / "mira"


def test_what_is_written_is_read(folder: Path) -> None:
    package = load_package(folder)
    assert package.name == "mira"
    assert package.manifest.size == (256, 256)
    assert package.manifest.camera.look_at == (0, 0.01, 0)
    assert package.manifest.style.of_motion == Style(0.7, 0.9)
    assert package.manifest.renderer == {"channels": [64, 32]}
    assert package.manifest.training["renderer"].hours == 0.5
    assert set(package.manifest.files) == {"renderer.safetensors", "reference.png"}
    tensors = package.tensors("renderer")
    assert tensors["layer.weight"].dtype == torch.float16
    assert tensors["steps"].dtype == torch.int64
    assert int(tensors["steps"]) == 3
    assert np.array_equal(package.arrays("renderer")["layer.weight"], tensors["layer.weight"].numpy())
    assert np.array_equal(package.reference(), _reference())
    assert load_package(folder / "avatar.json").directory == folder


def test_weights_enter_a_module_of_their_shapes(tmp_path: Path) -> None:
    layer = nn.Linear(4, 8)
    package = write_package(tmp_path, AVATAR, {"renderer": layer.state_dict()}, _reference())
    other = nn.Linear(4, 8)
    package.load_into(other, "renderer")
    assert other.weight.dtype == torch.float32
    assert torch.allclose(other.weight, layer.weight, atol=1e-3)
    with pytest.raises(PackageDamagedError, match=r"renderer\.safetensors does not fit Linear"):
        package.load_into(nn.Linear(4, 9), "renderer")
    with pytest.raises(PackageDamagedError, match=r"has no speech\.safetensors"):
        package.tensors("speech")


def test_full_precision_is_kept_where_asked(tmp_path: Path) -> None:
    package = write_package(
        tmp_path, AVATAR, {"renderer": {"a": torch.rand(3), "b": torch.rand(3)}}, _reference(), full_precision={"a"}
    )
    tensors = package.tensors("renderer")
    assert (tensors["a"].dtype, tensors["b"].dtype) == (torch.float32, torch.float16)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e5])
def test_values_that_float16_cannot_hold_are_not_written(tmp_path: Path, value: float) -> None:
    with pytest.raises(PackageError, match="tensor w of renderer"):
        write_package(tmp_path / "p", AVATAR, {"renderer": {"w": torch.tensor([value])}}, _reference())
    assert not (tmp_path / "p").exists()


@settings(max_examples=25, deadline=None)
@given(
    place=st.integers(0, 10**6), bit=st.integers(0, 7), name=st.sampled_from(["renderer.safetensors", "reference.png"])
)
def test_any_flipped_bit_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: int, bit: int, name: str) -> None:
    folder = tmp_path_factory.mktemp("flip")
    write_package(folder, AVATAR, {"renderer": {"w": torch.ones(20)}}, _reference())
    data = bytearray((folder / name).read_bytes())
    data[place % len(data)] ^= 1 << bit
    (folder / name).write_bytes(data)
    with pytest.raises(PackageDamagedError, match=f"{name} is damaged") as caught:
        load_package(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "renderer.safetensors").unlink()
    with pytest.raises(PackageDamagedError, match=r"renderer\.safetensors is missing"):
        load_package(folder)


def test_a_cut_off_file_is_named_with_both_sizes(folder: Path) -> None:
    file = folder / "renderer.safetensors"
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(PackageDamagedError, match=rf"has {size - 10} bytes, but its manifest says {size}"):
        load_package(folder)


def _change(folder: Path, **changes: object) -> None:
    document = json.loads((folder / "avatar.json").read_text())
    (folder / "avatar.json").write_text(json.dumps({**document, **changes}))


def test_a_newer_format_is_refused_before_anything_else(folder: Path) -> None:
    _change(folder, format_version=2, files="another layout")
    with pytest.raises(PackageVersionError, match="format version 2, but this runtime reads up to 1; update"):
        load_package(folder)


def test_unknown_keys_of_the_same_format_are_ignored(folder: Path) -> None:
    _change(folder, mood_board=["later"])
    assert load_package(folder).name == "mira"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"format_version": "one"}, "format_version"),
        ({"format_version": 0}, "format_version"),
        ({"kind": "model"}, "kind"),
        ({"files": {"../../outside.safetensors": {"sha256": "0" * 64, "bytes": 1}}}, "files"),
        ({"files": {"/etc/passwd": {"sha256": "0" * 64, "bytes": 1}}}, "files"),
        ({"files": {"a.safetensors": {"sha256": "00", "bytes": 1}}}, "sha256"),
        ({"files": {"a.safetensors": {"sha256": "0" * 64, "bytes": -1}}}, "bytes"),
        ({"size": [256]}, "size"),
        ({"camera": {"fov_deg": 500, "distance_m": 1}}, "camera.fov_deg"),
        ({"style": 7}, "style"),
        ({"style": {"name": "wild", "temperament": 1.5}}, "style.temperament"),
        ({"style": {"name": "wild", "expressiveness": "much"}}, "style.expressiveness"),
        ({"training": {"renderer": {"command": "x"}}}, "training"),
        ({"renderer": None}, "renderer"),
    ],
)
def test_a_manifest_with_wrong_values_names_the_place(folder: Path, changes: dict, place: str) -> None:
    _change(folder, **changes)
    with pytest.raises(PackageDamagedError, match=r"avatar\.json is not a valid manifest") as caught:
        load_package(folder)
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b'"text"', b"[" * 5000, b" " * 1_000_001, b"{}"]
)
def test_garbage_in_place_of_the_manifest(folder: Path, text: bytes) -> None:
    (folder / "avatar.json").write_bytes(text)
    with pytest.raises(PackageDamagedError, match=r"avatar\.json"):
        load_package(folder)


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=80) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_in_place_of_the_manifest(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("garbage")
    (folder / "model.json").write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(PackageDamagedError):
        load_package(folder)


def test_a_file_that_is_no_safetensors_is_refused_even_with_the_right_hash(folder: Path) -> None:
    import hashlib

    junk = b"cos\nsystem\n(S'true'\ntR."  # what a pickle that runs a command looks like
    (folder / "renderer.safetensors").write_bytes(junk)
    document = json.loads((folder / "avatar.json").read_text())
    document["files"]["renderer.safetensors"] = {"sha256": hashlib.sha256(junk).hexdigest(), "bytes": len(junk)}
    _change(folder, files=document["files"])
    with pytest.raises(PackageDamagedError, match="not a readable safetensors"):
        load_package(folder).tensors("renderer")


def test_no_package_there(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="no avatar package 'nobody'"):
        load_package("nobody")
    with pytest.raises(PackageError, match="neither"):
        load_package(tmp_path)


def test_an_avatar_is_not_a_model(folder: Path) -> None:
    with pytest.raises(PackageError, match="where a model package is wanted"):
        model_package(folder)


def _model(folder: Path, **part: object) -> Package:
    manifest = {"kind": "model", "name": "model", "training": {str(part["stem"]): TRAINING}}
    return update_package(
        folder, {**manifest, str(part["stem"]): {"width": part["width"]}}, {str(part["stem"]): {"w": torch.ones(3)}}
    )


def test_stages_of_training_add_their_parts_to_the_model(tmp_path: Path) -> None:
    _model(tmp_path, stem="speech_encoder", width=8)
    package = _model(tmp_path, stem="motion", width=16)
    assert package.has("speech_encoder")
    assert package.has("motion")
    assert not package.has("perception")
    assert package.manifest.speech_encoder == {"width": 8}
    assert package.manifest.motion == {"width": 16}
    assert set(package.manifest.training) == {"speech_encoder", "motion"}
    assert _model(tmp_path, stem="motion", width=32).manifest.motion == {"width": 32}


def test_updating_keeps_the_reference(folder: Path) -> None:
    update_package(folder, {"style": {"name": "calm", "temperament": 0.2}}, {})
    package = load_package(folder)
    assert package.manifest.style.name == "calm"
    assert np.array_equal(package.reference(), _reference())
    assert "layer.weight" in package.tensors("renderer")


@pytest.mark.parametrize("style", ["warm", {"name": "warm"}, {"name": "warm", "index": 2}])
def test_styles_of_earlier_packages_are_average(folder: Path, style: object) -> None:
    _change(folder, style=style)
    found = load_package(folder).manifest.style
    assert found.model_dump() == {"name": "warm", "temperament": 0.5, "expressiveness": 0.5}
    assert found.of_motion == Style()


def test_writing_again_removes_what_is_no_longer_listed(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    write_package(folder, AVATAR, {"decoder": {"w": torch.ones(2)}}, _reference())
    assert {file.name for file in folder.iterdir()} == {
        "avatar.json", "decoder.safetensors", "reference.png", "notes.txt",
    }  # fmt: skip
