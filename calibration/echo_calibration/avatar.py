"""What is measured of an avatar's reference picture: its region map, its neutral pose, and a picture to look at.

Files that are written: `regions.png` (grey, the number of the cell, see region_map.NUMBER), `regions.json` (names,
numbers, shares, neutral pose), `test_pattern.png`, `preview.png`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from echo_calibration.colour_pattern import colour_pattern
from echo_calibration.region_map import CELL_NAMES, NUMBER, RegionMap, map_from_landmarks, map_from_polygons
from echo_runtime.capture.head_pose import fit_pose
from echo_runtime.capture.landmark_map import shipped_landmark_map
from echo_runtime.capture.landmarks import LandmarkDetector
from echo_runtime.errors import CalibrationError
from echo_runtime.signals import COEFFICIENTS, GAZE, MOTION_NAMES, ROTATION, ByteArray, FloatArray

BACKGROUND = 96
"""Grey before which a picture with alpha is shown to the tracker."""
EXPRESSED = 0.35
TURNED = 0.2
LARGEST_SIDE = 8192
_COLOURS = np.array([
    (0, 0, 0), (230, 25, 75), (245, 130, 48), (255, 225, 25), (0, 130, 200), (255, 255, 255), (70, 240, 240),
    (60, 180, 75), (210, 245, 60), (0, 128, 128), (145, 30, 180), (220, 40, 40), (240, 50, 230), (170, 110, 40),
    (250, 150, 150), (128, 128, 128),
], np.uint8)  # fmt: skip


@dataclass(frozen=True)
class AvatarCalibration:
    """`regions`; `pose` (60,) the motion frame that the tracker reads from the reference, None for polygons."""

    regions: RegionMap
    pose: FloatArray | None = None
    notes: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        height, width = self.regions.cells.shape
        pose = None
        if self.pose is not None:
            pose = {name: round(float(v), 4) for name, v in zip(MOTION_NAMES, self.pose, strict=True)}
        return {
            "format_version": 1,
            "size": [width, height],
            "source": self.regions.source,
            "cells": NUMBER,
            "shares": self.regions.shares,
            "neutral_pose": pose,
            "notes": self.notes,
        }


def read_picture(path: str | Path) -> ByteArray:
    """(H, W, 4) of a picture file, or of the reference of an avatar package (its folder or name). Raises
    CalibrationError, PackageError."""
    file = Path(path).expanduser()
    if not file.is_file():
        from echo_runtime.avatars import load_package

        return load_package(str(path)).reference()
    data = np.fromfile(file, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if len(data) else None
    if picture is None or picture.dtype != np.uint8 or picture.ndim not in (2, 3):
        raise CalibrationError(f"{file} is not a picture of 8 bits per channel that can be read; save it as PNG.")
    height, width = picture.shape[:2]
    if max(height, width) > LARGEST_SIDE:
        raise CalibrationError(f"{file} has {width} × {height} pixels; at most {LARGEST_SIDE} per side are taken.")
    if picture.ndim == 2:
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGBA), np.uint8)
    order = cv2.COLOR_BGRA2RGBA if picture.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(picture, order), np.uint8)


def calibrate_avatar(rgba: ByteArray, polygons: str | Path | None = None) -> AvatarCalibration:
    """(H, W, 4) with straight alpha → its map and neutral pose; with `polygons`, a file of them, no face is looked for.

    Raises CalibrationError where no face is found.
    """
    if polygons is not None:
        return AvatarCalibration(map_from_polygons(polygons, rgba))
    landmarks = find_face(rgba)
    if landmarks is None:
        raise CalibrationError(
            "No face was found in the picture. For a face that is not human, draw its regions by hand and give them "
            "with --polygons FILE; otherwise take a front view, in even light, at least 128 pixels high."
        )
    pose, notes = neutral_pose(landmarks)
    return AvatarCalibration(map_from_landmarks(landmarks, rgba), pose, notes)


def find_face(rgba: ByteArray) -> FloatArray | None:
    """(478, 3), see LandmarkDetector; the picture is shown before grey, and larger where it is small."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    rgb = (rgba[..., :3] * alpha + BACKGROUND * (1 - alpha)).astype(np.uint8)
    # the detector was made for faces that leave some room around them
    height, width = rgb.shape[:2]
    for margin in (0.0, 0.25, 0.5):
        by, bx = round(margin * height), round(margin * width)
        framed = cv2.copyMakeBorder(rgb, by, by, bx, bx, cv2.BORDER_CONSTANT, value=(BACKGROUND,) * 3)
        detector = LandmarkDetector(still=True)
        found = detector(np.asarray(framed, np.uint8))
        detector.close()
        if found is not None:
            return found  # counted from the middle, which the frame leaves in its place
    return None


