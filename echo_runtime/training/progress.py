"""What every training stage shares: a schedule by minutes, a progress line, resumable checkpoints, averaged weights.

A stage is given minutes, not steps, so that it always finishes its learning-rate schedule on whatever machine it runs.
A checkpoint holds everything that the next step depends on (weights, optimiser moments, averages, random states,
elapsed minutes), so that a resumed run continues exactly.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from echo_runtime.errors import TrainingError

LINE_SECONDS = 30.0
"""Between two lines of progress when the output is no terminal (a log file)."""


def cosine(fraction: float, warm_up: float = 0.02, floor: float = 0.02) -> float:
    """Learning-rate factor in [floor, 1] after `fraction` of the time: linear warm-up, then half a cosine."""
    if fraction < warm_up:
        return max(floor, fraction / warm_up)
    turn = min(1.0, (fraction - warm_up) / (1.0 - warm_up))
    return floor + (1.0 - floor) * (0.5 + 0.5 * math.cos(math.pi * turn))


class Minutes:
    """The clock and the progress line of one stage; a context manager.

    `already` are the minutes that earlier, interrupted runs have used. The clock stands still inside `pause()`d
    spans (evaluation is not training), which callers bracket with `pause` and `go_on`.
    """

    def __init__(self, title: str, minutes: float, already: float = 0.0) -> None:
        self.title, self.minutes, self._already = title, minutes, already
        self._started = time.monotonic()
        self._paused_at: float | None = None
        self._line_at = self._started
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            columns = (
                TextColumn(title), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeElapsedColumn(),
                TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[text]}"),
            )  # fmt: skip
            self._bar = Progress(*columns)
            self._task = self._bar.add_task(title, total=minutes, completed=0, text="")

    @property
    def elapsed(self) -> float:
        """Minutes of training so far, earlier runs included."""
        now = self._paused_at if self._paused_at is not None else time.monotonic()
        return self._already + (now - self._started) / 60.0

    @property
    def fraction(self) -> float:
        """Elapsed share of the minutes, at most 1."""
        return min(1.0, self.elapsed / max(self.minutes, 1e-9))

    @property
    def over(self) -> bool:
        return self.elapsed >= self.minutes

    def pause(self) -> None:
        if self._paused_at is None:
            self._paused_at = time.monotonic()

    def go_on(self) -> None:
        if self._paused_at is not None:
            self._started += time.monotonic() - self._paused_at
            self._paused_at = None

    def show(self, step: int, **values: float) -> None:
        """Advance the line; cheap, call it at every step."""
        text = f"step {step}  " + "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        if self._bar is not None:
            self._bar.update(self._task, completed=min(self.elapsed, self.minutes), text=text)
        elif time.monotonic() - self._line_at >= LINE_SECONDS:
            self._line_at = time.monotonic()
            left = max(0.0, self.minutes - self.elapsed)
            print(
                f"{self.title}  {100 * self.fraction:3.0f} %  {left:.1f} min left  {text}", file=sys.stderr, flush=True
            )

    def note(self, text: str) -> None:
        """A line that stays, above the bar."""
        (self._bar.console.print if self._bar is not None else lambda t: print(t, file=sys.stderr, flush=True))(text)

    def __enter__(self) -> Minutes:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


class Ema:
    """An exponential moving average of a module's floating-point parameters.

    The decay grows with the steps, min(decay, (1+n)/(10+n)), so that early averages are not stuck at the start.
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        self.decay, self.steps = decay, 0
        self.shadow = {name: p.detach().clone() for name, p in module.named_parameters()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        self.steps += 1
        keep = min(self.decay, (1 + self.steps) / (10 + self.steps))
        named = dict(module.named_parameters())
        values = [named[name].detach() for name in self.shadow]  # a loaded shadow may be in another order
        torch._foreach_lerp_(list(self.shadow.values()), values, 1.0 - keep)

    @torch.no_grad()
    def copy_to(self, module: nn.Module) -> None:
        for name, parameter in module.named_parameters():
            parameter.copy_(self.shadow[name])


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


class Checkpoint:
    """Everything a stage needs to continue, as NAME.safetensors and NAME.json in a folder; written atomically.

    `tensors` are grouped: {"model": {...}, "ema": {...}, "optimizer": {...}}. `state` is any JSON: step, minutes, …
    The torch generator's state and a numpy generator's are kept beside them.
    """

    def __init__(self, folder: Path, name: str = "checkpoint") -> None:
        self.tensors_path, self.state_path = folder / f"{name}.safetensors", folder / f"{name}.json"

    def exists(self) -> bool:
        return self.tensors_path.exists() and self.state_path.exists()

    def save(
        self, tensors: Mapping[str, Mapping[str, Tensor]], state: dict[str, Any], rng: np.random.Generator
    ) -> None:
        self.tensors_path.parent.mkdir(parents=True, exist_ok=True)
        flat = {f"{g}/{n}": t.detach().clone().contiguous() for g, group in tensors.items() for n, t in group.items()}
        flat["random/torch"] = torch.get_rng_state()
        whole = {**state, "numpy_random": rng.bit_generator.state}
        # the state goes inside the tensor file too: one rename makes both change together
        temporary = self.tensors_path.with_suffix(".part")
        save_file(flat, temporary, metadata={"state": json.dumps(whole)})
        os.replace(temporary, self.tensors_path)
        self.state_path.write_text(json.dumps(state, indent=1))

    def load(self, rng: np.random.Generator) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
        """Read back what `save` wrote, and set both random states. Raises TrainingError if it is damaged."""
        from safetensors import safe_open

        try:
            flat = load_file(self.tensors_path)
            with safe_open(self.tensors_path, "pt") as file:
                whole = json.loads(file.metadata()["state"])
        except Exception as error:
            raise TrainingError(
                f"The checkpoint {self.tensors_path} cannot be read ({error}); delete it or use --no-resume."
            ) from error
        torch.set_rng_state(flat.pop("random/torch"))
        rng.bit_generator.state = whole.pop("numpy_random")
        groups: dict[str, dict[str, Tensor]] = {}
        for key, tensor in flat.items():
            group, name = key.split("/", 1)
            groups.setdefault(group, {})[name] = tensor
        return groups, whole


def hardware() -> str:
    """The machine in a few words, for training.json."""
    name = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        name = models[0] if models else name
    return f"{name}, {os.cpu_count()} cores"
