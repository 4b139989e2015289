"""Pairs of dialogues that are the same in their last 60 seconds, bit for bit, and different only before.

"words": in one member a tale is told with one feeling, in the other with another; nothing else differs, neither sound
nor face. In the last minute its topic is mentioned. "behaviour": the words are the same, but the player of one member
was warm and gave comfort, that of the other cold and hurt; in the last minute the NPC's sad moment or mishap is back.
Each member holds the NPC's right expression of its own history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.errors import TrainingError
from echo_runtime.signals import FRAME_RATE
from echo_runtime.training.dyads.pool import Character, default_pool
from echo_runtime.training.long_dialogues.dialogue import LongDialogue, load_dialogue, save_dialogue
from echo_runtime.training.long_dialogues.performance import perform
from echo_runtime.training.long_dialogues.placing import LEAD_S, PlacedScene, place
from echo_runtime.training.long_dialogues.plan import (
    WRITERS,
    Cast,
    Generator,
    Plan,
    PlannedScene,
    cast,
    on_grid,
    scene_key,
)
from echo_runtime.training.long_dialogues.script import MENTIONED, SITUATIONS, Scene, ScriptWriter
from echo_runtime.training.speech.corpus import Progress

PairKind = Literal["words", "behaviour"]
PAIR_KINDS: tuple[PairKind, ...] = ("words", "behaviour")
TAIL_S = 60.0
"""So much of the end is the same in both."""
FRESH_S = 20.0
"""How long what a mention recalls is plainly seen."""
_ATTEMPTS = 20
_MARGIN_S = 2.0
"""The scenes of the end begin so much earlier: the scene before is blended into their first 0.6 seconds."""
CALLBACK_S = (60.0, 420.0)
"""From the differing tale to the end's beginning."""
HISTORY_S = (150.0, 480.0)
"""Of behaviour that differs."""


@dataclass(frozen=True)
class DialoguePair:
    """Two members whose last TAIL_S seconds are the same but for the NPC. `from_s`, `to_s`: where in them the history
    shows most: while what was mentioned is fresh, or the situation lasts."""

    kind: PairKind
    first: LongDialogue
    second: LongDialogue
    from_s: float
    to_s: float


def generate_pair(
    kind: PairKind,
    seed: int,
    generator: Generator = "errands",
    pool: Sequence[Character] | None = None,
    sound: bool = False,
) -> DialoguePair:
    """The pair of `seed`, of 4 to 10 minutes. `pool`, `sound`: as in `generate_dialogue`."""
    pool = default_pool(generator == "errands") if pool is None else pool
    for attempt in range(_ATTEMPTS):
        who = cast(seed, generator, pool, 1 + PAIR_KINDS.index(kind) + attempt * len(PAIR_KINDS))
        random = np.random.default_rng([*who.key, 1])
        writer = WRITERS[generator](random, HISTORY_S[1])
        plans = (_words if kind == "words" else _behaviour)(seed, generator, who, writer, random)
        first, second = (perform(plan, sound) for plan in plans)
        if _shows(kind, first) and _shows(kind, second):
            return _pair(kind, first, second)
    raise TrainingError(f"No pair of {kind} came of seed {seed}; choose another seed.")


def _shows(kind: PairKind, d: LongDialogue) -> bool:
    """Whether there is something to remember: the tracker may have lost the face just then."""
    remembered = d.callbacks if kind == "words" else d.behavioural_callbacks
    return bool(remembered) and float((d.player_face[-tail_frames() :, -1] > 0.5).mean()) > 0.9


def _pair(kind: PairKind, first: LongDialogue, second: LongDialogue) -> DialoguePair:
    if kind == "words":
        since = first.callbacks[-1].mentioned_s
        return DialoguePair(kind, first, second, since, since + FRESH_S)
    there = first.behavioural_callbacks[-1]
    return DialoguePair(kind, first, second, there.start_s, there.end_s)


class _Stage:
    """Places scene after scene."""

    def __init__(self, who: Cast, random: np.random.Generator) -> None:
        self.who, self.random, self.now = who, random, 0.0
        self.placed: list[PlacedScene] = []

    def play(self, scene: Scene) -> PlacedScene:
        silence = None if scene.kind in ("tale", "mishap", "joke") else self.random.uniform(LEAD_S, 2.0)
        placed = place(self.random, scene, self.now, self.who.npc, self.who.player, silence_s=silence)
        self.placed.append(placed)
        self.now = placed.end
        return placed

    def until(self, time: float, scene: Callable[[], Scene]) -> None:
        while self.now < time:
            self.play(scene())


def _tail(stage: _Stage, writer: ScriptWriter, scene: Scene) -> None:
    """Small talk, the scene that brings it back, small talk again; the whole a little longer than TAIL_S, and the scene
    in its middle."""
    begun = stage.now

    def short() -> Scene:
        talk = writer.small_talk()
        return replace(talk, lines=talk.lines[:2])

    stage.until(begun + 20.0, writer.small_talk)
    stage.play(scene)
    stage.until(max(stage.now + 9.0, begun + TAIL_S + _MARGIN_S), short)
    stage.placed[-1] = on_grid(stage.placed[-1])


