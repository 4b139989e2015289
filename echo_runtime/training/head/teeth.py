"""What makes teeth single teeth: where on its crown each vertex lies."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.mesh import HeadMesh
from echo_runtime.training.head.smoothstep import smoothstep

CROWN = 0.95
"""Height (cm) of a crown that lips can bare."""
NECK_WIDER = 0.28
_ARCH_Z = 5.0  # middle of the dental arch


def teeth_marks(mesh: HeadMesh, height: FloatArray, across: FloatArray) -> FloatArray:
    """Writes for the vertices of teeth: `height` (N,) from 0 at the gum to 1 at the biting edge, and `across` (N,) from
    -1 to 1 between the neighbours. Returns (V, 3) what widens their necks, so that no dark gaps stand at the gum."""
    wider = np.zeros_like(mesh.vertices)
    faces = mesh.faces[mesh.of_material("M_Teeth")]
    used, index = np.unique(faces, return_inverse=True)
    index = index.reshape(faces.shape)
    edges = np.concatenate([index[:, [0, 1]], index[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (len(used), len(used)))
    count, tooth = connected_components(graph, directed=False)
    for i in range(count):
        mine = used[tooth == i]
        p = mesh.vertices[mine]
        upper = p[:, 1].max() > -2.0
        from_edge = p[:, 1] - p[:, 1].min() if upper else p[:, 1].max() - p[:, 1]
        height[mine] = np.clip(1 - from_edge / CROWN, 0, 1)
        centre = (p.min(0) + p.max(0)) / 2
        turn = np.arctan2(centre[0], max(centre[2] - _ARCH_Z, 0.3))
        way = np.array([np.cos(turn), 0, -np.sin(turn)])
        along = (p - centre) @ way
        across[mine] = along / np.abs(along).max()
        wider[mine] = (NECK_WIDER * smoothstep(0.8, 0.1, height[mine]) * along)[:, None] * way
    return wider
