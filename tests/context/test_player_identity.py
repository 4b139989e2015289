"""Who sits there, tick by tick: what makes a doubt, what ends it, and what must not be learned from it."""

import numpy as np
import pytest

from echo_runtime.capture.face_shape import SHAPE_DIM, SHAPE_SPREAD
from echo_runtime.context.player_identity import LOST_TICKS, PlayerIdentity
from echo_runtime.log_mel import SILENCE
from echo_runtime.signals import FACE_DIM, MEL_BANDS, MELS_PER_FRAME, TRANSLATION, VOICE_DIM

HERE, AWAY = 1.0, 0.0


class Place:
    """Feeds an identity; `signs` are those since the last call of `take`."""

    def __init__(self):
        self.identity = PlayerIdentity(SHAPE_SPREAD)
        self.random = np.random.default_rng(1)
        self.signs = []

    def ticks(self, count, validity=HERE, speaks=None, shape=None, overheard=False, at=0.0):
        for _ in range(count):
            face = np.zeros(FACE_DIM, np.float32)
            face[-1], face[TRANSLATION.start] = validity, at
            noise = self.random.normal(0.0, 1.0, SHAPE_DIM).astype(np.float32) * 0.5 * SHAPE_SPREAD
            seen = None if shape is None else (shape + noise).astype(np.float32)
            sign = self.identity.observe(face, self.voice(speaks), seen, overheard)
            self.signs += [sign] if sign else []
        return self

    def voice(self, speaks):
        frames = np.full((MELS_PER_FRAME, VOICE_DIM), SILENCE, np.float32)
        frames[:, MEL_BANDS] = 0.0
        if speaks is not None:
            frames[:, :MEL_BANDS] = speaks + self.random.normal(0.0, 0.5, (MELS_PER_FRAME, MEL_BANDS))
            frames[:, MEL_BANDS] = 0.95
        return frames

    def take(self):
        signs, self.signs = self.signs, []
        return signs


def formants(*bands):
    """(80,) a spectrum with peaks at these bands."""
    band = np.arange(MEL_BANDS)[:, None]
    return (-7.0 + 6.0 * np.exp(-(((band - np.array(bands)) / 5.0) ** 2)).sum(axis=1)).astype(np.float32)


ANN, BEN = formants(10, 30, 52), formants(16, 40, 66)
ANNS_FACE = np.zeros(SHAPE_DIM, np.float32)
BENS_FACE = (ANNS_FACE + 3.0 * SHAPE_SPREAD).astype(np.float32)
ALIKE = (ANNS_FACE + 1.5 * SHAPE_SPREAD).astype(np.float32)
"""Neither like nor unlike Ann."""


def known(shape=None):
    place = Place().ticks(150, speaks=ANN, shape=shape)
    assert place.take() == []
    return place


def test_the_same_face_comes_back():
    place = known(ANNS_FACE).ticks(100, AWAY).ticks(100, shape=ANNS_FACE)
    assert place.take() == ["left", "same"]
    assert place.identity.players == 1


def test_another_face_is_another_person_without_a_word():
    place = known(ANNS_FACE).ticks(100, AWAY).ticks(60, shape=BENS_FACE)
    assert place.take() == ["left", "other"]
    assert (place.identity.players, place.identity.by) == (2, "face")


def test_without_a_shape_the_voice_tells():
    other = known().ticks(100, AWAY).ticks(50)
    assert other.take() == ["left"]
    assert other.ticks(100, speaks=BEN).take() == ["other"]
    assert other.identity.by == "voice"
    assert known().ticks(100, AWAY).ticks(150, speaks=ANN).take() == ["left", "same"]


def test_a_face_that_tells_nothing_waits_for_the_voice():
    place = known(ANNS_FACE).ticks(100, AWAY).ticks(500, shape=ALIKE)
    assert place.take() == ["left"]
    assert place.identity.phase == "doubt"
    assert place.ticks(100, speaks=BEN, shape=ALIKE).take() == ["other"]


