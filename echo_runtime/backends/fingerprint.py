"""A name for a module's computation: what must be equal for a converted graph or a measured choice to be used again."""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import sys
import types
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_MODULE_INTERNALS = frozenset(vars(nn.Module())) | {"training"}


class _UnknownValueError(Exception):
    """An attribute whose influence on the computation cannot be judged."""


def weights_hash(module: nn.Module, example_inputs: tuple[Tensor, ...]) -> str:
    """SHA-256 over the class, every parameter and buffer (non-persistent ones too), and the shapes of the inputs."""
    digest = hashlib.sha256(type(module).__qualname__.encode())
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)};".encode())
        digest.update(_tensor_bytes(tensor))
    for tensor in example_inputs:
        digest.update(f"{tensor.dtype} {tuple(tensor.shape)};".encode())
    return digest.hexdigest()


def graph_fingerprint(module: nn.Module, example_inputs: tuple[Tensor, ...]) -> str | None:
    """As `weights_hash`, and over every plain attribute and the source code of the packages that define the module.

    None when an attribute is of a kind that cannot be judged; then a converted graph must not be used again.
    """
    digest = hashlib.sha256(weights_hash(module, example_inputs).encode())
    try:
        for name, part in module.named_modules():
            digest.update(f"{name}:{type(part).__module__}.{type(part).__qualname__};".encode())
            for key, value in sorted(vars(part).items()):
                if key not in _MODULE_INTERNALS:
                    digest.update(f"{key}={_text(value)};".encode())
    except _UnknownValueError:
        return None
    for package in sorted({type(part).__module__ for part in module.modules()}):
        digest.update(_source_hash(package).encode())
    digest.update(torch.__version__.encode())
    return digest.hexdigest()


def _tensor_bytes(tensor: Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


def _text(value: Any) -> str:
    """A text that is equal exactly when the value is."""
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | slice | PurePath | enum.Enum):
        return repr(value)
    if isinstance(value, torch.dtype | torch.device | torch.Size | np.dtype | np.generic):
        return repr(value)
    if isinstance(value, Tensor):
        return f"{value.dtype}{tuple(value.shape)}{hashlib.sha256(_tensor_bytes(value)).hexdigest()}"
    if isinstance(value, np.ndarray) and value.dtype != object:
        return f"{value.dtype}{value.shape}{hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}[{','.join(map(_text, value))}]"
    if isinstance(value, set | frozenset):
        return f"set[{','.join(sorted(map(_text, value)))}]"
    if isinstance(value, dict):
        return f"dict[{','.join(f'{_text(k)}:{_text(v)}' for k, v in value.items())}]"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return f"{type(value).__qualname__}({','.join(f'{name}={_text(item)}' for name, item in fields)})"
    if isinstance(value, type | types.BuiltinFunctionType | types.FunctionType) and "<" not in value.__qualname__:
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, nn.Module):  # a module held outside `_modules` hides its weights from the hash
        raise _UnknownValueError
    raise _UnknownValueError


@functools.lru_cache
def _source_hash(module_name: str) -> str:
    """Hash of the Python files of the top-level package that holds the module; torch is known by its version."""
    top = module_name.partition(".")[0]
    if top == "torch":
        return "torch"
    file = getattr(sys.modules.get(top), "__file__", None) or getattr(sys.modules.get(module_name), "__file__", None)
    if file is None:
        return module_name
    path = Path(file)
    files = sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path]
    digest = hashlib.sha256()
    for source in files:
        digest.update(f"{source.relative_to(path.parent)};".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()
