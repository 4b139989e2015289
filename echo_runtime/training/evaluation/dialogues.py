"""The motion measures over held-out dialogues: every one twice, as it is and with something mismatched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echo_runtime.signals import FloatArray
from echo_runtime.training.dyads.session import DyadSession
from echo_runtime.training.evaluation.scenes import Scene, scene_of
from echo_runtime.training.measures.coupling import rpcc, rpcc_lagged, rpcc_per_dimension, swap
from echo_runtime.training.measures.distribution import (
    EXPRESSION_CLUSTERS,
    POSE_CLUSTERS,
    expression,
    fd,
    paired_fd,
    pose,
    sid_ratio,
    var_ratio,
)
from echo_runtime.training.measures.events import event_rates, jerk_ratio, rate_ratios
from echo_runtime.training.measures.lips import (
    closed_in_silence,
    jaw_open_r,
    open_vowel_opening,
    plosive_closure,
    pucker_funnel_r,
)
from echo_runtime.training.measures.reactions import nod_response, smile_response
from echo_runtime.training.measures.stability import seam_ratio
from echo_runtime.training.speech.visemes import VISEME_INDEX

BILABIAL = ("PP",)
OPEN_VOWELS = ("aa", "ae", "oh")
_MISMATCHES = 5
"""Players of this many other dialogues are tried, so that one lucky match does not decide."""

RollOut = Callable[[Sequence[Scene]], list[FloatArray]]
"""Scenes to motion (T, 60) each."""


@dataclass(frozen=True)
class Dialogues:
    """Sessions and their roll-outs (T, 60): with everything as it was; with the next session's words said at the same
    times (`other_speech`); with the next session's player (`other_player`). All three draw the same noise."""

    sessions: Sequence[DyadSession]
    motions: Sequence[FloatArray]
    other_speech: Sequence[FloatArray] = ()
    other_player: Sequence[FloatArray] = ()

    @property
    def truths(self) -> list[FloatArray]:
        return [s.motion[: len(m)] for s, m in zip(self.sessions, self.motions, strict=True)]

    @property
    def speaking(self) -> list[np.ndarray]:
        return [s.npc_speaking[: len(m)].astype(bool) for s, m in zip(self.sessions, self.motions, strict=True)]


def roll_out_dialogues(sessions: Sequence[DyadSession], roll_out: RollOut, mismatched: bool = True) -> Dialogues:
    """Three roll-outs of every session, or one. `roll_out` must draw scene i's noise from i alone."""
    others = [*sessions[1:], *sessions[:1]]
    motions = roll_out([scene_of(s) for s in sessions])
    if not mismatched:
        return Dialogues(sessions, motions)
    deaf = roll_out([scene_of(s, speech_of=o) for s, o in zip(sessions, others, strict=True)])
    strangers = roll_out([scene_of(s, player_of=o) for s, o in zip(sessions, others, strict=True)])
    return Dialogues(sessions, motions, deaf, strangers)


def lip_measures(
    motions: Sequence[FloatArray], truths: Sequence[FloatArray], sessions: Sequence[DyadSession]
) -> dict[str, float]:
    """The measures of `measures.lips`: correlations are means over dialogues, shares are pooled over all of them."""
    speaking = [s.npc_speaking[: len(m)].astype(bool) for s, m in zip(sessions, motions, strict=True)]
    visemes = np.concatenate([s.viseme[: 4 * len(m)] for s, m in zip(sessions, motions, strict=True)])
    joined, true, speaks = np.concatenate(motions), np.concatenate(truths), np.concatenate(speaking)
    heard = [i for i, s in enumerate(speaking) if s.sum() > 25]

    def mean_r(measure: Callable[[FloatArray, FloatArray, np.ndarray], float]) -> float:
        found = [measure(motions[i], truths[i], speaking[i]) for i in heard]
        return float(np.mean(found)) if found else float("nan")

    return {
        "jaw_open_r": mean_r(jaw_open_r),
        "pucker_funnel_r": mean_r(pucker_funnel_r),
        "plosive_closure": plosive_closure(joined, true, np.isin(visemes, [VISEME_INDEX[v] for v in BILABIAL])),
        "open_vowel_opening": open_vowel_opening(
            joined, true, np.isin(visemes, [VISEME_INDEX[v] for v in OPEN_VOWELS])
        ),
        "closed_in_silence": closed_in_silence(joined, speaks),
    }


