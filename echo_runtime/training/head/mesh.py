"""The morphable head's data: where it lies, and what is in it.

Source: USC-ICT ICT-FaceKit (MIT licence), https://github.com/ICT-VGL/ICT-FaceKit, packed by `pack_ict`.
One unit is one centimetre; x to the picture's right (the subject's left), y up, z towards the viewer.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from echo_runtime.errors import TrainingError
from echo_runtime.signals import ARKIT_NAMES, FloatArray

VERTICES = 26719
"""Vertices of ICT-FaceKit's model; indices in this folder count on them."""
IntArray = npt.NDArray[np.int32]

# Indices of the 68 iBUG landmarks, from ICT-FaceKit's FaceXModel/vertex_indices.json.
LANDMARKS = np.array([
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493, 1914,
    2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537,
    1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957,
    5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
])  # fmt: skip
MOUTH_SOCKET = (11248, 13294)
"""Vertices of the bag behind the lips, a part of the M_BackHead material."""


@dataclass(frozen=True, eq=False)
class HeadMesh:
    """Neutral mesh and its deltas.

    `vertices` (V, 3) cm; `faces`, `face_uvs` (F, 3); `uvs` (U, 2); `materials` (F,) index into `material_names`;
    `expressions` (E, V, 3) float16 named by `expression_names`; `identities` (100, V, 3) float16, one per unit weight.
    """

    vertices: FloatArray
    uvs: FloatArray
    faces: IntArray
    face_uvs: IntArray
    materials: npt.NDArray[np.int16]
    material_names: tuple[str, ...]
    expression_names: tuple[str, ...]
    expressions: npt.NDArray[np.float16]
    identities: npt.NDArray[np.float16]

    def check(self) -> None:
        """Raises TrainingError when this is another model than the one that heads are made of."""
        if len(self.vertices) != VERTICES or "M_EyeOcclusion" not in self.material_names:
            raise TrainingError(
                f"The head data holds another model ({len(self.vertices)} vertices, not {VERTICES}, or not all "
                "materials); pack the FaceXModel folder of ICT-FaceKit."
            )

    def of_material(self, *names: str) -> npt.NDArray[np.bool_]:
        """(F,) mask of the faces that have one of these materials."""
        return np.isin(self.materials, [self.material_names.index(name) for name in names])

    def arkit_deltas(self) -> FloatArray:
        """(52, V, 3) in the order of ARKIT_NAMES; zero for tongueOut, which the model lacks (see `tongue`)."""
        out = np.zeros((len(ARKIT_NAMES), *self.vertices.shape), np.float32)
        for i, name in enumerate(ARKIT_NAMES):
            for part in ict_names(name):
                if part in self.expression_names:
                    out[i] += self.expressions[self.expression_names.index(part)]
        return out


def ict_names(arkit_name: str) -> tuple[str, ...]:
    """The shapes of ICT-FaceKit that make one ARKit shape: `_L`/`_R` for Left/Right, both for shapes without a side."""
    if arkit_name in ("browInnerUp", "cheekPuff"):
        return (arkit_name + "_L", arkit_name + "_R")
    if arkit_name in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        return (arkit_name,)
    for side, suffix in (("Left", "_L"), ("Right", "_R")):
        if arkit_name.endswith(side):
            return (arkit_name.removesuffix(side) + suffix,)
    return (arkit_name,)


def find_head() -> Path:
    """Path of the packed head: ECHO_HEAD, else data/head here or in the repository, else a shared folder beside it.

    Raises TrainingError when there is none.
    """
    named = os.environ.get("ECHO_HEAD")
    if named:
        if Path(named).is_file():
            return Path(named)
        raise TrainingError(f"ECHO_HEAD names {named}, which is not a file; set it to the path of ict_facekit.npz.")
    root = Path(__file__).resolve().parents[3]
    for folder in (Path.cwd() / "data", root / "data", root.parent / "shared"):
        path = folder / "head" / "ict_facekit.npz"
        if path.is_file():
            return path
    raise TrainingError(
        "The head data (ict_facekit.npz) was not found in data/head; set the environment variable ECHO_HEAD to it, "
        "or make it from a checkout of ICT-FaceKit with `python -m echo_runtime.training.head.packing`."
    )


@lru_cache(maxsize=1)
def _read(path: Path) -> HeadMesh:
    try:
        with np.load(path, allow_pickle=False) as data:
            return HeadMesh(
                vertices=data["v"].astype(np.float32),
                uvs=data["vt"].astype(np.float32),
                faces=data["f"].astype(np.int32),
                face_uvs=data["ft"].astype(np.int32),
                materials=data["mi"],
                material_names=tuple(str(name) for name in data["mats"]),
                expression_names=tuple(str(name) for name in data["names"]),
                expressions=data["ex"],
                identities=data["ids"],
            )
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise TrainingError(
            f"The head data at {path} cannot be read ({error}); make it again or fetch it anew."
        ) from None


def load_head(path: str | Path | None = None) -> HeadMesh:
    """The morphable head; read once per process. Raises TrainingError when it is missing or damaged."""
    return _read(Path(path) if path is not None else find_head())