def test_a_voice_that_is_clearly_anothers_is_believed_before_a_face_that_is_alike():
    alike = (ANNS_FACE + 0.8 * SHAPE_SPREAD).astype(np.float32)
    place = known(ANNS_FACE).ticks(100, AWAY).ticks(60, shape=alike)
    assert place.take() == ["left"]
    assert place.ticks(100, speaks=BEN, shape=alike).take() == ["other"]
    assert place.identity.by == "voice"


def test_a_short_loss_is_a_hand_before_the_face():
    place = known(ANNS_FACE).ticks(LOST_TICKS - 2, AWAY).ticks(200, speaks=BEN, shape=BENS_FACE)
    assert place.take() == []


def test_a_jump_that_no_head_makes_is_looked_into():
    assert known(ANNS_FACE).ticks(60, shape=BENS_FACE, at=0.3).take() == ["left", "other"]
    assert known(ANNS_FACE).ticks(60, shape=ANNS_FACE, at=0.3).take() == ["left", "same"]


def test_in_doubt_nothing_is_learned():
    place = known().ticks(100, AWAY)
    before = place.identity._known.voice.mean.copy()
    place.ticks(70, speaks=BEN, overheard=True).ticks(60, speaks=0.5 * (ANN + BEN))
    np.testing.assert_array_equal(place.identity._known.voice.mean, before)


def test_an_npc_that_is_overheard_is_not_the_player():
    place = known().ticks(100, AWAY).ticks(300, speaks=BEN, overheard=True)
    assert place.take() == ["left"]


def test_who_speaks_while_nobody_is_seen_may_stay_away():
    place = known(ANNS_FACE).ticks(100, AWAY).ticks(200, AWAY, speaks=BEN)
    assert place.take() == ["left"]
    place.ticks(200, AWAY, speaks=ANN)
    assert "heard" in place.take()
    assert place.ticks(100, shape=ANNS_FACE).take() == ["same"]


def test_of_the_new_person_everything_is_learned_anew():
    place = known(ANNS_FACE).ticks(100, AWAY).ticks(300, speaks=BEN, shape=BENS_FACE)
    assert place.take() == ["left", "other"]
    place.ticks(100, AWAY).ticks(100, shape=BENS_FACE)
    assert place.take() == ["left", "same"]
    place.ticks(100, AWAY).ticks(100, shape=ANNS_FACE)
    assert place.take() == ["left", "other"]
    assert place.identity.players == 3


def test_who_was_hardly_seen_cannot_be_told_apart():
    place = Place().ticks(20, shape=ANNS_FACE).ticks(100, AWAY).ticks(100, speaks=BEN, shape=BENS_FACE)
    assert place.take() == ["left", "same"]


def test_after_a_minute_in_sight_the_likelier_answer_is_believed():
    leaning = (ANNS_FACE + 1.2 * SHAPE_SPREAD).astype(np.float32)
    place = known(ANNS_FACE).ticks(100, AWAY).ticks(1400, shape=leaning)
    assert place.take() == ["left"]
    assert place.ticks(200, shape=leaning).take() == ["same"]


def test_without_a_camera_there_is_nothing_to_lose():
    place = Place().ticks(300, AWAY, speaks=ANN).ticks(300, AWAY, speaks=BEN)
    assert place.take() == []
    assert place.identity.lost_s == 0.0


@pytest.mark.parametrize("minutes", [5])
def test_a_loss_of_minutes_is_counted_and_changes_nothing(minutes):
    place = known(ANNS_FACE).ticks(minutes * 1500, AWAY)
    assert place.identity.lost_s == minutes * 60
    assert place.ticks(100, shape=ANNS_FACE).take() == ["left", "same"]
    assert place.identity.lost_s == 0.0


def test_numbers_that_are_none_are_not_looked_at():
    place = known(ANNS_FACE)
    for face in (np.full(FACE_DIM, np.nan, np.float32), np.ones(FACE_DIM, np.float32)):
        voice = np.full((MELS_PER_FRAME, VOICE_DIM), np.nan, np.float32)
        voice[:, MEL_BANDS] = 1.0
        place.identity.observe(face, voice, np.full(SHAPE_DIM, np.inf, np.float32), False)
    assert np.isfinite(place.identity._known.voice.mean).all()
    assert place.ticks(100, AWAY).ticks(100, shape=ANNS_FACE, speaks=ANN).take()[-1] == "same"
