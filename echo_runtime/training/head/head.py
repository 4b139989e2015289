"""Draws a synthetic head from a motion frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from echo_runtime.signals import MOTION_DIM, ByteArray, FloatArray
from echo_runtime.training.head.compositing import composite
from echo_runtime.training.head.correspondence import correspond, correspond_cells
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.lighting import SHADOW_SIZE, shadow_moments, shadow_view
from echo_runtime.training.head.mesh import HeadMesh, load_head
from echo_runtime.training.head.posing import PosedHead, pose
from echo_runtime.training.head.raster import VisibilityBuffer
from echo_runtime.training.head.rig import Rig
from echo_runtime.training.head.shading import TAP_CM
from echo_runtime.training.head.skin import fine_texture
from echo_runtime.training.head.straight_alpha import bleed, encode

CAMERA_DISTANCE = 88.0  # cm from the head's origin
CAMERA_HEIGHT = 1.2  # cm
FIELD_OF_VIEW = np.radians(20.0)
SAMPLES = 2
"""Samples per pixel and axis."""


@dataclass(frozen=True)
class HeadPicture:
    """`rgba` (H, W, 4) uint8, sRGB with straight alpha, first row at the top; empty pixels carry a neighbour's colour.

    With detail: `rest_xy` (H, W, 2) float32, the pixel coordinates (x, y; NaN where empty) at which the same surface
    point lies when the head's rotation and translation are zero but the expression is the same; `region` (H, W) uint8:
    0 none, 1 skin, 2 hair, 3 eye, 4 inside of the mouth, 5 neck and clothes.
    """

    rgba: ByteArray
    rest_xy: FloatArray | None = None
    region: npt.NDArray[np.uint8] | None = None


def facing(posed: PosedHead, view: FloatArray) -> FloatArray:
    """(N,) cosine between each vertex' normal and the way to the camera at `view` (3,), without its sign."""
    way = view - posed.vertices
    way /= np.sqrt((way * way).sum(1, keepdims=True))
    return np.abs((way * posed.normals).sum(1)).astype(np.float32)


class HeadRenderer:
    """Renders one identity. Building it takes seconds (texture, occlusion); drawing takes milliseconds.

    An instance keeps its buffers, so use one per thread.
    """

    def __init__(self, identity: Identity, size: int = 256, mesh: HeadMesh | None = None) -> None:
        """`size` of the square picture in pixels. Raises TrainingError when the head data is missing."""
        self.identity = identity
        self.size = size
        self.rig = Rig(mesh if mesh is not None else load_head(), identity)
        samples = size * SAMPLES
        self._body, self._hair, self._lashes = (VisibilityBuffer(samples) for _ in range(3))
        self._eyes = VisibilityBuffer(samples)
        self._shadow = VisibilityBuffer(SHADOW_SIZE)
        self._moments, self._scratch = (np.zeros((SHADOW_SIZE, SHADOW_SIZE, 2), np.float32) for _ in range(2))
        self._linear = np.zeros((size, size, 4), np.float32)
        colours = (identity.hair, identity.iris, identity.skin, identity.clothes)
        self._palette = np.array(colours, np.float32)
        self._view = np.array([0, CAMERA_HEIGHT, CAMERA_DISTANCE], np.float32)
        self._texture = fine_texture(self.rig.texture, size)
        self._reach = TAP_CM * samples / (2 * CAMERA_DISTANCE * float(np.tan(FIELD_OF_VIEW / 2)))

    def _project(self, vertices: FloatArray) -> tuple[FloatArray, FloatArray]:
        """`vertices` (N, 3) to (N, 2) samples and (N,) inverse depth."""
        samples = self.size * SAMPLES
        inverse = 1 / (CAMERA_DISTANCE - vertices[:, 2])
        focal = samples / 2 / np.tan(FIELD_OF_VIEW / 2)
        x = vertices[:, 0] * inverse * focal + samples / 2
        y = (CAMERA_HEIGHT - vertices[:, 1]) * inverse * focal + samples / 2
        return np.stack([x, y], 1).astype(np.float32), inverse.astype(np.float32)

    def render(self, motion: FloatArray, detail: bool = False) -> HeadPicture:
        """The picture of a motion frame (60,); `detail` adds correspondence and regions. Raises ValueError."""
        motion = np.asarray(motion, np.float32)
        if motion.shape != (MOTION_DIM,):
            raise ValueError(f"a motion frame has shape ({MOTION_DIM},), not {motion.shape}")
        rig = self.rig
        posed = pose(rig, motion)
        xy, depth = self._project(posed.vertices)
        self._body.draw(xy, depth, rig.body)
        self._hair.draw(xy, depth, rig.hair_faces, rig.hair_edge)
        self._lashes.draw(xy, depth, rig.lashes)
        self._eyes.draw(xy, depth, rig.eye_shell)
        self._shadow.draw(*shadow_view(posed.vertices), rig.casters)
        shadow_moments(self._shadow.depth, self._scratch, self._moments)
        body, hair, lashes, eyes = (b.samples() for b in (self._body, self._hair, self._lashes, self._eyes))
        composite(
            SAMPLES, body, hair, lashes, eyes, rig.body, rig.hair_faces, rig.lashes, rig.eye_shell, rig.groups,
            posed.vertices, posed.normals, facing(posed, self._view), rig.attributes, self._texture, self._palette,
            self.identity.lashes, posed.strand_root, self._view, self._moments, posed.frame, self._reach, self._linear,
        )  # fmt: skip
        bleed(self._linear)
        rgba = np.empty((self.size, self.size, 4), np.uint8)
        encode(self._linear, rgba)
        if not detail:
            return HeadPicture(rgba)
        return HeadPicture(rgba, *self._correspond(posed.rested))

    def neutral_xy(self) -> FloatArray:
        """(H, W, 2) of the picture drawn last: like `rest_xy`, but where the point lies on the neutral face."""
        return self._correspond(self.rig.with_hair(self.rig.base))[0]

    def _correspond(self, vertices: FloatArray) -> tuple[FloatArray, npt.NDArray[np.uint8]]:
        """Where the points seen in the picture drawn last lie in a picture of `vertices` (N, 3), and their regions."""
        xy = np.empty((self.size, self.size, 2), np.float32)
        region = np.empty((self.size, self.size), np.uint8)
        rig = self.rig
        correspond(
            SAMPLES, self._body.samples(), self._hair.samples(), rig.body, rig.hair_faces, rig.groups,
            rig.attributes, self._project(vertices)[0], xy, region,
        )  # fmt: skip
        return xy, region

    def cells(self, motion: FloatArray, cell: int = 4) -> tuple[FloatArray, FloatArray, npt.NDArray[np.uint8]]:
        """Coarse correspondence of the picture of `motion`, which must be the one drawn last.

        Returns offsets (S/cell, S/cell, 2) in pixels from each cell's middle to where its point lies without head pose,
        and to where it lies on the neutral face at rest; and the regions (S/cell, S/cell).
        NaN and 0 where mixed or empty.
        """
        side = self.size // cell
        rest, neutral = (np.empty((side, side, 2), np.float32) for _ in range(2))
        region = np.empty((side, side), np.uint8)
        rig = self.rig
        correspond_cells(
            cell * SAMPLES, SAMPLES, self._body.samples(), self._hair.samples(), rig.body, rig.hair_faces, rig.groups,
            rig.attributes, self._project(pose(rig, np.asarray(motion, np.float32)).rested)[0],
            self._project(rig.with_hair(rig.base))[0], rest, neutral, region,
        )  # fmt: skip
        return rest, neutral, region
