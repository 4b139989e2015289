"""Pictures with known truth for a renderer's training, drawn once by the synthetic head and kept in a folder.

pictures.npy  (N, S, S, 4) uint8     straight alpha; cells of c pixels, see `cell_of`
rest.npy      (N, S/c, S/c, 2) float16  offset in pixels from a cell's middle to where its point lies at head pose zero
neutral.npy   likewise, to where it lies on the neutral face at pose zero
region.npy    (N, S/c, S/c) uint8    what the cell shows; 0 where it is mixed, as rest and neutral are NaN
motion.npy    (N, 60) float32
kind.npy      (N,) uint8             what kind of motion it is, see `renderer_motion_sources`
done.npy      (N,) uint8             1 once a row is complete, so that drawing resumes and training may begin early
views_picture.npy, views_region.npy   the head from all sides, shell_radius.npy the hair's surface: `renderer_hair`
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from echo_runtime.errors import TrainingError
from echo_runtime.renderer.config import BOX_STEP, Box
from echo_runtime.renderer.shell import Shell
from echo_runtime.signals import FloatArray
from echo_runtime.training.atomic_writing import require_space, reserve, write_text
from echo_runtime.training.head import HeadRenderer, identities
from echo_runtime.training.renderer_hair import Views, draw_views, shell_of
from echo_runtime.training.renderer_motion_sources import picture_motions
from echo_runtime.training.renderer_motions import motion_of

EYE, MOUTH = 3, 4
"""Regions of `HeadPicture.region`."""
BASE_SIZE = 256
"""Side of the pictures that the sizes of boxes and cells are made for; larger ones scale them."""


def cell_of(size: int) -> int:
    """Pixels per cell of the correspondence maps of pictures of side `size`: flows are as fine in any."""
    return max(4, 4 * size // BASE_SIZE)


@dataclass(frozen=True)
class RendererPictures:
    """The open folder; arrays are memory-mapped. `held_out` rows at the end are never trained on."""

    pictures: npt.NDArray[np.uint8]
    rest: npt.NDArray[np.float16]
    neutral: npt.NDArray[np.float16]
    region: npt.NDArray[np.uint8]
    motion: FloatArray
    done: npt.NDArray[np.uint8]
    rest_picture: npt.NDArray[np.uint8]
    rest_region: npt.NDArray[np.uint8]
    eyes_box: Box
    mouth_box: Box
    held_out: int
    kind: npt.NDArray[np.uint8] | None = None
    views: Views | None = None
    shell: Shell | None = None
    shell_radius: FloatArray | None = None

    @property
    def size(self) -> int:
        return int(self.pictures.shape[1])

    def training_rows(self) -> npt.NDArray[np.int64]:
        """Rows that are drawn and not held out."""
        return np.flatnonzero(self.done[: len(self.done) - self.held_out].copy())

    def held_out_rows(self) -> npt.NDArray[np.int64]:
        first = len(self.done) - self.held_out
        return first + np.flatnonzero(self.done[first:].copy())


_ARRAYS = ("pictures", "rest", "neutral", "region", "motion", "done", "rest_picture", "rest_region")
_HAIR_ARRAYS = ("kind", "views_picture", "views_region", "shell_radius")


def open_pictures(folder: Path, writable: bool = False) -> RendererPictures:
    """Raises TrainingError if the folder holds no data set."""
    try:
        about = json.loads((folder / "about.json").read_text())
        arrays = {
            n: np.load(folder / f"{n}.npy", mmap_mode="r+" if writable else "r", allow_pickle=False) for n in _ARRAYS
        }
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"No renderer pictures in {folder} ({error}); draw them with `echo-runtime train renderer`."
        ) from error
    more: dict[str, Any] = {}
    if "shell" in about:
        kept = {n: np.load(folder / f"{n}.npy", mmap_mode="r", allow_pickle=False) for n in _HAIR_ARRAYS}
        more = {"kind": kept["kind"], "views": (kept["views_picture"], kept["views_region"]),
                "shell": Shell(**about["shell"]), "shell_radius": kept["shell_radius"]}  # fmt: skip
    return RendererPictures(
        **arrays,
        eyes_box=tuple(about["eyes_box"]),
        mouth_box=tuple(about["mouth_box"]),
        held_out=about["held_out"],
        **more,
    )


def _draw_row(head: HeadRenderer, data: RendererPictures, row: int) -> None:
    motion = np.asarray(data.motion[row])
    data.pictures[row] = head.render(motion).rgba
    data.rest[row], data.neutral[row], data.region[row] = head.cells(motion, cell_of(data.size))
    data.done[row] = 1


def _box(left: float, top: float, right: float, bottom: float, size: int) -> Box:
    """The box grown about its middle to sides that are multiples of BOX_STEP, inside the picture."""
    sides = []
    for low, high in ((left, right), (top, bottom)):
        length = math.ceil((high - low) / BOX_STEP) * BOX_STEP
        start = min(max(0, round((low + high - length) / 2)), size - length)
        sides.append((start, start + length))
    return sides[0][0], sides[1][0], sides[0][1], sides[1][1]


def detail_boxes(head: HeadRenderer) -> tuple[Box, Box]:
    """(eyes with brows, mouth with chin) boxes of an identity's rest picture, in large pictures those of one of
    BASE_SIZE, enlarged: the same part of the face at any size.

    Found from where eyeballs and the open mouth are seen; the distance over both eyes is the unit.
    """
    if head.size > BASE_SIZE and head.size % BASE_SIZE == 0:
        times = head.size // BASE_SIZE
        small = detail_boxes(HeadRenderer(head.identity, BASE_SIZE))
        eyes_box, mouth_box = ((b[0] * times, b[1] * times, b[2] * times, b[3] * times) for b in small)
        return eyes_box, mouth_box
    neutral = head.render(motion_of(eyeWide=0.5), detail=True).region
    opened = head.render(motion_of(jawOpen=1.0), detail=True).region
    assert neutral is not None
    assert opened is not None
    eye_rows, eye_columns = np.nonzero(neutral == EYE)
    mouth_rows, mouth_columns = np.nonzero(opened == MOUTH)
    left, right = int(eye_columns.min()), int(eye_columns.max()) + 1
    unit = right - left
    eyes = _box(
        left - 0.16 * unit, eye_rows.min() - 0.40 * unit, right + 0.16 * unit, eye_rows.max() + 0.17 * unit, head.size
    )
    middle = float(mouth_columns.mean())
    top = max(eyes[3], mouth_rows.min() - 0.26 * unit)
    return eyes, _box(middle - 0.52 * unit, top, middle + 0.52 * unit, mouth_rows.max() + 0.24 * unit, head.size)


def prepare_folder(
    folder: Path, identity: str, count: int, held_out: int, seed: int, size: int = 256,
    conversations: Path | None = None,
) -> None:  # fmt: skip
    """Creates the empty arrays, or leaves a folder that already holds the same data set.

    `conversations`: folder of sessions whose motion is shown, see `picture_motions`. Raises TrainingError if `folder`
    holds another data set.
    """
    about = {"identity": identity, "count": count, "held_out": held_out, "seed": seed, "size": size}
    path = folder / "about.json"
    if path.exists():
        if not json.loads(path.read_text()).items() >= about.items():
            raise TrainingError(f"{folder} holds pictures of other settings; delete it or choose another --out.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    side = size // cell_of(size)
    shapes = {
        "pictures": ((count, size, size, 4), np.uint8), "rest": ((count, side, side, 2), np.float16),
        "neutral": ((count, side, side, 2), np.float16), "region": ((count, side, side), np.uint8),
        "motion": ((count, 60), np.float32), "done": ((count,), np.uint8),
    }  # fmt: skip
    needed = sum(math.prod(shape) * np.dtype(kind).itemsize for shape, kind in shapes.values())
    require_space(folder, needed, f"{count} pictures")
    for name, (shape, kind) in shapes.items():
        array = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", kind, shape)
        reserve(folder / f"{name}.npy")
        if name == "motion":
            array[:], kinds = picture_motions(count, held_out, seed, conversations)
            np.save(folder / "kind.npy", kinds)
        array.flush()
    character = identities()[identity]
    eyes, mouth = detail_boxes(HeadRenderer(character, size))
    large = HeadRenderer(character, size * 3 // 2)
    neutral = large.render(motion_of(), detail=True)
    assert neutral.region is not None
    np.save(folder / "rest_picture.npy", neutral.rgba)
    np.save(folder / "rest_region.npy", neutral.region)
    for name, views in zip(("views_picture", "views_region"), draw_views(large), strict=True):
        np.save(folder / f"{name}.npy", views)
    shell, radius = shell_of(large)
    np.save(folder / "shell_radius.npy", radius)
    write_text(path, json.dumps({**about, "shell": asdict(shell), "eyes_box": eyes, "mouth_box": mouth}))


def _draw_share(folder: str, identity: str, size: int, part: int, parts: int) -> None:
    data = open_pictures(Path(folder), writable=True)
    head = HeadRenderer(identities()[identity], size)
    # held-out rows first: the first evaluation needs them
    parent = multiprocessing.parent_process()
    for row in range(len(data.done) - 1 - part, -1, -parts):
        if parent is not None and not parent.is_alive():
            return  # the command was stopped; what is drawn is kept
        if not data.done[row]:
            _draw_row(head, data, row)


def _draw_quietly(folder: str, identity: str, size: int, part: int, parts: int) -> None:
    os.nice(5)
    _draw_share(folder, identity, size, part, parts)


def draw_pictures(
    folder: Path, identity: str = "mira", count: int = 4800, held_out: int = 128, seed: int = 1, size: int = 256,
    processes: int = 2, report: Callable[[int, int], None] | None = None, conversations: Path | None = None,
    enough: float = 1.0,
) -> RendererPictures:  # fmt: skip
    """Draws what is missing of the data set and returns it; interrupted drawing continues where it stopped.

    `enough`: share of the pictures after which it returns, while drawing goes on behind it until this process ends.
    Raises TrainingError for an unknown identity or when a drawing process fails.
    """
    if identity not in identities():
        raise TrainingError(f"There is no identity {identity!r}; choose one of {', '.join(identities())}.")
    prepare_folder(folder, identity, count, held_out, seed, size, conversations)
    data = open_pictures(folder)
    if data.done.all():
        return data
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_draw_quietly, args=(str(folder), identity, size, part, processes), daemon=True)
        for part in range(processes)
    ]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        if enough < 1.0 and data.done.mean() >= enough:
            return data
        time.sleep(0.5)
        if report is not None:
            report(int(data.done.sum()), count)
    if not data.done.all():
        raise TrainingError(f"Drawing stopped after {int(data.done.sum())} of {count} pictures; run the command again.")
    return data
