"""Draws a synthetic head from a motion frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from echo_runtime.signals import MOTION_DIM, MOTION_INDEX, ByteArray, FloatArray
from echo_runtime.training.head.compositing import bleed, composite, encode
from echo_runtime.training.head.correspondence import correspond
from echo_runtime.training.head.identity import Identity
from echo_runtime.training.head.lighting import SHADOW_SIZE, shadow_view
from echo_runtime.training.head.mesh import HeadMesh, load_head
from echo_runtime.training.head.posing import pose
from echo_runtime.training.head.raster import VisibilityBuffer
from echo_runtime.training.head.rig import Rig

CAMERA_DISTANCE = 88.0  # cm from the head's origin
CAMERA_HEIGHT = 1.2  # cm
FIELD_OF_VIEW = np.radians(20.0)
SAMPLES = 2
"""Samples per pixel and axis."""


@dataclass(frozen=True)
class HeadPicture:
    """`rgba` (H, W, 4) uint8, sRGB with straight alpha, first row at the top; empty pixels carry their neighbours' colour.

    With detail: `rest_xy` (H, W, 2) float32, the pixel coordinates (x, y; NaN where empty) at which the same surface
    point lies when the head's rotation and translation are zero but the expression is the same; `region` (H, W) uint8:
    0 none, 1 skin, 2 hair, 3 eye, 4 inside of the mouth, 5 neck and clothes.
    """

    rgba: ByteArray
    rest_xy: FloatArray | None = None
    region: npt.NDArray[np.uint8] | None = None


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
        self._body, self._cap, self._curtain, self._lashes = (VisibilityBuffer(samples) for _ in range(4))
        self._shadow = VisibilityBuffer(SHADOW_SIZE)
        self._curtain.triangle[:] = -1
        self._linear = np.zeros((size, size, 4), np.float32)
        colours = (identity.hair, identity.iris, identity.skin, identity.clothes)
        self._palette = np.array(colours, np.float32)
        self._view = np.array([0, CAMERA_HEIGHT, CAMERA_DISTANCE], np.float32)

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
        self._cap.draw(xy, depth, rig.cap)
        self._lashes.draw(xy, depth, rig.lashes)
        if len(rig.curtain):
            self._curtain.draw(xy, depth, rig.curtain)
        self._shadow.draw(*shadow_view(posed.vertices), rig.faces)
        body, cap, curtain, lashes = (
            (b.triangle, b.depth, b.bary0, b.bary1) for b in (self._body, self._cap, self._curtain, self._lashes)
        )
        composite(
            SAMPLES, body, cap, curtain, lashes, rig.body, rig.cap, rig.curtain, rig.lashes, rig.groups, posed.vertices,
            posed.normals, rig.attributes, rig.texture, self._palette, self.identity.lashes,
            float(motion[MOTION_INDEX["jawOpen"]]), self._view, self._shadow.depth, self._linear,
        )  # fmt: skip
        bleed(self._linear)
        rgba = np.empty((self.size, self.size, 4), np.uint8)
        encode(self._linear, rgba)
        if not detail:
            return HeadPicture(rgba)
        rest_xy = np.empty((self.size, self.size, 2), np.float32)
        region = np.empty((self.size, self.size), np.uint8)
        correspond(
            SAMPLES, body, cap, curtain, rig.body, rig.cap, rig.curtain, rig.groups, self._project(posed.rested)[0],
            rig.attributes, rest_xy, region,
        )  # fmt: skip
        return HeadPicture(rgba, rest_xy, region)

    def neutral_xy(self) -> FloatArray:
        """Of the picture drawn last: (H, W, 2), like `rest_xy`, but where the point lies on the neutral face at rest."""
        body, cap, curtain = ((b.triangle, b.depth, b.bary0, b.bary1) for b in (self._body, self._cap, self._curtain))
        rig, neutral = self.rig, self.rig.with_hair(self.rig.base)
        out = np.empty((self.size, self.size, 2), np.float32)
        correspond(
            SAMPLES, body, cap, curtain, rig.body, rig.cap, rig.curtain, rig.groups, self._project(neutral)[0],
            rig.attributes, out, np.empty((self.size, self.size), np.uint8),
        )  # fmt: skip
        return out
