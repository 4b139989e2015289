"""`--from`: training that begins with weights of a package or of an earlier stage, as far as they fit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from echo_runtime.avatars import avatar_names, load_package
from echo_runtime.avatars.manifest import MANIFEST_FILES
from echo_runtime.avatars.shipped_packages import MODEL_NAME, shipped_folder
from echo_runtime.capture.landmark_map import WEIGHTS
from echo_runtime.errors import PackageError, TrainingError

NAMED = 6
"""So many tensors are named one by one; of more only their number is said."""


def starting_tensors(source: Path | str, stem: str) -> dict[str, Tensor]:
    """The weights `stem` (speech_encoder, motion, perception, renderer, landmark_map, …) of `source`, as float32.

    `source`: the name of a shipped package, or the folder of a package or of a training stage, or a .safetensors file.
    An avatar stands for itself and for the shared model beside it. Raises TrainingError when there is no such source,
    or none of these weights in it, or they are not finite.
    """
    path = _weights_file(source, stem)
    try:
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(f"{path} cannot be read ({error}); give --from another source.") from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise TrainingError(f"{path} holds values that are not finite in {name}; give --from another source.")
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}


def _weights_file(source: Path | str, stem: str) -> Path:
    path, file = Path(source).expanduser(), f"{stem}.safetensors"
    if path.suffix == ".safetensors" and path.is_file():
        return path
    shipped = [*avatar_names(), MODEL_NAME]
    if not path.exists() and str(source) in shipped:
        path = shipped_folder() / str(source)
    if path.name in MANIFEST_FILES and path.is_file():
        path = path.parent
    if not path.is_dir():
        raise TrainingError(
            f"There is no package or folder {str(source)!r} to start --from; give a folder that a training stage "
            f"wrote, or a package: {', '.join(shipped)}, or its folder."
        )
    folders = [path]
    packaged = any((path / name).is_file() for name in MANIFEST_FILES)
    if (path / "avatar.json").is_file():
        folders.append(path.parent / MODEL_NAME)
    if packaged and stem == WEIGHTS.stem:
        folders.append(WEIGHTS.parent)  # the map of landmarks is of no package: it comes with the runtime
    for folder in folders:
        if any((folder / name).is_file() for name in MANIFEST_FILES):
            try:
                if load_package(folder).has(stem):
                    return folder / file
            except PackageError as error:
                raise TrainingError(f"--from {source}: {error}") from error
        elif (folder / file).is_file():
            return folder / file
    found = sorted(p.stem for folder in folders if folder.is_dir() for p in folder.glob("*.safetensors"))
    raise TrainingError(
        f"{path} holds no {file} to start --from (it holds {', '.join(found) or 'no weights'}); "
        "give a package or the folder of this stage, trained until its first evaluation."
    )


@torch.no_grad()
def load_fitting(module: nn.Module, tensors: Mapping[str, Tensor]) -> list[str]:
    """Copies every tensor whose name and shape are the module's (parameters and buffers); the others stay fresh.

    Returns what did not fit: the module's tensors that stay fresh, with the two shapes where those differ. Build
    optimisers and averages afterwards. Raises TrainingError when nothing fits at all.
    """
    own, fresh = module.state_dict(), []
    for name, target in own.items():
        given = tensors.get(name)
        if given is None:
            fresh.append(name)
        elif given.shape != target.shape:
            fresh.append(f"{name} {list(given.shape)} -> {list(target.shape)}")
        else:
            target.copy_(given)
    if len(fresh) == len(own):
        raise TrainingError(
            f"None of the weights to start --from fits {type(module).__name__}: names or sizes of all differ."
        )
    return fresh


def start_from(
    module: nn.Module,
    source: Path | str,
    stem: str,
    prefix: str = "",
    say: Callable[[str], None] | None = None,
) -> list[str]:
    """`starting_tensors` and `load_fitting` in one, with a line on stderr that names what starts fresh.

    `prefix` is put before the names in the file, where the module holds what they name as a part.
    """
    tensors = {prefix + name: tensor for name, tensor in starting_tensors(source, stem).items()}
    fresh = load_fitting(module, tensors)
    if prefix:
        fresh = [name for name in fresh if name.startswith(prefix)]
    line = f"{stem} starts from {source}; " + (f"fresh: {_listed(fresh)}" if fresh else "everything fits")
    (say or _to_stderr)(line)
    return fresh


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
