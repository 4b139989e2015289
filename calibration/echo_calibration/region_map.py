"""Which pixels of a reference picture belong to which cell of the 5 × 3 face grid.

Of a human face the cells follow from tracked landmarks: lips and eyes from their outlines, everything else from the
nearest landmark. Of any other face somebody draws polygons by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from echo_runtime.capture.landmark_map import shipped_landmark_map
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import ByteArray, FloatArray

CELL_NAMES = (
    "brow_left", "brow_centre", "brow_right", "eye_left", "gaze", "eye_right", "cheek_left", "nose", "cheek_right",
    "corner_left", "upper_lip", "corner_right", "jaw", "lower_lip", "head_pose",
)  # fmt: skip
"""As in generator.face_grid, row by row; a pixel's number is its place here plus one, 0 is outside of the head."""
NUMBER = {name: i + 1 for i, name in enumerate(CELL_NAMES)}

# Outlines in mediapipe's points (face_mesh_connections.py in its repository), the subject's right at the picture's left
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150,
    136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
UPPER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191, 78)
LOWER_LIP = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95, 78)
INSIDE = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
EYES = (
    (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466),
    (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
)
LARGEST_FILE = 1_000_000
SOLID = 128
"""Alpha from which a pixel belongs to the head."""


@dataclass(frozen=True)
class RegionMap:
    """`cells` (H, W) uint8: see NUMBER. `source`: landmarks or polygons."""

    cells: npt.NDArray[np.uint8]
    source: str

    def mask(self, *names: str) -> npt.NDArray[np.bool_]:
        """(H, W) where any of these cells is."""
        return np.isin(self.cells, [NUMBER[name] for name in names])

    @property
    def lips(self) -> npt.NDArray[np.bool_]:
        return self.mask("upper_lip", "lower_lip")

    @property
    def shares(self) -> dict[str, float]:
        """Of the head's pixels, by cell."""
        inside = max(int((self.cells > 0).sum()), 1)
        return {name: round(float((self.cells == n).sum()) / inside, 4) for name, n in NUMBER.items()}


def map_from_landmarks(landmarks: FloatArray, rgba: ByteArray) -> RegionMap:
    """`landmarks` (478, 3) as LandmarkDetector gives them; (H, W, 4) picture → its map."""
    height, width = rgba.shape[:2]
    points = landmarks[:, :2] * np.array([1, -1], np.float32) + np.array([width / 2, height / 2], np.float32)
    oval = _filled((height, width), [points[list(OVAL)]])
    y, x = np.nonzero(oval)
    cells = np.zeros((height, width), np.uint8)
    cells[rgba[..., 3] >= SOLID] = NUMBER["head_pose"]
    skin = np.flatnonzero(_landmark_cells() > 0)
    pixels = np.stack([x, y], 1).astype(np.float32) + 0.5
    nearest = np.concatenate(
        [
            ((piece[:, None] - points[skin]) ** 2).sum(-1).argmin(1)
            for piece in np.array_split(pixels, max(len(pixels) // 4000, 1))
        ]
    )
    cells[y, x] = _landmark_cells()[skin][nearest]
    for eye in EYES:
        cells[_filled((height, width), [points[list(eye)]])] = NUMBER["gaze"]
    cells[_filled((height, width), [points[list(INSIDE)]])] = NUMBER["lower_lip"]
    cells[_filled((height, width), [points[list(UPPER_LIP)]])] = NUMBER["upper_lip"]
    cells[_filled((height, width), [points[list(LOWER_LIP)]])] = NUMBER["lower_lip"]
    cells[rgba[..., 3] < SOLID] = 0
    return RegionMap(cells, "landmarks")


@cache
def _landmark_cells() -> npt.NDArray[np.uint8]:
    """(478,) the cell of each point of mediapipe's, by where it lies on the mean face; 0 for points of lips and eyes,
    which have outlines of their own."""
    face = shipped_landmark_map().canonical
    x, y = face[:, 0], face[:, 1]
    inner = float(x[362])  # the inner corner of the left eye
    eyes, brows = float(y[[33, 133, 362, 263]].mean()), float(y[[66, 105, 296, 334]].mean())
    nose, mouth, chin = float(y[2]), float(y[[13, 14]].mean()), float(y[152])
    lids = eyes - 0.55 * (brows - eyes)
    corner = float(x[291])
    cells = np.full(len(face), NUMBER["jaw"], np.uint8)

    def put(where: npt.NDArray[np.bool_], left: str, right: str = "") -> None:
        cells[where & (x >= 0)] = NUMBER[left]
        cells[where & (x < 0)] = NUMBER[right or left]

    side = np.abs(x)
    put(y > lids, "eye_left", "eye_right")
    put((y > lids) & (side < inner), "nose")
    put(y > eyes + 0.5 * (brows - eyes), "brow_left", "brow_right")
    put((y > eyes + 0.5 * (brows - eyes)) & (side < inner), "brow_centre")
    put((y <= lids) & (y > mouth), "cheek_left", "cheek_right")
    put((y <= lids) & (y > nose - 0.002) & (side < 1.15 * float(x[327])), "nose")
    around = (y < nose + 0.15 * (mouth - nose)) & (y > mouth - 0.55 * (mouth - chin)) & (side < 1.6 * corner)
    put(around, "corner_left", "corner_right")
    put((y <= nose) & (y > mouth) & (side < 0.35 * corner), "nose")  # between nose and lip
    put((y < mouth) & (side < 0.75 * corner), "jaw")
    for outline in (UPPER_LIP, LOWER_LIP, INSIDE, *EYES):
        cells[list(outline)] = 0
    cells[468:] = 0  # irises
    cells.setflags(write=False)
    return cells


def map_from_polygons(path: str | Path, rgba: ByteArray) -> RegionMap:
    """Read polygons drawn by hand for a (H, W, 4) picture: {"regions": {CELL: [[x, y], ...], ...}}, in pixels from the
    upper left corner; a cell may have several polygons, [[[x, y], ...], ...]. Later ones lie over earlier ones; the
    rest of the head is head_pose.

    Raises CalibrationError, with the place, for a file that cannot be read, unknown cells, and polygons that are none.
    """
    file = Path(path)
    document = _read(file)
    height, width = rgba.shape[:2]
    size = document.get("size")
    if size is not None and size != [width, height]:
        raise CalibrationError(f"{file} was drawn for a picture of {size} pixels, but this one has {[width, height]}.")
    regions = document.get("regions")
    if not isinstance(regions, dict) or not regions:
        raise CalibrationError(f'{file} has no "regions"; write {{"regions": {{"jaw": [[x, y], [x, y], [x, y]]}}}}.')
    cells = np.zeros((height, width), np.uint8)
    cells[rgba[..., 3] >= SOLID] = NUMBER["head_pose"]
    for name, drawn in regions.items():
        if name not in NUMBER:
            raise CalibrationError(f"{file} names the cell {name!r}, which is none of {', '.join(CELL_NAMES)}.")
        for polygon in drawn if _several(drawn) else [drawn]:
            cells[_filled((height, width), [_polygon(polygon, name, file, width, height)])] = NUMBER[name]
    cells[rgba[..., 3] < SOLID] = 0
    return RegionMap(cells, "polygons")


def _several(drawn: Any) -> bool:
    """Whether this is a list of polygons, not of points."""
    first = drawn[0] if isinstance(drawn, list) and drawn else None
    return isinstance(first, list) and bool(first) and isinstance(first[0], list)


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise CalibrationError(f"{file} is too large for polygons drawn by hand.")
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CalibrationError(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CalibrationError(f"{file} is not valid JSON ({error}).") from error
    if not isinstance(document, dict):
        raise CalibrationError(f"{file} must hold a JSON object, not {type(document).__name__}.")
    return document


def _polygon(points: Any, name: str, file: Path, width: int, height: int) -> FloatArray:
    try:
        polygon = np.array(points, np.float32)
    except (ValueError, TypeError):
        polygon = np.zeros(0, np.float32)
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3 or not np.isfinite(polygon).all():
        raise CalibrationError(f"{file} has no polygon at {name}: at least three points [x, y] are wanted.")
    if (polygon < -1).any() or (polygon > [width + 1, height + 1]).any():
        raise CalibrationError(f"{file} has a point of {name} outside the picture of {width} × {height} pixels.")
    return polygon


def _filled(size: tuple[int, int], polygons: list[FloatArray]) -> npt.NDArray[np.bool_]:
    """(H, W) inside of polygons, whose points are pixels from the upper left corner; with a sixteenth's precision."""
    mask = np.zeros(size, np.uint8)
    for polygon in polygons:
        # OpenCV puts whole numbers at the middles of pixels
        cv2.fillPoly(mask, [np.round((polygon - 0.5) * 16).astype(np.int32)], (1,), cv2.LINE_8, 4)
    return mask.astype(bool)
