"""How the NPC hangs on the player: residual correlations, and what a swapped player changes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from echo_runtime.signals import FRAME_RATE, MOTION_INDEX, MOTION_NAMES, FloatArray
from echo_runtime.training.measures.correlation import pearson
from echo_runtime.training.measures.lips import lip_opening

UPPER_FACE = tuple(n for n in MOTION_NAMES if n.startswith(("brow", "eyeBlink", "eyeSquint", "eyeWide", "cheekSquint")))
_LEAST_RANGE = 0.02
"""A channel that hardly moves has no range to take a share of."""
_EXACT_SESSIONS = 14


def rpcc(generated: FloatArray, truth: FloatArray, player: FloatArray) -> float:
    """|PCC(y, x) − PCC(ŷ, x)| over flattened arrays (n, d): x player, y true NPC, ŷ generated (residual Pearson
    correlation, as the field reports it)."""
    return abs(pearson(truth, player) - pearson(generated, player))


def rpcc_per_dimension(generated: FloatArray, truth: FloatArray, player: FloatArray) -> float:
    """Mean over dimensions of |PCC(y_d, x_d) − PCC(ŷ_d, x_d)|, of those that move in the truth and in the player."""
    moving = [d for d in range(truth.shape[1]) if truth[:, d].std() > 1e-4 and player[:, d].std() > 1e-4]
    return float(np.mean([rpcc(generated[:, d], truth[:, d], player[:, d]) for d in moving])) if moving else 0.0


def rpcc_lagged(
    generated: Sequence[FloatArray],
    truth: Sequence[FloatArray],
    player: Sequence[FloatArray],
    lags_s: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2),
) -> float:
    """Mean over lags of |PCC(y(t), x(t − lag)) − PCC(ŷ(t), x(t − lag))|, flattened over conversations (T, d) each:
    without a lag, a delayed reaction is not seen at all."""
    found = []
    for lag in (round(s * FRAME_RATE) for s in lags_s):
        made, true = (np.concatenate([m[lag:] for m in side]) for side in (generated, truth))
        found.append(rpcc(made, true, np.concatenate([x[: len(x) - lag] for x in player])))
    return float(np.mean(found))


def share_of_range(a: FloatArray, b: FloatArray) -> float:
    """Mean |a − b| over the range of `a` (1st to 99th percentile); NaN where `a` has none. Both (n,)."""
    low, high = np.percentile(a, [1, 99])
    return float(np.abs(a - b).mean() / (high - low)) if high - low > _LEAST_RANGE else float("nan")


def lips_changed(motion: FloatArray, swapped: FloatArray, speaking: np.ndarray) -> float:
    """Share of its range by which lip opening changes while the NPC speaks. (T, 60), (T, 60), (T,) bool."""
    return share_of_range(lip_opening(motion)[speaking], lip_opening(swapped)[speaking])


def upper_face_changed(motion: FloatArray, swapped: FloatArray, speaking: np.ndarray) -> float:
    """The same of the upper face: mean over UPPER_FACE channels that move, while the NPC speaks."""
    columns = [MOTION_INDEX[name] for name in UPPER_FACE]
    shares = [share_of_range(motion[speaking, c], swapped[speaking, c]) for c in columns]
    known = [s for s in shares if np.isfinite(s)]
    return float(np.mean(known)) if known else float("nan")


def sign_flip_p(differences: FloatArray, seed: int = 0, draws: int = 20_000) -> float:
    """One-sided p that paired `differences` (n,) have a mean above zero: the share of sign patterns whose mean is at
    least the observed one (Fisher's randomisation test, 1935). All 2ⁿ patterns up to n = 14, else random ones."""
    values = np.asarray(differences, np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan")
    if len(values) <= _EXACT_SESSIONS:
        signs = np.array(list(product((1.0, -1.0), repeat=len(values))))
    else:
        signs = np.random.default_rng(seed).choice([1.0, -1.0], (draws, len(values)))
        signs[0] = 1.0
    return float((signs @ values >= values.sum() - 1e-12).mean())


def swap(
    motions: Sequence[FloatArray], swapped: Sequence[FloatArray], speaking: Sequence[np.ndarray]
) -> dict[str, float]:
    """What another player changes while the NPC speaks, everything else (speech, affect, noise) being the same.

    `lip`, `upper`: means over conversations of `lips_changed` and `upper_face_changed`. `upper_p`: sign_flip_p of
    upper − lip, that is the probability of such a preference for the upper face if the swap did not tell them apart.
    """
    usable = [i for i, s in enumerate(speaking) if s.sum() > FRAME_RATE]
    lip = np.array([lips_changed(motions[i], swapped[i], speaking[i]) for i in usable])
    upper = np.array([upper_face_changed(motions[i], swapped[i], speaking[i]) for i in usable])
    if not usable:
        return {"lip": float("nan"), "upper": float("nan"), "upper_p": float("nan")}
    return {"lip": float(np.nanmean(lip)), "upper": float(np.nanmean(upper)), "upper_p": sign_flip_p(upper - lip)}
