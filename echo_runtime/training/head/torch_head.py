"""The synthetic head on any torch device, batched: the same triangles and shading as `HeadRenderer`, for GPUs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from echo_runtime.signals import MOTION_DIM, ByteArray, FloatArray
from echo_runtime.training.head.head import CAMERA_DISTANCE, CAMERA_HEIGHT, FIELD_OF_VIEW, SAMPLES
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.lighting import SHADOW_SIZE
from echo_runtime.training.head.mesh import HeadMesh, load_head
from echo_runtime.training.head.rig import Rig
from echo_runtime.training.head.shading import TAP_CM
from echo_runtime.training.head.skin import fine_texture
from echo_runtime.training.head.straight_alpha import GAMMA
from echo_runtime.training.head.torch_lighting import shadow_moments, shadow_view
from echo_runtime.training.head.torch_materials import hair_opacity, lash_opacity, silhouette
from echo_runtime.training.head.torch_posing import PosedBatch, TorchRig
from echo_runtime.training.head.torch_raster import Visible, visible
from echo_runtime.training.head.torch_shading import Scene, blend, eye, hair, mouth, points, skin, under_lips

LASH = (0.03, 0.022, 0.02)
"""Linear RGB of lashes."""


class TorchHeadRenderer:
    """Renders batches of motion frames of one identity on `device`."""

    def __init__(
        self, identity: Identity, size: int = 256, device: str | torch.device = "cpu", mesh: HeadMesh | None = None,
        rig: Rig | None = None,
    ) -> None:  # fmt: skip
        """`size` of the square pictures in pixels; `rig` to share one that is already built.

        Raises TrainingError when the head data is missing.
        """
        self.size, self.identity, self.device = size, identity, torch.device(device)
        built = rig if rig is not None else Rig(mesh if mesh is not None else load_head(), identity)
        self.rig = TorchRig(built, self.device)
        colours = (identity.hair, identity.iris, identity.skin, identity.clothes)
        self._palette = torch.tensor(colours, dtype=torch.float32, device=self.device)
        self._view = torch.tensor([0, CAMERA_HEIGHT, CAMERA_DISTANCE], device=self.device)
        self._texture = torch.from_numpy(fine_texture(built.texture, size)).to(self.device)
        self._gamma = torch.from_numpy(GAMMA).to(self.device)
        self._focal = size * SAMPLES / 2 / float(np.tan(FIELD_OF_VIEW / 2))
        self._reach = TAP_CM * self._focal / CAMERA_DISTANCE

    def project(self, vertices: Tensor) -> tuple[Tensor, Tensor]:
        """`vertices` (B, N, 3) to (B, N, 2) samples and (B, N) inverse depth."""
        inverse = 1 / (CAMERA_DISTANCE - vertices[..., 2])
        middle = self.size * SAMPLES / 2
        x = vertices[..., 0] * inverse * self._focal + middle
        y = (CAMERA_HEIGHT - vertices[..., 1]) * inverse * self._focal + middle
        return torch.stack([x, y], -1), inverse

    def see(self, posed: PosedBatch) -> dict[str, Visible]:
        """What samples see of body, hair, lashes and the eyes' openings, each by itself."""
        xy, depth = self.project(posed.vertices)
        rig, samples = self.rig, self.size * SAMPLES
        return {
            "body": visible(xy, depth, rig.body, samples),
            "hair": visible(xy, depth, rig.hair_faces, samples, rig.hair_edge),
            "lashes": visible(xy, depth, rig.lashes, samples),
            "eyes": visible(xy, depth, rig.eye_shell, samples),
        }

    @torch.no_grad()
    def render(self, motions: FloatArray) -> ByteArray:
        """(B, H, W, 4) uint8 sRGB with straight alpha, as HeadPicture.rgba, of motion frames (B, 60).

        Raises ValueError for another shape.
        """
        motions = np.asarray(motions, np.float32)
        if motions.ndim != 2 or motions.shape[1] != MOTION_DIM:
            raise ValueError(f"motion frames have shape (B, {MOTION_DIM}), not {motions.shape}")
        return self.render_tensor(motions).cpu().numpy()

    @torch.no_grad()
    def render_tensor(self, motions: FloatArray) -> Tensor:
        """As `render`, but the pictures stay on the device."""
        posed = self.rig.pose(motions)
        seen = self.see(posed)
        lamp_xy, lamp_depth = shadow_view(posed.vertices)
        lamp = visible(lamp_xy, lamp_depth, self.rig.casters, SHADOW_SIZE)
        moments = shadow_moments(lamp.depth)
        scene = Scene(posed, self.rig.attributes, self._texture, self._palette, self._view, moments)
        return encode(bleed(self._composite(scene, seen)), self._gamma)

    def _hair_alpha(self, scene: Scene, seen: dict[str, Visible]) -> tuple[Tensor, Tensor]:
        """(B, S, S) opacity of the hair in front of the body, and whether it is deep inside the border and outline."""
        body, over = seen["body"], seen["hair"]
        alpha = torch.zeros_like(over.depth)
        deep = torch.zeros_like(over.depth, dtype=torch.bool)
        where = torch.nonzero((over.triangle >= 0) & (over.depth > body.depth), as_tuple=True)
        corners, bary = self.rig.hair_faces[over.triangle[where]], over.bary[where]
        way = scene.view - scene.posed.vertices
        facing = ((way / torch.sqrt((way * way).sum(-1, keepdim=True))) * scene.posed.normals).sum(-1).abs()
        count = facing.shape[1]
        to_view = blend(facing.reshape(-1), corners + where[0][:, None] * count, bary)
        own = blend(scene.attributes[:, 6:8], corners, bary)
        alpha[where] = hair_opacity(own[:, 1], own[:, 0]) * silhouette(to_view, own[:, 1])
        deep[where] = (to_view > 0.45) & (own[:, 0] > 0.75)
        return alpha, deep

    def _body_colour(self, scene: Scene, seen: dict[str, Visible], groups: Tensor, wanted: Tensor) -> Tensor:
        """(B, S, S, 3) linear colour of the opaque surfaces at `wanted` (B, S, S) samples."""
        body, eyes = seen["body"], seen["eyes"]
        out = torch.zeros((*groups.shape, 3), device=self.device)
        for members in ((0,), (1,), (2,), (3,), (7,), (4, 5)):
            is_member = torch.isin(groups, torch.tensor(members, device=self.device))
            where = torch.nonzero(wanted & is_member, as_tuple=True)
            if not len(where[0]):
                continue
            p = points(scene, where[0], self.rig.body[body.triangle[where]], body.bary[where])
            group = members[0]
            if group < 2:
                colour = skin(scene, p, face=group == 0)
            elif group == 4:
                found = eyes.triangle[where]
                corners = self.rig.eye_shell[found.clamp(min=0)]
                lid = blend(scene.attributes[:, 3:5], corners, eyes.bary[where])
                colour = eye(
                    scene, p, torch.where(found >= 0, lid[:, 0], 0.5), torch.where(found >= 0, lid[:, 1], 0.97)
                )
            else:
                colour = mouth(scene, p, group, under_lips(body, groups, (where[0], where[1], where[2]), self._reach))
            out[where] = torch.stack(colour, 1)
        return out

    def _composite(self, scene: Scene, seen: dict[str, Visible]) -> Tensor:
        """(B, H, W, 4) straight linear colour and coverage; see `compositing.composite`."""
        body, lashes = seen["body"], seen["lashes"]
        groups = torch.where(body.triangle >= 0, self.rig.groups[body.triangle.clamp(min=0)], -1)
        hair_alpha, deep = self._hair_alpha(scene, seen)
        share = self._shares(groups, seen, deep)
        used = share > 0
        colour = self._body_colour(scene, seen, groups, used & (groups >= 0) & (hair_alpha < 0.995))
        alpha = (groups >= 0).float()
        where = torch.nonzero((lashes.triangle >= 0) & (lashes.depth > body.depth - 2e-6) & used, as_tuple=True)
        own = blend(scene.attributes, self.rig.lashes[lashes.triangle[where]], lashes.bary[where])
        la = lash_opacity(own[:, 0], own[:, 1], own[:, 6].clamp(0, 1), self.identity.lashes)
        lash = torch.tensor(LASH, device=self.device)
        colour[where] = colour[where] * (1 - la)[:, None] + lash * la[:, None]
        alpha[where] = alpha[where] + (1 - alpha[where]) * la
        where = torch.nonzero((hair_alpha > 0.005) & used, as_tuple=True)
        over = seen["hair"]
        p = points(scene, where[0], self.rig.hair_faces[over.triangle[where]], over.bary[where])
        opacity = hair_alpha[where]
        under = (1 - opacity) * alpha[where]
        total = opacity + under
        mixed = torch.stack(hair(scene, p), 1) * opacity[:, None] + colour[where] * under[:, None]
        colour[where], alpha[where] = mixed / total[:, None], total
        return _gather(colour, alpha, share)

    def _shares(self, groups: Tensor, seen: dict[str, Visible], deep: Tensor) -> Tensor:
        """(B, S, S): 1 for samples that count; one serves a pixel of one plain surface, every other one deep hair."""
        n = SAMPLES
        first = _cells(groups)[..., :1]
        group = _cells(groups)
        bare = (_cells(seen["hair"].triangle) < 0) & (_cells(seen["lashes"].triangle) < 0)
        plain = ((group == first) & ((group < 2) | (group == 7)) & bare).all(-1, keepdim=True)
        all_hair = _cells(deep).all(-1, keepdim=True)
        index = torch.arange(n * n, device=self.device)
        one, other = index == 0, index % (n + 1) == 0
        counts = torch.where(plain, one, torch.where(all_hair, other, torch.ones_like(one)))
        return _samples(counts.float())


