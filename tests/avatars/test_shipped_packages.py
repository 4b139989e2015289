"""What is shipped loads, is small enough, and says where it comes from."""

from __future__ import annotations

import pytest

from echo_runtime.avatars import avatar_names, load_package, model_package, shipped_folder

LARGEST_FILE = 15_000_000
LARGEST_SUM = 40_000_000


def _packages() -> list[str]:
    model = ["model"] if (shipped_folder() / "model" / "model.json").is_file() else []
    return model + avatar_names()


@pytest.mark.parametrize("name", _packages() or [pytest.param("", marks=pytest.mark.skip("no package is shipped"))])
def test_every_shipped_package_is_whole_and_tells_its_origin(name: str) -> None:
    package = model_package() if name == "model" else load_package(name)
    manifest = package.manifest
    assert manifest.name == name
    assert manifest.licences
    assert manifest.credits
    stems = {file.removesuffix(".safetensors") for file in manifest.files if file.endswith(".safetensors")}
    assert stems
    assert manifest.training
    for record in manifest.training.values():
        assert record.command
        assert record.commit
    for stem in stems:
        assert all(array.dtype.name != "float64" for array in package.arrays(stem).values())
    if name != "model":
        assert package.reference().shape[:2] == manifest.size[::-1]


def test_sizes() -> None:
    files = [file for file in shipped_folder().rglob("*") if file.is_file()]
    too_large = {file.name: file.stat().st_size for file in files if file.stat().st_size > LARGEST_FILE}
    assert not too_large
    assert sum(file.stat().st_size for file in files) <= LARGEST_SUM


def test_nothing_pickled_is_shipped() -> None:
    allowed = {".json", ".safetensors", ".png"}
    assert {file.suffix for file in shipped_folder().rglob("*") if file.is_file()} <= allowed