def reaction_measures(motions: Sequence[FloatArray], sessions: Sequence[DyadSession]) -> dict[str, float]:
    """`smile_response_r` and `nod_response_r` with their lags, see `measures.reactions`; and `…_mismatched`: the mean
    over other pairings, in which dialogue i is measured against the player of dialogue i + k."""
    count = len(sessions)
    faces, voices = [s.player_face for s in sessions], [s.player_activity for s in sessions]
    speaking, affects = [s.npc_speaking.astype(bool) for s in sessions], [s.affect for s in sessions]
    smiles, nods = smile_response(motions, faces, speaking, affects), nod_response(motions, voices, speaking)
    other_smiles, other_nods = [], []
    for k in range(1, min(count, _MISMATCHES + 1)):
        other_smiles.append(smile_response(motions, [*faces[k:], *faces[:k]], speaking, affects).r)
        other_nods.append(nod_response(motions, [*voices[k:], *voices[:k]], speaking).r)
    return {
        "smile_response_r": smiles.r,
        "smile_response_lag_s": smiles.lag_s,
        "smile_response_r_mismatched": float(np.mean(other_smiles)) if other_smiles else float("nan"),
        "nod_response_r": nods.r,
        "nod_response_lag_s": nods.lag_s,
        "nod_response_r_mismatched": float(np.mean(other_nods)) if other_nods else float("nan"),
    }


def distribution_measures(d: Dialogues) -> dict[str, float]:
    """rPCC, SID, Var and Fréchet distances, of the 52 coefficients and of the head's pose."""
    out: dict[str, float] = {}
    players = [s.player_face[: len(m)] for s, m in zip(d.sessions, d.motions, strict=True)]
    for name, part, clusters in (("expression", expression, EXPRESSION_CLUSTERS), ("pose", pose, POSE_CLUSTERS)):
        made, true, seen = ([part(m) for m in side] for side in (d.motions, d.truths, players))
        joined, truth, player = np.concatenate(made), np.concatenate(true), np.concatenate(seen)
        out |= {
            f"rpcc_{name}": rpcc(joined, truth, player),
            f"rpcc_{name}_per_dimension": rpcc_per_dimension(joined, truth, player),
            f"rpcc_{name}_lagged": rpcc_lagged(made, true, seen),
            "sid_ratio" if name == "expression" else "sid_ratio_pose": sid_ratio(joined, truth, clusters),
            "var_ratio" if name == "expression" else "var_ratio_pose": var_ratio(made, true),
            f"fd_{name}": fd(joined, truth),
            f"paired_fd_{name}": paired_fd(joined, truth, player),
        }
    return out


def motion_measures(d: Dialogues, chunk_frames: int) -> dict[str, Any]:
    """Everything that the dialogues' motion can say, unrounded. `truth` holds what the true motion scores where it is
    not 1 by definition: the most that a generator can reach. `shuffled` holds drops: true minus mismatched."""
    truths = d.truths
    lips = lip_measures(d.motions, truths, d.sessions)
    numbers: dict[str, Any] = {**lips, **reaction_measures(d.motions, d.sessions), **distribution_measures(d)}
    if d.other_speech:
        deaf = lip_measures(d.other_speech, truths, d.sessions)
        numbers["shuffled"] = {name: lips[name] - deaf[name] for name in ("jaw_open_r", "plosive_closure")}
        numbers["shuffled_scores"] = deaf
    if d.other_player:
        numbers["swap"] = swap(d.motions, d.other_player, d.speaking)
    numbers |= rate_ratios(d.motions, truths)
    numbers["rates_per_s"] = event_rates(d.motions)
    numbers["head_jerk_ratio"] = float(np.mean([jerk_ratio(m, t) for m, t in zip(d.motions, truths, strict=True)]))
    numbers["seam_ratio"] = float(np.nanmean([seam_ratio(m, chunk_frames) for m in d.motions]))
    true_lips = lip_measures(truths, truths, d.sessions)
    numbers["truth"] = {
        **reaction_measures(truths, d.sessions),
        "closed_in_silence": true_lips["closed_in_silence"],
        "rates_per_s": event_rates(truths),
        "seam_ratio": float(np.nanmean([seam_ratio(t, chunk_frames) for t in truths])),
    }
    numbers["voices"] = {
        voice: lip_measures(*_of_voice(d, truths, voice)) for voice in sorted({s.voice for s in d.sessions})
    }
    return numbers


def _of_voice(
    d: Dialogues, truths: Sequence[FloatArray], voice: str
) -> tuple[list[FloatArray], list[FloatArray], list[DyadSession]]:
    chosen = [i for i, s in enumerate(d.sessions) if s.voice == voice]
    return [d.motions[i] for i in chosen], [truths[i] for i in chosen], [d.sessions[i] for i in chosen]
