"""Curve sets of headsets and phones, read from their tables: what each expression means in ARKit's coefficients."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from echo_runtime.errors import PackageDamagedError, UsageError
from echo_runtime.signals import ARKIT_NAMES, FloatArray

FOLDER = Path(__file__).parent
CURVE_SETS = ("arkit52", "fb70", "htc51", "androidxr68")


@dataclass(frozen=True)
class CurveTable:
    """`names` of the n expressions in their order on the wire. `matrix` (52, n): how much of each coefficient an
    expression makes. `without`: why an expression makes none, by name. `sources`: where all that is from. `worn`: the
    device hides the upper half of the face from others' eyes."""

    name: str
    names: tuple[str, ...]
    matrix: FloatArray
    without: dict[str, str]
    sources: tuple[str, ...]
    worn: bool = False

    @property
    def covered(self) -> FloatArray:
        """(52,) 1 where the set says anything of a coefficient, else 0."""
        return (self.matrix != 0.0).any(axis=1).astype(np.float32)

    def to_arkit(self, values: FloatArray) -> FloatArray:
        """(n,) values, cut to [0, 1], to (52,) ARKit coefficients in [0, 1]."""
        return np.clip(self.matrix @ np.clip(values, 0.0, 1.0), 0.0, 1.0).astype(np.float32)


@cache
def curve_table(name: str) -> CurveTable:
    """The table of one of CURVE_SETS. Raises UsageError for another name, PackageDamagedError for a damaged file."""
    if name not in CURVE_SETS:
        raise UsageError(f"The curve set {name!r} is not known; known are {', '.join(CURVE_SETS)}.")
    return read_table(FOLDER / f"{name}.toml")


def read_table(path: Path) -> CurveTable:
    """Raises PackageDamagedError, which says where, for a file that is no table."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        expressions, sources = document["expressions"], document["sources"]
        matrix = np.zeros((len(ARKIT_NAMES), len(expressions)), np.float32)
        without = {}
        for place, (expression, meaning) in enumerate(expressions.items()):
            if isinstance(meaning, str):
                without[expression] = meaning
                continue
            for coefficient, weight in meaning.items():
                matrix[ARKIT_NAMES.index(coefficient), place] = float(weight)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PackageDamagedError(f"The table of curves {path} cannot be read ({error}); install it again.") from error
    if not np.isfinite(matrix).all() or (matrix < 0.0).any():
        raise PackageDamagedError(f"The table of curves {path} has a weight below 0 or none at all; install it again.")
    worn = document.get("worn", False) is True
    return CurveTable(path.stem, tuple(expressions), matrix, without, tuple(sources), worn)
