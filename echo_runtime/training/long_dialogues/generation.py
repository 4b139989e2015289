"""Long dialogues from seeds, and folders of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from echo_runtime.training.dyads.pool import Character, default_pool
from echo_runtime.training.long_dialogues.dialogue import LongDialogue, save_dialogue
from echo_runtime.training.long_dialogues.performance import perform
from echo_runtime.training.long_dialogues.plan import Generator, write_plan
from echo_runtime.training.speech.corpus import Progress


def generate_dialogue(
    seed: int,
    minutes: float | None = None,
    held_out: bool = False,
    pool: Sequence[Character] | None = None,
    sound: bool = False,
) -> LongDialogue:
    """The dialogue of `seed`: the same every time, for the same pool.

    `minutes`: about how long, by default 10 to 20 by seed. `held_out`: by the script that evaluates (errands), with
    voices that no training has; otherwise by tales. `pool`: two characters or more, by default those of the dyads.
    """
    pool = default_pool(held_out) if pool is None else pool
    generator: Generator = "errands" if held_out else "tales"
    return perform(write_plan(seed, generator, pool, minutes), sound)


def generate_dialogues(
    folder: Path,
    count: int,
    first_seed: int = 0,
    minutes: float | None = None,
    held_out: bool = False,
    sound: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Dialogues first_seed … first_seed + count − 1 into `folder`, SEED.npz; those already there are kept."""
    paths = []
    for i in range(count):
        path = folder / f"{first_seed + i:07d}.npz"
        if not path.exists():
            save_dialogue(path, generate_dialogue(first_seed + i, minutes, held_out, sound=sound))
        paths.append(path)
        if progress:
            progress(i + 1, count)
    return paths
