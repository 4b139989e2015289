"""Whether two graphs compute the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from echo_runtime.backends.graph import Array, CompiledGraph


@dataclass(frozen=True)
class Tolerance:
    """How far a graph may be from the reference.

    `maximum` and `mean` are for real numbers, relative to the largest magnitude in the reference's output.
    `level_maximum` and `level_mean` are for uint8 pictures, in levels of 255; the maximum leaves out one value in a
    thousand. Arrays of four channels count as RGBA: colours are weighted by alpha, because nobody sees the others.
    `flips`: share of booleans and other whole numbers that may differ.
    """

    maximum: float
    mean: float
    level_maximum: float
    level_mean: float
    flips: float


# bf16 keeps 8 significant bits: one rounding is 0.4 %, a network adds up dozens of them. A picture's largest difference
# is at contours, where a warp that is off by a fraction of a pixel changes many levels and nobody sees it.
TOLERANCES = {
    "f32": Tolerance(maximum=5e-3, mean=5e-4, level_maximum=4, level_mean=0.05, flips=1e-3),
    "bf16": Tolerance(maximum=0.12, mean=0.015, level_maximum=48, level_mean=1.0, flips=0.02),
}

_SMALLEST_SCALE = 1e-3
"""Outputs that are all nearer to zero than this are compared as if they reached it."""


@dataclass(frozen=True)
class OutputParity:
    """Differences of one output over all trials, largest and mean, in the units of Tolerance."""

    kind: str
    maximum: float
    mean: float
    within: bool


@dataclass(frozen=True)
class Parity:
    """`outputs` in order. `within` is true when each is."""

    outputs: tuple[OutputParity, ...]

    @property
    def within(self) -> bool:
        return all(output.within for output in self.outputs)

    @property
    def worst(self) -> OutputParity:
        return max(self.outputs, key=lambda output: (not output.within, output.mean))

    def __str__(self) -> str:
        texts = []
        for number, output in enumerate(self.outputs):
            mark = "" if output.within else " OUT OF TOLERANCE"
            texts.append(f"output {number}: {output.kind} max {output.maximum:.3g} mean {output.mean:.3g}{mark}")
        return "; ".join(texts)


def compare_graphs(
    reference: CompiledGraph,
    candidate: CompiledGraph,
    trials: Sequence[Sequence[Array]],
    tolerance: Tolerance | None = None,
) -> Parity:
    """Run both on every trial (one sequence of input arrays each) and compare what they answer.

    The tolerance is by default the one of the candidate's precision.
    """
    tolerance = tolerance or TOLERANCES[candidate.precision]
    pairs = [(reference(*trial), candidate(*trial)) for trial in trials]
    outputs = range(len(pairs[0][0]))
    return Parity(tuple(_compare([(a[i], b[i]) for a, b in pairs], tolerance) for i in outputs))


def _compare(pairs: list[tuple[Array, Array]], tolerance: Tolerance) -> OutputParity:
    if any(a.shape != b.shape or a.dtype.kind != b.dtype.kind for a, b in pairs):
        return OutputParity("shape", float("inf"), float("inf"), within=False)
    truth = np.concatenate([a.ravel() for a, _ in pairs])
    answer = np.concatenate([b.ravel() for _, b in pairs])
    if truth.size == 0:
        return OutputParity("empty", 0.0, 0.0, within=True)
    if truth.dtype == np.uint8:
        difference = np.concatenate([np.abs(_visible(a) - _visible(b)).ravel() for a, b in pairs])
        largest, mean = float(np.quantile(difference, 0.999)), float(difference.mean())
        return OutputParity(
            "levels", largest, mean, largest <= tolerance.level_maximum and mean <= tolerance.level_mean
        )
    if truth.dtype.kind != "f":
        share = float((truth != answer).mean())
        return OutputParity("flips", float(share > 0), share, share <= tolerance.flips)
    finite = np.isfinite(truth)
    if not np.array_equal(finite, np.isfinite(answer)):
        return OutputParity("not finite", float("inf"), float("inf"), within=False)
    scale = max(float(np.abs(truth[finite]).max(initial=0.0)), _SMALLEST_SCALE)
    relative = np.abs(truth[finite] - answer[finite]) / scale
    largest, mean = float(relative.max(initial=0.0)), float(relative.sum() / max(1, relative.size))
    return OutputParity("relative", largest, mean, largest <= tolerance.maximum and mean <= tolerance.mean)


def _visible(picture: Array) -> Array:
    """float32 levels; premultiplied where the last axis is RGBA."""
    levels = picture.astype(np.float32)
    if levels.ndim and levels.shape[-1] == 4:
        levels[..., :3] *= levels[..., 3:] / 255.0
    return levels
