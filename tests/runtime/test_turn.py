"""What a face adds of its own to the generated motion while it thinks, is about to speak, or yields."""

import numpy as np
import pytest

from echo_runtime.context.turn_taking import TurnCues
from echo_runtime.runtime.speech_timeline import SpeechTimeline
from echo_runtime.runtime.turn import Turn, turn_cues
from echo_runtime.signals import (
    COEFFICIENTS,
    FRAME_RATE,
    FRAME_US,
    GAZE,
    MOTION_DIM,
    MOTION_INDEX,
    SAMPLE_RATE,
    VOICE_DIM,
)

STILL = np.zeros(MOTION_DIM, np.float32)
MOUTH = [i for name, i in MOTION_INDEX.items() if name.startswith(("mouth", "jaw", "tongue"))]


def shown(turn: Turn, frames: int, motion: np.ndarray = STILL, **cues) -> np.ndarray:
    """The last of so many frames."""
    start = turn.taking._time_us or 0
    for i in range(frames):
        turn.update(cues.get("npc_speaking", False))
        turn.follow(TurnCues(start + (i + 1) * FRAME_US, **{"speech": 0.0, **cues}))
        out = turn.colour(motion, 1.0 / FRAME_RATE)
    return out


def test_listening_adds_nothing():
    assert shown(Turn(), 10) is STILL


def test_the_look_before_speech_leaves_the_mouth_alone_and_goes_with_it():
    turn = Turn()
    before = shown(turn, 20, npc_speaks_in_s=0.2)
    assert before[MOTION_INDEX["browInnerUp"]] > 0.1
    assert not before[MOUTH].any()
    assert turn.state == "listening"
    assert not shown(turn, 30, npc_speaking=True).any()


def test_a_face_that_is_interrupted_looks_at_the_player():
    turn, away = Turn(), STILL.copy()
    away[GAZE] = 0.2
    shown(turn, 25, away, npc_speaking=True)
    yielding = shown(turn, 40, away, npc_speaking=True, speech=0.95)
    assert turn.taking.stance == "yielding"
    assert turn.state == "speaking"
    assert np.abs(yielding[GAZE]).max() < 0.1
    assert yielding[MOTION_INDEX["browInnerUp"]] > 0.15
    assert not yielding[MOUTH].any()
    np.testing.assert_array_equal(away[GAZE], np.float32(0.2), "the caller's frame is left as it was")
    np.testing.assert_allclose(shown(turn, 60, away), away, atol=1e-3)


def test_thinking_ends_with_speech_and_shows_in_the_events():
    turn = Turn()
    turn.thinking = True
    thinking = shown(turn, 25)
    assert (turn.state, turn.taking.stance) == ("thinking", "thinking")
    assert np.abs(thinking[GAZE]).max() > 0.1
    shown(turn, 1, npc_speaking=True)
    assert not turn.thinking
    assert turn.state == "speaking"


def test_coefficients_stay_in_range():
    full = STILL.copy()
    full[COEFFICIENTS] = 1.0
    assert shown(Turn(), 20, full, npc_speaks_in_s=0.0)[COEFFICIENTS].max() == 1.0


def test_when_waiting_speech_begins():
    timeline = SpeechTimeline()
    assert timeline.starts_in_s(0) is None
    timeline.begin(1, SAMPLE_RATE)
    assert timeline.starts_in_s(0) == 0.0
    timeline.push(1, np.zeros(SAMPLE_RATE, "<i2").tobytes())
    timeline.end(1)
    timeline.place(8_000)
    assert timeline.starts_in_s(0) == pytest.approx(0.5)
    assert timeline.starts_in_s(8_000) is None
    assert timeline.starts_in_s(30_000) is None


def test_cues_are_those_of_the_newest_tick():
    voice = np.full((8, VOICE_DIM), -6.0, np.float32)
    voice[:, -1] = [0.0] * 4 + [1.0, 1.0, 1.0, 0.6]
    assert turn_cues(5, voice, True, 0.2) == TurnCues(5, pytest.approx(0.9), pytest.approx(-6.0), True, 0.2)
    assert turn_cues(5, voice[:0], False, None) == TurnCues(5, 0.0)
