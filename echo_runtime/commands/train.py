"""`echo-runtime train`: the training stages, each imported only when it is called."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from echo_runtime.errors import EchoError, MissingDependencyError, UsageError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Train the parts on synthetic data. Every stage stops after its minutes, and continues where it was stopped.",
)

Minutes = Annotated[float, typer.Option(min=0.05, help="Minutes of training; the schedule always fits into them.")]
Seed = Annotated[int, typer.Option(help="The same seed and machine give the same weights.")]
Resume = Annotated[bool, typer.Option(help="Continue from the checkpoint in the output folder, if there is one.")]
Threads = Annotated[int, typer.Option(min=1, help="Processor cores to use.")]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="AVATAR",
        help="Start with the weights of a package (name or folder) or of a stage's folder, as far as they fit.",
    ),
]

HELD_OUT_SEEDS = 1_000_000
"""Added to the seed of held-out conversations, which never overlap with those for training."""


def _needs_training_libraries() -> None:
    try:
        import numba  # noqa: F401
        import PIL  # noqa: F401
        import scipy  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f"Training needs {error.name}, which is not installed; run: pip install 'echo-runtime[train]'"
        ) from error


@contextlib.contextmanager
def _stage(
    out: Path, minutes: float = 1.0, start: str | None = None, parts: tuple[str, ...] = (), head: bool = False
) -> Iterator[None]:
    """Around a stage: what is wrong with the options is said before hours of work, and a stop or a full disk as one
    sentence. `parts`: the weights that the stage takes from `start`; `head`: whether it draws the synthetic head."""
    _needs_training_libraries()
    from echo_runtime.training.atomic_writing import require_space, writing_error
    from echo_runtime.training.progress import TrainingStopped
    from echo_runtime.training.starting_weights import starting_tensors

    if not math.isfinite(minutes):
        raise UsageError(f"A stage cannot train for {minutes} minutes; give --minutes a finite number.")
    require_space(out, 0, "anything")
    if start is not None:
        for part in parts:
            starting_tensors(start, part)
    if head:
        from echo_runtime.training.head.mesh import find_head

        find_head()
    try:
        yield
    except TrainingStopped as stop:
        typer.echo(f"echo-runtime: {stop}", err=True)
        raise typer.Exit(stop.status) from stop
    except EchoError:
        raise
    except Exception as error:
        told = writing_error(error, None)
        if told is None:
            raise
        raise told from error


def _from(start: str | None) -> dict[str, Any]:
    return {} if start is None else {"start": start}


def _report(scores: Any) -> None:
    if isinstance(scores, dict):
        for name, value in scores.items():
            print(f"{name:<28}{value:.3f}" if isinstance(value, float) else f"{name:<28}{value}")


@app.command()
def dyads(
    out: Annotated[Path, typer.Option(help="Folder for the conversations.")] = Path("build/dyads"),
    sessions: Annotated[int, typer.Option(min=1, help="Conversations to generate.")] = 240,
    held_out: Annotated[int, typer.Option(min=0, help="Further ones with voices and sentences kept for tests.")] = 24,
    seconds: Annotated[float, typer.Option(min=5, help="Length of each.")] = 60.0,
    seed: Seed = 1,
) -> None:
    """Generate synthetic conversations, the data of the motion stage, into OUT/train and OUT/held_out."""
    with _stage(out):
        from echo_runtime.training.dyads import generate_folder

        generate_folder(out / "train", sessions, seed, seconds)
        generate_folder(out / "held_out", held_out, seed + HELD_OUT_SEEDS, seconds, held_out=True)
    print(f"{sessions} conversations in {out / 'train'}, {held_out} in {out / 'held_out'}")


@app.command()
def long_dialogues(
    out: Annotated[Path, typer.Option(help="Folder for the dialogues.")] = Path("build/long_dialogues"),
    count: Annotated[int, typer.Option(min=0, help="Dialogues to generate.")] = 60,
    held_out: Annotated[int, typer.Option(min=0, help="Further ones by another script, with voices of their own.")] = 8,
    pairs: Annotated[int, typer.Option(min=0, help="Pairs of each kind that differ in their history only.")] = 16,
    minutes: Annotated[
        float | None, typer.Option(min=1, max=60, help="Length of each; by default 10 to 20, by seed.")
    ] = None,
    seed: Seed = 1,
    sound: Annotated[bool, typer.Option(help="Keep the sound of both too.")] = False,
) -> None:
    """Generate long dialogues, from which the long memory is learned, into OUT/train, OUT/held_out and OUT/pairs.

    Those that are already there are kept. --minutes does not change the pairs."""
    with _stage(out):
        from echo_runtime.training.long_dialogues import generate_dialogues, generate_pairs

        generate_dialogues(out / "train", count, seed, minutes, sound=sound)
        generate_dialogues(out / "held_out", held_out, seed + HELD_OUT_SEEDS, minutes, held_out=True, sound=sound)
        generate_pairs(out / "pairs", pairs, seed + HELD_OUT_SEEDS, sound=sound)
    print(f"{count} dialogues in {out / 'train'}, {held_out} in {out / 'held_out'}, {pairs} pairs of each kind")


@app.command()
def speech(
    minutes: Minutes = 30.0,
    out: Annotated[Path, typer.Option(help="Folder for the weights.")] = Path("build/speech"),
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = 1,
    start: From = None,
) -> None:
    """Train the speech encoder on synthesised speech with known mouth shapes."""
    with _stage(out, minutes, start, ("speech_encoder",)):
        from echo_runtime.training.speech_stage import train_speech

        _report(train_speech(out, minutes, seed, resume, threads, **_from(start)))


@app.command()
def motion(
    minutes: Minutes = 75.0,
    out: Annotated[Path, typer.Option(help="Folder for the weights.")] = Path("build/motion"),
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = 1,
    dyads: Annotated[Path, typer.Option(help="Conversations, from `train dyads`.")] = Path("build/dyads"),
    speech: Annotated[Path, typer.Option(help="Speech encoder, from `train speech`.")] = Path("build/speech"),
    context: Annotated[
        Path | None, typer.Option(help="Long-range context, from `train context`: the motion learns to follow it.")
    ] = None,
    dialogues: Annotated[
        Path | None, typer.Option(help="Long dialogues with sound besides, from `train long-dialogues --sound`.")
    ] = None,
    articulation: Annotated[
        float | None, typer.Option(min=0, max=0.9, help="Share of the time that only lips and emotions are learned in.")
    ] = None,
    rate: Annotated[float | None, typer.Option(min=1e-5, max=1e-2, help="Highest learning rate.")] = None,
    start: From = None,
) -> None:
    """Train the motion generator and the perception that it reads."""
    with _stage(out, minutes, start, ("motion", "perception")):
        from echo_runtime.training.motion_stage import MotionSettings, train_motion

        chosen = {"articulation": articulation, "rate": rate}
        settings = MotionSettings(**{k: v for k, v in chosen.items() if v is not None})  # type: ignore[arg-type]
        folders: dict[str, Any] = {"dyads": dyads, "speech": speech, "context": context, "dialogues": dialogues}
        _report(train_motion(out, minutes, seed, resume, threads, settings=settings, **folders, **_from(start)))


@app.command()
def context(
    minutes: Minutes = 45.0,
    out: Annotated[Path, typer.Option(help="Folder for the weights.")] = Path("build/context"),
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = 1,
    dialogues: Annotated[Path, typer.Option(help="Long dialogues, from `train long-dialogues`.")] = Path(
        "build/long_dialogues"
    ),
    without: Annotated[
        list[str] | None, typer.Option(help="Leave out a part (lpe, hbcu or lau), to measure its worth.")
    ] = None,
    start: From = None,
) -> None:
    """Train the long-range understanding of the player (LPE and HBCU) on long dialogues, without pixels."""
    with _stage(out, minutes, start, ("perception",)):
        from echo_runtime.training.context_model import PARTS
        from echo_runtime.training.context_stage import train_context

        if unknown := set(without or ()) - set(PARTS):
            raise UsageError(f"--without {sorted(unknown)[0]} names no part; the parts are {', '.join(PARTS)}.")
        parts = [part for part in PARTS if part not in (without or ())]
        _report(train_context(out, minutes, seed, resume, threads, dialogues, parts, **_from(start)))


@app.command()
def renderer(
    minutes: Minutes = 75.0,
    out: Annotated[Path | None, typer.Option(help="Folder for the weights; default build/renderer/IDENTITY.")] = None,
    seed: Seed = 1,
    resume: Resume = True,
    threads: Threads = 1,
    identity: Annotated[str, typer.Option(help="Which synthetic character to learn.")] = "mira",
    count: Annotated[int, typer.Option(min=192, help="Pictures to draw before training, 128 of them held out.")] = 4800,
    processes: Annotated[int, typer.Option(min=1, help="Processes that draw them.")] = 2,
    size: Annotated[int, typer.Option(min=64, help="Side of the pictures in pixels, a multiple of 64.")] = 256,
    dyads: Annotated[Path, typer.Option(help="Conversations whose motion most pictures show.")] = Path("build/dyads"),
    start: From = None,
) -> None:
    """Train one NPC's renderer on pictures that the synthetic head draws."""
    folder = out or Path("build/renderer") / identity
    with _stage(folder, minutes, start, ("renderer",)):
        from echo_runtime.training.head import identities
        from echo_runtime.training.head.mesh import find_head
        from echo_runtime.training.renderer_stage import train_renderer

        if identity not in identities():
            raise UsageError(f"There is no identity {identity!r}; choose one of {', '.join(identities())}.")
        find_head()
        sizes = {
            "identity": identity, "count": count, "processes": processes, "size": size, "conversations": dyads,
        }  # fmt: skip
        _report(train_renderer(folder, minutes, seed, resume, threads, **sizes, **_from(start)))  # type: ignore[arg-type]


