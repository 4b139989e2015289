"""The page of an evaluation, see `training.report`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echo_runtime.signals import FloatArray
from echo_runtime.training.evaluation.dialogues import Dialogues

if TYPE_CHECKING:
    from echo_runtime.runtime.models import Models
    from echo_runtime.training.measures.drawn_faces import DrawnPictures


def write_page(
    folder: Path,
    numbers: dict[str, Any],
    dialogues: Dialogues,
    pictures: DrawnPictures | None,
    long_run: FloatArray | None,
    long_truth: FloatArray | None,
    models: Models,
    avatar: str,
) -> Path:
    """Writes `folder`/report.html; returns its path. Raises OSError."""
    from echo_runtime.training.report import write_report

    loaded = models.avatar(avatar)
    return write_report(
        folder,
        numbers,
        rolled=dialogues.motions,
        sessions=dialogues.sessions,
        pictures=pictures,
        date=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        training=loaded.manifest.training,
        long_roll_out=long_run,
        long_truth=long_truth,
    )
