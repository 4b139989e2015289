"""Mouths from visemes: what must close closes, what must open opens, and silence rests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_runtime.generator.speech_encoder import MOUTH_GROUPS, VISEMES, mouth_coefficients
from echo_runtime.signals import MOTION_INDEX
from echo_runtime.training.speech.mouth import POSES, mouth_groups, mouth_track, viseme_track
from echo_runtime.training.speech.visemes import ARPABET_VISEME, IPA_VISEME, OCULUS_NAME, visemes_of_ipa


def column(track: np.ndarray, name: str) -> np.ndarray:
    return track[:, MOTION_INDEX[name]]


def opening(track: np.ndarray) -> np.ndarray:
    return column(track, "jawOpen") - column(track, "mouthClose")


def word(*visemes: str, each: float = 0.09) -> list[tuple[float, float, str]]:
    spoken = [(0.4 + i * each, 0.4 + (i + 1) * each, v) for i, v in enumerate(visemes)]
    return [(0.0, 0.4, "sil"), *spoken, (spoken[-1][1], spoken[-1][1] + 0.5, "sil")]


@pytest.mark.parametrize("rate", [25, 100])
@pytest.mark.parametrize("each", [0.06, 0.09, 0.15])
def test_lips_meet_on_plosives_between_open_vowels(rate: int, each: float) -> None:
    segments = word("aa", "PP", "aa", each=each)
    track = mouth_track(segments, segments[-1][1], rate)
    times = np.arange(len(track)) / rate
    inside = (times >= segments[2][0] - 0.5 / rate) & (times <= segments[2][1] + 0.5 / rate)
    assert opening(track)[inside].min() < 0.02
    around = (times > segments[1][0]) & (times < segments[3][1])
    assert opening(track)[around].max() > 0.18


def test_the_lower_lip_meets_the_teeth_on_f() -> None:
    segments = word("aa", "FF", "aa")
    track = mouth_track(segments, segments[-1][1], 100)
    middle = round(100 * (segments[2][0] + segments[2][1]) / 2)
    assert opening(track)[middle] < 0.03
    assert column(track, "mouthRollLower")[middle] > 0.5
    assert column(track, "mouthUpperUpLeft")[middle] > 0.2


def test_silence_is_closed_and_still() -> None:
    segments = word("aa", "ou", "E")
    track = mouth_track(segments, segments[-1][1], 25)
    assert np.abs(track[:7]).max() < 0.02
    assert np.abs(track[-7:]).max() < 0.02


def test_short_vowels_open_less() -> None:
    heights = []
    for each in (0.05, 0.08, 0.14):
        segments = word("DD", "aa", "DD", each=each)
        heights.append(opening(mouth_track(segments, segments[-1][1], 100)).max())
    assert heights[0] < heights[1] < heights[2]


def test_the_tongue_follows_its_path() -> None:
    heights = {}
    for viseme in ("TH", "nn", "DD", "kk", "PP"):
        segments = word("aa", viseme, "aa", each=0.08)
        track = column(mouth_track(segments, segments[-1][1], 100), "tongueOut")
        heights[viseme] = track[round(50 * (segments[2][0] + segments[2][1]))]
        assert track[:20].max() < 0.02
    assert heights["TH"] == pytest.approx(0.5, abs=0.03)
    assert heights["nn"] == pytest.approx(0.27, abs=0.03)
    assert heights["DD"] == pytest.approx(0.2, abs=0.03)
    assert heights["kk"] < 0.05 > heights["PP"]


def test_rounding_is_seen_before_it_is_heard() -> None:
    segments = word("SS", "SS", "ou", each=0.1)
    track = mouth_track(segments, segments[-1][1], 100)
    heard = round(100 * segments[3][0])
    assert column(track, "mouthPucker")[heard] > 0.3 * column(track, "mouthPucker").max()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(VISEMES), st.floats(0.02, 0.4)), min_size=1, max_size=20))
def test_tracks_are_coefficients_of_the_asked_length(parts: list[tuple[str, float]]) -> None:
    ends = np.cumsum([length for _, length in parts])
    segments = [(float(e - length), float(e), v) for (v, length), e in zip(parts, ends, strict=True)]
    track = mouth_track(segments, float(ends[-1]), 25)
    assert track.shape == (int(np.ceil(ends[-1] * 25 - 1e-9)), 52)
    assert np.isfinite(track).all()
    assert track.min() >= 0.0
    assert track.max() <= 1.0
    assert (track[:, MOTION_INDEX["mouthSmileLeft"]] == track[:, MOTION_INDEX["mouthSmileRight"]]).all()


def test_groups_spread_over_left_and_right() -> None:
    groups = np.zeros((1, len(MOUTH_GROUPS)), np.float32)
    groups[0, MOUTH_GROUPS.index("mouthPress")] = 0.5
    groups[0, MOUTH_GROUPS.index("jawOpen")] = 0.25
    track = mouth_coefficients(groups)[0]
    assert track[MOTION_INDEX["mouthPressLeft"]] == track[MOTION_INDEX["mouthPressRight"]] == 0.5
    assert track[MOTION_INDEX["jawOpen"]] == 0.25
    assert np.count_nonzero(track) == 3


def test_every_phoneme_leads_to_a_viseme() -> None:
    assert set(POSES) == set(VISEMES) == set(OCULUS_NAME)
    assert set(IPA_VISEME.values()) <= set(VISEMES)
    assert {v for parts in ARPABET_VISEME.values() for v in parts} <= set(VISEMES)
    assert visemes_of_ipa("aɪ") == ("aa", "ih")
    assert visemes_of_ipa("tʃ") == ("CH",)
    assert visemes_of_ipa("uː") == ("ou",)
    assert visemes_of_ipa("") == ("sil",)
    assert len(set(OCULUS_NAME.values())) == 15


def test_visemes_in_time() -> None:
    segments = word("PP", "aa")
    track = viseme_track(segments, segments[-1][1] + 0.2, 100)
    assert track[42] == VISEMES.index("PP")
    assert track[52] == VISEMES.index("aa")
    assert track[-1] == VISEMES.index("sil")
    assert mouth_groups([], 0.4, 25).shape == (10, len(MOUTH_GROUPS))
