"""What the player does at each frame, as the auxiliary targets of the behavioural memory see it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echo_runtime.signals import FRAME_RATE
from echo_runtime.training.dyads.listener import Smile
from echo_runtime.training.long_dialogues.behaviour import NOD_S, Deeds, Span
from echo_runtime.training.long_dialogues.placing import PlacedScene

LABELS = ("speaks", "smiles", "nods", "surprised", "looks_away", "ends_turn")
ENDS_TURN_S = 0.8
"""So long before the end of the player's turn it is about to end."""
SHORTEST_SMILE = 0.3
"""A smile of less height counts as none."""
_SURPRISE_S = 0.7


def turn_ends(scenes: Sequence[PlacedScene]) -> list[float]:
    """Seconds at which the player yields the floor: the NPC speaks next, or the scene ends."""
    ends = []
    for placed in scenes:
        said = sorted(placed.said, key=lambda s: s.start)
        for s, following in zip(said, [*said[1:], None], strict=True):
            if s.line.speaker == "player" and (following is None or following.line.speaker == "npc"):
                ends.append(s.end)
    return ends


def player_labels(activity: np.ndarray, deeds: Sequence[Deeds], ends: Sequence[float]) -> np.ndarray:
    """(T, 6) uint8, 0 or 1, columns LABELS. `activity` (T,) of the player's voice; `deeds` in the dialogue's time."""
    out = np.zeros((len(activity), len(LABELS)), np.uint8)
    out[:, 0] = activity > 0.5

    def mark(column: str, start: float, end: float) -> None:
        first = max(0, int(np.ceil(start * FRAME_RATE - 1e-6)))
        out[first : max(first, int(np.ceil(end * FRAME_RATE - 1e-6))), LABELS.index(column)] = 1

    for d in deeds:
        for smile in d.smiles:
            if smile.height >= SHORTEST_SMILE:
                mark("smiles", *_smile_span(smile))
        for laugh in (*d.laughs, *d.mocking):
            mark("smiles", laugh.start + 0.1, laugh.end - 0.1)
        for nod in d.nods:
            mark("nods", nod, nod + NOD_S)
        for time in d.surprises:
            mark("surprised", time + 0.08, time + _SURPRISE_S)
        for away in (*d.glances, *d.turned):
            mark("looks_away", *_away_span(away))
    for end in ends:
        mark("ends_turn", end - ENDS_TURN_S, end)
    return out


def _smile_span(smile: Smile) -> tuple[float, float]:
    """From half of its rise to half of its fall (see dyads.player)."""
    return smile.start + 0.15, smile.start + 0.3 + smile.hold + 0.25


def _away_span(span: Span) -> tuple[float, float]:
    return span.start + 0.1, span.end
