"""Measures of reactions and events on cases counted by hand."""

import numpy as np
import pytest

from echo_runtime.context.affect import affect_vector
from echo_runtime.signals import FACE_DIM, MOTION_DIM, MOTION_INDEX
from echo_runtime.training.measures import events, reactions

FRAMES = 1500


def still(frames: int = FRAMES, **channels: np.ndarray) -> np.ndarray:
    out = np.zeros((frames, MOTION_DIM), np.float32)
    for name, values in channels.items():
        out[:, MOTION_INDEX[name]] = values
    return out


def speech_until(ends: list[float], frames: int = FRAMES) -> np.ndarray:
    """(4T,) activity: one second of speech before each end."""
    activity = np.zeros(4 * frames, np.float32)
    for end in ends:
        activity[round(100 * (end - 1)) : round(100 * end)] = 1.0
    return activity


def nods(times: list[float], depth: float = 0.1, frames: int = FRAMES) -> np.ndarray:
    t = np.arange(frames) / 25
    out = np.zeros(frames)
    for time in times:
        inside = (t >= time) & (t < time + 0.6)
        out[inside] = depth * np.sin(np.pi * (t[inside] - time) / 0.6) ** 2
    return out


ENDS = [4.0, 9.0, 15.0, 21.0, 30.0, 36.0, 44.0, 52.0]
SILENT = np.zeros(FRAMES, bool)


def test_pauses_shorter_than_a_quarter_second_are_none() -> None:
    activity = np.zeros(400, np.float32)
    activity[50:100] = activity[120:200] = activity[225:300] = 1.0  # pauses of 0.2, 0.25 and a last one of 1 s
    np.testing.assert_allclose(reactions.pause_times(activity), [2.0, 3.0])


def test_a_regular_nodder_scores_one_at_its_own_lag() -> None:
    motion = still(headPitch=nods([end + 0.4 for end in ENDS]))
    found = reactions.nod_response([motion], [speech_until(ENDS)], [SILENT])
    assert found.r == pytest.approx(1.0, abs=1e-3)
    assert found.lag_s == pytest.approx(0.4)


def test_slow_sway_does_not_count_and_depth_does_not_matter() -> None:
    sway = 0.1 * np.sin(2 * np.pi * np.arange(FRAMES) / 25 / 15)
    for depth in (0.03, 0.3):
        motion = still(headPitch=sway + nods([end + 0.4 for end in ENDS], depth))
        assert reactions.nod_response([motion], [speech_until(ENDS)], [SILENT]).r > 0.9


def test_who_nods_at_random_or_not_at_all_scores_nothing() -> None:
    random = np.random.default_rng(0)
    scores = []
    for _ in range(4):
        motion = still(headPitch=nods(sorted(random.uniform(0, 58, 8))))
        scores.append((motion, speech_until(ENDS)))
    found = reactions.nod_response([m for m, _ in scores], [a for _, a in scores], [SILENT] * 4)
    assert found.r < 0.35
    assert reactions.nod_response([still()], [speech_until(ENDS)], [SILENT]).r == 0.0


def test_one_of_two_conversations_answered_is_half() -> None:
    answered = still(headPitch=nods([end + 0.4 for end in ENDS]))
    found = reactions.nod_response([answered, still()], [speech_until(ENDS)] * 2, [SILENT] * 2)
    assert found.r == pytest.approx(0.5, abs=0.01)


def test_nods_while_speaking_are_left_out() -> None:
    speaks = np.zeros(FRAMES, bool)
    speaks[750:] = True
    motion = still(headPitch=nods([end + 0.4 for end in ENDS[:4]]) + nods([31.0, 33.0, 47.0], 0.3))
    found = reactions.nod_response([motion], [speech_until(ENDS)], [speaks])
    assert found.r == pytest.approx(1.0, abs=0.01)
    assert found.frames == 750 - 5 - 10  # the margin of 0.2 s, and a lag of 0.4 s at the beginning


def player(smile: np.ndarray, validity: np.ndarray | float = 1.0) -> np.ndarray:
    face = np.zeros((len(smile), FACE_DIM), np.float32)
    face[:, MOTION_INDEX["mouthSmileLeft"]] = face[:, MOTION_INDEX["mouthSmileRight"]] = smile
    face[:, -1] = validity
    return face


def smiling(motion: np.ndarray) -> np.ndarray:
    return still(len(motion), mouthSmileLeft=motion, mouthSmileRight=motion)


