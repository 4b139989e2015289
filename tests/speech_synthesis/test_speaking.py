"""Texts in their queue and threads, with synthesisers that do as the test says."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from echo_runtime.errors import CommandFailedError, SpeechSynthesisError
from echo_runtime.speech_synthesis import speaking
from echo_runtime.speech_synthesis.speaking import WAITING, Speaking
from echo_runtime.speech_synthesis.synthesiser import Sound, VoiceSettings

TENTH = np.full(2_400, 0.25, np.float32)
USUAL = VoiceSettings()


class Scripted:
    """Hums a tenth of a second per word; `hold` is a word at which it waits to be let go or cancelled."""

    pitched = False

    def __init__(self, concurrent=1):
        self.concurrent = concurrent
        self.begun, self.let_go = [], threading.Event()

    def speak(self, text, voice, cancellation):
        self.begun.append(text)
        for word in text.split():
            if word == "hold":
                with cancellation.calling(self.let_go.set):
                    assert self.let_go.wait(30)
            elif word == "break":
                raise SpeechSynthesisError("It broke.")
            elif word == "fault":
                raise ZeroDivisionError("by nought")
            elif word == "endless":
                while True:
                    yield Sound(TENTH, 24_000)
            yield Sound(TENTH, 24_000)

    def close(self):
        self.let_go.set()


@pytest.fixture
def opened():
    open_now = []

    def start(synthesiser):
        open_now.append(Speaking(synthesiser))
        return open_now[-1]

    yield start
    for each in open_now:
        each.close()


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def all_of(text, seconds=20.0):
    sound, end = b"", time.monotonic() + seconds
    while not text.over:
        sound += text.take()
        assert time.monotonic() < end
        time.sleep(0.001)
    return np.frombuffer(sound, "<i2")


def test_sound_comes_at_16_khz_and_the_first_piece_before_the_last(opened):
    synthesiser = Scripted()
    parts = opened(synthesiser)
    text = parts.speak("bo", 1, "one two hold three", USUAL)
    until(lambda: text.first_sound_s is not None)
    assert not text.finished
    synthesiser.let_go.set()
    sound = all_of(text)
    assert abs(len(sound) - 4 * 1_600) < 40
    np.testing.assert_allclose(sound[400:-400], 0.25 * 32767, rtol=0.01)
    assert text.error is None
    until(lambda: parts.statistics.spoken == 1)
    assert parts.statistics.first_sound_ms > 0.0


def test_texts_of_an_npc_come_in_order_and_another_npc_does_not_wait(opened):
    synthesiser = Scripted(concurrent=2)
    parts = opened(synthesiser)
    first = parts.speak("bo", 1, "hold first", USUAL)
    second = parts.speak("bo", 2, "second", USUAL)
    other = parts.speak("eve", 3, "other", USUAL)
    assert len(all_of(other)) > 1_000
    assert "second" not in synthesiser.begun
    synthesiser.let_go.set()
    all_of(first)
    all_of(second)
    assert synthesiser.begun.index("hold first") < synthesiser.begun.index("second")


def test_a_cancelled_text_ends_and_the_next_is_spoken(opened):
    parts = opened(Scripted())
    first, second = (parts.speak("bo", n, text, USUAL) for n, text in ((1, "one hold two"), (2, "three")))
    until(lambda: first.first_sound_s is not None)
    parts.cancel(first)
    all_of(second)
    assert (parts.statistics.cut, parts.statistics.spoken) == (1, 1)
    waiting = parts.speak("bo", 3, "never begun", USUAL)
    parts.cancel(waiting)
    parts.cancel(waiting)
    assert parts.statistics.cut == 2


@pytest.mark.parametrize(("word", "sentence"), [
    ("break", "It broke."), ("fault", "ZeroDivisionError: by nought"), ("endless", "more than 15 s of sound"),
])  # fmt: skip
def test_a_text_that_fails_keeps_what_came_and_the_next_is_spoken(opened, word, sentence):
    parts = opened(Scripted())
    failing, next_one = parts.speak("bo", 1, f"one {word}", USUAL), parts.speak("bo", 2, "two", USUAL)
    assert len(all_of(failing)) > 500
    assert sentence in str(failing.error)
    assert failing.error.code == "speech_synthesis"
    all_of(next_one)
    assert next_one.error is None
    until(lambda: parts.statistics.spoken == 1)
    assert (parts.statistics.failed, parts.statistics.problem) == (1, "")


def test_too_many_texts_are_refused_and_later_ones_taken_again(opened):
    synthesiser = Scripted()
    parts = opened(synthesiser)
    texts = [parts.speak("bo", n, "hold", USUAL) for n in range(1, WAITING + 1)]
    with pytest.raises(CommandFailedError, match=f"{WAITING} texts wait") as refused:
        parts.speak("bo", 99, "one", USUAL)
    assert refused.value.code == "busy"
    synthesiser.let_go.set()
    for text in texts:
        all_of(text)
    until(lambda: parts.statistics.spoken == WAITING)
    all_of(parts.speak("bo", 99, "one", USUAL))


def test_no_text_is_begun_while_much_sound_of_its_npc_waits(opened, monkeypatch):
    monkeypatch.setattr(speaking, "AHEAD_S", 0.5)
    synthesiser = Scripted()
    parts = opened(synthesiser)
    first = parts.speak("bo", 1, "a b c d e f g h i j", USUAL)
    second = parts.speak("bo", 2, "later", USUAL)
    until(lambda: first.finished)
    other = parts.speak("eve", 3, "meanwhile", USUAL)
    all_of(other)
    assert "later" not in synthesiser.begun
    all_of(first)
    parts.taken()
    all_of(second)


def test_the_end_does_not_wait_for_a_text_under_way():
    parts = Speaking(synthesiser := Scripted())
    text = parts.speak("bo", 1, "hold", USUAL)
    until(lambda: synthesiser.begun)
    began = time.monotonic()
    parts.close()
    assert time.monotonic() - began < 5.0
    until(lambda: text.finished)
