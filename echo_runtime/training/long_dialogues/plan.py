"""A dialogue that is written and has its times, but is not yet performed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from echo_runtime.signals import FRAME_RATE, Style
from echo_runtime.training.dyads.manner import draw_style
from echo_runtime.training.dyads.pool import Character
from echo_runtime.training.long_dialogues.errands import ErrandWriter
from echo_runtime.training.long_dialogues.placing import PlacedScene, place
from echo_runtime.training.long_dialogues.script import ScriptWriter
from echo_runtime.training.long_dialogues.tales import TaleWriter
from echo_runtime.training.long_dialogues.temperament import TEMPERAMENTS, moods

Generator = Literal["tales", "errands"]
WRITERS: dict[str, Callable[[np.random.Generator, float], ScriptWriter]] = {
    "tales": TaleWriter,
    "errands": ErrandWriter,
}
LENGTH_S = (600.0, 1200.0)
GRID_FRAMES = 24
"""A dialogue's length is a multiple of this: of the generator's largest chunk (8) and of a behaviour summary (12)."""


@dataclass(frozen=True)
class PlannedScene:
    """`key`: seeds of everything drawn in it. `mood`: the temperament by which the player acts. `deadpan` and `mark`:
    see behaviour.behave."""

    placed: PlacedScene
    key: tuple[int, ...]
    mood: str
    deadpan: bool = False
    mark: str = "drawn"


@dataclass(frozen=True)
class Plan:
    """Everything that a dialogue's performance depends on."""

    seed: int
    generator: Generator
    key: tuple[int, ...]
    topics: Sequence[tuple[str, str, str]]
    scenes: tuple[PlannedScene, ...]
    npc: Character
    player: Character
    style: Style
    temperament: str

    @property
    def placed(self) -> list[PlacedScene]:
        return [scene.placed for scene in self.scenes]

    @property
    def frames(self) -> int:
        return round(self.scenes[-1].placed.end * FRAME_RATE)


@dataclass(frozen=True)
class Cast:
    """Who speaks, and how: `key` seeds it all."""

    key: tuple[int, ...]
    npc: Character
    player: Character
    style: Style
    temperament: str


def cast(seed: int, generator: Generator, pool: Sequence[Character], kind: int = 0) -> Cast:
    """Two of the pool's characters, the NPC's style and the player's temperament. `kind`: keeps dialogues of different
    purposes apart that have one seed."""
    key = (seed, sorted(WRITERS).index(generator), kind)
    random = np.random.default_rng([*key, 0])
    npc, player = (pool[i] for i in random.choice(len(pool), 2, replace=False))
    style = draw_style(random)
    return Cast(key, npc, player, style, str(random.choice(list(TEMPERAMENTS))))


def scene_key(who: Cast, number: int) -> tuple[int, ...]:
    return (*who.key, 2, number)


def write_plan(seed: int, generator: Generator, pool: Sequence[Character], minutes: float | None = None) -> Plan:
    """The plan of `seed`: the same every time for the same pool. `minutes`: its length, to within the last scene; by
    default drawn from LENGTH_S."""
    who = cast(seed, generator, pool)
    random = np.random.default_rng([*who.key, 1])
    length_s = float(random.uniform(*LENGTH_S))
    length_s = 60.0 * minutes if minutes is not None else length_s
    writer = WRITERS[generator](random, length_s)
    placed: list[PlacedScene] = []
    mood_random = np.random.default_rng([*who.key, 3])
    tempers = moods(mood_random, who.temperament, 4000)
    now = 0.0
    while now < length_s - 8.0:
        interrupts = TEMPERAMENTS[tempers[len(placed)]].interrupts
        placed.append(place(random, writer.scene(now), now, who.npc, who.player, interrupts))
        now = placed[-1].end
    placed[-1] = on_grid(placed[-1])
    scenes = [PlannedScene(p, scene_key(who, i), tempers[i]) for i, p in enumerate(placed)]
    return Plan(seed, generator, who.key, writer.topics, tuple(scenes), who.npc, who.player, who.style, who.temperament)


def on_grid(last: PlacedScene) -> PlacedScene:
    """The dialogue's last scene, made longer so that the whole is a multiple of GRID_FRAMES."""
    frames = -(-round(last.end * FRAME_RATE) // GRID_FRAMES) * GRID_FRAMES
    return replace(last, end=frames / FRAME_RATE)
