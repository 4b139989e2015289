"""Packs the Wavefront files of an ICT-FaceKit checkout into one compressed file.

    python -m echo_runtime.training.head.packing ICT-FaceKit/FaceXModel data/head/ict_facekit.npz

Only positions, texture coordinates, triangles and materials are kept; deltas are stored as float16
(their step at 1 cm is 0.001 cm, far below a pixel).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from echo_runtime.errors import TrainingError
from echo_runtime.training.atomic_writing import replacing

NEUTRAL = "generic_neutral_mesh"


def _positions(path: Path) -> np.ndarray:
    lines = [line[2:] for line in path.read_text().splitlines() if line.startswith("v ")]
    return np.fromstring(" ".join(lines), dtype=np.float32, sep=" ").reshape(len(lines), -1)[:, :3]


def _neutral(path: Path) -> dict[str, np.ndarray]:
    uvs: list[list[float]] = []
    corners: list[list[list[int]]] = []
    materials: list[str] = []
    material = ""
    for line in path.read_text().splitlines():
        if line.startswith("vt "):
            uvs.append([float(x) for x in line.split()[1:3]])
        elif line.startswith("usemtl"):
            material = line.split()[1]
        elif line.startswith("f "):
            polygon = [[int(x) - 1 for x in corner.split("/")[:2]] for corner in line.split()[1:]]
            for i in range(1, len(polygon) - 1):
                corners.append([polygon[0], polygon[i], polygon[i + 1]])
                materials.append(material)
    names = sorted(set(materials))
    triangles = np.array(corners, np.int32)
    return {
        "v": _positions(path),
        "vt": np.array(uvs, np.float32),
        "f": triangles[..., 0],
        "ft": triangles[..., 1],
        "mi": np.array([names.index(name) for name in materials], np.int16),
        "mats": np.array(names),
    }


def pack_ict(directory: str | Path, out: str | Path) -> Path:
    """Packs `directory` (ICT-FaceKit's FaceXModel, with its .obj files) into `out` (.npz); returns `out`.

    Raises TrainingError when the neutral mesh is not there or a shape has another number of vertices.
    """
    directory, out = Path(directory), Path(out)
    neutral = directory / f"{NEUTRAL}.obj"
    if not neutral.is_file():
        raise TrainingError(f"{neutral} does not exist; give the FaceXModel folder of an ICT-FaceKit checkout.")
    packed = _neutral(neutral)
    names: list[str] = []
    shapes: list[np.ndarray] = []
    identities: list[np.ndarray] = []
    for path in sorted(directory.glob("*.obj")):
        if path.stem == NEUTRAL:
            continue
        positions = _positions(path)
        if positions.shape != packed["v"].shape:
            raise TrainingError(
                f"{path} has {len(positions)} vertices, the neutral mesh {len(packed['v'])}; use one model."
            )
        delta = (positions - packed["v"]).astype(np.float16)
        if path.stem.startswith("identity"):
            identities.append(delta)
        else:
            names.append(path.stem)
            shapes.append(delta)
    if not shapes or not identities:
        raise TrainingError(f"{directory} holds no expressions or no identities beside the neutral mesh; use it whole.")
    with replacing(out) as part, part.open("wb") as stream:
        np.savez_compressed(stream, names=np.array(names), ex=np.stack(shapes), ids=np.stack(identities), **packed)
    return out


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory")
    parser.add_argument("out")
    arguments = parser.parse_args()
    print(pack_ict(arguments.directory, arguments.out))
