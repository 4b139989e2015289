"""Reading a package: a folder with a manifest, weights as safetensors and a reference picture. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from echo_runtime.avatars.manifest import FORMAT_VERSION, MANIFEST_FILES, AvatarManifest, ModelManifest
from echo_runtime.errors import PackageDamagedError, PackageError, PackageVersionError

if TYPE_CHECKING:
    from torch import Tensor, nn

_LARGEST_MANIFEST = 1_000_000
"""Bytes. A manifest is a few kilobytes; anything near this is another file under its name."""


@dataclass(frozen=True)
class Package:
    """A verified package. `directory` holds the files that `manifest.files` lists."""

    manifest: AvatarManifest | ModelManifest
    directory: Path

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def sha256(self) -> str:
        """Of all files together: two packages with the same one compute the same."""
        listed = (f"{name} {self.manifest.files[name].sha256}\n" for name in sorted(self.manifest.files))
        return hashlib.sha256("".join(listed).encode()).hexdigest()

    def file(self, name: str) -> Path:
        """Path of a listed file. Raises PackageDamagedError when the manifest does not list it."""
        if name not in self.manifest.files:
            listed = ", ".join(sorted(self.manifest.files)) or "no file"
            raise PackageDamagedError(
                f"The package {self.directory} has no {name} (it lists {listed}); install it again."
            )
        return self.directory / name

    def has(self, stem: str) -> bool:
        """Whether the package holds weights of that name."""
        return f"{stem}.safetensors" in self.manifest.files

    def tensors(self, name: str) -> dict[str, Tensor]:
        """The tensors of `name`.safetensors, in the number types of the file (usually float16)."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = self.file(f"{name}.safetensors")
        try:
            return load_file(path)
        except (SafetensorError, OSError, ValueError) as error:
            raise PackageDamagedError(
                f"{path} is not a readable safetensors file ({error}); install it again."
            ) from error

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """As `tensors`, as numpy arrays and without torch."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        path = self.file(f"{name}.safetensors")
        try:
            return load_file(path)
        except (SafetensorError, OSError, ValueError) as error:
            raise PackageDamagedError(
                f"{path} is not a readable safetensors file ({error}); install it again."
            ) from error

    def load_into(self, module: nn.Module, name: str) -> None:
        """Copy the tensors of `name`.safetensors into the module, in the module's own number types.

        Raises PackageDamagedError when names or shapes differ from the module's, or a value is not finite.
        """
        import torch

        path = self.file(f"{name}.safetensors")
        tensors = self.tensors(name)
        for key, tensor in tensors.items():
            if tensor.is_floating_point() and not torch.isfinite(tensor).all():
                raise PackageDamagedError(
                    f"{path} holds values that are not finite in {key}; train or install it again."
                )
        try:
            module.load_state_dict(tensors)
        except RuntimeError as error:
            detail = " ".join(str(error).split())[:300]
            raise PackageDamagedError(
                f"{path} does not fit {type(module).__name__} as its manifest configures it ({detail}); "
                "install the package again or update echo-runtime."
            ) from error

    def reference(self) -> npt.NDArray[np.uint8]:
        """The reference picture, (H, W, 4) uint8 RGBA with straight alpha."""
        import cv2

        if not isinstance(self.manifest, AvatarManifest):
            raise PackageError(f"The package {self.directory} is a model, which has no reference picture.")
        path = self.file(self.manifest.reference)
        picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        if picture is None or picture.ndim != 3 or picture.dtype != np.uint8:
            raise PackageDamagedError(f"{path} is not a readable RGBA picture; install the package again.")
        order = cv2.COLOR_BGRA2RGBA if picture.shape[2] == 4 else cv2.COLOR_BGR2RGBA
        return np.asarray(cv2.cvtColor(picture, order), np.uint8)


def load_package(path_or_name: str | Path) -> Package:
    """Open the package in a folder, or a shipped avatar by its name; verifies size and SHA-256 of every listed file.

    Raises PackageError when there is none, PackageDamagedError when a file is missing or not what the manifest says,
    PackageVersionError when it was made for a newer runtime.
    """
    directory = _find(path_or_name)
    for file_name, kind in MANIFEST_FILES.items():
        if (directory / file_name).is_file():
            manifest = _read_manifest(directory / file_name, kind)
            break
    else:
        raise PackageError(f"{directory} is not an avatar package: it holds neither {' nor '.join(MANIFEST_FILES)}.")
    for name, record in manifest.files.items():
        _verify(directory / name, record.sha256, record.bytes)
    return Package(manifest, directory)


def _find(path_or_name: str | Path) -> Path:
    from echo_runtime.avatars.shipped_packages import avatar_names, shipped_folder

    path = Path(path_or_name).expanduser()
    if isinstance(path_or_name, str) and path_or_name in avatar_names():
        return shipped_folder() / path_or_name
    if path.is_dir():
        return path
    if path.name in MANIFEST_FILES and path.is_file():
        return path.parent
    known = ", ".join(avatar_names()) or "none is shipped"
    raise PackageError(f"There is no avatar package {str(path_or_name)!r}; give a folder or one of: {known}.")


def _read_manifest(path: Path, kind: type[AvatarManifest] | type[ModelManifest]) -> AvatarManifest | ModelManifest:
    again = "install the package again"
    try:
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise PackageDamagedError(f"{path} is too large for a manifest; {again}.")
        document = json.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise PackageDamagedError(f"{path} cannot be read ({error.strerror}); {again}.") from error
    except (ValueError, RecursionError) as error:
        raise PackageDamagedError(f"{path} is not valid JSON ({error}); {again}.") from error
    if not isinstance(document, dict):
        raise PackageDamagedError(f"{path} must hold a JSON object, not {type(document).__name__}; {again}.")
    version = document.get("format_version")
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT_VERSION:
        raise PackageVersionError(
            f"{path} has format version {version}, but this runtime reads up to {FORMAT_VERSION}; update echo-runtime."
        )
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the manifest"
        raise PackageDamagedError(f"{path} is not a valid manifest: {place}: {first['msg']}; {again}.") from error


def _verify(path: Path, sha256: str, size: int) -> None:
    again = "install the package again"
    try:
        found = path.stat().st_size
        if not path.is_file():
            raise PackageDamagedError(f"{path} is not a file; {again}.")
        if found != size:
            raise PackageDamagedError(f"{path} has {found} bytes, but its manifest says {size}; {again}.")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise PackageDamagedError(f"{path} is missing; {again}.") from error
    except OSError as error:
        raise PackageDamagedError(f"{path} cannot be read ({error.strerror}); {again}.") from error
    if digest != sha256:
        raise PackageDamagedError(f"{path} is damaged: its SHA-256 is not the one of its manifest; {again}.")
