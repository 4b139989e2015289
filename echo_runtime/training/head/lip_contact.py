"""The lower lip under the upper teeth (F, V): the shapes alone leave a slit, so the lip is led to the teeth's edge."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import MOTION_INDEX, FloatArray
from echo_runtime.training.head.mesh import LANDMARKS, HeadMesh
from echo_runtime.training.head.smoothstep import smoothstep

_ROLL, _JAW = MOTION_INDEX["mouthRollLower"], MOTION_INDEX["jawOpen"]
_RAISED = [MOTION_INDEX["mouthUpperUpLeft"], MOTION_INDEX["mouthUpperUpRight"]]
INNER_LIP = LANDMARKS[[65, 66, 67]]
_REACH = np.array([2.0, 0.75, 1.6])  # cm


class LipContact:
    """Leads the lower lip of a head (V, 3) to the upper incisors, whose edge is the vertex `incisor`."""

    def __init__(self, mesh: HeadMesh, incisor: int) -> None:
        place = mesh.vertices
        middle = place[INNER_LIP].mean(0)
        skin = np.unique(mesh.faces[mesh.of_material("M_Face", "M_BackHead")])
        share = np.exp(-(((place[skin] - middle) / _REACH) ** 2).sum(1))
        jaw = mesh.expressions[mesh.expression_names.index("jawOpen"), skin, 1].astype(np.float32)
        share *= smoothstep(-0.3, -1.2, jaw)  # what the jaw does not carry is the upper lip
        keep = share > 0.01
        self.vertices, self.share = skin[keep], share[keep, None].astype(np.float32)
        self.incisor = incisor

    @staticmethod
    def amount(weights: FloatArray) -> float:
        """How far the shapes (52,) ask for the contact, in [0, 1]."""
        raised = float(weights[_RAISED].mean())
        steps = (
            smoothstep(0.15, 0.45, weights[_ROLL])
            * smoothstep(0.08, 0.3, raised)
            * smoothstep(0.4, 0.15, weights[_JAW])
        )
        return float(steps)

    def move(self, head: FloatArray, weights: FloatArray) -> None:
        """Changes `head` (V, 3) in place."""
        amount = self.amount(weights)
        if amount < 1e-3:
            return
        lip, edge = head[INNER_LIP].mean(0), head[self.incisor]
        way = np.array([0.0, edge[1] + 0.10 - lip[1], min(edge[2] + 0.18 - lip[2], 0.0) * 0.5], np.float32)
        head[self.vertices] += amount * self.share * np.clip(way, -0.6, 0.9)
