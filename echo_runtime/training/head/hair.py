"""Hair as one smooth surface from the crown to the tips, raised from the skull or hanging from its widest part.

Strands and soft ends are drawn by the shader from two attributes: `edge`, how far inside the border a point is, in
units of the cut's raggedness, and `strand`, a coordinate (cm) that is constant along each strand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.hairline import AXIS_Z, RADIUS, hair_cut, inside_border
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.mesh import IntArray
from echo_runtime.training.head.smoothstep import smoothstep

CENTRE_Y = 4.5
"""Height (cm) below which the surface is described by a cylinder, above by a sphere."""
_COLUMNS, _DOME_ROWS, _ROW_CM = 145, 30, 0.6
_TURNS, _RISES = 120, 60


@dataclass(frozen=True)
class Hair:
    """`vertices` (H, 3) cm in the resting head's place, `normals` (H, 3), `edge`, `strand` (H,), `faces` (F, 3), seen
    from both sides; `root` (3,) the place that strands run away from."""

    vertices: FloatArray
    normals: FloatArray
    edge: FloatArray
    strand: FloatArray
    faces: IntArray
    root: FloatArray


def _dense(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Points spread over the triangles, a few per triangle."""
    grid = [(i / 4, j / 4) for i in range(5) for j in range(5 - i)]
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return np.concatenate([a * u + b * v + c * (1 - u - v) for u, v in grid])


def _binned(turn: np.ndarray, row: np.ndarray, radius: np.ndarray, rows: int) -> np.ndarray:
    """(rows, _TURNS) largest radius per bin, empty bins filled from their nearest, lightly smoothed around the head."""
    table = np.zeros((rows, _TURNS))
    column = ((turn / (2 * np.pi) + 0.5) * _TURNS).astype(int) % _TURNS
    keep = (row >= 0) & (row < rows)
    np.maximum.at(table, (row[keep].astype(int), column[keep]), radius[keep])
    _, nearest = distance_transform_edt(table == 0, return_indices=True)
    table = table[tuple(nearest)]
    return gaussian_filter(table, 1.0, mode=("nearest", "wrap"))


class _Skull:
    """Radius of the head without ears over direction (above CENTRE_Y) and over height (below)."""

    def __init__(self, vertices: FloatArray, faces: IntArray) -> None:
        p = _dense(vertices, faces) - np.array([0, CENTRE_Y, AXIS_Z])
        turn, flat = np.arctan2(p[:, 0], p[:, 2]), np.hypot(p[:, 0], p[:, 2])
        rise = np.arctan2(p[:, 1], flat)
        self.dome = _binned(turn, rise / (np.pi / 2) * _RISES, np.linalg.norm(p, axis=1), _RISES)
        self.low = _binned(turn, -p[:, 1] / 0.5, flat, 24)

    def above(self, turn: np.ndarray, rise: np.ndarray) -> np.ndarray:
        return self._look_up(self.dome, turn, rise / (np.pi / 2) * _RISES - 0.5)

    def below(self, turn: np.ndarray, drop: np.ndarray) -> np.ndarray:
        return self._look_up(self.low, turn, np.minimum(drop / 0.5 - 0.5, 22))

    @staticmethod
    def _look_up(table: np.ndarray, turn: np.ndarray, row: np.ndarray) -> np.ndarray:
        wide = np.concatenate([table[:, -1:], table, table[:, :1]], 1)
        column = (turn / (2 * np.pi) + 0.5) % 1 * _TURNS + 0.5
        return map_coordinates(wide, [np.clip(row, 0, len(table) - 1), column], order=1, mode="nearest")


