"""Roll-outs on every core: scenes know nothing of each other, so processes share them out."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import TYPE_CHECKING

from echo_runtime.errors import EchoError
from echo_runtime.signals import FloatArray
from echo_runtime.training.evaluation.roll_outs import roll_out_scenes
from echo_runtime.training.evaluation.scenes import Scene

if TYPE_CHECKING:
    from echo_runtime.runtime.models import Models


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class RollOuts:
    """`roll_outs(scenes)` → motion (T, 60) of each; a context manager. Scene i draws its noise from seed + i, so the
    motions are the same in one process as in several.

    `models` work in this process; each of the `processes` − 1 others loads its own of the same package and backend,
    when there is enough to do for it.
    """

    def __init__(self, models: Models, model: str | None, backend: str, seed: int, processes: int) -> None:
        self._models, self._package, self._seed = models, (model, backend), seed
        self._others = max(0, processes - 1)
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> RollOuts:
        return self

    def __exit__(self, *ended: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def __call__(self, scenes: Sequence[Scene]) -> list[FloatArray]:
        if not self._others or len(scenes) < 2:
            return roll_out_scenes(self._models, scenes, self._seed)
        if self._pool is None:
            # spawned, not forked: the libraries behind the graphs have threads of their own
            self._pool = ProcessPoolExecutor(self._others, multiprocessing.get_context("spawn"))
        # the longest first, so that no process ends long after the others
        order = sorted(range(len(scenes)), key=lambda i: -scenes[i].frames)
        asked = {i: self._pool.submit(_roll_out, *self._package, scenes[i], self._seed + i) for i in order}
        found: dict[int, FloatArray] = {}
        for i in reversed(order):
            # this process takes what no other has begun, from the other end
            if asked[i].cancel():
                found[i] = roll_out_scenes(self._models, [scenes[i]], self._seed + i)[0]
        try:
            return [found[i] if i in found else asked[i].result() for i in range(len(scenes))]
        except BrokenProcessPool as error:
            raise EchoError(
                "A process of the evaluation was killed; memory may be short: use --processes 1."
            ) from error


@cache
def _loaded(model: str | None, backend: str) -> Models:
    from echo_runtime.runtime.models import load_models

    return load_models(model, backend)


def _roll_out(model: str | None, backend: str, scene: Scene, seed: int) -> FloatArray:
    return roll_out_scenes(_loaded(model, backend), [scene], seed)[0]
