"""Is the generated motion as varied as the true one, and does it lie where the true one lies?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.cluster.vq import kmeans2, vq

from echo_runtime.signals import COEFFICIENTS, ROTATION, TRANSLATION, FloatArray
from echo_runtime.training.measures.frechet import frechet_distance

EXPRESSION_CLUSTERS, POSE_CLUSTERS = 40, 20
_FITTED_FRAMES = 20_000
_POSE = slice(ROTATION.start, TRANSLATION.stop)
_POSE_SCALE = np.array([1.0, 1.0, 1.0, 10.0, 10.0, 10.0], np.float32)
"""0.1 m of translation counts as much as 1 rad."""


def expression(motion: FloatArray) -> FloatArray:
    """(..., 60) → (..., 52) coefficients."""
    return motion[..., COEFFICIENTS]


def pose(motion: FloatArray) -> FloatArray:
    """(..., 60) → (..., 6) rotation in rad and translation in units of 0.1 m."""
    return motion[..., _POSE] * _POSE_SCALE


def cluster_entropy(features: FloatArray, centres: FloatArray) -> float:
    """−Σ p_k·log2 p_k over the shares p_k of `features` (n, d) whose nearest centre is k; `centres` (K, d).

    The SID of Ng et al., "Learning to Listen" (2022): high when many kinds of expression are used alike.
    """
    nearest, _ = vq(np.asarray(features, np.float64), np.asarray(centres, np.float64))
    shares = np.bincount(nearest, minlength=len(centres)) / max(len(nearest), 1)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def sid_ratio(generated: FloatArray, truth: FloatArray, clusters: int = EXPRESSION_CLUSTERS, seed: int = 0) -> float:
    """cluster_entropy(generated) / cluster_entropy(truth), k-means (k-means++, fixed seed) fitted on true frames.

    (n, d) and (m, d), both from the same moments; NaN where the truth uses one cluster only.
    """
    fitted = np.asarray(truth, np.float64)[:: max(1, len(truth) // _FITTED_FRAMES)]
    k = min(clusters, len(np.unique(fitted, axis=0)))
    centres, _ = kmeans2(fitted, k, iter=30, minit="++", seed=np.random.default_rng(seed))
    true = cluster_entropy(truth, centres)
    return cluster_entropy(generated, centres) / true if true > 0 else float("nan")


def temporal_variance(motions: Sequence[FloatArray]) -> float:
    """Variance over time, mean over dimensions, then over `motions` (T, d) each weighted by its length ("Var")."""
    weights = [len(m) for m in motions]
    return float(np.average([np.asarray(m, np.float64).var(0).mean() for m in motions], weights=weights))


def var_ratio(generated: Sequence[FloatArray], truth: Sequence[FloatArray]) -> float:
    """temporal_variance(generated) / temporal_variance(truth); NaN where the truth does not move."""
    true = temporal_variance(truth)
    return temporal_variance(generated) / true if true > 0 else float("nan")


def fd(generated: FloatArray, truth: FloatArray) -> float:
    """Fréchet distance of frames (n, d) to true frames (m, d), see `frechet_distance`."""
    return frechet_distance(generated, truth)


def paired_fd(generated: FloatArray, truth: FloatArray, player: FloatArray) -> float:
    """Fréchet distance of [NPC, player] to [true NPC, player], frames joined (n, 2d): it also sees whether the NPC's
    expressions come together with the player's as they truly do (Ng et al. 2022, "paired FD")."""
    return frechet_distance(np.concatenate([generated, player], 1), np.concatenate([truth, player], 1))