def grow_hair(skin: FloatArray, scalp_faces: IntArray, identity: Identity) -> Hair:
    """Hair over the neutral head `skin` (V, 3); `scalp_faces` are its skin triangles without the ears."""
    cut = hair_cut(identity)
    skull = _Skull(skin, scalp_faces)
    r = np.random.default_rng(identity.seed)
    lowest = min(y for _, y in cut.border) - 1.2 * cut.ragged
    heights = np.arange(CENTRE_Y, lowest - _ROW_CM, -_ROW_CM)[1:]
    rises = np.radians(np.linspace(88.5, 0, _DOME_ROWS))
    turns = np.linspace(-np.pi, np.pi, _COLUMNS)
    turn, rise = np.meshgrid(turns, rises)

    def volume(place: np.ndarray, turn: np.ndarray) -> np.ndarray:
        inside = inside_border(cut, turn * RADIUS, place)
        grown = cut.rim + (1 - cut.rim) * smoothstep(-0.4, 2.6, inside)
        top = smoothstep(6, 13, place)
        locks = (
            0.10 * np.sin(turn * 13 + phase[0])
            + 0.08 * np.sin(turn * 29 + phase[1])
            + 0.05 * np.sin(turn * 47 + phase[2])
        )
        return identity.hair_volume * grown * (1 + cut.lift * top + locks * (1 - 0.7 * smoothstep(10, 14, place)))

    phase = r.uniform(0, 6, 3)
    bone = skull.above(turn, rise)
    place = CENTRE_Y + bone * np.sin(rise)
    radius = bone + volume(place, turn)
    dome = np.stack([np.sin(turn) * np.cos(rise), np.sin(rise), np.cos(turn) * np.cos(rise)], -1) * radius[..., None]

    rows = [np.hypot(dome[-1, :, 0], dome[-1, :, 2])]
    hang = rows[0]
    for height in heights:
        full = np.full(_COLUMNS, height)
        own = skull.below(turns, CENTRE_Y - full) + volume(full, turns)
        if cut.falls:
            fall = CENTRE_Y - height
            # the tips turn in a little; hair lies on the head but never inside it
            bow = 0.20 * np.sin(min(fall / 9, 1) * np.pi) - 0.06 * max(fall - 7, 0) ** 1.2
            bow -= 0.8 * float(smoothstep(2.0, 9.0, fall))  # and follows the cheeks to the neck
            own = np.maximum(
                np.minimum(own, hang + 0.6), hang + bow + 0.1 * np.sin(turns * 23 + phase[0]) * min(fall / 6, 1)
            )
        rows.append(own)
    flat = np.array(rows[1:])
    drop = heights - CENTRE_Y
    low = np.stack([np.sin(turns) * flat, np.broadcast_to(drop[:, None], flat.shape), np.cos(turns) * flat], -1)
    points = np.concatenate([dome, low]) + np.array([0, CENTRE_Y, AXIS_Z])

    strand, root = _strands(points, cut.whorl)
    edge = inside_border(cut, np.broadcast_to(turns * RADIUS, points.shape[:2]), points[..., 1]) / cut.ragged
    normals = _grid_normals(points)
    count = len(points)
    index = np.arange(count * _COLUMNS, dtype=np.int32).reshape(count, _COLUMNS)
    a, b, c, d = (q.ravel() for q in (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]))
    faces = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    faces = np.ascontiguousarray(faces[edge.reshape(-1)[faces].max(1) > -0.8])
    return Hair(
        points.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        edge.reshape(-1).astype(np.float32),
        strand.reshape(-1).astype(np.float32),
        faces,
        root.astype(np.float32),
    )


def _strands(points: np.ndarray, whorl: tuple[float, float] | None) -> tuple[np.ndarray, np.ndarray]:
    """Strand coordinate of the grid `points` (R, C, 3), and the place that strands run from."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2] - AXIS_Z
    if whorl is None:  # combed back: strands lie in planes through a line from front to back
        return np.arctan2(x, y - 2.0) * 8.0, np.array([0.0, 6.0, 16.0])
    share = smoothstep(5, 11, y)
    turn = np.arctan2(x - whorl[0] * share, z - whorl[1] * share)
    middle = turn.shape[1] // 2
    right = np.unwrap(turn[:, middle:], axis=1)
    left = np.unwrap(turn[:, middle::-1], axis=1)[:, ::-1]
    return np.concatenate([left[:, :-1], right], 1) * RADIUS, np.array([whorl[0], 15.0, whorl[1] + AXIS_Z])


def _grid_normals(points: np.ndarray) -> np.ndarray:
    """Outward unit normals of a grid (R, C, 3) that closes around its columns."""
    along = np.gradient(points, axis=0)
    wide = np.concatenate([points[:, -2:-1], points, points[:, 1:2]], 1)
    across = (wide[:, 2:] - wide[:, :-2]) / 2
    normals = np.cross(along, across)
    return normals / (np.linalg.norm(normals, axis=-1, keepdims=True) + 1e-9)
