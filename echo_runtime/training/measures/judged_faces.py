"""Lips, blinks and smiles as a judge reads them in drawn pictures, against the motion that was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from echo_runtime.signals import MELS_PER_FRAME, MOTION_DIM, MOTION_INDEX, FloatArray
from echo_runtime.training.measures.correlation import pearson
from echo_runtime.training.measures.lips import (
    CLOSED,
    channel,
    closed_in_silence,
    lip_opening,
    open_vowel_opening,
    plosive_closure,
)
from echo_runtime.training.measures.reactions import moods, smile, smile_response
from echo_runtime.training.speech.visemes import VISEMES

if TYPE_CHECKING:
    from echo_runtime.training.dyads.session import DyadSession

BILABIAL = [VISEMES.index("PP")]
OPEN_VOWELS = [VISEMES.index(v) for v in ("aa", "ae", "oh")]
LEAST_FRAMES = 25
"""Fewer moments than a second's give no correlation."""


def blink(motion: FloatArray) -> FloatArray:
    """(..., 60) → (...): mean of the two eyeBlink."""
    return 0.5 * (channel(motion, "eyeBlinkLeft") + channel(motion, "eyeBlinkRight"))


Frames = Sequence[FloatArray]
"""One array over time per dialogue."""


def centred(reads: Frames, causes: Frames, where: Sequence[np.ndarray]) -> tuple[FloatArray, FloatArray]:
    """(n,), (n,): the moments of all pieces where a face was read and `where` holds, less each piece's means."""
    pairs = []
    for read, cause, chosen in zip(reads, causes, where, strict=True):
        chosen = chosen & np.isfinite(read)
        if chosen.any():
            pairs.append((read[chosen] - read[chosen].mean(), cause[chosen] - cause[chosen].mean()))
    empty = np.zeros(0, np.float32)
    return (np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs])) if pairs else (empty, empty)


def within_r(reads: Frames, causes: Frames, where: Sequence[np.ndarray]) -> float:
    """Pearson r over all pieces, each piece's means taken off first; NaN with fewer than 25 moments.

    A piece is a stretch of one mood: a mood parts or presses the lips as long as it lasts, which is not speech.
    """
    read, cause = centred(reads, causes, where)
    return pearson(read, cause) if len(read) >= LEAST_FRAMES else float("nan")


def read_openings(lips: Frames, openings: Frames) -> list[FloatArray]:
    """Lip gaps as read, (T,) per dialogue, in the units of `openings`, the lip opening of the motions that were drawn.

    Shut is the 10th percentile of the gaps where the motion shuts the lips, so that a face whose lips are seen apart
    stays apart; the slope is the least-squares one within dialogues. NaN when there is nothing to learn it from.
    """
    everywhere = [np.ones(len(x), bool) for x in lips]
    gap, opening = centred(lips, openings, everywhere)
    flat, true = np.concatenate(list(lips)), np.concatenate(list(openings))
    shut = flat[np.isfinite(flat) & (true < CLOSED)]
    slope = float((gap * opening).sum() / max(float((opening**2).sum()), 1e-9))
    if len(shut) < LEAST_FRAMES or slope < 1e-3:
        return [np.full(len(x), np.nan, np.float32) for x in lips]
    rest = float(np.percentile(shut, 10))
    return [np.asarray((x - rest) / slope, np.float32) for x in lips]


def rounded(value: float, digits: int = 3) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return float(np.mean(known)) if known else float("nan")


def _face_of(**channels: FloatArray) -> FloatArray:
    """(T, 60) a motion of which only these channels are known, so that the measures on motion read a judge's eyes."""
    face = np.zeros((len(next(iter(channels.values()))), MOTION_DIM), np.float32)
    for name, values in channels.items():
        face[:, MOTION_INDEX[name]] = values
    return face


def _filled(read: FloatArray) -> FloatArray:
    """Where no face was found, the reading before and after in proportion."""
    known = np.flatnonzero(np.isfinite(read))
    return np.interp(np.arange(len(read)), known, read[known]) if len(known) else np.zeros_like(read)


def judged(
    readings: Sequence[dict[str, FloatArray]],
    motions: Sequence[FloatArray],
    truths: Sequence[FloatArray],
    sessions: Sequence[DyadSession],
) -> tuple[dict[str, float | None], FloatArray]:
    """The judge's measures from its readings, (T,) each per dialogue, of the drawn `motions` (T, 60).

    Pearson r within stretches of one mood, where a face was found:
    jaw_r: lip gap as read with jawOpen − mouthClose of the motion that was drawn, while the NPC speaks;
    true_jaw_r: the same with the true motion; blink_r: lid gap with 1 − eyeBlink of the drawn motion, all frames;
    smile_r: smile as read with the drawn motion's while listening.
    smile_response_r: measures/reactions.py's, on smiles as read.
    plosive_closure, open_vowel_opening, closed_in_silence: measures/lips.py's, on lip openings as read.
    faces_found: share of pictures with a face. None where there is too little to measure.

    Also returns (n, 2): lip opening of the motion and lip gap as read, while speaking.
    """
    lips, lids, smiles = ([r[name] for r in readings] for name in ("lips", "lids", "smile"))
    lengths = [len(m) for m in motions]
    speaking = [s.npc_speaking[:n].astype(bool) for s, n in zip(sessions, lengths, strict=True)]
    affects = [s.affect[:n] for s, n in zip(sessions, lengths, strict=True)]
    stretches = [(i, slice(a, b)) for i, affect in enumerate(affects) for a, b in moods(affect)]

    def r(reads: Frames, causes: Frames, where: Sequence[np.ndarray]) -> float:
        return within_r(*([x[i][part] for i, part in stretches] for x in (reads, causes, where)))

    openings = [lip_opening(m) for m in motions]
    listening = [~s for s in speaking]
    smiling = [_face_of(mouthSmileLeft=_filled(x), mouthSmileRight=_filled(x)) for x in smiles]
    faces = [s.player_face[:n] for s, n in zip(sessions, lengths, strict=True)]
    answer = smile_response(smiling, faces, speaking, affects)
    closures, vowels, silences = [], [], []
    for session, opened, true, talk in zip(sessions, read_openings(lips, openings), truths, speaking, strict=True):
        if not np.isfinite(opened).any():
            continue
        seen = _face_of(jawOpen=np.nan_to_num(np.clip(opened, 0, 1), nan=1.0))  # an unseen mouth counts as open
        marks = session.viseme[: MELS_PER_FRAME * len(opened)]
        closures.append(plosive_closure(seen, true, np.isin(marks, BILABIAL)))
        vowels.append(open_vowel_opening(seen, true, np.isin(marks, OPEN_VOWELS)))
        silences.append(closed_in_silence(seen, talk))
    found = np.isfinite(np.concatenate(lips))
    numbers = {
        "jaw_r": r(lips, openings, speaking),
        "true_jaw_r": r(lips, [lip_opening(t) for t in truths], speaking),
        "blink_r": r(lids, [1.0 - blink(m) for m in motions], [np.ones(n, bool) for n in lengths]),
        "smile_r": r(smiles, [smile(m) for m in motions], listening),
        "smile_response_r": answer.r,
        "smile_response_lag_s": answer.lag_s,
        "plosive_closure": _mean(closures),
        "open_vowel_opening": _mean(vowels),
        "closed_in_silence": _mean(silences),
        "faces_found": float(found.mean()),
    }
    kept = np.concatenate(speaking) & found
    read = np.stack([np.concatenate(openings)[kept], np.concatenate(lips)[kept]], 1).astype(np.float32)
    return {key: rounded(value) for key, value in numbers.items()}, read
