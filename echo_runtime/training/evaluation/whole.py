"""Everything that `echo-runtime evaluate` prints, in order: motion, long roll-outs, human voices, pictures, report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_runtime.errors import EchoError, UsageError
from echo_runtime.runtime.models import LoadedAvatar, Models, load_models
from echo_runtime.signals import FloatArray
from echo_runtime.training.dyads import generate_session
from echo_runtime.training.evaluation.dialogues import RollOut, motion_measures, roll_out_dialogues
from echo_runtime.training.evaluation.human import human_measures
from echo_runtime.training.evaluation.long_run import drift_measures
from echo_runtime.training.evaluation.numbers import rounded
from echo_runtime.training.evaluation.parallel import RollOuts, cores
from echo_runtime.training.evaluation.pictures import draw_and_judge, renderer_measures
from echo_runtime.training.evaluation.recordings import INSTALL, Recording, find_recordings, packaged_recordings
from echo_runtime.training.evaluation.sync import sync_measures

if TYPE_CHECKING:
    from rich.console import Console

    from echo_runtime.training.dyads.session import DyadSession

_FIRST_SEED = 900_000
_DRIFT_SEEDS = 500
"""Added to the seeds of the long roll-outs' dialogues."""
HUMAN_KEYS = ("plosive_closure", "open_vowel_opening", "closed_in_silence")


@dataclass(frozen=True)
class Plan:
    """What to measure, see the options of `echo-runtime evaluate`."""

    avatar: str = "mira"
    model: str | None = None
    sessions: int = 12
    seconds: float = 40.0
    human: tuple[Path, ...] = ()
    voices: bool = True
    drift_minutes: int = 10
    drift_sessions: int = 2
    picture_frames: int = 250
    seed: int = 1
    backend: str = "auto"
    out: Path | None = None
    processes: int = 0
    """Processes that roll out; 0 for as many as there are cores."""


def held_out_dialogues(count: int, seconds: float, seed: int) -> list[DyadSession]:
    """Dialogues of voices and sentences that no training session has; the same for the same seed."""
    return [generate_session(_FIRST_SEED + seed * 1000 + i, seconds=seconds, held_out=True) for i in range(count)]


def evaluate(plan: Plan, console: Console) -> dict[str, Any]:
    """All measures as JSON holds them; writes `evaluation.json` and the report into `plan.out`.

    What cannot be measured here (no head data, no recordings) is null, with one sentence under `notes`.
    Raises EchoError for packages that cannot be loaded and recordings that cannot be read.
    """
    notes: list[str] = []
    recordings = _recordings(plan, notes)
    models = load_models(plan.model, plan.backend, console)
    avatar = models.avatar(plan.avatar)
    with RollOuts(models, plan.model, plan.backend, plan.seed, plan.processes or cores()) as roll_out:
        return _evaluate(plan, models, avatar, roll_out, recordings, notes, console)


def _evaluate(
    plan: Plan,
    models: Models,
    avatar: LoadedAvatar,
    roll_out: RollOut,
    recordings: list[Recording],
    notes: list[str],
    console: Console,
) -> dict[str, Any]:
    console.print(f"Making {plan.sessions} held-out dialogues of {plan.seconds:g} s …")
    sessions = held_out_dialogues(plan.sessions, plan.seconds, plan.seed)
    console.print("Rolling them out: as they are, with other words, with another player …")
    dialogues = roll_out_dialogues(sessions, roll_out)
    numbers = motion_measures(dialogues, models.mover.chunk_frames)
    try:
        numbers["sync"] = sync_measures(dialogues)
    except EchoError as error:
        numbers["sync"] = None
        notes.append(str(error))
    long_run, long_truth = _long_run(plan, roll_out, numbers, console)
    numbers["human"] = _human(plan, recordings, roll_out, notes, console)
    pictures = None
    numbers["pictures"] = None
    if plan.picture_frames:
        console.print("Drawing and reading pictures …")
        numbers["pictures"], pictures = draw_and_judge(avatar, dialogues, plan.picture_frames, notes)
        numbers |= renderer_measures(avatar, dialogues, plan.seed, notes)
    numbers["avatar"], numbers["notes"] = plan.avatar, notes
    numbers["settings"] = _settings(plan, models)
    numbers = rounded(numbers)
    if plan.out is not None:
        from echo_runtime.training.evaluation.report import write_page

        with _written(plan.out):
            (plan.out / "evaluation.json").write_text(json.dumps(numbers, indent=1, allow_nan=False) + "\n")
            write_page(plan.out, numbers, dialogues, pictures, long_run, long_truth, avatar)
    return numbers


def _recordings(plan: Plan, notes: list[str]) -> list[Recording]:
    """Read before anything slow, so that a wrong path is said at once."""
    if not plan.voices:
        return []
    found = [*packaged_recordings(), *find_recordings(plan.human)]
    if not found:
        notes.append(f"No human voices were measured: give --human FILE, or install some: {INSTALL}")
    return found


def _long_run(
    plan: Plan, roll_out: RollOut, numbers: dict[str, Any], console: Console
) -> tuple[FloatArray | None, FloatArray | None]:
    """Adds `drift`; returns the first long roll-out and the truth of its minute."""
    numbers["drift"] = None
    if not plan.drift_minutes:
        return None, None
    console.print(f"Rolling out {plan.drift_minutes} minutes, {plan.drift_sessions} times …")
    minutes = held_out_dialogues(plan.drift_sessions, 60.0, plan.seed + _DRIFT_SEEDS)
    drifts, motions = drift_measures(minutes, roll_out, plan.drift_minutes)
    numbers |= drifts
    return motions[0], minutes[0].motion


def _human(
    plan: Plan, recordings: list[Recording], roll_out: RollOut, notes: list[str], console: Console
) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(HUMAN_KEYS)
    if not recordings:
        return nothing
    console.print(f"Listening to {len(recordings)} recordings of people …")
    try:
        return human_measures(recordings, roll_out)
    except EchoError as error:
        if plan.human:
            raise
        notes.append(str(error))
        return nothing


def _settings(plan: Plan, models: Models) -> dict[str, Any]:
    settings = {k: v for k, v in asdict(plan).items() if k not in ("out", "human", "processes")}
    return {**settings, "human": [str(p) for p in plan.human], "backends": models.backends}


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    """Around writing into `folder`, which is made: a full or read-only disk is one sentence."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error}); give another --out or make room.") from error
