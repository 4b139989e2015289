"""The NPC's face in one scene: the listener of dyads, under the affect of the words, with what it remembers beneath."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from echo_runtime.context.affect import affect_vector
from echo_runtime.signals import FRAME_RATE, FloatArray, Style
from echo_runtime.training.dyads import expression, gestures
from echo_runtime.training.dyads.listener import PlayerCues, Smile, Undercurrent, npc_motion
from echo_runtime.training.dyads.manner import manner
from echo_runtime.training.dyads.nods import nods_of
from echo_runtime.training.dyads.player import Script, cues_of
from echo_runtime.training.dyads.turns import Voice
from echo_runtime.training.long_dialogues import rapport as slow
from echo_runtime.training.long_dialogues.behaviour import Deeds

OFFERED_SMILE = 0.65
"""Height of the mouth's corners in a smile that the NPC offers, times the smile's own."""


@dataclass(frozen=True)
class Situation:
    """One of script.SITUATIONS from `start` to `end`, seconds of the scene, in which the NPC is guarded by `g`."""

    kind: str
    start: float
    end: float
    g: float


def npc_scene(
    key: tuple[int, ...],
    voice: Voice,
    partner: Voice,
    deeds: Deeds,
    seen: FloatArray,
    affect: FloatArray,
    rapport: np.ndarray,
    situation: Situation | None,
    style: Style,
) -> tuple[FloatArray, dict[str, list[float]]]:
    """(T, 60) and event times, as `npc_motion` gives them, in the scene's time.

    `key`: seeds of the scene; what is drawn depends on it, on the voices and on what is answered at once, on nothing
    remembered. `seen` (T, 61): the player as tracked; `affect` (T, 10), `rapport` (T, 3).
    """
    frames, seconds = len(affect), len(affect) / FRAME_RATE
    how = manner(style)
    speaking = gestures.smoothed(voice.activity(FRAME_RATE), 0.12)
    random = np.random.default_rng([*key, 1])
    wanted = nods_of(random, seconds, partner, speaking, how)
    share = slow.nod_share(rapport)
    kept = [nod for nod in wanted if random.random() < share[min(int(nod.start * FRAME_RATE), frames - 1)]]
    groups = _smiles(deeds.offered, affect, rapport)
    for name, values in slow.slow_face(rapport).items():
        _add(groups, name, values)
    glances = _glances(np.random.default_rng([*key, 2]), speaking, rapport)
    shown = affect
    if situation is not None and situation.g != 0.0:
        window = slow.window(frames, situation.start, situation.end)
        for name, size in slow.guarded_face(situation.kind, situation.g).items():
            _add(groups, name, size * window)
        hidden = slow.withheld(situation.kind, situation.g) * window[:, None]
        shown = (affect * (1.0 - hidden) + affect_vector() * hidden).astype(np.float32)
        if situation.g > 0.25:
            glances += [(situation.start + 0.8, situation.start + 0.8 + 2.0 * situation.g)]
    cues = _cues(deeds, seen)
    return npc_motion(
        np.random.default_rng([*key, 0]), voice, partner, cues, shown, style, Undercurrent(groups, kept, glances)
    )


def _cues(deeds: Deeds, seen: FloatArray) -> PlayerCues:
    """What is answered at once: laughing along like a smile, being laughed at with raised brows."""
    laughs = [Smile(s.start, s.end - s.start - 0.6, 1.0) for s in deeds.laughs]
    smiles = sorted([*deeds.smiles, *laughs], key=lambda s: s.start)
    return cues_of(Script(smiles, sorted([*deeds.surprises, *(m.start for m in deeds.mocking)]), []), seen)


def _smiles(offered: tuple[Smile, ...], affect: FloatArray, rapport: np.ndarray) -> dict[str, np.ndarray]:
    """The NPC's own smiles: faint in a dark mood, and towards a player who has not returned them."""
    frames = len(affect)
    t = np.arange(frames) / FRAME_RATE
    height = np.zeros(frames)
    for smile in offered:
        height = np.maximum(height, smile.height * gestures.plateau(t, smile.start, smile.hold, 0.35, 0.6))
    mood = expression.mirroring(affect) / expression.MIRRORING["neutral"]
    height *= np.clip(mood, 0.3, 1.2) * (0.75 + 0.4 * rapport[:, 0])
    return {"mouthSmile": OFFERED_SMILE * height, "cheekSquint": 0.4 * height}


def _glances(random: np.random.Generator, speaking: np.ndarray, rapport: np.ndarray) -> list[tuple[float, float]]:
    """Looks away while the NPC listens; candidates are the same whatever the rapport."""
    seconds = len(speaking) / FRAME_RATE
    rate = slow.glance_rate(rapport)
    found = []
    for _ in range(random.poisson(slow.FULL_RATE * seconds / 60.0)):
        start, length, chance = random.uniform(0, seconds), random.uniform(0.6, 1.6), random.random()
        at = min(int(start * FRAME_RATE), len(speaking) - 1)
        if speaking[at] < 0.5 and chance < rate[at] / slow.FULL_RATE:
            found.append((start, start + length))
    return found


def _add(groups: dict[str, np.ndarray], name: str, values: np.ndarray | Mapping[str, float]) -> None:
    groups[name] = groups[name] + values if name in groups else np.asarray(values)
