"""The real espeak-ng, as a process."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from echo_runtime.errors import MissingDependencyError, SpeechSynthesisError
from echo_runtime.speech_synthesis.espeak_ng import EspeakNg, find_program
from echo_runtime.speech_synthesis.synthesiser import Cancellation, VoiceSettings

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng (Debian: espeak-ng) is absent")
TEXT = "The harbour lies behind the hill."


def spoken(text=TEXT, cancellation=None, **voice):
    pieces = list(EspeakNg().speak(text, VoiceSettings(**voice), cancellation or Cancellation()))
    assert {p.rate for p in pieces} <= {22_050}
    return np.concatenate([p.samples for p in pieces]) if pieces else np.zeros(0, np.float32)


def pitch_hz(samples, rate=22_050):
    """Median over voiced frames of 40 ms, by autocorrelation."""
    frames = samples[: len(samples) // 882 * 882].reshape(-1, 882)
    found = []
    for frame in frames[np.abs(frames).max(1) > 0.3 * np.abs(samples).max()]:
        correlation = np.correlate(frame, frame, "full")[881:]
        lag = rate // 300 + int(np.argmax(correlation[rate // 300 : rate // 50]))
        if correlation[lag] > 0.4 * correlation[0]:
            found.append(rate / lag)
    return float(np.median(found))


def test_a_text_is_spoken_in_pieces():
    pieces = list(EspeakNg().speak(TEXT, VoiceSettings(), Cancellation()))
    assert len(pieces) > 10
    assert all(len(p.samples) == 2_205 for p in pieces[:-1])
    samples = np.concatenate([p.samples for p in pieces])
    assert 1.2 < len(samples) / 22_050 < 4.0
    assert 0.05 < np.abs(samples).max() <= 1.0


def test_rate_pitch_voice_and_language_are_heard():
    usual = spoken()
    assert len(spoken(rate=1.6)) < 0.8 * len(usual)
    assert len(spoken(rate=0.6)) > 1.3 * len(usual)
    low, middle, high = (pitch_hz(spoken("No, no, no more.", pitch=pitch)) for pitch in (0.6, 1.0, 1.6))
    assert low < 0.9 * middle < 0.8 * high
    german = spoken(language="de")
    assert len(german) != len(usual)
    assert abs(len(spoken(name="en-us+f3")) - len(usual)) < 0.5 * len(usual)


@pytest.mark.parametrize(
    "text", ["-h", "--voices", "Ünïcödé, 日本 and \N{GRINNING FACE}!", "[[ &amp; <break/> \\ \" '"]
)
def test_no_text_is_an_option_or_markup(text):
    assert len(spoken(text)) > 2_000


def test_a_text_without_words_is_no_failure():
    spoken("...")


def test_a_voice_that_is_not_there_is_named():
    with pytest.raises(SpeechSynthesisError, match="no voice 'klingon-x'"):
        spoken(name="klingon-x")


def test_a_cancelled_text_ends_at_once_and_leaves_no_process():
    cancellation = Cancellation()
    espeak = EspeakNg()
    began = time.monotonic()
    for count, _ in enumerate(espeak.speak("Wait for me here. " * 100, VoiceSettings(), cancellation)):
        if count == 3:
            cancellation.cancel()
    assert time.monotonic() - began < 10.0
    cancelled = Cancellation()
    cancelled.cancel()
    assert len(spoken("Wait for me here. " * 100, cancelled)) < 10 * 22_050


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_reader_that_goes_away_leaves_no_process():
    speech = EspeakNg().speak("Wait for me here. " * 100, VoiceSettings(), Cancellation())
    next(speech)
    speech.close()
    ours = subprocess.run(
        ["ps", "--ppid", str(__import__("os").getpid()), "-o", "comm="], capture_output=True, text=True
    )
    assert "espeak" not in ours.stdout


def test_a_program_that_is_absent_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="apt-get install espeak-ng"):
        find_program()


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the program")
def test_a_program_that_fails_or_hangs_is_one_sentence(monkeypatch, tmp_path):
    program = tmp_path / "espeak-ng"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program.write_text("#!/bin/sh\necho 'no data at /usr/share' >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(SpeechSynthesisError, match="status 3 and said: no data at /usr/share"):
        spoken()
    monkeypatch.setattr("echo_runtime.speech_synthesis.espeak_ng.PIECE_DEADLINE_S", 0.5)
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    began = time.monotonic()
    with pytest.raises(SpeechSynthesisError, match=r"no sound for 0\.5 s"):
        spoken()
    assert time.monotonic() - began < 15.0
