"""When and how the NPC nods.

Listeners nod where the speaker pauses between clauses (Dittmann & Llewellyn 1968), and smaller, in backchannels, within
long turns. Their reaction takes about 0.4 s, and it is regular: that is what makes a nod an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FRAME_RATE
from echo_runtime.training.dyads import gestures
from echo_runtime.training.dyads.manner import Manner
from echo_runtime.training.dyads.turns import Voice

NOD_DELAY_S = (0.36, 0.48)
"""From the end of the partner's clause to the beginning of the nod."""
NOD_RAD = 0.12
"""Depth of an average nod."""
NOD_LENGTH_S = 0.6
BACKCHANNEL_CHANCE, BACKCHANNEL_SIZE = 0.15, 0.5
"""Of a nod at a clause end that is followed by less than a pause, and its depth against another's."""
SECOND_CHANCE, SECOND_SIZE = 0.2, 0.4
_LEAST_APART_S = 0.75


@dataclass(frozen=True)
class Nod:
    """Begins at `start` seconds; `size` 1 goes NOD_RAD deep; a `second`, smaller one may follow at once."""

    start: float
    size: float
    second: bool


def nods_of(
    random: np.random.Generator, seconds: float, partner: Voice, speaking: np.ndarray, manner: Manner
) -> list[Nod]:
    """The NPC's nods at the partner's pauses, and its backchannels. `speaking` (T,): who speaks does not nod."""
    pauses = partner.pauses()
    wanted = [(end, 1.0) for end in pauses if random.random() < manner.nod_chance]
    minor = [end for end in partner.clause_ends() if all(abs(end - p) > 0.3 for p in pauses)]
    wanted += [(end, BACKCHANNEL_SIZE) for end in minor if random.random() < BACKCHANNEL_CHANCE]
    nods: list[Nod] = []
    for end, size in sorted(wanted):
        start = end + random.uniform(*NOD_DELAY_S)
        depth = size * manner.nod_size * random.uniform(0.9, 1.1)
        second = size == 1.0 and random.random() < SECOND_CHANCE
        if start > seconds - 0.3 or (nods and start - nods[-1].start < _LEAST_APART_S):
            continue
        if speaking[int(start * FRAME_RATE)] < 0.5:
            nods.append(Nod(start, depth, second))
    return nods


def nodding(t: np.ndarray, nods: list[Nod]) -> np.ndarray:
    """(T,) pitch in units of NOD_RAD."""
    out = np.zeros(len(t))
    for nod in nods:
        near = slice(max(0, int(nod.start * FRAME_RATE)), int((nod.start + 1.5) * FRAME_RATE))
        out[near] += nod.size * gestures.nod(t[near], nod.start, NOD_LENGTH_S)
        if nod.second:
            out[near] += SECOND_SIZE * nod.size * gestures.nod(t[near], nod.start + 0.5, 0.55)
    return out
