"""What a Style means in motion: the factors by which an NPC differs from the average one.

Both numbers of a style scale by `factor`, 0.55 at 0, 1 at 0.5, 1.45 at 1. People differ by about as much: spontaneous
blink rates in conversation spread from 10 to 40 a minute around 26 (Bentivoglio et al. 1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import Style

AVERAGE_SHARE = 0.3
"""Share of conversations whose NPC is exactly average."""


def factor(value: float) -> float:
    """0.55 at 0, 1 at 0.5, 1.45 at 1."""
    return 0.55 + 0.9 * value


@dataclass(frozen=True)
class Manner:
    """Factors of one NPC, 1 being average.

    From temperament: `blinks`, `saccades`, `flashes` (how often), `nod_size`, `sway` (amount) and `speed` (of sway);
    `nod_chance` is the probability of a nod at a pause of the partner, 0.85 to 0.95. From expressiveness: `faces`
    (faces of emotions), `smiles` (answered ones), `brows` (height of brow flashes).
    """

    blinks: float
    saccades: float
    flashes: float
    nod_size: float
    nod_chance: float
    sway: float
    speed: float
    faces: float
    smiles: float
    brows: float


def manner(style: Style) -> Manner:
    """The factors of `style`. Answered smiles and brow flashes spread less (0.7 to 1.3), so that all are seen."""
    lively, shown = factor(style.temperament), factor(style.expressiveness)
    mild = 1.0 + (shown - 1.0) * 2 / 3
    return Manner(
        blinks=lively,
        saccades=lively,
        flashes=lively,
        nod_size=1.0 + (lively - 1.0) * 0.8,
        nod_chance=0.85 + 0.1 * style.temperament,
        sway=lively,
        speed=1.0 + (lively - 1.0) * 0.6,
        faces=shown,
        smiles=mild,
        brows=mild,
    )


def draw_style(random: np.random.Generator) -> Style:
    """Uniform in both numbers; AVERAGE_SHARE of them exactly average."""
    average = random.random() < AVERAGE_SHARE
    temperament, expressiveness = random.random(2)
    return Style() if average else Style(float(temperament), float(expressiveness))
