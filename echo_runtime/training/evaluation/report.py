"""The page of an evaluation, see `training.report`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_runtime.avatars.shipped_packages import model_package
from echo_runtime.errors import EchoError
from echo_runtime.signals import FloatArray
from echo_runtime.training.evaluation.dialogues import Dialogues
from echo_runtime.training.evaluation.pictures import identity_name

if TYPE_CHECKING:
    from echo_runtime.runtime.models import LoadedAvatar
    from echo_runtime.training.measures.drawn_faces import Draw, DrawnPictures


PLAYER_SIZE = 192


def draw_player(beside: str) -> Draw | None:
    """Another synthetic character than the NPC, as a player's face; None without the head's data."""
    try:
        from echo_runtime.training.head import HeadRenderer, identities

        chosen = next(identity for name, identity in identities().items() if name != beside)
        head = HeadRenderer(chosen, PLAYER_SIZE)
    except EchoError:
        return None
    return lambda motion: head.render(motion).rgba


def write_page(
    folder: Path,
    numbers: dict[str, Any],
    dialogues: Dialogues,
    pictures: DrawnPictures | None,
    long_run: FloatArray | None,
    long_truth: FloatArray | None,
    avatar: LoadedAvatar,
) -> Path:
    """Writes `folder`/report.html; returns its path. Raises OSError."""
    from echo_runtime.training.report import write_report

    return write_report(
        folder,
        numbers,
        rolled=dialogues.motions,
        sessions=dialogues.sessions,
        pictures=pictures,
        date=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        training={**model_package(numbers["settings"]["model"]).manifest.training, **avatar.manifest.training},
        long_roll_out=long_run,
        long_truth=long_truth,
        player_draw=draw_player(identity_name(avatar)) if pictures is not None else None,
    )
