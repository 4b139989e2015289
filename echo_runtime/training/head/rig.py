"""One character as a rig: the identity's mesh with hair, the attributes that shading needs, and its deltas."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from echo_runtime.signals import MOTION_INDEX, FloatArray
from echo_runtime.training.head.face_shape import shape_face
from echo_runtime.training.head.hair import grow_hair
from echo_runtime.training.head.hairline import GROWTH, around, hair_cut, inside_border
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.lids import BLINKS, lid_gain
from echo_runtime.training.head.lip_contact import LipContact
from echo_runtime.training.head.mesh import MOUTH_SOCKET, HeadMesh, IntArray
from echo_runtime.training.head.occlusion import ambient_occlusion
from echo_runtime.training.head.raster import vertex_normals
from echo_runtime.training.head.skin import face_uvs, paint_skin
from echo_runtime.training.head.smoothstep import smoothstep
from echo_runtime.training.head.teeth import teeth_marks
from echo_runtime.training.head.tongue import TONGUE as TONGUE_VERTICES
from echo_runtime.training.head.tongue import Tongue

# what a face of the rig is, for the shader
FACE, BACK, TONGUE, TEETH, LEFT_EYE, RIGHT_EYE, HAIR, SOCKET = range(8)
_GROUPS = {
    "M_Face": FACE, "M_BackHead": BACK, "M_GumsTongue": TONGUE, "M_Teeth": TEETH, "M_ScleraLeft": LEFT_EYE,
    "M_IrisLeft": LEFT_EYE, "M_ScleraRight": RIGHT_EYE, "M_IrisRight": RIGHT_EYE,
}  # fmt: skip
NECK = (-14.0, -6.5)
"""Heights (y + 0.35 z, cm) between which the skin goes over from the still shoulders to the moving head."""

ATTRIBUTES = ("rest_x", "rest_y", "rest_z", "u", "v", "occlusion", "edge", "strand")
"""Columns of Rig.attributes."""


class Rig:
    """Mesh of one identity. N vertices: the head's V, then the hair's.

    `base` (V, 3) neutral vertices; `attributes` (N, 8), see ATTRIBUTES (rest: the model's own neutral position, for
    eyes relative to the eyeball's centre; edge and strand of teeth: see `teeth`; edge of the tongue: 1, of gums: 0);
    `body` (F, 3) skin, eyes and mouth, with their `groups` (F,); `hair` and its `hair_faces` (·, 3) in the rig's
    vertices; `faces` body and hair, `casters` those that throw shadows; `lashes` (L, 3); `eye_shell` (E, 3) over the
    eyes' openings, whose texture coordinates run from corner to corner and from the lower lid to the upper; `tongue`
    and `lip_contact` what moves by more than shapes; `head_weight` (N, 1) share of the head's motion that a vertex
    takes; `texture` (512, 512, 7), see `skin`; `deltas` (52, V·3).
    """

    def __init__(self, mesh: HeadMesh, identity: Identity) -> None:
        """Raises TrainingError when `mesh` is not ICT-FaceKit's."""
        mesh.check()
        self.identity = identity
        neutral = mesh.vertices
        count = len(neutral)
        uvs, on_face = face_uvs(mesh)
        ears = on_face & ((uvs[:, 0] < 0.115) | (uvs[:, 0] > 0.885)) & (uvs[:, 1] > 0.40) & (uvs[:, 1] < 0.72)
        self.eyes = [
            np.unique(mesh.faces[mesh.of_material(*names)])
            for names in (("M_ScleraLeft", "M_IrisLeft"), ("M_ScleraRight", "M_IrisRight"))
        ]
        self.scleras = [np.unique(mesh.faces[mesh.of_material(name)]) for name in ("M_ScleraLeft", "M_ScleraRight")]
        self.base = shape_face(mesh, identity)
        if hair_cut(identity).falls:  # ears lie flat under hanging hair
            x = self.base[ears, 0]
            self.base[ears, 0] = np.sign(x) * np.minimum(np.abs(x), 7.2 + 0.1 * np.maximum(np.abs(x) - 7.2, 0))
        self.body, self.groups = _body(mesh)
        scalp = self.body[(self.groups <= BACK) & ~ears[self.body].any(1)]
        self.hair = grow_hair(self.base, scalp[(neutral[scalp, 1] > -7).all(1)], identity)
        self.hair_faces = np.ascontiguousarray(self.hair.faces + np.int32(count))
        self.faces = np.ascontiguousarray(np.concatenate([self.body, self.hair_faces]))
        # thin ends let the light through, and so does what hangs beside the neck
        dense = (self.hair.edge[self.hair.faces] > 0).all(1) & (self.hair.vertices[self.hair.faces, 1] > -1).all(1)
        self.casters = np.ascontiguousarray(np.concatenate([self.body, self.hair_faces[dense]]))

        place = np.concatenate([neutral, self.hair.vertices]).astype(np.float32)
        self.head_weight = smoothstep(*NECK, place[:, 1] + 0.35 * place[:, 2]).astype(np.float32)[:, None]
        self.head_weight[count:] = 1
        edge = np.zeros(len(place), np.float32)
        edge[:count] = inside_border(GROWTH, around(neutral), neutral[:, 1])
        edge[:count][ears] = -5
        edge[count:] = self.hair.edge
        strand = np.zeros(len(place), np.float32)
        strand[count:] = self.hair.strand
        for eye, sclera in zip(self.eyes, self.scleras, strict=True):
            place[eye] -= (neutral[sclera].min(0) + neutral[sclera].max(0)) / 2
        self.base += teeth_marks(mesh, edge, strand)
        edge[slice(*TONGUE_VERTICES)] = 1
        shell = mesh.faces[mesh.of_material("M_EyeOcclusion")]
        self.eye_shell = np.ascontiguousarray(np.concatenate([shell, shell[:, ::-1]]))
        lashes = mesh.faces[mesh.of_material("M_EyeLashes")]
        self.lashes = np.ascontiguousarray(np.concatenate([lashes, lashes[:, ::-1]]))
        from_lid, _ = cKDTree(neutral[on_face]).query(neutral[np.unique(lashes)])
        # for lashes the edge is how far along the hair a vertex is, from 0 at the lid to 1 at the tip
        edge[np.unique(lashes)] = np.clip(from_lid / 0.75, 0, 1)
        coordinates = np.zeros((len(place), 2), np.float32)
        corners = mesh.uvs[mesh.face_uvs.reshape(-1)]
        coordinates[mesh.faces.reshape(-1)] = corners - np.floor(corners)
        coordinates[:count][on_face] = uvs[on_face]
        rested = self.with_hair(self.base)
        occlusion = ambient_occlusion(rested, self.normals(rested, np.eye(3, dtype=np.float32)), self.faces)
        columns = [place, coordinates, occlusion[:, None], edge[:, None], strand[:, None]]
        self.attributes = np.ascontiguousarray(np.concatenate(columns, 1), np.float32)
        self.hair_edge = np.ascontiguousarray(edge)
        self.texture = paint_skin(mesh, identity)
        deltas = mesh.arkit_deltas()
        self.tongue = Tongue(mesh, deltas[MOTION_INDEX["jawOpen"]])
        self.lip_contact = LipContact(mesh, self.tongue.upper)
        deltas[:, np.concatenate(self.eyes)] = 0  # eyeballs are turned by gaze, not by shapes
        on_eye = np.isin(self.groups, (LEFT_EYE, RIGHT_EYE))
        deltas[list(BLINKS)] *= np.float32(lid_gain(self.base, deltas, self.body, on_eye))
        self.deltas = deltas.reshape(len(deltas), -1)

    def with_hair(self, head: FloatArray) -> FloatArray:
        """(N, 3) from the head's vertices (V, 3)."""
        return np.concatenate([head, self.hair.vertices]).astype(np.float32)

    def normals(self, vertices: FloatArray, rotation: FloatArray) -> FloatArray:
        """(N, 3) unit normals of posed `vertices`; the hair's point outwards and are turned by `rotation`."""
        out = np.empty_like(vertices)
        vertex_normals(vertices, self.body, out)
        out[-len(self.hair.vertices) :] = self.hair.normals @ rotation.T
        return out


def _body(mesh: HeadMesh) -> tuple[IntArray, IntArray]:
    """Faces drawn opaque and their groups; the mouth's bag is given both sides, for it is seen from within."""
    faces, groups = [], []
    for name, group in _GROUPS.items():
        mine = mesh.faces[mesh.of_material(name)]
        socket = ((mine >= MOUTH_SOCKET[0]) & (mine < MOUTH_SOCKET[1])).all(1)
        faces += [mine, mine[socket][:, ::-1]]
        groups += [np.where(socket, SOCKET, group), np.full(int(socket.sum()), SOCKET)]
    return np.ascontiguousarray(np.concatenate(faces)), np.concatenate(groups).astype(np.int32)