def neutral_pose(landmarks: FloatArray) -> tuple[FloatArray, list[str]]:
    """(60,) the motion frame of a reference picture, and what in it is not neutral."""
    landmark_map = shipped_landmark_map()
    pose = fit_pose(landmarks, landmark_map.canonical)
    motion = landmark_map.motion(landmark_map.features(pose.aligned(landmarks)), pose, landmark_map.rest, 0.0)
    notes = []
    worst = int(motion[COEFFICIENTS].argmax())
    if motion[worst] > EXPRESSED:
        notes.append(
            f"The reference is not neutral: {MOTION_NAMES[worst]} is {motion[worst]:.2f}; a relaxed face works best."
        )
    turned = float(np.abs(motion[ROTATION]).max())
    if turned > TURNED:
        notes.append(f"The head is turned by {np.degrees(turned):.0f} degrees; a front view works best.")
    if float(np.abs(motion[GAZE]).max()) > TURNED:
        notes.append("The eyes look aside; a look into the camera works best.")
    return motion, notes


def write_calibration(found: AvatarCalibration, rgba: ByteArray, folder: Path) -> list[Path]:
    """The four files. Raises CalibrationError where they cannot be written."""
    height, width = rgba.shape[:2]
    pictures = {
        "regions.png": found.regions.cells,
        "test_pattern.png": _bgra(colour_pattern(max(width, 64), max(height, 64))),
        "preview.png": _bgra(preview(found.regions, rgba))[..., :3],
    }
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            (folder / name).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
            written.append(folder / name)
        (folder / "regions.json").write_text(json.dumps(found.document(), indent=1) + "\n", "utf-8")
    except OSError as error:
        raise CalibrationError(f"{folder} cannot be written to: {error.strerror}.") from error
    return [*written, folder / "regions.json"]


def preview(regions: RegionMap, rgba: ByteArray, side: int = 512) -> ByteArray:
    """The picture, and beside it the cells in colours over it, with their names: (side + legend, 2 · side, 4)."""
    height, width = rgba.shape[:2]
    scale = side / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    alpha = rgba[..., 3:].astype(np.float32) / 255
    shown = (rgba[..., :3] * alpha + BACKGROUND * (1 - alpha)).astype(np.uint8)
    shown = np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    cells = np.asarray(cv2.resize(regions.cells, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    mixed = np.where((cells > 0)[..., None], shown // 2 + _COLOURS[cells] // 2, shown)
    edges = np.zeros(cells.shape, bool)
    edges[:, 1:] |= cells[:, 1:] != cells[:, :-1]
    edges[1:] |= cells[1:] != cells[:-1]
    mixed[edges] = 20
    legend = np.full((5 * 22 + 8, 2 * size[0], 3), 255, np.uint8)
    for i, name in enumerate(CELL_NAMES):
        x, y = i % 3 * 2 * size[0] // 3 + 8, i // 3 * 22 + 6
        cv2.rectangle(legend, (x, y), (x + 16, y + 16), tuple(int(c) for c in _COLOURS[i + 1]), -1)
        cv2.rectangle(legend, (x, y), (x + 16, y + 16), (60, 60, 60), 1)
        cv2.putText(legend, name, (x + 24, y + 13), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA)
    whole = np.concatenate([np.concatenate([shown, mixed], 1), legend], 0)
    return np.concatenate([whole, np.full((*whole.shape[:2], 1), 255, np.uint8)], -1).astype(np.uint8)


def _bgra(rgba: ByteArray) -> ByteArray:
    return np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), np.uint8)
