"""Finding and packing the head data: these need no data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echo_runtime.errors import TrainingError

pytest.importorskip("numba", reason="the synthetic head is drawn by numba: pip install 'echo-runtime[train]'")

from echo_runtime.signals import ARKIT_NAMES
from echo_runtime.training.head import HeadRenderer, find_head, identities, load_head, pack_ict
from echo_runtime.training.head.mesh import ict_names


def _wavefront(path: Path, shift: float) -> None:
    corners = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, shift)]
    lines = ["# a square"]
    lines += [f"v {x} {y} {z}" for x, y, z in corners]
    lines += ["vt 0 0", "vt 1 0", "vt 1 1", "vt 0 1", "usemtl M_Face", "f 1/1/1 2/2/2 3/3/3 4/4/4"]
    path.write_text("\n".join(lines) + "\n")


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ECHO_HEAD", str(tmp_path / "nowhere.npz"))
    with pytest.raises(TrainingError, match=r"ECHO_HEAD.*nowhere\.npz"):
        find_head()
    (tmp_path / "bad.npz").write_bytes(b"not an archive")
    with pytest.raises(TrainingError, match=r"bad\.npz"):
        load_head(tmp_path / "bad.npz")


def test_damaged_or_foreign_data_is_refused(tmp_path: Path) -> None:
    for name, shift in (("generic_neutral_mesh", 0.0), ("jawOpen", 0.5), ("identity000", 0.25)):
        _wavefront(tmp_path / f"{name}.obj", shift)
    whole = pack_ict(tmp_path, tmp_path / "head.npz")
    damaged = tmp_path / "damaged.npz"
    damaged.write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(TrainingError, match=r"damaged\.npz cannot be read"):
        load_head(damaged)
    with pytest.raises(TrainingError, match="another model"):
        HeadRenderer(identities()["mira"], 32, load_head(whole))


def test_packing(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="generic_neutral_mesh"):
        pack_ict(tmp_path, tmp_path / "out.npz")
    for name, shift in (("generic_neutral_mesh", 0.0), ("jawOpen", 0.5), ("identity000", 0.25)):
        _wavefront(tmp_path / f"{name}.obj", shift)
    mesh = load_head(pack_ict(tmp_path, tmp_path / "new" / "head.npz"))
    assert mesh.vertices.shape == (4, 3)
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2], [0, 2, 3]])
    assert mesh.material_names == ("M_Face",)
    assert mesh.expression_names == ("jawOpen",)
    deltas = mesh.arkit_deltas()
    assert deltas.shape == (52, 4, 3)
    assert deltas[ARKIT_NAMES.index("jawOpen"), 3, 2] == 0.5
    assert np.count_nonzero(deltas) == 1
    assert mesh.identities[0, 3, 2] == 0.25


def test_every_arkit_shape_has_its_parts() -> None:
    assert ict_names("eyeBlinkLeft") == ("eyeBlink_L",)
    assert ict_names("mouthSmileRight") == ("mouthSmile_R",)
    assert ict_names("jawLeft") == ("jawLeft",)
    assert ict_names("browInnerUp") == ("browInnerUp_L", "browInnerUp_R")
    assert ict_names("mouthFunnel") == ("mouthFunnel",)
