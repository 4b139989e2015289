"""Whole conversations from a seed: turns, player, affect, style, NPC."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from echo_runtime.context.affect import AFFECT_DIM, EMOTIONS, affect_vector
from echo_runtime.signals import FRAME_RATE, MEL_RATE, FloatArray
from echo_runtime.training.dyads.listener import npc_motion
from echo_runtime.training.dyads.manner import draw_style
from echo_runtime.training.dyads.player import cues_of, heard, player_motion, tracked, write_script
from echo_runtime.training.dyads.pool import Character, default_pool
from echo_runtime.training.dyads.session import DyadSession, save_sessions
from echo_runtime.training.dyads.turns import take_turns
from echo_runtime.training.speech.augmentation import equalise, noise, room
from echo_runtime.training.speech.corpus import Progress, peak_normalised

_NEUTRAL_SHARE, _HAPPY_SHARE = 0.25, 0.2


def affect_course(random: np.random.Generator, frames: int) -> FloatArray:
    """(T, 10) c_emo: one emotion at one intensity; in each minute, in a third of cases, another from some moment on."""

    def draw() -> FloatArray:
        rest = (1 - _NEUTRAL_SHARE - _HAPPY_SHARE) / (len(EMOTIONS) - 2)
        emotion = random.choice(EMOTIONS, p=[_NEUTRAL_SHARE, _HAPPY_SHARE] + [rest] * (len(EMOTIONS) - 2))
        return affect_vector(str(emotion), float(random.uniform(0.35, 1.0)))

    course = np.zeros((frames, AFFECT_DIM), np.float32)
    course[:] = draw()
    minute = 60 * FRAME_RATE
    for start in range(0, frames, minute):
        if random.random() < 0.35:
            course[start + int(min(minute, frames - start) * random.uniform(0.25, 0.75)) :] = draw()
    return course


def _npc_sound(random: np.random.Generator, sound: FloatArray) -> FloatArray:
    """Speech as engines and people send it: often clean, at any level, often a recording. Nothing of it moves the sound
    in time: the equaliser is zero-phase, a room adds to the direct sound only what comes later."""
    if not sound.any():
        return sound
    if random.random() < 0.5:
        sound = equalise(sound, random)
    if random.random() < 0.3:
        sound = room(sound, random)
    if random.random() < 0.1:
        sound = np.tanh(peak_normalised(sound, random.uniform(1.0, 2.5))).astype(np.float32)
    sound = peak_normalised(sound, random.uniform(0.12, 0.95))
    return noise(sound, random, (20.0, 50.0)) if random.random() < 0.5 else sound


def generate_session(
    seed: int, seconds: float = 60.0, held_out: bool = False, pool: Sequence[Character] | None = None
) -> DyadSession:
    """The conversation of `seed`: the same arrays every time, for the same pool.

    `held_out`: voices and sentences that no training session has. `pool`: two characters or more; by default one is
    synthesised on first use and kept under build/dyads.
    """
    random = np.random.default_rng([seed, int(held_out)])
    pool = default_pool(held_out) if pool is None else pool
    npc, player = (pool[i] for i in random.choice(len(pool), 2, replace=False))
    seconds = round(seconds * FRAME_RATE) / FRAME_RATE
    frames = round(seconds * FRAME_RATE)
    npc_voice, player_voice = take_turns(random, seconds, npc, player)
    script = write_script(random, seconds, npc_voice)
    face = tracked(random, player_motion(random, player_voice, npc_voice, script))
    affect = affect_course(random, frames)
    style = draw_style(random)
    motion, times = npc_motion(random, npc_voice, player_voice, cues_of(script, face), affect, style)
    times |= {
        "clause_end": npc_voice.clause_ends(),
        "player_clause_end": player_voice.clause_ends(),
        "player_pause": player_voice.pauses(),
        "player_smile": [s.start for s in script.smiles],
        "player_surprise": script.surprises,
    }
    return DyadSession(
        motion=motion,
        speech=_npc_sound(random, npc_voice.sound(1.0)),
        player_face=face,
        player_voice=heard(random, player_voice),
        player_activity=player_voice.activity(MEL_RATE),
        affect=affect,
        npc_speaking=npc_voice.activity(FRAME_RATE) > 0.5,
        viseme=npc_voice.visemes(),
        events={name: np.array(sorted(found), np.float64) for name, found in times.items()},
        voice=npc.voice,
        seed=seed,
        style=style,
    )


def generate_folder(
    folder: Path,
    count: int,
    first_seed: int = 0,
    seconds: float = 60.0,
    held_out: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Sessions first_seed … first_seed + count − 1 into `folder`; those already there are kept."""
    paths = []
    for i in range(count):
        path = folder / f"{first_seed + i:07d}.npz"
        if not path.exists():
            save_sessions(folder, [generate_session(first_seed + i, seconds, held_out)])
        paths.append(path)
        if progress:
            progress(i + 1, count)
    return paths
