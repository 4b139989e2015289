"""Pictures of the roll-outs, judged; and the renderer against the synthetic head that it learned from."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from echo_runtime.errors import EchoError
from echo_runtime.signals import ByteArray, FloatArray
from echo_runtime.training.dyads import save_sessions
from echo_runtime.training.evaluation.dialogues import Dialogues

if TYPE_CHECKING:
    from echo_runtime.runtime.models import LoadedAvatar
    from echo_runtime.training.measures.drawn_faces import Draw, DrawnPictures

RENDERER_KEYS = ("renderer_psnr_db", "renderer_psnr_eyes_db", "renderer_psnr_mouth_db")
QUALITY_PICTURES = 96


def identity_name(avatar: LoadedAvatar) -> str:
    """The synthetic character that an avatar draws: what its training record says, else the avatar's own name."""
    record = avatar.manifest.training.get("renderer")
    return str(getattr(record, "identity", avatar.manifest.name))


def true_draw(avatar: LoadedAvatar) -> Draw | None:
    """The synthetic head of an avatar's identity in the avatar's size; None for an avatar of other origin.

    Raises EchoError when the head's data is missing or damaged.
    """
    from echo_runtime.training.head import HeadRenderer, identities

    identity = identities().get(identity_name(avatar))
    if identity is None:
        return None
    head = HeadRenderer(identity, avatar.manifest.size[0])

    def draw(motion: FloatArray) -> ByteArray:
        return head.render(motion).rgba

    return draw


def draw_and_judge(
    avatar: LoadedAvatar, dialogues: Dialogues, frames: int, notes: list[str]
) -> tuple[dict[str, Any], DrawnPictures]:
    """`pictures.*` over the first `frames` of every roll-out, and the pictures for a report. Without the head's data
    nothing is compared with true renders, which is said in `notes`."""
    from echo_runtime.training.measures.drawn_faces import picture_measures

    truth = None
    try:
        truth = true_draw(avatar)
    except EchoError as error:
        notes.append(f"Pictures were not compared with true renders: {error}")
    return picture_measures(
        avatar.draw, dialogues.motions, dialogues.truths, dialogues.sessions, frames, true_draw=truth
    )


def renderer_measures(avatar: LoadedAvatar, dialogues: Dialogues, seed: int, notes: list[str]) -> dict[str, Any]:
    """RENDERER_KEYS and what goes with them, on motions of the dialogues' truth and wide ones; null, with the reason in
    `notes`, where the truth cannot be drawn."""
    from echo_runtime.training.head import identities
    from echo_runtime.training.renderer_quality import renderer_quality

    nothing: dict[str, Any] = dict.fromkeys(RENDERER_KEYS)
    name = identity_name(avatar)
    if name not in identities():
        notes.append(f"The renderer was not measured: {name} is no synthetic character, so there is no true picture.")
        return nothing
    try:
        with TemporaryDirectory() as folder:
            save_sessions(folder, dialogues.sessions)
            size = avatar.manifest.size[0]
            found = renderer_quality(avatar.draw, name, QUALITY_PICTURES, seed, Path(folder), size)
    except EchoError as error:
        notes.append(f"The renderer was not measured: {error}")
        return nothing
    return nothing | found