@app.command()
def tracker(
    minutes: Minutes = 4.0,
    out: Annotated[Path, typer.Option(help="Folder for the weights.")] = Path("build/tracker"),
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = 1,
    start: From = None,
) -> None:
    """Fit the map from face landmarks to coefficients on renders of many people."""
    with _stage(out, minutes, start, ("landmark_map",), head=True):
        from echo_runtime.training.tracker_stage import train_tracker

        _report(train_tracker(out, minutes, seed, resume, threads, **_from(start)))


@app.command()
def sync(
    minutes: Minutes = 4.0,
    out: Annotated[Path, typer.Option(help="Folder for the weights.")] = Path("build/sync"),
    seed: Seed = 0,
    resume: Resume = True,
    threads: Threads = 1,
    dyads: Annotated[Path, typer.Option(help="Conversations, from `train dyads`.")] = Path("build/dyads"),
) -> None:
    """Train the network by which `evaluate` judges whether lips and sound are in step."""
    with _stage(out, minutes):
        from echo_runtime.training.sync_stage import train_sync

        _report(train_sync(out, minutes, seed, resume, threads, dyads))


@app.command()
def probe(
    pictures: Annotated[Path, typer.Option(help="Pictures that `train renderer` drew.")] = Path(
        "build/renderer/mira/pictures"
    ),
    out: Annotated[Path, typer.Option(help="Folder for the weights.")] = Path("build/probe"),
    seed: Seed = 0,
    epochs: Annotated[int, typer.Option(min=1, help="Times that every picture is seen.")] = 24,
) -> None:
    """Train the network on whose features `evaluate` measures the Fréchet distance of pictures."""
    with _stage(out):
        from echo_runtime.training.picture_probe_stage import train_probe

        _report(train_probe(pictures, out / "picture_probe.safetensors", epochs, seed))


