"""The shape of one face at rest."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FloatArray
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.mesh import LANDMARKS, HeadMesh
from echo_runtime.training.head.smoothstep import smoothstep

_INNER_LIPS = ((60, 60), (61, 67), (62, 66), (63, 65), (64, 64))  # upper and lower landmarks, from corner to corner


def shape_face(mesh: HeadMesh, identity: Identity) -> FloatArray:
    """(V, 3) neutral vertices of `identity`.

    Faces are brought most of the way to the mean height so that they fill the picture alike; neck and shoulders are the
    mean's, so that all heads stand on the same ground; lips that the deltas leave apart are closed.
    """
    neutral = mesh.vertices
    weights = identity.weights()
    base = neutral + np.tensordot(weights, mesh.identities[: len(weights)].astype(np.float32), 1)
    scale = 1 + 0.6 * (neutral[LANDMARKS, 1].std() / base[LANDMARKS, 1].std() - 1)
    base = (base - base[LANDMARKS].mean(0)) * scale + neutral[LANDMARKS].mean(0)
    own = smoothstep(-12.0, -6.0, neutral[:, 1] + 0.25 * neutral[:, 2])[:, None]
    return _close_lips(mesh, neutral + (base - neutral) * own).astype(np.float32)


def _close_lips(mesh: HeadMesh, base: np.ndarray) -> np.ndarray:
    """Moves each lip by half the gap between them, fading out over a centimetre."""
    neutral = mesh.vertices
    upper, lower = (LANDMARKS[[pair[k] for pair in _INNER_LIPS]] for k in (0, 1))
    gap = base[upper, 1] - base[lower, 1] - (neutral[upper, 1] - neutral[lower, 1]) * 0.6
    x = base[upper, 0]
    order = np.argsort(x)
    line = np.interp(base[:, 0], x[order], ((base[upper, 1] + base[lower, 1]) / 2)[order])
    own_line = np.interp(neutral[:, 0], neutral[upper[order], 0], ((neutral[upper, 1] + neutral[lower, 1]) / 2)[order])
    need = np.interp(base[:, 0], x[order], gap[order], left=0, right=0)
    lips = np.zeros(len(base), bool)
    lips[np.unique(mesh.faces[mesh.of_material("M_Face", "M_BackHead")])] = True
    near = np.exp(-(((base[:, 1] - line) / 0.8) ** 2)) * smoothstep(7.5, 9.5, base[:, 2]) * lips
    side = np.where(neutral[:, 1] > own_line, -0.5, 0.5)
    base = base.copy()
    base[:, 1] += need * near * side
    return base
