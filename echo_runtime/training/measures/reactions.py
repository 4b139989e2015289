"""Does the NPC answer the player? Smiles given back, nods at the player's pauses; and both with a mismatched player.

Both are correlations of the NPC's motion with the player's cue at a lag of 0.2 to 1.2 s. The lag is one for all
conversations, so that chance cannot choose it anew for each:

    r = max over lags of  Σ_s n_s · r_s(lag) / Σ_s n_s

r_s is Pearson's r within piece s (a conversation, or a stretch of one in a constant mood) over its n_s frames in which
the NPC listens. Because r_s knows neither level nor size, a reserved NPC counts as much as an expressive one, while one
that does not answer has r_s = 0. For the mismatched measures, the motions come from one list of conversations and the
player's cues from another (the same list, shifted by one): who answers nobody in particular scores about 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from echo_runtime.signals import FACE_DIM, FRAME_RATE, MEL_RATE, FloatArray
from echo_runtime.training.dyads.expression import mirroring
from echo_runtime.training.measures.correlation import pearson
from echo_runtime.training.measures.lips import channel, runs

LAGS_S = (0.2, 1.2)
PAUSE_S = 0.25
"""The player's silence of at least this ends a clause."""
NOD_S = 0.6
LEAST_MIRRORING = 0.2
"""Moods in which less than this of a smile is given back are left out: an angry NPC does not answer, rightly."""
_NOD_BAND_S = (0.05, 0.35)
_MARGIN_S = 0.2
_MOOD_CHANGES_S = 1.5
_SHORTEST_S = 3.0


@dataclass(frozen=True)
class Response:
    """`r` in [-1, 1] at the common lag `lag_s` in seconds, over `frames` frames."""

    r: float
    lag_s: float
    frames: int


def smile(motion: FloatArray) -> FloatArray:
    """(…, 60 or 61) → (…,) mean of the two smiles."""
    return 0.5 * (channel(motion, "mouthSmileLeft") + channel(motion, "mouthSmileRight"))


def listening(speaking: np.ndarray, margin_s: float = _MARGIN_S) -> np.ndarray:
    """(T,) bool: frames farther than `margin_s` from the NPC's speech. `speaking` (T,) bool."""
    margin = round(margin_s * FRAME_RATE)
    return np.convolve(speaking.astype(np.float32), np.ones(2 * margin + 1), "same") < 0.5


def pause_times(activity: FloatArray, least_s: float = PAUSE_S) -> FloatArray:
    """(n,) times in seconds at which speech is followed by at least `least_s` of silence. `activity` (4T,), 100 Hz."""
    silent = runs(activity < 0.5)
    ends = [a for a, b in silent if a > 0 and (b - a >= least_s * MEL_RATE or b == len(activity))]
    return np.array(ends, np.float32) / MEL_RATE


def nod_band(values: FloatArray) -> FloatArray:
    """(T,) → (T,): the difference of Gaussian means with deviations 0.05 s and 0.35 s.

    A nod of 0.6 s passes; posture and sway (below about 0.3 Hz) and tremor (above about 5 Hz) do not.
    """
    fast, slow = (gaussian_filter1d(values.astype(np.float64), s * FRAME_RATE, mode="nearest") for s in _NOD_BAND_S)
    return (fast - slow).astype(np.float32)


def expected_nods(cues_s: FloatArray, frames: int) -> FloatArray:
    """(T,) nod_band of one nod, sin²(π·t / 0.6 s), beginning at each of `cues_s`."""
    t = np.arange(frames) / FRAME_RATE
    out = np.zeros(frames, np.float32)
    for cue in cues_s:
        inside = (t >= cue) & (t < cue + NOD_S)
        out[inside] = np.maximum(out[inside], np.sin(np.pi * (t[inside] - cue) / NOD_S) ** 2)
    return nod_band(out)


@dataclass(frozen=True)
class _Piece:
    """(T,) each: what the NPC does, what the player did, which frames of the answer count, which of the cause."""

    answer: FloatArray
    cause: FloatArray
    where: np.ndarray
    seen: np.ndarray