@app.command()
def head(
    source: Annotated[Path, typer.Argument(help="The FaceXModel folder of an ICT-FaceKit checkout.")],
    out: Annotated[Path, typer.Option(help="Where to put the packed head.")] = Path("data/head/ict_facekit.npz"),
) -> None:
    """Pack the ICT-FaceKit morphable head, which the drawing stages need."""
    with _stage(out.parent):
        from echo_runtime.training.head import pack_ict

        print(f"packed into {pack_ict(source, out)}")


@app.command()
def package(
    out: Annotated[Path, typer.Option(help="Folder of packages; `model` and one folder per avatar go into it.")],
    speech: Annotated[Path | None, typer.Option(help="Folder that `train speech` wrote.")] = None,
    motion: Annotated[Path | None, typer.Option(help="Folder that `train motion` wrote.")] = None,
    renderer: Annotated[Path | None, typer.Option(help="Folder that `train renderer` wrote.")] = None,
    avatar: Annotated[str, typer.Option(help="Name of the avatar that `renderer` draws.")] = "mira",
    temperament: Annotated[float | None, typer.Option(min=0, max=1, help="The avatar's: 0 calm … 1 lively.")] = None,
    expressiveness: Annotated[float | None, typer.Option(min=0, max=1, help="Its: 0 reserved … 1 expressive.")] = None,
) -> None:
    """Make packages that `run --model` and `run --avatar` load from what the stages wrote."""
    with _stage(out):
        from echo_runtime.signals import Style
        from echo_runtime.training.packaging import package_avatar, package_model

        if speech is not None or motion is not None:
            made = package_model(out / "model", speech, motion)
            print(f"{made.directory}: {', '.join(made.manifest.files)}")
        if renderer is not None:
            numbers = {"temperament": temperament, "expressiveness": expressiveness}
            given = {name: value for name, value in numbers.items() if value is not None}
            made = package_avatar(out / avatar, avatar, renderer, Style(**given) if given else None)
            print(f"{made.directory}: {', '.join(made.manifest.files)}")


@app.command()
def performance(
    out: Annotated[Path, typer.Option(help="Folder for the films, the lines and the script.")] = Path("build/demo"),
    seed: Seed = 1,
    identity_seed: Annotated[int, typer.Option(help="Seed of the player's looks.")] = 105,
    seconds: Annotated[float, typer.Option(min=10, help="Length of the player's film.")] = 22.0,
) -> None:
    """Render the player's films and synthesise the NPC's lines that the demo plays."""
    with _stage(out, head=True):
        from echo_runtime.training.performance_files import write_performance

        write_performance(out, seed, identity_seed, seconds)
        print(f"written to {out}")
