import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_runtime.context.affect import EMOTIONS, affect_vector
from echo_runtime.context.lexicon_affect import TextAffect
from echo_runtime.context.linguistic_affect import LinguisticAffect

SECOND = 1_000_000
MINUTE = 60 * SECOND


def strength(lau, emotion, at):
    return float(lau.c_emo(at)[EMOTIONS.index(emotion)])


def small_talk(lau, start, stop, step=20):
    lines = ("Which way is the harbour?", "Left, then over the bridge.", "What does the bread cost?", "Two coins.")
    for i, second in enumerate(range(start, stop, step)):
        lau.hear("player" if i % 2 == 0 else "bo", lines[i % len(lines)], second * SECOND)


def test_silence_is_neutral():
    np.testing.assert_array_equal(LinguisticAffect("bo").c_emo(MINUTE), affect_vector())


def test_both_speakers_move_the_face_and_anger_of_the_partner_only_in_part():
    own, theirs = LinguisticAffect("bo"), LinguisticAffect("bo")
    own.hear("bo", "I hate you, traitor!", 0)
    theirs.hear("player", "I hate you, traitor!", 0)
    assert strength(own, "angry", SECOND) > strength(theirs, "angry", SECOND) > 0.1
    assert own.emotion_text(SECOND).emotion == "angry"
    assert "angry" in own.emotion_text(SECOND).sentence
    assert own.emotion_text(SECOND).valence < 0.0


def test_a_sad_story_comes_back_after_ten_minutes_when_it_is_mentioned_and_not_otherwise():
    def told(text):
        lau = LinguisticAffect("bo")
        lau.hear("player", "Yesterday I heard the story of the drowned fisherman.", 0)
        lau.hear("player", "That story was so sad, I cried.", 5 * SECOND)
        small_talk(lau, 30, 600)
        heard = lau.hear("player", text, 610 * SECOND)
        return strength(lau, "sad", 611 * SECOND), heard

    mentioned, heard = told("Do you still think of that story?")
    assert heard.recalled is not None
    assert heard.recalled.topic == "stori"
    other, nothing = told("Do you still think of the weather?")
    assert nothing.recalled is None
    assert mentioned > 0.4
    assert other < 0.15


def test_it_means_what_the_turn_before_was_about():
    lau = LinguisticAffect("bo")
    lau.hear("player", "We went to the lighthouse.", 0)
    lau.hear("player", "It was horrifying, I was so scared.", 4 * SECOND)
    small_talk(lau, 30, 400)
    lau.hear("bo", "The lighthouse is over there.", 410 * SECOND)
    assert strength(lau, "afraid", 411 * SECOND) > 0.2


def test_another_language_is_neutral_and_said_so_once():
    lau = LinguisticAffect("bo")
    lau.hear("player", "Ich bin sehr traurig, und die Geschichte war nicht schön.", 0)
    lau.hear("player", "Die!", SECOND)  # would be an English death
    np.testing.assert_array_equal(lau.c_emo(2 * SECOND), affect_vector())
    notes = lau.take_notes()
    assert len(notes) == 1
    assert "language" in notes[0]
    assert lau.take_notes() == []
    assert lau.state.unread == 2


def test_a_language_models_answer_takes_the_place_of_the_lexicons_and_keeps_what_came_after():
    lau = LinguisticAffect("bo")
    heard = lau.hear("player", "My cat is on the roof again.", 0)
    lau.hear("player", "Thank you, you are so kind.", 2 * SECOND)
    kind = strength(lau, "tender", 3 * SECOND)
    sad = TextAffect(affect_vector("sad", 0.9)[: len(EMOTIONS)])
    assert lau.answer(heard.number, sad)
    assert strength(lau, "sad", 3 * SECOND) > 0.05
    assert strength(lau, "tender", 3 * SECOND) > 0.3 * kind
    assert lau.from_endpoint == 1
    small_talk(lau, 30, 600)
    assert not lau.answer(heard.number, sad)  # too late
    lau.hear("player", "Where is your cat?", 610 * SECOND)
    assert strength(lau, "sad", 611 * SECOND) > 0.3


def test_they_meet_again_tomorrow_as_they_parted():
    lau = LinguisticAffect("bo")
    lau.hear("player", "You saved my daughter from the wolf.", 50 * SECOND)
    lau.hear("bo", "I love her, I would do it again.", 55 * SECOND)
    kept = json.loads(json.dumps(lau.parted(60 * SECOND)))
    at_once = LinguisticAffect.meet_again("bo", kept, 7 * SECOND, 0.0)
    np.testing.assert_allclose(at_once.c_emo(7 * SECOND), lau.c_emo(60 * SECOND), atol=1e-6)
    tomorrow = LinguisticAffect.meet_again("bo", kept, 7 * SECOND, 86_400.0)
    assert 0.1 < strength(tomorrow, "tender", 7 * SECOND) < strength(lau, "tender", 60 * SECOND)
    assert [t.text for t in tomorrow.state.history] == [t.text for t in lau.state.history]
    tomorrow.hear("player", "My daughter sends you a cake.", 40 * MINUTE)
    assert strength(tomorrow, "tender", 40 * MINUTE + SECOND) > 0.1


texts = st.sampled_from(
    [
        "I am so sad.",
        "The dragon is great!",
        "",
        "die Nacht und der Tag",
        "You idiot!",
        "What?",
        "Do you know the dragon?",
    ]
)


@given(st.lists(st.tuples(st.sampled_from(["player", "bo", "eve"]), texts, st.integers(0, 90)), max_size=15))
def test_going_on_after_it_was_kept_is_going_on(turns):
    lau, now = LinguisticAffect("bo"), 0
    for speaker, text, seconds in turns:
        now += seconds * SECOND
        lau.hear(speaker, text, now)
    again = LinguisticAffect.meet_again("bo", json.loads(json.dumps(lau.parted(now))), 5, 0.0)
    for later in (0, 30 * SECOND):
        np.testing.assert_allclose(again.c_emo(5 + later), lau.c_emo(now + later), atol=1e-5)
    for one, clock in ((lau, now), (again, 5)):
        one.hear("player", "It was so sad!", clock + 9 * SECOND)
        one.hear("player", "Tell me of the dragon.", clock + 40 * SECOND)
    np.testing.assert_allclose(again.c_emo(5 + MINUTE), lau.c_emo(now + MINUTE), atol=1e-5)


@pytest.mark.parametrize("damage", [{"history": 3}, {"episodes": {}}, {"affect": None}, {"english": []}])
def test_a_damaged_state_is_refused(damage):
    kept = LinguisticAffect("bo").parted(0) | damage
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        LinguisticAffect.meet_again("bo", kept, 0, 0.0)