def test_a_smile_given_back_half_a_second_later() -> None:
    smile = (np.sin(np.arange(FRAMES) / 25 * 1.3) > 0.5).astype(np.float32)
    late = np.concatenate([np.zeros(13, np.float32), smile[:-13]])
    neutral = np.tile(affect_vector("neutral"), (FRAMES, 1))
    found = reactions.smile_response([smiling(0.2 + 0.3 * late)], [player(smile)], [SILENT], [neutral])
    assert found.r == pytest.approx(1.0, abs=1e-3)
    assert found.lag_s == pytest.approx(0.52)
    angry = np.tile(affect_vector("angry"), (FRAMES, 1))
    both = reactions.smile_response(
        [smiling(late), smiling(1 - late)], [player(smile)] * 2, [SILENT] * 2, [neutral, angry]
    )
    assert both.r == pytest.approx(1.0, abs=1e-3)
    assert both.frames == found.frames


def test_a_change_of_mood_and_a_lost_face_do_not_count_as_missing_answers() -> None:
    smile = (np.sin(np.arange(FRAMES) / 25 * 1.3) > 0.5).astype(np.float32)
    late = np.concatenate([np.zeros(13, np.float32), smile[:-13]])
    affect = np.tile(affect_vector("neutral"), (FRAMES, 1))
    affect[700:] = affect_vector("happy", 0.5)
    assert reactions.moods(affect) == [(0, 700), (738, FRAMES)]
    late[700:] += 0.5
    assert reactions.smile_response([smiling(late)], [player(smile)], [SILENT], [affect]).r > 0.99
    validity = np.ones(FRAMES, np.float32)
    validity[200:400] = 0.0
    shown = smile * validity
    found = reactions.smile_response([smiling(late)], [player(shown, validity)], [SILENT], [affect])
    assert found.r > 0.99


def test_events_are_counted_by_hand() -> None:
    t = np.arange(250) / 25
    lids = np.zeros(250)
    lids[20:24] = lids[100:105] = 1.0
    gaze = np.where(t < 3, 0.0, np.where(t < 6, 0.2, 0.02))
    brows = np.interp(t, [0, 2, 2.12, 2.3, 2.6, 10], [0, 0, 0.5, 0.5, 0, 0]) + 0.3 * np.clip((t - 4) / 5, 0, 1)
    motion = still(
        250,
        eyeBlinkLeft=lids,
        eyeBlinkRight=lids,
        gazeYaw=gaze,
        headPitch=nods([1.0, 5.0, 8.0], frames=250) + 0.05 * np.sin(t),
        browInnerUp=brows,
        browOuterUpLeft=brows,
        browOuterUpRight=brows,
    )
    np.testing.assert_allclose(events.blink_times(motion), [0.8, 4.0])
    np.testing.assert_allclose(events.saccade_times(motion), [2.96, 5.96], atol=0.05)
    np.testing.assert_allclose(events.nod_times(motion), [1.3, 5.3, 8.3], atol=0.05)
    np.testing.assert_allclose(events.brow_flash_times(motion), [1.92], atol=0.1)
    rates = events.event_rates([motion, still(250)])
    assert rates["nod"] == pytest.approx(3 / 20)
    ratios = events.rate_ratios([motion], [motion, still(250)])
    assert set(ratios) == {"blink_rate_ratio", "saccade_rate_ratio", "nod_rate_ratio", "brow_flash_rate_ratio"}
    assert all(value == pytest.approx(2.0) for value in ratios.values())
    assert np.isnan(events.rate_ratios([motion], [still(250)])["nod_rate_ratio"])


def test_eyes_that_hold_the_player_while_the_head_turns_do_not_jump() -> None:
    turn = 0.4 * np.sin(2 * np.pi * 0.5 * np.arange(250) / 25)
    motion = still(250, headYaw=turn, gazeYaw=-turn)
    assert len(events.saccade_times(motion)) == 0


def test_tremor_is_what_is_above_five_hertz() -> None:
    t = np.arange(1000) / 25
    slow = still(1000, headPitch=0.1 * np.sin(2 * np.pi * t))
    fast = still(1000, headPitch=0.1 * np.sin(2 * np.pi * t) + 0.01 * np.sin(2 * np.pi * 8 * t))
    assert events.tremor(slow) < 1e-4
    # one axis of three, a window of Hann (mean square 3/8), a sine's deviation of 0.01 / √2
    assert events.tremor(fast) == pytest.approx(0.01 / np.sqrt(2) * np.sqrt(3 / 8) / 3, rel=0.02)
