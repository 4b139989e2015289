"""Measures the shipped model on dialogues it never saw: unseen voices, unseen sentences, and pictures drawn of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echo_runtime.runtime.npc_session import Mover
from echo_runtime.signals import SAMPLES_PER_FRAME, ByteArray, FloatArray
from echo_runtime.training.evaluation.roll_outs import roll_out
from echo_runtime.training.measures.correlation import lagged_pearson, pearson
from echo_runtime.training.measures.events import blinks_per_second, jerk_ratio
from echo_runtime.training.measures.lips import (
    channel,
    closed_in_silence,
    jaw_open_r,
    open_vowel_opening,
    plosive_closure,
    pucker_funnel_r,
)
from echo_runtime.training.measures.pictures import over_grey, read_faces

if TYPE_CHECKING:
    from echo_runtime.runtime.models import PlayerPerception
    from echo_runtime.training.dyads.session import DyadSession

BILABIAL = ("PP",)
OPEN_VOWELS = ("aa", "ae", "oh")


def evaluate_motion(
    mover: Mover, perception: PlayerPerception, sessions: Sequence[DyadSession], visemes: Sequence[str], seed: int
) -> tuple[dict[str, Any], list[FloatArray]]:
    """Lips, reactions and events of every session's roll-out, averaged; and the roll-outs."""
    bilabial = [visemes.index(v) for v in BILABIAL]
    vowels = [visemes.index(v) for v in OPEN_VOWELS]
    rolled, rows = [], []
    for number, session in enumerate(sessions):
        other = sessions[(number + 1) % len(sessions)]
        length = min(len(session.motion), len(other.motion))
        motion = roll_out(mover, perception, session, seed + number)
        deaf = roll_out(mover, perception, session, seed + number, speech=other.speech[: length * SAMPLES_PER_FRAME])
        stranger = roll_out(mover, perception, session, seed + number, player=other)
        rolled.append(motion)
        truth, speaking = session.motion, session.npc_speaking.astype(bool)
        player_smile = (
            channel(session.player_face, "mouthSmileLeft") + channel(session.player_face, "mouthSmileRight")
        ) / 2

        def smile(m: FloatArray) -> FloatArray:
            return (channel(m, "mouthSmileLeft") + channel(m, "mouthSmileRight")) / 2

        answer, lag = lagged_pearson(smile(motion), player_smile, ~speaking)
        rows.append(
            {
                "jaw_open_r": jaw_open_r(motion, truth, speaking),
                "jaw_open_r_other_speech": jaw_open_r(deaf, truth, speaking),
                "pucker_funnel_r": pucker_funnel_r(motion, truth, speaking),
                "plosive_closure": plosive_closure(motion, truth, np.isin(session.viseme, bilabial)),
                "open_vowel_opening": open_vowel_opening(motion, truth, np.isin(session.viseme, vowels)),
                "closed_in_silence": closed_in_silence(motion, speaking),
                "smile_answer_r": answer,
                "smile_answer_lag_s": lag,
                "smile_answer_r_truth": lagged_pearson(smile(truth), player_smile, ~speaking)[0],
                "smile_answer_r_other_player": lagged_pearson(smile(stranger), player_smile, ~speaking)[0],
                "blinks_per_s": blinks_per_second(motion),
                "blinks_per_s_truth": blinks_per_second(truth),
                "head_jerk_ratio": jerk_ratio(motion, truth),
            }
        )
    means: dict[str, Any] = {key: round(float(np.nanmean([row[key] for row in rows])), 3) for key in rows[0]}
    means["voices"] = {
        voice: round(
            float(np.mean([r["jaw_open_r"] for r, s in zip(rows, sessions, strict=True) if s.voice == voice])), 3
        )
        for voice in sorted({s.voice for s in sessions})
    }
    return means, rolled


def evaluate_pictures(
    draw: Callable[[FloatArray], ByteArray], sessions: Sequence[DyadSession], rolled: Sequence[FloatArray], frames: int
) -> tuple[dict[str, Any], list[ByteArray]]:
    """What mediapipe reads in the drawn roll-outs against the true motion; and the first session's pictures.

    `jaw_r`: read lip distance with the true jawOpen while the NPC speaks; `lid_r`: read lid distance with the generated
    1 − eyeBlink over all frames; `faces_found`: share of pictures in which a face was found at all.
    """
    jaw, lid, found = [], [], []
    kept: list[ByteArray] = []
    for session, motion in zip(sessions, rolled, strict=True):
        count = min(frames, len(motion) // 5 * 5)
        pictures = [draw(m) for m in motion[:count]]
        kept = kept or pictures
        read = read_faces(over_grey(p) for p in pictures)
        seen = ~np.isnan(read["lips"])
        found.append(seen.mean())
        speaking = session.npc_speaking[:count].astype(bool) & seen
        if speaking.sum() > 25:
            jaw.append(pearson(read["lips"][speaking], channel(session.motion[:count], "jawOpen")[speaking]))
        if seen.sum() > 25:
            blink = (channel(motion[:count], "eyeBlinkLeft") + channel(motion[:count], "eyeBlinkRight")) / 2
            lid.append(pearson(read["lids"][seen], 1.0 - blink[seen]))
    return {
        "jaw_r": round(float(np.mean(jaw)), 3) if jaw else None,
        "lid_r": round(float(np.mean(lid)), 3) if lid else None,
        "faces_found": round(float(np.mean(found)), 3),
    }, kept
