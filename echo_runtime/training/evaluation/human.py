"""The model's lips on recordings of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echo_runtime.training.evaluation.dialogues import RollOut
from echo_runtime.training.evaluation.kept_alignments import alignment_of
from echo_runtime.training.evaluation.recordings import Recording
from echo_runtime.training.evaluation.scenes import recital
from echo_runtime.training.measures.human_voices import LipCounts, lips_on_phones, silent_frames
from echo_runtime.training.measures.phone_alignment import CONFIDENT, Alignment

UNDERSTOOD = 0.4
"""Share of phones in sure words below which a recording counts as not understood (another language, a crowd)."""


def understood(alignment: Alignment) -> bool:
    """Whether enough of the words are sure. Words that are not sure are left out of the measures either way."""
    sure = sum(p.confidence >= CONFIDENT for p in alignment.phones)
    return bool(alignment.phones) and sure >= UNDERSTOOD * len(alignment.phones)


def human_measures(
    recordings: Sequence[Recording],
    roll_out: RollOut,
    alignments: Sequence[Alignment] | None = None,
) -> dict[str, Any]:
    """plosive_closure, open_vowel_opening and closed_in_silence, pooled over the phones of all recordings, see
    `measures.human_voices`; `shifted`: the same with each motion shifted by half its recording, which must score lower
    (a mouth that follows no words); `counts`; and `recordings`: the measures of each, with what was understood.

    `roll_out` makes motion (T, 60) of scenes. Recordings that were not understood are listed with nulls and not pooled.
    """
    found = list(alignments) if alignments is not None else [alignment_of(r) for r in recordings]
    usable = [i for i, alignment in enumerate(found) if understood(alignment)]
    motions = roll_out([recital(recordings[i].samples) for i in usable])
    counts = {
        i: lips_on_phones(motion, found[i], silent_frames(recordings[i].samples, found[i]))
        for i, motion in zip(usable, motions, strict=True)
    }
    total = sum(counts.values(), LipCounts())
    late = [np.roll(motion, len(motion) // 2, axis=0) for motion in motions]
    chance = sum(
        (
            lips_on_phones(motion, found[i], silent_frames(recordings[i].samples, found[i]))
            for i, motion in zip(usable, late, strict=True)
        ),
        LipCounts(),
    )
    return {
        **total.shares(),
        "shifted": chance.shares(),
        "counts": {"bilabials": total.bilabials, "open_vowels": total.vowels, "silent_frames": total.silent},
        "recordings": {
            recording.name: {
                **counts.get(i, LipCounts()).shares(),
                "understood": i in counts,
                "bilabials": counts[i].bilabials if i in counts else 0,
                "open_vowels": counts[i].vowels if i in counts else 0,
                "text": found[i].text,
            }
            for i, recording in enumerate(recordings)
        },
    }
