"""Real recognition of the demonstration's lines, in the real worker process."""

from __future__ import annotations

import importlib.util
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

import echo_runtime
from echo_runtime.errors import MissingDependencyError, UsageError
from echo_runtime.recognition.listening import WAITING, Listening
from echo_runtime.recognition.recogniser import RecogniserChoice, choose_recogniser

LINES = Path(echo_runtime.__file__).parent / "demo" / "performance"
needs_pocketsphinx = pytest.mark.skipif(
    importlib.util.find_spec("pocketsphinx") is None, reason="pocketsphinx is not installed"
)


def line(number):
    soundfile, soxr = pytest.importorskip("soundfile"), pytest.importorskip("soxr")
    samples, rate = soundfile.read(LINES / f"line_{number}.flac", dtype="float32")
    samples = soxr.resample(samples, rate, 16_000).astype(np.float32)
    ticks = -(-len(samples) // 640)
    return np.pad(samples, (0, ticks * 640 - len(samples)))


def say(listening, samples, start_us=0):
    """The line and a second of silence after it; returns when it ended."""
    ticks = len(samples) // 640
    listening.hear(samples, np.ones(4 * ticks, np.float32), start_us + ticks * 40_000)
    listening.hear(np.zeros(25 * 640, np.float32), np.zeros(100, np.float32), start_us + (ticks + 25) * 40_000)
    return start_us + (ticks + 25) * 40_000


def texts(listening, count, seconds=120.0):
    deadline, found = time.monotonic() + seconds, []
    while len(found) < count and time.monotonic() < deadline:
        found += listening.take()
        time.sleep(0.02)
    return found


@pytest.fixture
def listening():
    listening = Listening(RecogniserChoice("pocketsphinx"))
    yield listening
    listening.close()


@needs_pocketsphinx
def test_what_the_player_says_becomes_text_with_its_time(listening):
    say(listening, line(3), 1_000_000)
    (said,) = texts(listening, 1)
    assert "please come back" in said.text
    assert said.start_us == 1_000_000
    assert 3_000_000 < said.end_us < 5_500_000
    assert listening.statistics.understood == 1
    assert listening.statistics.problem == ""
    assert listening.statistics.seconds_per_second > 0


@needs_pocketsphinx
def test_hearing_never_waits_and_the_oldest_are_forgotten(listening):
    sound, at = line(1), 0
    began = time.monotonic()
    for _ in range(3 * WAITING):
        at = say(listening, sound, at)
    assert time.monotonic() - began < 2.0
    assert listening.statistics.dropped >= WAITING
    first, second = texts(listening, 2)[:2]
    assert second.start_us > first.start_us
    assert second.start_us > WAITING * len(sound) * 1_000_000 // 16_000


@needs_pocketsphinx
def test_noise_and_silence_are_not_understood():
    from echo_runtime.recognition.pocketsphinx_recogniser import PocketsphinxRecogniser

    recogniser = PocketsphinxRecogniser()
    noise = 0.05 * np.random.default_rng(0).standard_normal(12_000)
    assert len(recogniser.transcribe(noise.astype(np.float32)).split()) <= 1
    assert recogniser.transcribe(np.zeros(16_000, np.float32)) == ""
    assert recogniser.transcribe(np.zeros(0, np.float32)) == ""


@needs_pocketsphinx
def test_a_worker_that_dies_is_replaced(listening):
    deadline = time.monotonic() + 20
    while listening._worker is None and time.monotonic() < deadline:
        time.sleep(0.01)
    say(listening, line(3))
    texts(listening, 1)
    os.kill(listening._worker.pid, signal.SIGKILL)
    found, at = [], 10_000_000
    while not found and time.monotonic() < deadline + 60:
        at = say(listening, line(3), at)
        found = texts(listening, 1, 8.0)
    assert found


def test_a_model_that_is_none_ends_recognition_with_a_sentence():
    listening = Listening(RecogniserChoice("faster-whisper", Path("/nowhere")))
    deadline = time.monotonic() + 30
    while not listening.statistics.problem and time.monotonic() < deadline:
        time.sleep(0.02)
    assert listening.statistics.problem
    say(listening, np.zeros(16_000 * 2, np.float32))
    assert listening.take() == []
    listening.close()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("siri", "pocketsphinx"),
        ("", "pocketsphinx"),
        pytest.param("pocketsphinx:/tmp", "leave out", marks=needs_pocketsphinx),
    ],
)
def test_what_cannot_be_chosen_is_one_sentence(text, word):
    with pytest.raises(UsageError, match=word):
        choose_recogniser(text)


@pytest.mark.parametrize(
    ("kind", "module", "extra"),
    [("faster-whisper", "faster_whisper", "whisper"), ("sherpa-onnx", "sherpa_onnx", "sherpa")],
)
def test_a_recogniser_that_is_not_installed_says_how_to_install_it(kind, module, extra, tmp_path):
    if importlib.util.find_spec(module) is not None:
        with pytest.raises(UsageError, match="needs a model"):
            choose_recogniser(kind)
        with pytest.raises(UsageError, match="no folder"):
            choose_recogniser(f"{kind}:{tmp_path / 'absent'}")
    else:
        with pytest.raises(MissingDependencyError, match=rf"pip install 'echo-runtime\[{extra}\]'"):
            choose_recogniser(f"{kind}:{tmp_path}")


@pytest.mark.parametrize("kind", ["faster-whisper", "sherpa-onnx"])
def test_an_empty_folder_is_no_model(kind, tmp_path):
    from echo_runtime.recognition.recogniser import load_recogniser

    pytest.importorskip(kind.replace("-", "_"), reason=f"{kind} is not installed")
    with pytest.raises(UsageError, match="no model"):
        load_recogniser(RecogniserChoice(kind, tmp_path))


def test_a_model_of_faster_whisper_is_loaded_and_run(tmp_path):
    """The real library on a real file; the weights are random, so what it hears is nonsense."""
    pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
    from tiny_whisper import write_tiny_whisper

    write_tiny_whisper(tmp_path / "tiny")
    listening = Listening(choose_recogniser(f"faster-whisper:{tmp_path / 'tiny'}"))
    noise = np.random.default_rng(0).standard_normal(25 * 640 * 2).astype(np.float32)
    say(listening, 0.1 * noise)
    deadline = time.monotonic() + 120
    while listening.statistics.seconds_per_second == 0 and time.monotonic() < deadline:
        assert listening.statistics.problem == ""
        time.sleep(0.05)
    assert listening.statistics.seconds_per_second > 0
    assert all(isinstance(s.text, str) for s in listening.take())
    listening.close()