def _best(pieces: Sequence[_Piece]) -> Response:
    best = Response(float("nan"), float("nan"), 0)
    for lag in range(round(LAGS_S[0] * FRAME_RATE), round(LAGS_S[1] * FRAME_RATE) + 1):
        total, frames = 0.0, 0
        for piece in pieces:
            if lag >= len(piece.seen):
                continue  # a mood that lasted for less than the lag
            counted = piece.where[lag:] & piece.seen[: len(piece.seen) - lag]
            cause = piece.cause[: len(piece.cause) - lag][counted]
            if len(cause) < _SHORTEST_S * FRAME_RATE or cause.std() < 1e-4:
                continue  # nothing to answer
            total += len(cause) * pearson(piece.answer[lag:][counted], cause)
            frames += len(cause)
        if frames and not total / frames <= best.r:
            best = Response(total / frames, lag / FRAME_RATE, frames)
    return best


def nod_response(
    motions: Sequence[FloatArray], activities: Sequence[FloatArray], speaking: Sequence[np.ndarray]
) -> Response:
    """`nod_response_r`: the NPC's head pitch in the nod band against nods expected at the player's pauses.

    Per conversation: `motions` (T, 60) of the NPC, `activities` (4T,) of the player at 100 Hz, `speaking` (T,) bool of
    the NPC. a = nod_band(headPitch), c = expected_nods(pause_times(activity)), r as the module says, over frames
    farther than 0.2 s from the NPC's speech. The lag is that from the end of a clause to the beginning of the nod.
    A nod differs from the template in depth, length and moment, so that even a perfect listener stays below 1.
    """
    pieces = []
    for motion, activity, speaks in zip(motions, activities, speaking, strict=True):
        frames = min(len(motion), len(activity) * FRAME_RATE // MEL_RATE, len(speaks))
        cause = expected_nods(pause_times(activity[: frames * MEL_RATE // FRAME_RATE]), frames)
        answer = nod_band(channel(motion[:frames], "headPitch"))
        pieces.append(_Piece(answer, cause, listening(speaks[:frames]), np.ones(frames, bool)))
    return _best(pieces)


def moods(affect: FloatArray) -> list[tuple[int, int]]:
    """Stretches of constant affect (T, 10), as half-open intervals; each but the first begins 1.5 s after the change,
    when the face has followed."""
    changes = np.flatnonzero(np.abs(np.diff(affect, axis=0)).max(1) > 1e-4) + 1
    starts, ends = [0, *changes.tolist()], [*changes.tolist(), len(affect)]
    settle = round(_MOOD_CHANGES_S * FRAME_RATE)
    return [(a + settle if a else a, b) for a, b in zip(starts, ends, strict=True) if b - a > settle]


def smile_response(
    motions: Sequence[FloatArray],
    faces: Sequence[FloatArray],
    speaking: Sequence[np.ndarray],
    affects: Sequence[FloatArray],
) -> Response:
    """`smile_response_r`: the NPC's smile against the player's while the NPC listens.

    Per conversation: `motions` (T, 60) of the NPC, `faces` (T, 61) of the player with validity, `speaking` (T,) bool,
    `affects` (T, 10) of the NPC. A piece is a stretch of constant affect with a mirroring gain of at least 0.2; frames
    count that are farther than 0.2 s from the NPC's speech and for which the player's face was seen one lag earlier.
    """
    pieces = []
    for motion, face, speaks, affect in zip(motions, faces, speaking, affects, strict=True):
        frames = min(len(motion), len(face), len(speaks), len(affect))
        where = listening(speaks[:frames])
        seen = face[:, -1] > 0.5 if face.shape[1] == FACE_DIM else np.ones(len(face), bool)
        for start, end in moods(affect[:frames]):
            if float(mirroring(affect[start : start + 1])[0]) < LEAST_MIRRORING:
                continue
            cut = slice(start, end)
            pieces.append(_Piece(smile(motion[cut]), smile(face[cut]), where[cut], seen[cut]))
    return _best(pieces)
