"""Everything that the next step depends on, in one file, so that a run that was stopped or killed continues exactly."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

from echo_runtime.errors import TrainingError
from echo_runtime.training.atomic_writing import write_tensors, write_text


class Checkpoint:
    """Weights, moments, averages, random states and a JSON state as NAME.safetensors in a folder; replaced atomically.

    `tensors` are grouped: {"model": {...}, "ema": {...}, "optimizer": {...}}. `state` is any JSON: step, minutes, …
    The torch generator's state and a numpy generator's are kept beside them. NAME.json repeats the state for readers.
    """

    def __init__(self, folder: Path, name: str = "checkpoint") -> None:
        self.tensors_path, self.state_path = folder / f"{name}.safetensors", folder / f"{name}.json"

    def exists(self) -> bool:
        return self.tensors_path.exists()

    def save(
        self, tensors: Mapping[str, Mapping[str, Tensor]], state: dict[str, Any], rng: np.random.Generator
    ) -> None:
        """Raises TrainingError, and leaves the earlier checkpoint, when the disk is full or a value is not finite."""
        flat = {f"{group}/{name}": tensor for group, named in tensors.items() for name, tensor in named.items()}
        flat["random/torch"] = torch.get_rng_state()
        whole = {**state, "numpy_random": rng.bit_generator.state}
        # the state goes inside the tensor file: one rename changes both together
        write_tensors(self.tensors_path, flat, {"state": json.dumps(whole)})
        write_text(self.state_path, json.dumps(state, indent=1))

    def load(
        self, rng: np.random.Generator, expected: Collection[str] = ()
    ) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
        """Read back what `save` wrote, and set both random states.

        Raises TrainingError if it is damaged, or lacks one of the groups that are `expected`.
        """
        try:
            flat = load_file(self.tensors_path)
            with safe_open(self.tensors_path, "pt") as file:
                whole = json.loads(file.metadata()["state"])
            torch.set_rng_state(flat.pop("random/torch"))
            rng.bit_generator.state = whole.pop("numpy_random")
        except Exception as error:
            raise TrainingError(
                f"The checkpoint {self.tensors_path} cannot be read ({error}); delete it or use --no-resume."
            ) from error
        groups: dict[str, dict[str, Tensor]] = {}
        for key, tensor in flat.items():
            group, name = key.split("/", 1)
            groups.setdefault(group, {})[name] = tensor
        absent = [group for group in expected if group not in groups]
        if absent:
            raise TrainingError(
                f"The checkpoint {self.tensors_path} is of another version of this stage (it holds no {absent[0]}); "
                "use --no-resume or another --out."
            )
        return groups, whole

    def load_into(self, module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
        """A group of `load` into the module that it was saved from. Raises TrainingError when sizes differ."""
        own = module.state_dict()
        for name, tensor in tensors.items():
            if name not in own or own[name].shape != tensor.shape:
                here = f"is {list(own[name].shape)} here" if name in own else "is unknown here"
                raise TrainingError(
                    f"The checkpoint {self.tensors_path} is of a model of other sizes ({name} is {list(tensor.shape)} "
                    f"there and {here}); use another --out with --from {self.tensors_path.parent}, or --no-resume."
                )
        missing = [name for name, _ in module.named_parameters() if name not in tensors]
        if missing:
            raise TrainingError(
                f"The checkpoint {self.tensors_path} is of another model: it has no {missing[0]}; "
                f"use another --out with --from {self.tensors_path.parent}, or --no-resume."
            )
        module.load_state_dict(dict(tensors), strict=False)

    def load_average(self, shadow: dict[str, Tensor], tensors: Mapping[str, Tensor]) -> None:
        """A group of `load` into `Ema.shadow`. Raises TrainingError when the two are not of the same parameters."""
        if {k: v.shape for k, v in shadow.items()} != {k: v.shape for k, v in tensors.items()}:
            raise TrainingError(
                f"The averaged weights in {self.tensors_path} are of a model of other sizes; "
                f"use another --out with --from {self.tensors_path.parent}, or --no-resume."
            )
        with torch.no_grad():
            for name, value in tensors.items():
                shadow[name].copy_(value)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimiser's state as flat tensors, "parameter.name" -> tensor."""
    flat = {}
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            flat[f"{index}.{name}"] = value if isinstance(value, Tensor) else torch.tensor(float(value))
    return flat


@torch.no_grad()
def load_optimizer_tensors(optimizer: torch.optim.Optimizer, flat: Mapping[str, Tensor]) -> None:
    """The inverse of `optimizer_tensors`, for an optimiser built over the same parameters."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in flat.items():
        index, name = key.split(".", 1)
        parameter = parameters[int(index)]
        if value.shape == parameter.shape:
            # fused optimisers walk through memory: moments must lie in it as their parameter does (channels last)
            value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
