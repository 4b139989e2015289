"""Roll-outs by the very steps of the runtime: chunk after chunk, the player known up to each chunk's start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from echo_runtime.runtime.npc_session import Mover
from echo_runtime.signals import FRAME_US, MELS_PER_FRAME, MOTION_DIM, SAMPLES_PER_FRAME, FloatArray
from echo_runtime.training.evaluation.scenes import Scene, scene_of

if TYPE_CHECKING:
    from echo_runtime.runtime.models import Models, PlayerPerception
    from echo_runtime.runtime.player_context import PlayerContext
    from echo_runtime.training.dyads.session import DyadSession


def roll_out_scene(
    mover: Mover,
    perception: PlayerPerception,
    scene: Scene,
    seed: int,
    context: PlayerContext | None = None,
) -> FloatArray:
    """The NPC's motion (T, 60) in one scene; frames of an unfinished last chunk are zero. `context`: what follows the
    player over minutes, already knowing what it is to know; it must answer at once."""
    step = mover.chunk_frames
    after = np.zeros(mover.future_samples + step * SAMPLES_PER_FRAME, np.float32)
    padded = np.concatenate([np.zeros(mover.past_samples, np.float32), scene.speech, after])
    window = mover.past_samples + step * SAMPLES_PER_FRAME + mover.future_samples
    state, noise = mover.initial_state(), np.random.default_rng(seed)
    perception.reset()
    out = np.zeros((scene.frames, MOTION_DIM), np.float32)
    for start in range(0, scene.frames - step + 1, step):
        if start:
            heard = slice(MELS_PER_FRAME * (start - step), MELS_PER_FRAME * start)
            seen = slice(start - step, start)
            perception.observe(scene.player_face[seen], scene.player_voice[heard])
            if context is not None:
                speaks = bool(scene.speaking[start - 1])
                context.observe(scene.player_face[seen], scene.player_voice[heard], speaks, start * FRAME_US)
        f_pu = perception.f_pu if context is None else context.f_pu(perception.f_pu, start * FRAME_US)
        chunk = padded[start * SAMPLES_PER_FRAME :][:window]
        white = noise.standard_normal((step, MOTION_DIM), np.float32)
        out[start : start + step], state = mover.step(
            state, chunk, window, f_pu, scene.affect[start], scene.style.vector, white
        )
    return out


def roll_out_scenes(models: Models, scenes: Sequence[Scene], seed: int) -> list[FloatArray]:
    """Motion (T, 60) of every scene; scene i draws its noise from seed + i, whatever else is rolled out with it."""
    perception = models.perception()
    return [
        roll_out_scene(models.mover, perception, scene, seed + i, models.player_context(immediate=True))
        for i, scene in enumerate(scenes)
    ]


def roll_out(
    mover: Mover,
    perception: PlayerPerception,
    session: DyadSession,
    seed: int,
    speech: FloatArray | None = None,
    player: DyadSession | None = None,
) -> FloatArray:
    """A session's roll-out (T, 60). `speech` replaces the NPC's sound, `player` the player."""
    scene = scene_of(session, player_of=player)
    if speech is not None:
        scene = replace(scene, speech=np.resize(speech, len(scene.speech)))
    return roll_out_scene(mover, perception, scene, seed)
