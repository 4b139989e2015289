"""Correlations, plain and over a range of lags."""

from __future__ import annotations

import numpy as np

from echo_runtime.signals import FRAME_RATE, FloatArray


def pearson(x: FloatArray, y: FloatArray) -> float:
    """r = cov(x, y) / (σx·σy) over flat arrays (Pearson 1895); 0 when either is constant."""
    x, y = np.ravel(x).astype(np.float64), np.ravel(y).astype(np.float64)
    x, y = x - x.mean(), y - y.mean()
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum() / scale) if scale > 1e-12 else 0.0


def lagged_pearson(
    answer: FloatArray,
    cause: FloatArray,
    where: np.ndarray | None = None,
    lags_s: tuple[float, float] = (0.2, 1.2),
    rate: int = FRAME_RATE,
) -> tuple[float, float]:
    """The best r of `answer`(t) with `cause`(t − lag) over the lags, and that lag in seconds.

    `answer`, `cause` (T,); `where` (T,) bool keeps only those moments of the answer. A lag-free correlation
    cannot see a delayed reaction, so the lag is searched, within what a human reaction takes.
    """
    best, best_lag = -1.0, lags_s[0]
    for lag in range(round(lags_s[0] * rate), round(lags_s[1] * rate) + 1):
        late, early = answer[lag:], cause[: len(cause) - lag]
        if where is not None:
            late, early = late[where[lag:]], early[where[lag:]]
        if len(late) < rate:
            continue
        r = pearson(late, early)
        if r > best:
            best, best_lag = r, lag / rate
    return best, best_lag
