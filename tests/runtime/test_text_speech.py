"""`speak_text` over real sockets: order, interrupts, failures, and what the NPC makes of its own words."""

from __future__ import annotations

import time

import numpy as np
import pytest
from echo_bridge import commands
from echo_bridge.inbox import SpeechChunk
from echo_bridge.streams import Event
from test_runtime import running

from echo_runtime.context.affect import EMOTIONS
from echo_runtime.errors import CommandFailedError, SpeechSynthesisError
from echo_runtime.runtime.text_speech import TextSpeech
from echo_runtime.speech_synthesis.npc_voices import NpcVoices
from echo_runtime.speech_synthesis.speaking import WAITING, Speaking
from echo_runtime.speech_synthesis.synthesiser import Sound, VoiceSettings


class Humming:
    """Two tenths of a second per word, as loud as the voice's rate; a text with `break` breaks off there."""

    concurrent, pitched = 1, False

    def speak(self, text, voice, cancellation):
        for word in text.split():
            if word == "break":
                raise SpeechSynthesisError("The hum broke off.")
            if word == "wait":
                while not cancellation.cancelled:
                    time.sleep(0.005)
                return
            yield Sound(np.full(4_800, 0.2 * voice.rate, np.float32), 24_000)

    def close(self):
        pass


@pytest.fixture
def virtual(untrained, untrained_models):
    """(runtime, client, the client's cues)"""
    speaking = Speaking(Humming())
    text_speech = TextSpeech(speaking, NpcVoices({"loud": VoiceSettings(rate=2.0)}))
    try:
        with running(untrained, lambda: untrained_models, text_speech=text_speech) as (runtime, client):
            client.advance(0.2)
            cues = []
            client.on_receive(cues.append)
            yield runtime, client, cues
    finally:
        speaking.close()


def until(holds, seconds=30.0):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def made(client, texts):
    """Waits until so many texts have been made, in real time: the virtual clock stands still meanwhile."""
    until(lambda: client.stats()["texts_spoken"] + client.stats()["texts_failed"] == texts)


def heard(cues, utt):
    pieces = [c.samples for c in cues if isinstance(c, SpeechChunk) and c.header.utt == utt]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def ended(cues):
    return [c.utt for c in cues if isinstance(c, Event) and c.name == "speech_ended"]


def test_texts_and_sound_that_a_client_sends_are_heard_in_the_order_of_the_commands(virtual):
    _, client, cues = virtual
    first = client.speak_text("bo", "one two three", utt=1)
    sound = client.speak("bo", np.full(3_200, 0.1, np.float32), utt=2)
    third = client.speak_text("bo", "six seven", utt=3)
    made(client, 2)
    client.advance(0.6)
    assert client.latest_frame("bo").header.utt in (1, 2)
    client.advance(1.6)
    for speech in (first, sound, third):
        speech.done(20.0)
    until(lambda: ended(cues) == [1, 2, 3])
    assert len(heard(cues, 1)) / 16_000 == pytest.approx(0.6, abs=0.01)
    np.testing.assert_allclose(heard(cues, 1)[800:-800], 0.2, atol=0.01)
    assert len(heard(cues, 2)) == 3_200
    assert len(heard(cues, 3)) / 16_000 == pytest.approx(0.4, abs=0.01)
    order = [c.header.utt for c in cues if isinstance(c, SpeechChunk)]
    assert order == sorted(order)


def test_a_label_is_chosen_and_a_voice_is_named(virtual):
    _, client, cues = virtual
    speech = client.speak_text("bo", "one two", voice="loud")
    made(client, 1)
    client.advance(1.0)
    speech.done(20.0)
    (label,) = {c.header.utt for c in cues if isinstance(c, SpeechChunk)}
    assert label >= 2**31
    np.testing.assert_allclose(heard(cues, label)[800:-800], 0.4, atol=0.01)


def test_an_interrupt_ends_what_is_heard_what_waits_and_what_is_being_made(virtual):
    _, client, cues = virtual
    texts = [client.speak_text("bo", words, utt=n) for n, words in ((1, "one " * 10), (2, "two wait"), (3, "three"))]
    made(client, 1)
    client.advance(0.8)
    assert len(heard(cues, 1)) > 0
    assert client.interrupt("bo") == 1
    for speech in texts:
        with pytest.raises(CommandFailedError) as failed:
            speech.done(20.0)
        assert failed.value.code == "interrupted"
    client.advance(0.4)
    until(lambda: client.stats()["texts_cut"] == 2)  # the first had been made
    after = client.speak_text("bo", "four", utt=4)
    made(client, 2)
    client.advance(1.0)
    after.done(20.0)
    spoken = [c.header for c in cues if isinstance(c, SpeechChunk)]
    assert {h.utt for h in spoken} == {1, 4}
    assert {h.utt for h in spoken if h.epoch == 1} == {4}
    assert len(heard(cues, 4)) / 16_000 == pytest.approx(0.2, abs=0.01)


