"""Hair: a cap raised from the scalp, and for longer styles a curtain that hangs around the head.

Both are smooth surfaces; strands and soft edges are drawn by the shader from `edge`, the distance inside the border.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.mesh import IntArray
from echo_runtime.training.head.raster import vertex_normals
from echo_runtime.training.head.smoothstep import smoothstep

# the hairline's height (cm) over depth z (cm), from the nape to the forehead
_LINE_Z = np.array([-12, -7, -4, -1.5, 1.2, 2.8, 3.6, 5.2, 7.5, 10.5])
_LINE_Y = np.array([-6, -6, -4.5, -1, 1, 2.0, 6.2, 8.8, 10.2, 10.6])


def hairline_distance(points: np.ndarray, uvs: np.ndarray, on_face: np.ndarray, identity: Identity) -> np.ndarray:
    """Signed distance (cm) above the hairline of `points` (..., 3); ears are kept out by their place in the texture."""
    distance = points[..., 1] - np.interp(points[..., 2], _LINE_Z, _LINE_Y) - identity.hairline
    u, v = uvs[..., 0], uvs[..., 1]
    ear = on_face & ((u < 0.115) | (u > 0.885)) & (v > 0.40) & (v < 0.72)
    return np.where(ear, -5.0, distance)


@dataclass(frozen=True)
class HairCap:
    """The cap. `roots` (C,) head vertices that it follows, `offsets` (C, 3) cm from them, `edge` (C,) cm,
    `faces` (F, 3) into the cap's own vertices."""

    roots: np.ndarray
    offsets: FloatArray
    edge: FloatArray
    faces: IntArray


@dataclass(frozen=True)
class HairCurtain:
    """The curtain, seen from both sides. `vertices`, `normals` (N, 3), `edge` (N,), `faces` (F, 3)."""

    vertices: FloatArray
    normals: FloatArray
    edge: FloatArray
    faces: IntArray


def hair_cap(
    vertices: FloatArray, scalp_faces: IntArray, uvs: FloatArray, on_face: np.ndarray, identity: Identity
) -> HairCap:
    """Raises the part of `scalp_faces` above the hairline along its normals, thin at the border."""
    inside = hairline_distance(vertices, uvs, on_face, identity)
    faces = scalp_faces[inside[scalp_faces].max(1) > -0.35]
    roots = np.unique(faces)
    remap = np.full(len(vertices), -1, np.int32)
    remap[roots] = np.arange(len(roots))
    normals = np.empty_like(vertices)
    vertex_normals(vertices, scalp_faces, normals)
    r = np.random.default_rng(identity.seed)
    place, normal, edge = vertices[roots], normals[roots], inside[roots]
    turn = np.arctan2(place[:, 0], place[:, 2] + 1.0)
    tufts = 0.12 * np.sin(turn * 17 + r.uniform(0, 6)) + 0.10 * np.sin(turn * 31 + place[:, 1] * 0.6 + r.uniform(0, 6))
    thickness = identity.hair_volume * smoothstep(-0.3, 2.2, edge) * (1 + 0.45 * smoothstep(8, 13, place[:, 1]) + tufts)
    offsets = normal * thickness[:, None]
    offsets[:, 1] += 0.5 * smoothstep(4, 8, place[:, 2]) * thickness
    offsets -= 0.05 * normal * (edge < -0.1)[:, None]
    return HairCap(roots, offsets.astype(np.float32), edge.astype(np.float32), remap[faces])


def hair_curtain(identity: Identity) -> HairCurtain | None:
    """Hair that hangs from the crown around the back and the sides; None for short styles."""
    if identity.hair_style not in ("bob", "long"):
        return None
    around, down = 97, 26
    reach = np.pi * 0.66
    turn, height = np.meshgrid(np.linspace(-reach, reach, around), np.linspace(9.6, 8.6 - identity.hair_length, down))
    fall = (9.6 - height) / (identity.hair_length + 1)
    flare = np.sin(np.clip(fall * 2.2, 0, 1) * np.pi / 2)
    radius = 7.35 + 1.75 * flare - 1.8 * np.clip(fall - 0.45, 0, 1) ** 1.5
    radius += (0.16 * np.sin(turn * 19) + 0.10 * np.sin(turn * 37 + 1)) * fall
    points = np.stack(
        [np.sin(turn) * radius, height + 0.9 * np.cos(turn) * (1 - fall), -np.cos(turn) * radius * 1.02 - 0.2], -1
    )
    vertices = points.reshape(-1, 3).astype(np.float32)
    index = np.arange(around * down, dtype=np.int32).reshape(down, around)
    a, b, c, d = (q.ravel() for q in (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]))
    outer = np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)])
    normals = np.empty_like(vertices)
    vertex_normals(vertices, outer, normals)
    normals *= np.sign((normals * (vertices * np.array([1, 0, 1]))).sum(1).mean())
    front = (reach - np.abs(turn)) * 8.0
    tips = height - (8.6 - identity.hair_length)
    edge = np.minimum(tips, front + 0.4).reshape(-1)
    faces = np.concatenate([outer, outer[:, ::-1]])
    return HairCurtain(vertices, normals.astype(np.float32), edge.astype(np.float32), np.ascontiguousarray(faces))
