"""Players of different temperament, and how a player's mood strays from their own through a dialogue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Temperament:
    """How likely a player does what. Chances in [0, 1]: `returns` a smile of the NPC's, `nods` at the end of a clause
    of the NPC's, `laughs` at a joke, `mocks` a mishap, `comforts` in a mishap or a sad moment, `turns_away` in a sad
    moment, `shouts` a line of small talk, `interrupts` a line of the NPC's. Per minute: `smiles` of their own;
    `glances` away while the NPC speaks. `shown`: how far feelings show on the player's face."""

    name: str
    returns: float
    smiles: float
    nods: float
    glances: float
    laughs: float
    mocks: float
    comforts: float
    turns_away: float
    shouts: float
    interrupts: float
    shown: float


TEMPERAMENTS: dict[str, Temperament] = {
    t.name: t
    for t in (
        Temperament("warm", 0.92, 2.2, 0.65, 0.8, 0.9, 0.02, 0.9, 0.02, 0.0, 0.02, 0.6),
        Temperament("cheerful", 0.95, 4.0, 0.4, 2.0, 0.95, 0.25, 0.5, 0.1, 0.03, 0.1, 0.8),
        Temperament("even", 0.6, 1.2, 0.35, 2.5, 0.6, 0.12, 0.45, 0.15, 0.02, 0.05, 0.4),
        Temperament("shy", 0.45, 0.8, 0.45, 6.0, 0.35, 0.02, 0.45, 0.15, 0.0, 0.0, 0.25),
        Temperament("restless", 0.4, 1.2, 0.2, 11.0, 0.5, 0.2, 0.2, 0.5, 0.05, 0.25, 0.5),
        Temperament("cold", 0.06, 0.15, 0.06, 3.5, 0.08, 0.15, 0.04, 0.6, 0.02, 0.05, 0.05),
        Temperament("hot-headed", 0.2, 0.6, 0.15, 2.5, 0.4, 0.5, 0.06, 0.4, 0.35, 0.3, 0.7),
    )
}
STRAY_CHANCE, RETURN_CHANCE = 0.1, 0.12
"""Per scene: of falling into the mood of another temperament, and of coming back."""


def moods(random: np.random.Generator, own: str, scenes: int) -> list[str]:
    """The temperament by which the player acts in each scene."""
    out, now = [], own
    for _ in range(scenes):
        if now == own and random.random() < STRAY_CHANCE:
            now = str(random.choice([name for name in TEMPERAMENTS if name != own]))
        elif now != own and random.random() < RETURN_CHANCE:
            now = own
        out.append(now)
    return out
