"""`callback_effect`: does an NPC's face depend on what happened minutes ago, and in the right way?

Pairs of dialogues are the same in their last minute, bit for bit, and differ only before (long_dialogues/pairs.py).
"words" pairs differ in the feeling with which something was told, which only the LAU can remember; "behaviour" pairs
in how the player behaved, which only the HBCU can. The shipped model plays the last minute of each member, by the very
steps of the runtime, once with the history of its own and once with the other member's. The expression that was right
for the member's own history is known. If the model remembers, its own history brings it nearer.

Everything but the one memory in question is the same in both runs: noise, player, words, and an LPE that begins with
the last minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from echo_runtime.errors import TrainingError
from echo_runtime.signals import COEFFICIENTS, FRAME_RATE, FRAME_US, MELS_PER_FRAME, SAMPLES_PER_FRAME, FloatArray
from echo_runtime.training.context_model import READ_CHANNELS
from echo_runtime.training.evaluation.roll_outs import roll_out_scene
from echo_runtime.training.evaluation.scenes import Scene
from echo_runtime.training.long_dialogues.dialogue import LongDialogue
from echo_runtime.training.long_dialogues.heard_affect import heard_affect
from echo_runtime.training.long_dialogues.pairs import PAIR_KINDS, DialoguePair, load_pairs, tail_frames

if TYPE_CHECKING:
    from echo_runtime.runtime.models import Models
    from echo_runtime.runtime.player_context import PlayerContext

EXPRESSION = tuple(c for c in READ_CHANNELS if c < COEFFICIENTS.stop)
"""Coefficients that neither speech nor blinks move."""
_FLIPS = 20_000


@dataclass(frozen=True)
class PairDistances:
    """Of one pair, means over its two members: root mean square distance of the held expression from the right one with
    the member's own history and with the other's; `right` and `made`: how far apart the two right expressions are, and
    the made ones along the line between those."""

    true: float
    swapped: float
    right: float
    made: float


def tail_scene(dialogue: LongDialogue, frames: int) -> Scene:
    """The first `frames` of the last minute. Raises TrainingError for a dialogue without sound."""
    if dialogue.speech is None:
        raise TrainingError("Pairs of dialogues without sound cannot be played; generate them with --sound.")
    first = dialogue.frames - tail_frames()
    end = first + frames
    affect = heard_affect(dialogue.turns, dialogue.frames)
    return Scene(
        dialogue.speech[first * SAMPLES_PER_FRAME : end * SAMPLES_PER_FRAME],
        dialogue.player_face[first:end].astype(np.float32),
        dialogue.player_voice[first * MELS_PER_FRAME : end * MELS_PER_FRAME].astype(np.float32),
        affect[first:end],
        dialogue.npc_speaking[first:end],
        dialogue.style,
    )


def remember(context: PlayerContext, dialogue: LongDialogue) -> None:
    """Lets the context follow everything before the last minute."""
    frames = dialogue.frames - tail_frames()
    speaking = dialogue.npc_speaking[:frames]
    changes = np.flatnonzero(np.diff(speaking.astype(np.int8))) + 1
    for begin, end in zip([0, *changes], [*changes, frames], strict=True):
        context.observe(
            dialogue.player_face[begin:end].astype(np.float32),
            dialogue.player_voice[MELS_PER_FRAME * begin : MELS_PER_FRAME * end].astype(np.float32),
            bool(speaking[begin]),
            (int(end) - frames) * FRAME_US,
        )


def measured_pair(models: Models, pair: DialoguePair, seed: int) -> PairDistances:
    """Both members played once: they differ in nothing but their history, so each is the other's swapped run."""
    begin = pair.first.frames - tail_frames()
    shown = slice(round(pair.from_s * FRAME_RATE) - begin, min(round(pair.to_s * FRAME_RATE) - begin, tail_frames()))
    made, right = [], []
    for member in (pair.first, pair.second):
        scene = tail_scene(member, shown.stop)
        context = models.player_context(immediate=True)
        if context is None:
            raise TrainingError("This model has no HBCU, so there is nothing to swap; package one that was trained.")
        remember(context, member)
        motion = roll_out_scene(models.mover, models.perception(), scene, seed, context)
        made.append(held_expression(motion[shown]))
        right.append(held_expression(member.motion[begin:][shown]))
    return distances(np.stack(made), np.stack(right))


def held_expression(motion: FloatArray) -> FloatArray:
    """(T, 60) → mean of EXPRESSION: how the face is held, whatever it does at moments."""
    return motion[:, list(EXPRESSION)].astype(np.float32).mean(0)


def distances(made: FloatArray, right: FloatArray) -> PairDistances:
    """`made`, `right` (2, channels): held expressions of both members."""

    def rms(a: FloatArray, b: FloatArray) -> float:
        return float(np.sqrt(np.mean(np.square(a - b))))

    line = right[0] - right[1]
    length = float(np.sqrt(np.sum(np.square(line))))
    along = float((made[0] - made[1]) @ line) / max(length, 1e-9)
    return PairDistances(
        true=(rms(made[0], right[0]) + rms(made[1], right[1])) / 2,
        swapped=(rms(made[1], right[0]) + rms(made[0], right[1])) / 2,
        right=length / np.sqrt(len(line)),
        made=along / np.sqrt(len(line)),
    )


def significance(differences: FloatArray, seed: int = 0) -> tuple[float, tuple[float, float]]:
    """Paired differences (n,) → p of a two-sided sign-flip permutation test (Fisher's randomisation test), and the 95 %
    interval of their mean by bootstrap over pairs."""
    random = np.random.default_rng(seed)
    mean = differences.mean()
    flips = random.choice((-1.0, 1.0), (_FLIPS, len(differences)))
    p = (1 + int((np.abs((flips * differences).mean(1)) >= abs(mean) - 1e-12).sum())) / (_FLIPS + 1)
    drawn = differences[random.integers(0, len(differences), (_FLIPS, len(differences)))].mean(1)
    return float(p), (float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975)))


def summary(found: Iterable[PairDistances]) -> dict[str, float | int]:
    """`distance_true`, `distance_swapped`: means over pairs · `nearer`: by how much the true history is nearer, with
    `nearer_low`, `nearer_high`, `p` · `followed`: how much of the difference between the right expressions is made."""
    rows = list(found)
    true, swapped = (np.array([getattr(r, name) for r in rows], np.float64) for name in ("true", "swapped"))
    p, (low, high) = significance(swapped - true)
    return {
        "pairs": len(rows),
        "distance_true": float(true.mean()),
        "distance_swapped": float(swapped.mean()),
        "nearer": float((swapped - true).mean()),
        "nearer_low": low,
        "nearer_high": high,
        "p": p,
        "followed": float(np.sum([r.made * r.right for r in rows]) / np.sum([r.right**2 for r in rows])),
    }


def callback_effect(
    models: Models, folder: Path, seed: int, limit: int | None = None, progress: Callable[[int], None] | None = None
) -> dict[str, dict[str, float | int]]:
    """`summary` of the (first `limit`) pairs of each kind in `folder`. Raises TrainingError when there are none."""
    result = {}
    done = 0
    for kind in PAIR_KINDS:
        found = []
        for i, pair in enumerate(load_pairs(folder, kind)):
            if limit is not None and i >= limit:
                break
            found.append(measured_pair(models, pair, seed + i))
            done += 1
            if progress is not None:
                progress(done)
        result["lau" if kind == "words" else "hbcu"] = summary(found)
    return result
