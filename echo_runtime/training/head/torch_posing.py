"""Posing on any torch device, batched: the same arithmetic as `posing`, `tongue` and `lip_contact`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from echo_runtime.signals import GAZE, ROTATION, TRANSLATION, FloatArray
from echo_runtime.training.head.lip_contact import INNER_LIP, LipContact
from echo_runtime.training.head.posing import CM_PER_METRE, LIDS, PIVOT, TONGUE_OUT, rotation_matrix, shape_weights
from echo_runtime.training.head.rig import Rig
from echo_runtime.training.head.tongue import KNOTS, LOWER_LIP


def smoothstep(low: Tensor | float, high: Tensor | float, x: Tensor) -> Tensor:
    """Hermite step from 0 at `low` to 1 at `high`."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class PosedBatch:
    """As PosedHead, with a first dimension B: `vertices`, `rested`, `normals` (B, N, 3), `strand_root` (B, 3),
    `frame` (B, 4, 3)."""

    vertices: Tensor
    rested: Tensor
    normals: Tensor
    strand_root: Tensor
    frame: Tensor


class TorchRig:
    """A rig's arrays on a device."""

    def __init__(self, rig: Rig, device: torch.device) -> None:
        def put(array: np.ndarray, kind: torch.dtype = torch.float32) -> Tensor:
            return torch.from_numpy(np.ascontiguousarray(array)).to(device, kind)

        self.rig, self.device = rig, device
        self.base, self.deltas = put(rig.base), put(rig.deltas)
        self.attributes, self.hair_edge = put(rig.attributes), put(rig.hair_edge)
        self.body, self.hair_faces, self.casters, self.lashes, self.eye_shell = (
            put(faces, torch.int64) for faces in (rig.body, rig.hair_faces, rig.casters, rig.lashes, rig.eye_shell)
        )
        self.groups = put(rig.groups, torch.int64)
        self.hair_vertices, self.hair_normals = put(rig.hair.vertices), put(rig.hair.normals)
        self.head_weight, self.strand_root = put(rig.head_weight), put(rig.hair.root)
        self.eyes = [put(eye, torch.int64) for eye in rig.eyes]
        self.scleras = [put(sclera, torch.int64) for sclera in rig.scleras]
        self.pivot = put(PIVOT)
        self.tongue = put(rig.tongue.vertices, torch.int64)
        self.tongue_share, self.tongue_level = put(rig.tongue.share), put(rig.tongue.level)
        self.lip, self.lip_share = put(rig.lip_contact.vertices, torch.int64), put(rig.lip_contact.share)
        self.inner_lip = put(INNER_LIP, torch.int64)

    def _move_tongue(self, head: Tensor, amount: Tensor) -> None:
        tongue = self.rig.tongue
        amount = amount.clamp(max=1)[:, None]
        mine = head[:, self.tongue]
        tip, upper, lower = mine[:, tongue.tip], head[:, tongue.upper], head[:, tongue.lower]
        between = (upper[:, 1] + lower[:, 1]) / 2
        lip = torch.minimum(between, head[:, LOWER_LIP, 1] + 0.1)
        path = torch.stack(
            [
                tip,
                torch.stack([tip[:, 0], upper[:, 1] + 0.62, upper[:, 2] - 0.80], 1),
                torch.stack([tip[:, 0], between, upper[:, 2] + 0.35], 1),
                torch.stack([tip[:, 0], lip, upper[:, 2] + 2.1], 1),
            ],
            1,
        )
        goal = path[:, 0]
        for k in range(3):
            share = ((amount - KNOTS[k]) / (KNOTS[k + 1] - KNOTS[k])).clamp(0, 1)
            goal = goal + share * (path[:, k + 1] - path[:, k])
        out = smoothstep(0.25, 0.5, amount)
        share = self.tongue_share[None] ** (1.5 - 0.5 * out)
        moved = mine + share[..., None] * (goal - path[:, 0])[:, None]
        way = (goal[:, 2] - lower[:, 2]).clamp(min=0.1)[:, None]
        past = ((moved[..., 2] - lower[:, 2, None]) / way).clamp(0, 1)
        gap = (upper[:, 1] - lower[:, 1]).clamp(min=0.12)[:, None]
        middle = path[:, 2, 1, None] + (goal[:, 1] - path[:, 2, 1])[:, None] * past
        flat = middle + (self.tongue_level - 0.5) * (0.95 * gap).clamp(max=0.7) * (1 - 0.35 * past**3)
        weight = out * smoothstep(lower[:, 2, None] - 1.6, lower[:, 2, None] - 0.3, moved[..., 2])
        moved[..., 1] += weight * (flat - moved[..., 1])
        head[:, self.tongue] = torch.where(amount[..., None] < 1e-3, mine, moved)

    def _move_lip(self, head: Tensor, amount: Tensor) -> None:
        lip, edge = head[:, self.inner_lip].mean(1), head[:, self.rig.lip_contact.incisor]
        up = (edge[:, 1] + 0.10 - lip[:, 1]).clamp(-0.6, 0.9)
        back = ((edge[:, 2] + 0.18 - lip[:, 2]).clamp(max=0) * 0.5).clamp(-0.6, 0.9)
        way = torch.stack([torch.zeros_like(up), up, back], 1) * torch.where(amount < 1e-3, 0.0, amount)[:, None]
        head[:, self.lip] += way[:, None] * self.lip_share

    def pose(self, motions: FloatArray) -> PosedBatch:
        """Poses motion frames (B, 60)."""
        weights = np.stack([shape_weights(motion) for motion in motions])
        put = torch.from_numpy
        on = put(weights).to(self.device)
        head = (self.base.reshape(-1) + on @ self.deltas).reshape(len(motions), -1, 3)
        self._move_tongue(head, on[:, TONGUE_OUT])
        amounts = np.array([LipContact.amount(row) for row in weights], np.float32)
        self._move_lip(head, put(amounts).to(self.device))
        turns = np.stack([rotation_matrix(-float(m[GAZE][1]), float(m[GAZE][0]), 0.0) for m in motions])
        turn = put(turns).to(self.device)
        for eye, sclera, (blink, *_) in zip(self.eyes, self.scleras, LIDS, strict=True):
            centre = (head[:, sclera].amin(1) + head[:, sclera].amax(1))[:, None] / 2
            back = 0.15 * np.minimum(2 * motions[:, blink], 1).astype(np.float32)
            head[:, eye] = (head[:, eye] - centre) @ turn.transpose(1, 2) + centre
            head[:, eye, 2] -= put(back).to(self.device)[:, None]
        hair = self.hair_vertices.expand(len(motions), -1, -1)
        rested = torch.cat([head, hair], 1)
        rotation = put(np.stack([rotation_matrix(*(float(x) for x in m[ROTATION])) for m in motions])).to(self.device)
        shift = put((motions[:, TRANSLATION] * CM_PER_METRE).astype(np.float32)).to(self.device)
        moved = (rested - self.pivot) @ rotation.transpose(1, 2) + self.pivot + shift[:, None]
        vertices = rested + (moved - rested) * self.head_weight
        root = (rotation @ (self.strand_root - self.pivot)) + self.pivot
        frame = torch.cat([rotation, (self.pivot + shift)[:, None]], 1)
        return PosedBatch(vertices, rested, self._normals(vertices, rotation), root, frame)

    def _normals(self, vertices: Tensor, rotation: Tensor) -> Tensor:
        a, b, c = (vertices[:, self.body[:, k]] for k in range(3))
        across = torch.linalg.cross(b - a, c - a)
        out = torch.zeros_like(vertices)
        for k in range(3):
            out.index_add_(1, self.body[:, k], across)
        out = out / (torch.sqrt((out * out).sum(-1, keepdim=True)) + 1e-12)
        out[:, -len(self.hair_normals) :] = self.hair_normals @ rotation.transpose(1, 2)
        return out
