"""What the player's face and voice do in a scene besides speaking, by temperament; and the smiles that the NPC offers.

Two things are marked, and happen nowhere else: laughing at the NPC's mishap (long, the head thrown back) and turning
away from its sad tale (the whole head, for seconds). So is their opposite: a slow nod with raised inner brows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from echo_runtime.training.dyads.listener import Smile
from echo_runtime.training.long_dialogues.placing import RAISED_GAIN, PlacedScene, Said
from echo_runtime.training.long_dialogues.rapport import MARKS, Evidence, Mark
from echo_runtime.training.long_dialogues.temperament import Temperament

OFFER_CHANCE = 0.33
"""Of a smile of the NPC's after one of its lines, but in its sad tales and mishaps."""
RETURN_S = (0.4, 0.9)
"""From the NPC's smile to the player's."""
NOD_S = 0.9
"""How long a nod of the player's lasts, its second, smaller one included (see dyads.player)."""


@dataclass(frozen=True)
class Span:
    """Something of the player's from `start` to `end` seconds; `size` signed, its meaning the list's."""

    start: float
    end: float
    size: float = 1.0


@dataclass(frozen=True)
class Deeds:
    """Times in seconds. `smiles`, `nods`, `surprises`: as in dyads; `glances` away, `size` their yaw in radians;
    `turned`: away with the whole head; `laughs` with the NPC; `mocking`: at it; `compassion`; `offered`: the NPC's
    smiles; `evidence` and `marks`: what the NPC will remember of it."""

    smiles: tuple[Smile, ...] = ()
    nods: tuple[float, ...] = ()
    surprises: tuple[float, ...] = ()
    glances: tuple[Span, ...] = ()
    turned: tuple[Span, ...] = ()
    laughs: tuple[Span, ...] = ()
    mocking: tuple[Span, ...] = ()
    compassion: tuple[Span, ...] = ()
    offered: tuple[Smile, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    marks: tuple[Mark, ...] = ()


def offered_smiles(random: np.random.Generator, placed: PlacedScene) -> tuple[Smile, ...]:
    """The NPC's own smiles, which do not depend on the player."""
    out = []
    for said in placed.of("npc"):
        chance, hold, height, late = random.random(4)
        if chance < OFFER_CHANCE and placed.scene.situation is None:
            out.append(Smile(said.end - 0.3 + 0.4 * late, 0.6 + 0.6 * hold, 0.35 + 0.25 * height))
    return tuple(out)


def raised(random: np.random.Generator, placed: PlacedScene, who: Temperament) -> PlacedScene:
    """The scene with some of the player's small talk said loudly."""
    chances = random.random(len(placed.said))
    said = [
        replace(s, gain=RAISED_GAIN)
        if s.line.speaker == "player" and s.line.emotion == "neutral" and chance < who.shouts
        else s
        for s, chance in zip(placed.said, chances, strict=True)
    ]
    return replace(placed, said=tuple(said))


def behave(
    random: np.random.Generator,
    placed: PlacedScene,
    who: Temperament,
    offered: tuple[Smile, ...],
    deadpan: bool = False,
    mark: str = "drawn",
) -> Deeds:
    """What `who` does in a scene whose NPC smiles as `offered`. `deadpan`: whatever the lines' feelings are, the
    player does the same. `mark`: what happens in a situation, of rapport.MARKS or "none"; "drawn": by `who`."""
    smiles: list[Smile] = []
    nods: list[float] = []
    surprises: list[float] = []
    glances: list[Span] = []
    evidence: list[Evidence] = [Evidence(t, "interrupted") for t in placed.interruptions]
    evidence += [Evidence(s.end, "raised_voice") for s in placed.of("player") if s.gain == RAISED_GAIN]
    for smile in offered:
        if random.random() < who.returns:
            smiles.append(
                Smile(smile.start + random.uniform(*RETURN_S), random.uniform(0.7, 1.5), random.uniform(0.6, 1.0))
            )
            evidence.append(Evidence(smile.start + 1.2, "smile_returned"))
        else:
            evidence.append(Evidence(smile.start + 1.5, "smile_ignored"))
    for said in placed.of("npc"):
        found = _nods(random, said, who)
        nods += found
        evidence += [Evidence(t + NOD_S, "nod") for t in found]
        glances += _glances(random, said, who)
        startling = said.line.emotion in ("surprised", "afraid") and not deadpan
        if random.random() < (0.7 if startling else 0.12) * (0.3 + 0.7 * who.shown):
            surprises.append(said.end - 0.2)
    evidence += [Evidence(g.end, "glance", g.end - g.start) for g in glances]
    for said in placed.of("player"):
        chance, other = random.random(2)
        cheerful = said.line.emotion in ("happy", "tender") and not deadpan
        if chance < who.smiles * (said.end - said.start + 1.5) / 60.0 or (cheerful and other < who.shown):
            smiles.append(Smile(said.end - 0.4, random.uniform(0.6, 1.4), random.uniform(0.45, 0.95)))
            evidence.append(Evidence(said.end + 0.6, "smiled"))
    deeds = Deeds(offered=offered)
    if placed.scene.kind == "joke" and random.random() < who.laughs:
        start = placed.said[-1].end + random.uniform(0.1, 0.35)
        deeds = replace(deeds, laughs=(Span(start, start + random.uniform(1.0, 1.8)),))
        evidence.append(Evidence(deeds.laughs[0].end, "laughed_along"))
    chance = random.random()
    if placed.scene.situation is not None:
        if mark == "drawn":
            mark = _drawn_mark(chance, placed.scene.situation, who)
        deeds = _marked(random, deeds, placed, mark)
        nods += list(deeds.nods)
        # who turns away or laughs does nothing else meanwhile
        busy = (*deeds.turned, *deeds.mocking)
        glances = [g for g in glances if not _meets(g, busy)]
        nods = [n for n in nods if not _meets(Span(n, n + NOD_S), busy)]
        smiles = [s for s in smiles if not _meets(Span(s.start, s.start + s.hold + 0.8), busy)]
        evidence += deeds.evidence
    last = placed.end - 0.2
    return replace(
        deeds,
        smiles=_apart(smiles, last),
        nods=tuple(_times_apart(nods, NOD_S + 0.1, last)),
        surprises=tuple(_times_apart(surprises, 1.5, last)),
        glances=tuple(g for g in glances if not _meets(g, deeds.turned)),
        evidence=tuple(sorted(evidence, key=lambda e: e.time)),
    )


def _drawn_mark(chance: float, situation: str, who: Temperament) -> str:
    hurts, mark = (who.mocks, "mocked") if situation == "mishap" else (who.turns_away, "turned_away")
    if chance < hurts:
        return mark
    return "comforted" if chance < hurts + who.comforts else "none"


def _marked(random: np.random.Generator, deeds: Deeds, placed: PlacedScene, mark: str) -> Deeds:
    """The marked behaviour of a situation; drawn numbers are the same for every mark."""
    told = placed.of("npc")
    late, length, side = random.random(3)
    size = 1.0 if side < 0.5 else -1.0
    if mark not in MARKS:
        return deeds
    situation = placed.scene.situation or ""
    if mark == "mocked":
        start = told[-1].end + 0.1 + 0.2 * late
        end = min(start + 1.8 + 0.8 * length, placed.end - 0.2)
        made = replace(deeds, mocking=(Span(start, end),))
    elif mark == "turned_away":
        start = told[len(told) // 2].start + 0.3 + 0.5 * late
        end = min(start + 2.6 + 1.4 * length, placed.end - 0.3)
        made = replace(deeds, turned=(Span(start, end, size * 0.6),))
    else:
        start = told[-1].end - 0.4 + 0.3 * late
        end = min(start + 2.0 + 0.8 * length, placed.end - 0.2)
        made = replace(deeds, compassion=(Span(start, end, size),), nods=(start + 0.2, start + 1.3))
    return replace(made, evidence=(Evidence(end, mark),), marks=(Mark(end, situation, mark),))


def _nods(random: np.random.Generator, said: Said, who: Temperament) -> list[float]:
    ends = [said.start + end for end in said.utterance.clause_ends()]
    return [end + random.uniform(0.15, 0.5) for end in ends if random.random() < who.nods]


def _glances(random: np.random.Generator, said: Said, who: Temperament) -> list[Span]:
    """At most one per line, so that the rate per minute of the NPC's speech is about `who.glances`."""
    length = said.end - said.start
    if random.random() >= 1.0 - np.exp(-who.glances * length / 60.0):
        return []
    start = said.start + random.uniform(0.0, 0.6) * length
    yaw = float(random.choice([-1.0, 1.0]) * random.uniform(0.35, 0.55))
    return [Span(start, start + random.uniform(0.8, 2.2), yaw)]


def _meets(span: Span, others: Iterable[Span]) -> bool:
    return any(span.start < o.end and o.start < span.end for o in others)


def _apart(smiles: list[Smile], last: float) -> tuple[Smile, ...]:
    """In order, none beginning while another is there."""
    kept: list[Smile] = []
    for smile in sorted(smiles, key=lambda s: s.start):
        free = not kept or smile.start > kept[-1].start + kept[-1].hold + 0.8
        if free and smile.start < last - 0.4:
            kept.append(smile)
    return tuple(kept)


def _times_apart(times: list[float], least_s: float, last: float) -> list[float]:
    kept: list[float] = []
    for time in sorted(times):
        if time < last - 0.7 and (not kept or time - kept[-1] >= least_s):
            kept.append(time)
    return kept
