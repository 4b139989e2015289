"""Ticks become moments: however they come, every frame is summarised once, and the newest sound goes along."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.context.behaviour_summary import SUMMARY_FRAMES, summarise
from echo_runtime.context.moment_collector import MomentCollector
from echo_runtime.signals import FACE_DIM, MELS_PER_FRAME, SAMPLES_PER_FRAME, VOICE_DIM, DialogueTurn

FRAMES = 60
chance = np.random.default_rng(0)
FACE = chance.random((FRAMES, FACE_DIM)).astype(np.float32)
VOICE = chance.random((FRAMES * MELS_PER_FRAME, VOICE_DIM)).astype(np.float32)
SOUND = np.arange(FRAMES * SAMPLES_PER_FRAME, dtype=np.float32)
NPC = (np.arange(FRAMES) > 30).astype(np.float32)


def add(collector: MomentCollector, start: int, stop: int) -> None:
    for k in range(start, stop):
        part = slice(k * MELS_PER_FRAME, (k + 1) * MELS_PER_FRAME)
        heard = SOUND[k * SAMPLES_PER_FRAME : (k + 1) * SAMPLES_PER_FRAME]
        collector.add(FACE[k : k + 1], VOICE[part], heard, float(NPC[k]))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_every_frame_is_summarised_once(steps):
    collector, found, at = MomentCollector(), [], 0
    for step in steps:
        stop = min(FRAMES, at + step)
        add(collector, at, stop)
        at = stop
        moment = collector.take(at)
        assert (moment is None) == (at // SUMMARY_FRAMES == sum(map(len, found)))
        if moment is not None:
            found.append(moment.summaries)
    whole = at // SUMMARY_FRAMES * SUMMARY_FRAMES
    if not whole:
        return
    expected = summarise(
        *(torch.from_numpy(x)[None] for x in (FACE[:whole], VOICE[: whole * MELS_PER_FRAME], NPC[:whole]))
    )[0]
    np.testing.assert_allclose(np.concatenate(found), expected, atol=1e-6)


def test_the_newest_sound_goes_along():
    collector = MomentCollector(sound_s=0.5)
    add(collector, 0, FRAMES)
    turns = [DialogueTurn("player", "hello", 0, 1)]
    picture = np.zeros((4, 4, 3), np.uint8)
    moment = collector.take(7, picture, turns)
    assert moment.sound.tolist() == SOUND[-8_000:].tolist()
    assert (moment.time_us, moment.picture, moment.turns) == (7, picture, tuple(turns))
    assert collector.take(8) is None


def test_without_sound_and_after_a_reset():
    collector = MomentCollector(sound_s=0.0)
    add(collector, 0, 13)
    assert collector.take(1).sound is None
    add(collector, 13, 24)
    collector.reset()
    assert not collector.ready
    with pytest.raises(ValueError, match="0 to 30 seconds"):
        MomentCollector(31.0)
