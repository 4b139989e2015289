"""Making packages: weights as float16 safetensors, hashes last, so that a cut-off write is noticed at the next load."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ValidationError

from echo_runtime.avatars.manifest import FORMAT_VERSION, AvatarManifest, ModelManifest
from echo_runtime.avatars.package import Package, load_package
from echo_runtime.errors import PackageError

if TYPE_CHECKING:
    from torch import Tensor

Tensors = Mapping[str, Mapping[str, "Tensor"]]


def write_package(
    directory: str | Path,
    manifest: Mapping[str, Any] | AvatarManifest | ModelManifest,
    tensors: Tensors,
    reference: npt.NDArray[np.uint8] | None = None,
    *,
    full_precision: Collection[str] = (),
) -> Package:
    """Write a package and load it back.

    `manifest`: as AvatarManifest or ModelManifest; `format_version` and `files` are filled in here.
    `tensors`: file stem → state dict; real numbers are stored as float16, except in tensors whose name is in
    `full_precision`. `reference`: (H, W, 4) uint8 RGBA, avatars only. Files of an earlier package in the folder that
    the new one does not list are removed. Raises PackageError when the manifest is not valid or a value does not fit.
    """
    folder = Path(directory)
    document = manifest.model_dump(mode="json") if isinstance(manifest, BaseModel) else dict(manifest)
    document["format_version"] = FORMAT_VERSION
    kind = AvatarManifest if document.get("kind") == "avatar" else ModelManifest
    files = {f"{stem}.safetensors": _safetensors(stem, parts, full_precision) for stem, parts in tensors.items()}
    if reference is not None:
        files[str(document.get("reference", "reference.png"))] = _png(reference)
    document["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)} for name, data in sorted(files.items())
    }
    if kind is AvatarManifest and reference is None:
        raise PackageError(f"The avatar {document.get('name')!r} needs a reference picture.")
    try:
        valid = kind.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise PackageError(
            f"The manifest for {folder} is not valid: {'.'.join(map(str, first['loc']))}: {first['msg']}."
        ) from error

    manifest_name = "avatar.json" if kind is AvatarManifest else "model.json"
    stale = _listed_files(folder / manifest_name) - set(files)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        _replace(folder / name, data)
    text = json.dumps(valid.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"
    _replace(folder / manifest_name, text.encode())
    for name in stale:
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    return load_package(folder)


def update_package(
    directory: str | Path,
    manifest: Mapping[str, Any],
    tensors: Tensors,
    reference: npt.NDArray[np.uint8] | None = None,
    *,
    full_precision: Collection[str] = (),
) -> Package:
    """Add or replace parts of a package, keeping the others: so each stage of training puts its weights into the model.

    As `write_package`; `manifest` holds only what changes. `training` records, credits and licences are merged.
    Where there is no package yet, it is written.
    """
    folder = Path(directory)
    if not any((folder / name).is_file() for name in ("avatar.json", "model.json")):
        return write_package(folder, manifest, tensors, reference, full_precision=full_precision)
    old = load_package(folder)
    document = old.manifest.model_dump(mode="json")
    for key, value in manifest.items():
        if key == "training":
            records = {str(manifest.get("name", old.name)): value} if "command" in value else value
            document[key] = {**document[key], **records}
        elif key in ("credits", "licences"):
            document[key] = list(dict.fromkeys([*document[key], *value]))
        else:
            document[key] = value
    kept = {
        name.removesuffix(".safetensors"): old.tensors(name.removesuffix(".safetensors"))
        for name in old.manifest.files
        if name.endswith(".safetensors") and name.removesuffix(".safetensors") not in tensors
    }
    # what an earlier stage kept in full precision stays so
    precise = {key for parts in kept.values() for key, tensor in parts.items() if str(tensor.dtype) == "torch.float32"}
    if reference is None and isinstance(old.manifest, AvatarManifest):
        reference = old.reference()
    return write_package(folder, document, {**kept, **tensors}, reference, full_precision={*full_precision, *precise})


def _safetensors(stem: str, parts: Mapping[str, Tensor], full_precision: Collection[str]) -> bytes:
    import torch
    from safetensors.torch import save

    ready = {}
    for key, tensor in parts.items():
        value = tensor.detach().cpu()
        if value.is_floating_point():
            if not torch.isfinite(value).all():
                raise PackageError(f"The tensor {key} of {stem} holds values that are not finite; it is not written.")
            if key not in full_precision:
                value = value.half()
                if not torch.isfinite(value).all():
                    raise PackageError(
                        f"The tensor {key} of {stem} holds values above 65504, which float16 cannot hold."
                    )
            else:
                value = value.float()
        # a copy of its own: safetensors refuses tensors that share memory, as tied weights and slices do
        ready[key] = value.clone(memory_format=torch.contiguous_format)
    return save(ready)


def _png(rgba: npt.NDArray[np.uint8]) -> bytes:
    import cv2

    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
        raise PackageError(f"The reference must be (H, W, 4) uint8 RGBA, not {rgba.dtype} {list(rgba.shape)}.")
    done, data = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    if not done:
        raise PackageError("The reference picture cannot be written as PNG.")
    return data.tobytes()


def _listed_files(manifest: Path) -> set[str]:
    """Plain file names that an earlier manifest lists; nothing when it cannot be read."""
    try:
        names = json.loads(manifest.read_text("utf-8"))["files"]
        return {name for name in names if Path(name).name == name}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _replace(path: Path, data: bytes) -> None:
    scratch = tempfile.NamedTemporaryFile(dir=path.parent, prefix=".writing-", delete=False)  # noqa: SIM115
    try:
        with scratch:
            scratch.write(data)
        os.chmod(scratch.name, 0o644)
        os.replace(scratch.name, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(scratch.name)
        error.filename = error.filename or str(path)  # a write that fails does not say which file it was
        raise
