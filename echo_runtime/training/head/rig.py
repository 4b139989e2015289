"""One character as a rig: the identity's mesh with hair, the attributes that shading needs, and its deltas."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.hair import hair_cap, hair_curtain
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.lids import BLINKS, lid_gain
from echo_runtime.training.head.mesh import LANDMARKS, MOUTH_SOCKET, HeadMesh, IntArray
from echo_runtime.training.head.occlusion import ambient_occlusion
from echo_runtime.training.head.raster import vertex_normals
from echo_runtime.training.head.skin import face_uvs, paint_skin
from echo_runtime.training.head.smoothstep import smoothstep

# what a face of the rig is, for the shader
FACE, BACK, TONGUE, TEETH, LEFT_EYE, RIGHT_EYE, CAP, CURTAIN, SOCKET = range(9)
_GROUPS = {
    "M_Face": FACE, "M_BackHead": BACK, "M_GumsTongue": TONGUE, "M_Teeth": TEETH, "M_ScleraLeft": LEFT_EYE,
    "M_IrisLeft": LEFT_EYE, "M_ScleraRight": RIGHT_EYE, "M_IrisRight": RIGHT_EYE,
}  # fmt: skip
NECK = (-15.0, -6.5)
"""Heights (y + 0.35 z, cm) between which the skin goes over from the still shoulders to the moving head."""

# columns of Rig.attributes
ATTRIBUTES = ("rest_x", "rest_y", "rest_z", "u", "v", "occlusion", "edge")


class Rig:
    """Mesh of one identity. N vertices: the head's V, then the hair cap's, then the curtain's.

    `base` (V, 3) neutral vertices; `attributes` (N, 7), see ATTRIBUTES (rest: the model's own neutral position, for eyes
    relative to the eyeball's centre); `body` (F, 3) skin, eyes and mouth; `cap`, `curtain` (·, 3) hair; `groups` of all
    three, in that order; `lashes` (L, 3); `head_weight` (N, 1) share of the head's motion that a vertex takes;
    `texture` (512, 512, 4); `deltas` (52, V·3).
    """

    def __init__(self, mesh: HeadMesh, identity: Identity) -> None:
        self.identity = identity
        neutral = mesh.vertices
        count = len(neutral)
        self.base = _shape(mesh, identity)
        body, groups = _body(mesh)
        uvs, on_face = face_uvs(mesh)
        scalp = np.ascontiguousarray(body[groups <= BACK])
        hair = hair_cap(neutral, scalp, uvs, on_face, identity)
        self.hair = hair
        self.drape = hair_curtain(identity)
        rest = [neutral.copy(), neutral[hair.roots]]
        edge = [np.zeros(count, np.float32), hair.edge]
        faces = [body, hair.faces + np.int32(count)]
        kinds = [groups, np.full(len(hair.faces), CAP, np.int32)]
        if self.drape is not None:
            rest.append(self.drape.vertices)
            edge.append(self.drape.edge)
            faces.append(self.drape.faces + np.int32(count + len(hair.roots)))
            kinds.append(np.full(len(self.drape.faces), CURTAIN, np.int32))
        place = np.concatenate(rest).astype(np.float32)
        self.head_weight = smoothstep(*NECK, place[:, 1] + 0.35 * place[:, 2]).astype(np.float32)[:, None]
        if self.drape is not None:
            self.head_weight[-len(self.drape.vertices) :] = 1
        self.faces = np.ascontiguousarray(np.concatenate(faces))
        self.groups = np.concatenate(kinds).astype(np.int32)
        self.body = np.ascontiguousarray(faces[0])
        self.cap = np.ascontiguousarray(faces[1])
        self.curtain = np.ascontiguousarray(faces[2]) if self.drape is not None else np.zeros((0, 3), np.int32)
        self.eyes = [
            np.unique(mesh.faces[mesh.of_material(*names)])
            for names in (("M_ScleraLeft", "M_IrisLeft"), ("M_ScleraRight", "M_IrisRight"))
        ]
        self.scleras = [np.unique(mesh.faces[mesh.of_material(name)]) for name in ("M_ScleraLeft", "M_ScleraRight")]
        for eye, sclera in zip(self.eyes, self.scleras, strict=True):
            place[eye] -= (neutral[sclera].min(0) + neutral[sclera].max(0)) / 2
        lashes = mesh.faces[mesh.of_material("M_EyeLashes")]
        self.lashes = np.ascontiguousarray(np.concatenate([lashes, lashes[:, ::-1]]))
        root, _ = cKDTree(neutral[on_face]).query(neutral[np.unique(lashes)])
        # for lashes the edge is how far along the hair a vertex is, from 0 at the lid to 1 at the tip
        edge[0][np.unique(lashes)] = np.clip(root / 0.75, 0, 1)
        coordinates = np.zeros((len(place), 2), np.float32)
        corners = mesh.uvs[mesh.face_uvs.reshape(-1)]
        coordinates[mesh.faces.reshape(-1)] = corners - np.floor(corners)
        coordinates[:count][on_face] = uvs[on_face]
        rested = self.with_hair(self.base)
        occlusion = ambient_occlusion(rested, self.normals(rested, np.eye(3, dtype=np.float32)), self.faces)
        self.attributes = np.ascontiguousarray(
            np.concatenate([place, coordinates, occlusion[:, None], np.concatenate(edge)[:, None]], 1), np.float32
        )
        self.texture = paint_skin(mesh, identity)
        self.deltas = mesh.arkit_deltas()
        self.deltas[:, np.concatenate(self.eyes)] = 0  # eyeballs are turned by gaze, not by shapes
        on_eye = np.isin(groups, (LEFT_EYE, RIGHT_EYE))
        self.deltas[list(BLINKS)] *= np.float32(lid_gain(self.base, self.deltas, self.body, on_eye))
        self.deltas = self.deltas.reshape(len(self.deltas), -1)

    def with_hair(self, head: FloatArray) -> FloatArray:
        """(N, 3) from the head's vertices (V, 3): the cap follows the scalp, the curtain stays."""
        parts = [head, head[self.hair.roots] + self.hair.offsets]
        if self.drape is not None:
            parts.append(self.drape.vertices)
        return np.concatenate(parts).astype(np.float32)

    def normals(self, vertices: FloatArray, rotation: FloatArray) -> FloatArray:
        """(N, 3) unit normals of posed `vertices`; the curtain's, seen from both sides, are turned by `rotation`."""
        out = np.empty_like(vertices)
        vertex_normals(vertices, self.faces, out)
        if self.drape is not None:
            out[-len(self.drape.vertices) :] = self.drape.normals @ rotation.T
        return out


def _shape(mesh: HeadMesh, identity: Identity) -> FloatArray:
    """The identity's neutral vertices, brought most of the way to the mean height so that faces fill the picture alike."""
    weights = identity.weights()
    base = mesh.vertices + np.tensordot(weights, mesh.identities[: len(weights)].astype(np.float32), 1)
    height, own = mesh.vertices[LANDMARKS, 1].std(), base[LANDMARKS, 1].std()
    scale = 1 + 0.6 * (height / own - 1)
    return ((base - base[LANDMARKS].mean(0)) * scale + mesh.vertices[LANDMARKS].mean(0)).astype(np.float32)


def _body(mesh: HeadMesh) -> tuple[IntArray, IntArray]:
    """Faces drawn opaque and their groups; the mouth's bag is given both sides, for it is seen from within."""
    faces, groups = [], []
    for name, group in _GROUPS.items():
        mine = mesh.faces[mesh.of_material(name)]
        socket = ((mine >= MOUTH_SOCKET[0]) & (mine < MOUTH_SOCKET[1])).all(1)
        faces += [mine, mine[socket][:, ::-1]]
        groups += [np.where(socket, SOCKET, group), np.full(int(socket.sum()), SOCKET)]
    return np.ascontiguousarray(np.concatenate(faces)), np.concatenate(groups).astype(np.int32)
