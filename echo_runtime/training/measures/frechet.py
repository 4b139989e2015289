"""The Fréchet distance between two clouds of features, each taken as a Gaussian."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FloatArray


def frechet_distance(a: FloatArray, b: FloatArray) -> float:
    """|μa − μb|² + tr(Σa + Σb − 2·(Σa·Σb)^½) (Dowson & Landau 1982; Heusel et al. 2017, "FID").

    `a` (n, d), `b` (m, d), at least two rows each. The trace of the root comes from the eigenvalues of the symmetric
    Σa^½·Σb·Σa^½, which are those of Σa·Σb. Raises ValueError for other shapes.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1] or min(len(a), len(b)) < 2:
        raise ValueError(f"features of shapes {a.shape} and {b.shape} have no Fréchet distance")
    ca, cb = np.atleast_2d(np.cov(a, rowvar=False)), np.atleast_2d(np.cov(b, rowvar=False))
    values, vectors = np.linalg.eigh(ca)
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    crossed = np.sqrt(np.clip(np.linalg.eigvalsh(root @ cb @ root), 0.0, None)).sum()
    apart = float(((a.mean(0) - b.mean(0)) ** 2).sum())
    return max(0.0, apart + float(np.trace(ca) + np.trace(cb) - 2.0 * crossed))
