from types import SimpleNamespace

import numpy as np
import pytest

from echo_runtime.runtime.npc_session import NpcSession
from echo_runtime.runtime.serving import ServingConfig
from echo_runtime.signals import GAZE, MOTION_DIM, MOTION_INDEX, Style

JAW = MOTION_INDEX["jawOpen"]


class LoudnessMover:
    """A mover whose jaw follows the loudness of each frame's speech: small enough to compute by hand."""

    chunk_frames = 5
    past_samples = 1600
    future_samples = 3200

    def initial_state(self):
        return 0

    def step(self, state, speech, known, f_pu, affect, style, noise):
        motion = np.zeros((5, MOTION_DIM), np.float32)
        frames = speech[1600 : 1600 + 5 * 640].reshape(5, 640)
        motion[:, JAW] = np.abs(frames).max(axis=1)
        motion[:, MOTION_INDEX["browInnerUp"]] = f_pu.mean()
        motion[:, MOTION_INDEX["mouthSmileLeft"]] = affect[1]
        motion[:, MOTION_INDEX["cheekPuff"]] = state / 100
        motion[:, MOTION_INDEX["headYaw"]] = noise[:, 0]
        return motion, state + 1


def session(seed=0):
    return NpcSession("mira", LoudnessMover(), lambda motion: np.zeros((2, 2, 4), np.uint8), start_us=1000, seed=seed)


def play(npc, frames, f_pu=0.0):
    out = []
    for _ in range(frames):
        if npc.needs_chunk:
            npc.plan(np.full((1, 4), f_pu, np.float32), 0)
        out.append(npc.next_motion())
    return np.stack(out)


def say(npc, seconds, label=1):
    npc.speech.begin(label, 16_000)
    npc.speech.push(label, np.full(int(16_000 * seconds), 16_384, "<i2").tobytes())
    npc.speech.end(label)


def test_speech_starts_with_the_next_chunk_and_moves_the_jaw():
    npc = session()
    play(npc, 3)
    say(npc, 0.4)
    jaw = play(npc, 17)[:, JAW]
    assert (jaw[:2] == 0).all()
    assert (jaw[2:12] > 0.4).all()
    assert (jaw[12:] == 0).all()


def test_an_interrupt_raises_the_epoch_and_silences_the_very_next_frames():
    npc = session()
    say(npc, 3.0, label=9)
    before = play(npc, 7)
    assert before[-1, JAW] > 0.4
    assert npc.interrupt() == [9]
    assert npc.epoch == 1
    after = play(npc, 6)[:, JAW]
    assert after[0] < before[-1, JAW]
    assert (np.diff(after[:4]) <= 0).all()
    assert (after[3:] == 0).all()


def test_the_dropped_chunk_leaves_no_trace_in_the_models_memory():
    npc = session()
    play(npc, 7)
    npc.interrupt()
    assert play(npc, 5)[-1, MOTION_INDEX["cheekPuff"]] == pytest.approx(1 / 100)


def test_an_emotion_is_followed_gradually():
    npc = session()
    npc.feel("happy", 1.0)
    smile = play(npc, 100)[:, MOTION_INDEX["mouthSmileLeft"]]
    assert smile[0] < 0.5
    assert smile[-1] > 0.95
    assert (np.diff(smile) >= 0).all()


def test_thinking_turns_the_eyes_away_and_back():
    npc = session()
    npc.turn.thinking = True
    npc.turn.update(speaking=False)
    assert np.abs(play(npc, 25)[-1, GAZE]).max() > 0.1
    npc.turn.thinking = False
    npc.turn.update(speaking=False)
    assert np.abs(play(npc, 40)[-1, GAZE]).max() < 0.01


def test_same_seed_same_frames_and_another_seed_others():
    np.testing.assert_array_equal(play(session(3), 20), play(session(3), 20))
    assert not np.array_equal(play(session(3), 20), play(session(4), 20))


def test_a_long_stall_is_skipped_not_replayed():
    npc = session()
    play(npc, 7)
    assert npc.skip_to(npc.pts_us(60)) == 53
    assert npc.frame == 60
    play(npc, 12)
    assert npc.skip_to(0) == 0


def test_the_style_reaches_the_mover():
    class StyledMover(LoudnessMover):
        def step(self, state, speech, known, f_pu, affect, style, noise):
            self.style = style
            return super().step(state, speech, known, f_pu, affect, style, noise)

    mover = StyledMover()
    npc = NpcSession("mira", mover, None, start_us=0, seed=0, style=Style(1.0, 0.25))
    npc.plan(np.zeros((1, 4), np.float32), 0)
    np.testing.assert_allclose(mover.style, [1.0, -0.5])


def test_what_is_asked_for_replaces_the_avatars_style():
    manifest = SimpleNamespace(style=Style(0.2, 0.8))
    assert ServingConfig().style(manifest) == Style(0.2, 0.8)
    assert ServingConfig(temperament=1.0).style(manifest) == Style(1.0, 0.8)
