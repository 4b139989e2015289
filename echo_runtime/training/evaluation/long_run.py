"""Ten minutes in a minute's conversation said ten times: whatever differs at the end, time has made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from echo_runtime.signals import FloatArray
from echo_runtime.training.dyads.session import DyadSession
from echo_runtime.training.evaluation.dialogues import RollOut
from echo_runtime.training.evaluation.scenes import Scene, scene_of
from echo_runtime.training.measures.stability import MINUTE, drift, drift_pose


def repeated(scene: Scene, times: int) -> Scene:
    """The scene again and again, `times` in all."""
    return replace(
        scene,
        speech=np.tile(scene.speech, times),
        player_face=np.tile(scene.player_face, (times, 1)),
        player_voice=np.tile(scene.player_voice, (times, 1)),
        affect=np.tile(scene.affect, (times, 1)),
        speaking=np.tile(scene.speaking, times),
    )


def drift_measures(
    sessions: Sequence[DyadSession], roll_out: RollOut, minutes: int = 10
) -> tuple[dict[str, float], list[FloatArray]]:
    """`drift`, `drift_pose` (see `measures.stability`) and the roll-outs. `sessions` last one minute each."""
    assert all(len(s.motion) == MINUTE for s in sessions)
    motions = roll_out([repeated(scene_of(s), minutes) for s in sessions])
    return {"drift": drift(motions), "drift_pose": drift_pose(motions)}, motions