def _cells(samples: Tensor) -> Tensor:
    """(B, H, W, n²) of (B, n·H, n·W)."""
    batch, size = samples.shape[:2]
    n = SAMPLES
    split = samples.reshape(batch, size // n, n, size // n, n).permute(0, 1, 3, 2, 4)
    return split.reshape(batch, size // n, size // n, n * n)


def _samples(cells: Tensor) -> Tensor:
    """The inverse of `_cells`."""
    batch, size = cells.shape[:2]
    n = SAMPLES
    return cells.reshape(batch, size, size, n, n).permute(0, 1, 3, 2, 4).reshape(batch, size * n, size * n)


def _gather(colour: Tensor, alpha: Tensor, share: Tensor) -> Tensor:
    weight = _cells(alpha * share)
    coverage = weight.sum(-1)
    mean = [(_cells(colour[..., c]) * weight).sum(-1) / coverage.clamp(min=1e-9) for c in range(3)]
    return torch.stack([*mean, coverage / _cells(share).sum(-1)], -1)


def bleed(picture: Tensor) -> Tensor:
    """`picture` (B, H, W, 4) with the colour of a near filled pixel in empty ones, so that no sampling meets black.

    Jump flooding (Rong and Tan 2006).
    """
    batch, height, width = picture.shape[:3]
    device = picture.device
    y, x = torch.meshgrid(torch.arange(height, device=device), torch.arange(width, device=device), indexing="ij")
    far = 1 << 28
    filled = picture[..., 3] > 0
    sy, sx = (torch.where(filled, a, far) for a in (y, x))
    jump = 1 << (max(height, width) - 1).bit_length() - 1
    while jump >= 1:
        best = torch.where(sy < far, (sy - y) ** 2 + (sx - x) ** 2, far)
        for dy in (-jump, 0, jump):
            for dx in (-jump, 0, jump):
                ty, tx = (y + dy).clamp(0, height - 1), (x + dx).clamp(0, width - 1)
                oy, ox = sy[:, ty, tx], sx[:, ty, tx]
                d = torch.where(oy < far, (oy - y) ** 2 + (ox - x) ** 2, far)
                nearer = d < best
                best, sy, sx = torch.where(nearer, d, best), torch.where(nearer, oy, sy), torch.where(nearer, ox, sx)
        jump //= 2
    index = torch.arange(batch, device=device)[:, None, None]
    found = picture[index, sy.clamp(max=height - 1), sx.clamp(max=width - 1), :3]
    return torch.cat([torch.where((sy < far)[..., None], found, picture[..., :3]), picture[..., 3:]], -1)


def encode(picture: Tensor, gamma: Tensor) -> Tensor:
    """(B, H, W, 4) uint8 sRGB (gamma 2.2) and linear alpha of linear colour."""
    level = (picture[..., :3].clamp(0, 1) * 4096).long()
    return torch.cat([gamma[level] * 255 + 0.5, picture[..., 3:].clamp(0, 1) * 255 + 0.5], -1).to(torch.uint8)
