"""The packages inside this installation: one folder per avatar, and `model`, which all avatars share."""

from __future__ import annotations

from pathlib import Path

from echo_runtime.avatars.package import Package, load_package
from echo_runtime.errors import PackageError

MODEL_NAME = "model"


def shipped_folder() -> Path:
    """Where the shipped packages lie. A test or a trainer may look into it; nothing is written there at run time."""
    return Path(__file__).parent / "shipped"


def avatar_names() -> list[str]:
    """Names of the shipped avatars, sorted."""
    folder = shipped_folder()
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if (entry / "avatar.json").is_file())


def model_package(path: str | Path | None = None) -> Package:
    """The package that all avatars share, or the one in `path`. Raises as `load_package`."""
    folder = Path(path) if path is not None else shipped_folder() / MODEL_NAME
    if path is None and not (folder / "model.json").is_file():
        raise PackageError(
            "This installation holds no trained model; train one with `echo-runtime train speech`, then `motion`, "
            "or install a release."
        )
    package = load_package(folder)
    if package.manifest.kind != "model":
        raise PackageError(f"{folder} is the avatar {package.name}, where a model package is wanted.")
    return package
