"""The report's pictures and films: files beside the page, and the HTML that shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from echo_runtime.signals import FRAME_RATE, MOTION_DIM, ByteArray, FloatArray
from echo_runtime.training.measures.drawn_faces import DrawnPictures
from echo_runtime.training.measures.pictures import over_grey
from echo_runtime.training.report.clips import both_voices, side_by_side, write_clip
from echo_runtime.training.report.moments import KINDS, moments_of

if TYPE_CHECKING:
    from echo_runtime.training.dyads.session import DyadSession

PICTURES, CLIPS = "pictures", "clips"
CLIP_S = 10.0
PLAYER_EVERY = 2
"""A film's player is drawn for one frame in so many: drawing true renders is slow, and the player is not judged."""


def name_of(number: int, session: DyadSession) -> str:
    return f"Dialogue {number + 1}, voice {session.voice}"


def _save(folder: Path, name: str, picture: ByteArray) -> str:
    """Writes a JPEG into the report's pictures; returns its relative address."""
    path = folder / PICTURES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    done, encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    path.write_bytes(encoded.tobytes())
    return f"{PICTURES}/{name}"


def _figure(address: str, picture: ByteArray, caption: str) -> str:
    height, width = picture.shape[:2]
    size = f'width="{width}" height="{height}"'
    image = f'<img src="{escape(address)}" {size} loading="lazy" alt="{escape(caption)}">'
    return f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>"


class Players:
    """The player's pictures, drawn when asked for and once each."""

    def __init__(self, draw: Callable[[FloatArray], ByteArray], sessions: Sequence[DyadSession]) -> None:
        self._draw, self._sessions = draw, sessions
        self._drawn: dict[tuple[int, int], ByteArray] = {}

    def beside(self, number: int, frame: int, npc: ByteArray) -> ByteArray:
        """The player at the left, at the NPC's size."""
        if (number, frame) not in self._drawn:
            motion = self._sessions[number].player_face[frame, :MOTION_DIM]
            self._drawn[number, frame] = over_grey(self._draw(motion), 1)
        player = self._drawn[number, frame]
        if player.shape != npc.shape:
            size = (npc.shape[1], npc.shape[0])
            player = np.asarray(cv2.resize(player, size, interpolation=cv2.INTER_AREA), np.uint8)
        return side_by_side(player, npc)


def sheets(
    folder: Path,
    pictures: DrawnPictures,
    rolled: Sequence[FloatArray],
    sessions: Sequence[DyadSession],
    players: Players | None,
) -> str:
    """Moments of every kept dialogue, a grid per kind."""
    parts = []
    for dialogue in pictures.dialogues:
        number, frames = dialogue.session, len(dialogue.pictures)
        session = sessions[number]
        speaking = session.npc_speaking[:frames].astype(bool)
        moments = moments_of(rolled[number][:frames], speaking, 4 if players else 6)
        parts.append(f"<h3>{escape(name_of(number, session))}</h3>")
        for kind in KINDS:
            figures = []
            for moment in (m for m in moments if m.kind == kind):
                picture = dialogue.pictures[moment.frame]
                if players is not None:
                    picture = players.beside(number, moment.frame, picture)
                address = _save(folder, f"dialogue{number + 1}_{kind}_{moment.frame:05d}.jpg", picture)
                figures.append(_figure(address, picture, f"{kind}, {moment.seconds:.2f} s"))
            if figures:
                parts.append(f'<div class="sheet{" pairs" if players else ""}">{"".join(figures)}</div>')
    return "".join(parts)


def pairs_sheet(folder: Path, pictures: DrawnPictures) -> str:
    """Drawn, true and their difference, side by side."""
    figures = []
    for pair in pictures.pairs:
        apart = np.abs(pair.drawn.astype(np.int16) - pair.true.astype(np.int16)) * 4
        picture = np.concatenate([pair.drawn, pair.true, np.clip(apart, 0, 255).astype(np.uint8)], axis=1)
        address = _save(folder, f"pair{pair.session + 1}_{pair.frame:05d}.jpg", picture)
        where = f"dialogue {pair.session + 1}, {pair.frame / FRAME_RATE:.2f} s, SSIM {pair.ssim:.3f}"
        figures.append(_figure(address, picture, where))
    return f'<div class="sheet pairs">{"".join(figures)}</div>'


def film_rolls(
    folder: Path, pictures: DrawnPictures, sessions: Sequence[DyadSession], players: Players | None, most: int
) -> str:
    """The first seconds of `most` dialogues with sound."""
    parts = []
    for dialogue in pictures.dialogues[:most]:
        number, session = dialogue.session, sessions[dialogue.session]
        frames = min(len(dialogue.pictures), round(CLIP_S * FRAME_RATE))
        shown = dialogue.pictures[:frames]
        if players is not None:
            every = [players.beside(number, i - i % PLAYER_EVERY, picture) for i, picture in enumerate(shown)]
            shown = np.stack(every)
        address = f"{CLIPS}/dialogue{number + 1}.mp4"
        (folder / CLIPS).mkdir(parents=True, exist_ok=True)
        write_clip(folder / address, shown, both_voices(session.player_voice, session.speech, frames))
        poster = _save(folder, f"clip{number + 1}.jpg", shown[frames // 2])
        who = "player at the left, NPC at the right" if players else "the NPC; the player's voice is at the left"
        size = f'width="{shown.shape[2]}" height="{shown.shape[1]}"'
        film = f'<video controls preload="none" poster="{poster}" src="{address}" {size}></video>'
        parts.append(f"<figure>{film}<figcaption>{escape(name_of(number, session))}: {who}</figcaption></figure>")
    return f'<div class="clips{"" if players else " single"}">{"".join(parts)}</div>'
