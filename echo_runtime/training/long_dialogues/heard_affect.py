"""c_emo as the runtime's LAU makes it of a dialogue's turns, with its lexicon and its episodic store.

`LongDialogue.affect` is what the NPC truly feels; this is what it can know of it from the words.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echo_runtime.context.affect import AFFECT_DIM
from echo_runtime.context.linguistic_affect import LinguisticAffect
from echo_runtime.signals import FRAME_RATE, FRAME_US, DialogueTurn, FloatArray
from echo_runtime.training.long_dialogues.felt_affect import HEARD_AFTER_S

NPC = "npc"
_EVERY_FRAMES = FRAME_RATE // 5
"""Between turns feelings fade slowly: asking five times a second is enough."""


def heard_affect(turns: Sequence[DialogueTurn], frames: int) -> FloatArray:
    """(T, 10): the NPC's own lines are known as they begin, the player's a moment after they end."""
    late_us = round(HEARD_AFTER_S * 1e6)
    arrivals = sorted(((t.start_us if t.speaker == NPC else t.end_us + late_us, t) for t in turns), key=lambda a: a[0])
    lau = LinguisticAffect(NPC)
    out = np.empty((frames, AFFECT_DIM), np.float32)
    following = 0
    for frame in range(frames):
        now_us, fresh = frame * FRAME_US, frame % _EVERY_FRAMES == 0
        while following < len(arrivals) and arrivals[following][0] <= now_us:
            time_us, turn = arrivals[following]
            lau.hear(turn.speaker, turn.text, min(turn.start_us, time_us), time_us)
            following, fresh = following + 1, True
        out[frame] = lau.c_emo(now_us) if fresh else out[frame - 1]
    return out