def test_a_text_that_breaks_off_is_heard_as_far_as_it_came(virtual):
    _, client, cues = virtual
    broken, good = client.speak_text("bo", "one two break", utt=1), client.speak_text("bo", "three", utt=2)
    made(client, 2)
    client.advance(0.2)
    with pytest.raises(CommandFailedError, match="The hum broke off") as failed:
        broken.done(20.0)
    assert failed.value.code == "speech_synthesis"
    with pytest.raises(CommandFailedError, match="still being heard"):
        client.speak_text("bo", "four", utt=1)
    client.advance(1.2)
    good.done(20.0)
    assert len(heard(cues, 1)) / 16_000 == pytest.approx(0.4, abs=0.01)
    until(lambda: ended(cues) == [1, 2])
    assert client.stats()["texts_failed"] == 1


def test_a_text_moves_the_face_once_it_is_heard(virtual):
    runtime, client, _ = virtual
    happy = EMOTIONS.index("happy")
    client.speak_text("bo", "The weather is as it is.", utt=1)
    client.speak_text("bo", "I am so happy, this is wonderful!", utt=2)
    made(client, 2)
    client.advance(0.6)
    assert client.stats()["affect_turns"] == 1
    client.advance(2.4)
    assert client.stats()["affect_turns"] == 2
    assert float(runtime.npcs["bo"].session.affect[happy]) > 0.2


def test_sound_that_a_client_is_still_sending_is_not_held_up_by_a_text_behind_it(virtual):
    _, client, cues = virtual
    client.begin(commands.SpeakBegin, npc="bo", utt=1).ack(20.0)
    text = client.speak_text("bo", "one two three four", utt=2)
    made(client, 1)
    tenth = np.full(1_600, 3_000, "<i2").tobytes()
    buffered = client.begin(commands.SpeakAudio, tenth, npc="bo", utt=1).ack(20.0)
    assert buffered <= 100_000
    client.begin(commands.SpeakAudio, tenth, npc="bo", utt=1).ack(20.0)
    client.begin(commands.SpeakEnd, npc="bo", utt=1).ack(20.0)
    client.advance(2.0)
    text.done(20.0)
    until(lambda: ended(cues) == [1, 2])


def test_long_texts_are_placed_a_little_at_a_time(virtual):
    runtime, client, cues = virtual
    speech = client.speak_text("bo", "word " * 60, utt=1)  # 12 s
    made(client, 1)
    client.advance(1.0)
    session = runtime.npcs["bo"].session
    assert 0 < session.speech.buffered_us(session.position) < 2_000_000
    client.advance(12.0)
    speech.done(20.0)
    assert len(heard(cues, 1)) / 16_000 == pytest.approx(12.0, abs=0.01)


def test_what_cannot_be_spoken_is_refused(virtual):
    _, client, _ = virtual
    with pytest.raises(CommandFailedError, match="its text is empty"):
        client.speak_text("bo", " \n\t ")
    with pytest.raises(CommandFailedError, match="nobody"):
        client.speak_text("nobody", "one")
    client.speak_text("bo", "wait", utt=1)
    with pytest.raises(CommandFailedError) as again:
        client.speak_text("bo", "one", utt=1)
    assert again.value.code == "utterance_open"
    for _ in range(WAITING - 1):
        client.speak_text("bo", "one")
    with pytest.raises(CommandFailedError, match="texts wait") as busy:
        client.speak_text("bo", "one")
    assert busy.value.code == "busy"


def test_a_closed_npc_says_nothing_more(virtual):
    _, client, _ = virtual
    speech = client.speak_text("bo", "one wait", utt=1)
    client.close_npc("bo")
    with pytest.raises(CommandFailedError) as closed:
        speech.done(20.0)
    assert closed.value.code == "closed"
    until(lambda: client.stats()["texts_cut"] == 1)


def test_without_a_voice_the_refusal_says_what_to_do(untrained, untrained_models):
    with (
        running(untrained, lambda: untrained_models) as (_, client),
        pytest.raises(CommandFailedError, match="--voice-for-text espeak-ng") as refused,
    ):
        client.speak_text("bo", "one")
    assert refused.value.code == "unsupported"
