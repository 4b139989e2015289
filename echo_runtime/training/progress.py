"""What every training stage shares: a schedule by minutes, a progress line, a stop that saves, averaged weights.

A stage is given minutes, not steps, so that it always finishes its learning-rate schedule on whatever machine it runs.
The other parts of every stage are gathered here under one name: checkpoints, the guard against losses that are not
finite, weights to start from, files that are written whole or not at all.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import torch
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import nn

from echo_runtime.errors import TrainingError
from echo_runtime.training.atomic_writing import (
    replacing,
    require_space,
    write_arrays,
    write_bytes,
    write_tensors,
    write_text,
)
from echo_runtime.training.checkpoint import Checkpoint, load_optimizer_tensors, optimizer_tensors
from echo_runtime.training.finite_loss import FiniteLoss
from echo_runtime.training.starting_weights import load_fitting, start_from, starting_tensors

__all__ = [
    "Checkpoint",
    "Ema",
    "FiniteLoss",
    "Minutes",
    "TrainingStopped",
    "cosine",
    "hardware",
    "load_fitting",
    "load_optimizer_tensors",
    "optimizer_tensors",
    "replacing",
    "require_space",
    "start_from",
    "starting_tensors",
    "write_arrays",
    "write_bytes",
    "write_tensors",
    "write_text",
]

LINE_SECONDS = 30.0
"""Between two lines of progress when the output is no terminal (a log file)."""


def cosine(fraction: float, warm_up: float = 0.02, floor: float = 0.02) -> float:
    """Learning-rate factor in [floor, 1] after `fraction` of the time: linear warm-up, then half a cosine."""
    if fraction < warm_up:
        return max(floor, fraction / warm_up)
    turn = min(1.0, (fraction - warm_up) / (1.0 - warm_up))
    return floor + (1.0 - floor) * (0.5 + 0.5 * math.cos(math.pi * turn))


class TrainingStopped(TrainingError):
    """A signal ended a stage after what it had learned was saved. `status`: the exit status that shells expect."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Minutes:
    """The clock and the progress line of one stage; a context manager.

    `already` are the minutes that earlier, interrupted runs have used. The clock stands still inside `pause()`d
    spans (evaluation is not training), which callers bracket with `pause` and `go_on`.

    Ctrl-C and SIGTERM end the stage at the end of its step, in `show`: `keep` saves the checkpoint, then
    TrainingStopped says how to go on. A second one ends at once.
    """

    def __init__(
        self, title: str, minutes: float, already: float = 0.0, keep: Callable[[], None] | None = None
    ) -> None:
        if math.isnan(minutes) or minutes <= 0.0:
            raise TrainingError(f"{title} cannot train for {minutes:g} minutes; give --minutes a number above 0.")
        self.title, self.minutes, self._already, self._keep = title, minutes, already, keep
        self._signal: int | None = None
        self._earlier: dict[int, Any] = {}
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
        """Advance the line; cheap, call it at the end of every step. Raises TrainingStopped after a signal."""
        if self._signal is not None:
            self._stop(step)
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

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signal = number
        self._restore_signals()
        print("stopping at the end of this step; once more ends at once", file=sys.stderr, flush=True)

    def _restore_signals(self) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)
        self._earlier = {}

    def _stop(self, step: int) -> None:
        assert self._signal is not None
        elapsed = self.elapsed
        saved = "what it wrote before is kept"
        if self._keep is not None:
            self._keep()
            saved = "saved; the same command goes on from here"
        spent = f"{elapsed:.1f} of {self.minutes:g}" if math.isfinite(self.minutes) else f"{elapsed:.1f}"
        raise TrainingStopped(
            f"{self.title} was stopped at step {step}, after {spent} minutes: {saved}.", 128 + self._signal
        )

    def __enter__(self) -> Minutes:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._earlier[number] = signal.signal(number, self._on_signal)
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore_signals()
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
