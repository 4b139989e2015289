"""The tongue's path: one channel leads its tip from the mouth's floor to the ridge, between the teeth, and out.

The model has no shape for the tongue. Where its tip must go depends on the jaw (the ridge and the upper teeth stay with
the skull, the tongue rides on the jaw), so the path is made of places in the posed mouth, not of fixed deltas.
`tongueOut`: 0 rest, 0.25 tip raised to the ridge behind the upper teeth (L, N), 0.5 tip between the teeth (TH), 1 out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.mesh import LANDMARKS, HeadMesh
from echo_runtime.training.head.smoothstep import smoothstep

TONGUE = (16592, 17039)
"""Vertices of the tongue, a part of the M_GumsTongue material."""
KNOTS = np.array([0.0, 0.25, 0.5, 1.0])
_FLOOR_Y, _HEIGHT = -4.5, 1.25  # of the resting tongue's front half, cm
LOWER_LIP = int(LANDMARKS[66])


def incisors(mesh: HeadMesh, jaw_open: np.ndarray) -> tuple[int, int]:
    """Vertices at the edges of the upper and the lower middle incisors; `jaw_open` (V, 3) tells the rows apart."""
    teeth = np.unique(mesh.faces[mesh.of_material("M_Teeth")])
    front = teeth[(np.abs(mesh.vertices[teeth, 0]) < 0.8) & (mesh.vertices[teeth, 2] > 9)]
    moves = np.abs(jaw_open[front]).sum(1) > 0.5
    upper, lower = front[~moves], front[moves]
    return int(upper[np.argmin(mesh.vertices[upper, 1])]), int(lower[np.argmax(mesh.vertices[lower, 1])])


class Tongue:
    """Moves the tongue's vertices of a head (V, 3) along its path."""

    def __init__(self, mesh: HeadMesh, jaw_open: FloatArray) -> None:
        self.upper, self.lower = incisors(mesh, jaw_open)
        self.vertices: npt.NDArray[np.int64] = np.arange(*TONGUE)
        place = mesh.vertices[self.vertices]
        self.tip = int(np.argmax(place[:, 2]))
        self.share = smoothstep(4.5, 9.6, place[:, 2]) * smoothstep(2.6, 1.2, np.abs(place[:, 0]))
        self.level = np.clip((place[:, 1] - _FLOOR_Y) / _HEIGHT, 0, 1)

    def tip_path(self, head: FloatArray) -> np.ndarray:
        """(4, 3): where the tip lies at KNOTS in the posed mouth of `head` (V, 3)."""
        tip, upper, lower = head[self.vertices[self.tip]], head[self.upper], head[self.lower]
        between = (upper[1] + lower[1]) / 2
        return np.array(
            [
                tip,
                [tip[0], upper[1] + 0.62, upper[2] - 0.80],
                [tip[0], between, upper[2] + 0.35],
                [tip[0], min(between, head[LOWER_LIP, 1] + 0.1), upper[2] + 2.1],
            ]
        )

    def move(self, head: FloatArray, amount: float) -> None:
        """Changes `head` (V, 3) in place; `amount` in [0, 1] is the channel tongueOut."""
        if amount < 1e-3:
            return
        amount = min(amount, 1.0)
        path = self.tip_path(head)
        goal = np.array([np.interp(amount, KNOTS, path[:, k]) for k in range(3)])
        out = float(smoothstep(0.25, 0.5, amount))
        mine = head[self.vertices].astype(np.float64)
        # raised, only the tip curls up; put out, the whole blade slides
        share = self.share ** (1.5 - 0.5 * out)
        mine += share[:, None] * (goal - path[0])
        # between the teeth the blade is flat, and beyond them it droops towards the lip
        lower = head[self.lower]
        past = np.clip((mine[:, 2] - lower[2]) / max(goal[2] - lower[2], 0.1), 0, 1)
        gap = max(head[self.upper, 1] - lower[1], 0.12)
        middle = path[2, 1] + (goal[1] - path[2, 1]) * past
        flat = middle + (self.level - 0.5) * min(0.95 * gap, 0.7) * (1 - 0.35 * past**3)
        weight = out * smoothstep(lower[2] - 1.6, lower[2] - 0.3, mine[:, 2])
        mine[:, 1] += weight * (flat - mine[:, 1])
        head[self.vertices] = mine
