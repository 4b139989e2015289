"""Kokoro's process: with the real kokoro-onnx and a tiny model where ECHO_KOKORO_PYTHON has it, and with a stand-in
package that is slow, breaks and chatters."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from test_espeak_ng import pitch_hz

from echo_runtime.errors import MissingDependencyError, SpeechSynthesisError, UsageError
from echo_runtime.speech_synthesis.kokoro import PYTHON_VARIABLE, Kokoro, KokoroFiles, find_kokoro
from echo_runtime.speech_synthesis.kokoro_worker import sentences
from echo_runtime.speech_synthesis.synthesiser import Cancellation, VoiceSettings

STAND_IN = '''
"""Speaks a tenth of a second per word; some words do something else."""
import os, sys, time
import numpy as np
class Kokoro:
    def __init__(self, model, voices):
        print("loading", model)
        if "broken" in model: raise ValueError("no such graph")
        if "slow" in model: time.sleep(60)
    def get_voices(self): return ["af_one", "bm_two"]
    def create(self, text, voice, speed=1.0, lang="en-us"):
        print("chatter on stdout", text)
        if "die" in text: os._exit(7)
        if "fail" in text: raise ValueError("no phonemes")
        if "stick" in text: time.sleep(60)
        if "long" in text: time.sleep(0.3)
        level = {"en-us": 0.25, "en-gb": 0.5, "de": 0.75}[lang]
        return np.full(int(2400 * len(text.split()) / speed), level, np.float32), 24000
'''


def absent():
    python = os.environ.get(PYTHON_VARIABLE, sys.executable)
    found = subprocess.run([python, "-c", "import kokoro_onnx, onnx"], capture_output=True)
    if found.returncode:
        return f"{PYTHON_VARIABLE} names no Python with kokoro-onnx and onnx"
    return None


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Opens Kokoro on the stand-in package; its model's name decides how loading goes."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "kokoro_onnx.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "library"))
    opened = []

    def start(name="good", **options):
        opened.append(
            Kokoro(KokoroFiles(sys.executable, tmp_path / f"{name}.onnx", tmp_path / "voices.bin"), **options)
        )
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def spoken(kokoro, text, cancellation=None, **voice):
    pieces = list(kokoro.speak(text, VoiceSettings(**voice), cancellation or Cancellation()))
    assert {p.rate for p in pieces} <= {24_000}
    assert all(len(p.samples) <= 2_400 for p in pieces)
    return np.concatenate([p.samples for p in pieces]) if pieces else np.zeros(0, np.float32)


def test_a_text_is_cut_at_its_sentences():
    assert sentences("Wait here for me, will you? I shall not be long. Yes!") == [
        "Wait here for me, will you?", "I shall not be long. Yes!",
    ]  # fmt: skip
    assert sentences("It costs 3.50 crowns.") == ["It costs 3.50 crowns."]
    assert sentences("一直走。不要停下来。") == ["一直走。 不要停下来。"]
    assert sentences(" \n ") == []


def test_sentence_by_sentence_whatever_the_library_prints(stand_in):
    kokoro = stand_in()
    sound = spoken(kokoro, "One two three four five six. Seven eight nine ten eleven.")
    assert len(sound) == 11 * 2_400 + 6_000, "and a pause between"
    assert np.abs(sound).max() == np.float32(0.25)
    assert len(spoken(kokoro, "One two", rate=2.0)) == 2_400


def test_voice_and_language(stand_in):
    kokoro = stand_in()
    assert spoken(kokoro, "One", name="bm_two").max() == np.float32(0.5), "British by its name"
    assert spoken(kokoro, "One", name="bm_two", language="de").max() == np.float32(0.75)
    with pytest.raises(SpeechSynthesisError, match="no voice 'xx'; it has af_one, bm_two"):
        spoken(kokoro, "One", name="xx")


def test_a_text_that_fails_leaves_the_process_alive(stand_in):
    kokoro = stand_in()
    with pytest.raises(SpeechSynthesisError, match="cannot speak this text: ValueError: no phonemes"):
        spoken(kokoro, "fail")
    assert len(spoken(kokoro, "One")) == 2_400


def test_a_process_that_dies_is_begun_anew(stand_in):
    kokoro = stand_in()
    with pytest.raises(SpeechSynthesisError, match="ended with status"):
        spoken(kokoro, "die")
    assert len(spoken(kokoro, "One")) == 2_400


def test_a_process_that_hangs_is_ended(stand_in):
    kokoro = stand_in(sentence_s=0.5)
    assert len(spoken(kokoro, "One")) == 2_400
    with pytest.raises(SpeechSynthesisError, match=r"no sound for 0\.5 s"):
        spoken(kokoro, "stick")


def test_a_model_that_cannot_be_loaded(stand_in):
    with pytest.raises(SpeechSynthesisError, match="ValueError: no such graph"):
        spoken(stand_in("broken"), "One")


@pytest.mark.parametrize("text", ["long one. " * 50, "stick"])
def test_a_cancellation_does_not_wait_and_the_next_text_is_not_mixed_up(stand_in, text):
    kokoro = stand_in()
    spoken(kokoro, "One")
    cancellation = Cancellation()
    threading.Timer(0.5, cancellation.cancel).start()
    began = time.monotonic()
    spoken(kokoro, text, cancellation)
    assert time.monotonic() - began < 10.0
    if text != "stick":
        assert len(spoken(kokoro, "One two")) == 4_800


def test_closing_while_the_model_is_loading(stand_in):
    kokoro = stand_in("slow")
    ended = []

    def speak():
        with pytest.raises(SpeechSynthesisError):
            spoken(kokoro, "One")
        ended.append(True)

    thread = threading.Thread(target=speak)
    thread.start()
    time.sleep(0.3)
    kokoro.close()
    thread.join(10.0)
    assert ended


def test_what_is_wrong_with_a_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    with pytest.raises(UsageError, match="There is no folder"):
        find_kokoro(str(tmp_path / "none"))
    with pytest.raises(UsageError, match=r"kokoro-v1\.0\.onnx and voices-v1\.0\.bin belong there"):
        find_kokoro(str(tmp_path))
    for name in ("kokoro-v1.0.onnx", "kokoro-v1.0.int8.onnx", "voices-v1.0.bin"):
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setenv(PYTHON_VARIABLE, str(tmp_path / "no-python"))
    with pytest.raises(UsageError, match="which is no Python"):
        find_kokoro(str(tmp_path))
    monkeypatch.setenv(PYTHON_VARIABLE, sys.executable)
    assert find_kokoro(str(tmp_path)).model.name == "kokoro-v1.0.int8.onnx"


def test_without_the_package(tmp_path, monkeypatch):
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for name in ("kokoro-v1.0.onnx", "voices-v1.0.bin"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(MissingDependencyError, match="pip install kokoro-onnx"):
        find_kokoro(str(tmp_path))


@pytest.mark.skipif(absent() is not None, reason=str(absent()))
def test_the_real_package_with_a_model_of_kokoros_signature(tmp_path, monkeypatch):
    python = os.environ.get(PYTHON_VARIABLE, sys.executable)
    monkeypatch.setenv(PYTHON_VARIABLE, python)
    made = subprocess.run(
        [python, str(__file__).replace("test_kokoro", "tiny_kokoro"), str(tmp_path)], capture_output=True
    )
    assert made.returncode == 0, made.stderr.decode()
    kokoro = Kokoro(find_kokoro(str(tmp_path)))
    try:
        sound = spoken(kokoro, "The harbour lies behind the hill.")
        assert 0.5 < len(sound) / 24_000 < 6.0
        assert pitch_hz(sound, 24_000) == pytest.approx(0.05 * 24_000 / (2 * np.pi), rel=0.05)
        quick = spoken(kokoro, "The harbour lies behind the hill.", rate=2.0, name="bf_high")
        assert len(quick) == pytest.approx(len(sound) / 2, rel=0.1)
        with pytest.raises(SpeechSynthesisError, match="it has af_low, bf_high"):
            spoken(kokoro, "One", name="nosuch")
    finally:
        kokoro.close()
