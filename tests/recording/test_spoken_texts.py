"""Texts that were spoken are in a recording as sound: a replay says the same without a voice for text."""

from __future__ import annotations

import shutil

import pytest
from live_run import recorded_run, until

from echo_runtime.errors import CommandFailedError
from echo_runtime.recording.recording import Recording
from echo_runtime.runtime.replaying import ReplayConfig, replay
from echo_runtime.runtime.text_speech import TextSpeech
from echo_runtime.speech_synthesis.espeak_ng import EspeakNg
from echo_runtime.speech_synthesis.speaking import Speaking

pytestmark = [
    pytest.mark.usefixtures("beside_the_packages"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng (Debian: espeak-ng) is not installed"),
]


def test_texts_that_were_heard_cut_off_and_failed(untrained, untrained_models, tmp_path, monkeypatch):
    path = tmp_path / "texts.echo"
    speaking = Speaking(EspeakNg())
    try:
        with recorded_run(untrained, untrained_models, path, text_speech=TextSpeech(speaking)) as live:
            client, frames = live.client, live.frames
            client.open_npc("bo")
            until(lambda: any(f.origin == "generated" for f in frames))
            client.speak_text("bo", "I am so happy to see you!").done(120.0)
            with pytest.raises(CommandFailedError, match="no voice"):
                client.speak_text("bo", "Yes.", voice="nosuch").done(120.0)
            client.speak_text("bo", "One, two, three, four, five, six, seven, eight, nine, ten. " * 5, utt=5)
            until(lambda: any(f.utterance == 5 for f in frames))
            client.interrupt("bo")
            client.speak_text("bo", "Good night.", utt=6).done(120.0)
            count = len(frames)
            until(lambda: len(frames) > count + 5)
    finally:
        speaking.close()
    monkeypatch.setenv("PATH", "")  # nobody speaks again
    with replay(Recording(path), ReplayConfig(backend="eager")) as replaying:
        again, report = list(replaying.frames()), replaying.report()
    assert report["same"], report
    assert [(f.utterance, f.motion.tobytes()) for f in again] == [(f.utterance, f.motion.tobytes()) for f in frames]
    assert {f.utterance for f in again} >= {0, 5, 6}