def _words(
    seed: int, generator: Generator, who: Cast, writer: ScriptWriter, random: np.random.Generator
) -> tuple[Plan, Plan]:
    topic = int(random.integers(len(writer.topics)))
    one, other = (str(e) for e in random.choice(EMOTIONS[1:], 2, replace=False))
    teller: Literal["player", "npc"] = "player" if random.random() < 0.6 else "npc"
    if teller == "npc":
        # a sad tale of the NPC's own would be a situation, in which behaviour counts
        one, other = (e if e != "sad" else "tender" if "tender" not in (one, other) else "afraid" for e in (one, other))
    tale, otherwise = _alike(writer, topic, one, other, teller)
    stage = _Stage(who, random)
    stage.play(writer.greeting())
    stage.until(stage.now + random.uniform(10.0, 30.0), writer.small_talk)
    told = stage.play(tale)
    stage.until(stage.now + float(np.exp(random.uniform(*np.log(CALLBACK_S)))), writer.small_talk)
    _tail(stage, writer, writer.mention(topic, tale.said & otherwise.said))
    moods = [who.temperament] * len(stage.placed)
    plan = _plan(seed, generator, who, writer, stage.placed, moods, ["drawn"] * len(moods))
    at = stage.placed.index(told)
    lines = [replace(s, line=line) for s, line in zip(told.said, otherwise.lines, strict=True)]
    scenes = [replace(scene, deadpan=i == at) for i, scene in enumerate(plan.scenes)]
    swapped = list(scenes)
    swapped[at] = replace(scenes[at], placed=replace(told, scene=otherwise, said=tuple(lines)))
    return replace(plan, scenes=tuple(scenes)), replace(plan, scenes=tuple(swapped))


def _alike(
    writer: ScriptWriter, topic: int, one: str, other: str, teller: Literal["player", "npc"]
) -> tuple[Scene, Scene]:
    """The tale told with two feelings, by the same speakers in the same order."""
    while True:
        tale, model = writer.tale(topic, one, teller), writer.tale(topic, other, teller)
        places = [i for i, line in enumerate(tale.lines) if line.emotion == one]
        fresh = [line for line in model.lines if line.emotion == other]
        if len(places) == len(fresh) and tale.said & model.said & MENTIONED:
            lines = list(tale.lines)
            for i, line in zip(places, fresh, strict=True):
                lines[i] = replace(line, strength=tale.lines[i].strength)
            return tale, replace(tale, lines=tuple(lines), emotion=other, said=model.said)


def _behaviour(
    seed: int, generator: Generator, who: Cast, writer: ScriptWriter, random: np.random.Generator
) -> tuple[Plan, Plan]:
    situation = SITUATIONS[seed % len(SITUATIONS)]
    topics = [int(t) for t in random.permutation(len(writer.topics))]

    def scene() -> Scene:
        return writer.mishap() if situation == "mishap" else writer.tale(topics.pop(), "sad", "npc")

    stage = _Stage(who, random)
    stage.play(writer.greeting())
    history = random.uniform(*HISTORY_S)
    stage.until(random.uniform(0.2, 0.5) * history, writer.small_talk)
    marked = len(stage.placed)
    stage.play(scene())
    stage.until(history, writer.small_talk)
    head = len(stage.placed)
    _tail(stage, writer, scene())
    hurt = "mocked" if situation == "mishap" else "turned_away"
    plans = []
    for mood, mark in (("warm", "comforted"), ("cold", hurt)):
        tempers = [mood] * head + ["even"] * (len(stage.placed) - head)
        marks = [mark if i == marked else "none" for i in range(len(stage.placed))]
        plans.append(_plan(seed, generator, who, writer, stage.placed, tempers, marks))
    return plans[0], plans[1]


def _plan(
    seed: int,
    generator: Generator,
    who: Cast,
    writer: ScriptWriter,
    placed: Sequence[PlacedScene],
    moods: Sequence[str],
    marks: Sequence[str],
) -> Plan:
    scenes = [PlannedScene(p, scene_key(who, i), moods[i], mark=marks[i]) for i, p in enumerate(placed)]
    return Plan(seed, generator, who.key, writer.topics, tuple(scenes), who.npc, who.player, who.style, who.temperament)


def tail_frames() -> int:
    """Frames that are the same in both members of a pair."""
    return int(TAIL_S * FRAME_RATE)


def generate_pairs(
    folder: Path,
    count: int,
    first_seed: int = 0,
    generator: Generator = "errands",
    progress: Progress | None = None,
    sound: bool = False,
) -> list[Path]:
    """`count` pairs of each kind, KIND_SEED_first.npz and KIND_SEED_second.npz; those already there are kept."""
    paths = []
    for i in range(count):
        for kind in PAIR_KINDS:
            first, second = _paths(folder, kind, first_seed + i)
            if not (first.exists() and second.exists()):
                pair = generate_pair(kind, first_seed + i, generator, sound=sound)
                save_dialogue(first, pair.first)
                save_dialogue(second, pair.second)
            paths += [first, second]
        if progress:
            progress(i + 1, count)
    return paths


def _paths(folder: Path, kind: PairKind, seed: int) -> tuple[Path, Path]:
    return folder / f"{kind}_{seed:07d}_first.npz", folder / f"{kind}_{seed:07d}_second.npz"


def load_pairs(folder: Path | str, kind: PairKind) -> Iterator[DialoguePair]:
    """The pairs of one kind in order of seed. Raises TrainingError when there is none, or one has lost its other."""
    firsts = sorted(Path(folder).glob(f"{kind}_*_first.npz"))
    if not firsts:
        raise TrainingError(
            f"There are no pairs of dialogues in {folder}; make them with: "
            "echo-runtime train long-dialogues --pairs 16 --sound"
        )
    for path in firsts:
        first = load_dialogue(path)
        second = load_dialogue(path.with_name(path.name.replace("_first", "_second")))
        yield _pair(kind, first, second)
