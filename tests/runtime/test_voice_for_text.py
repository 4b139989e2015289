"""`run --voice-for-text espeak-ng` as a process, with the shipped model: the NPC's mouth speaks what it is told."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from echo_bridge import EchoClient
from echo_bridge.inbox import Face, SpeechChunk
from echo_bridge.process import RuntimeProcess
from echo_bridge.streams import Event

from echo_runtime.errors import CommandFailedError, MissingDependencyError, UsageError
from echo_runtime.runtime.serving import ServingConfig, serve
from echo_runtime.signals import ARKIT_NAMES

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng (Debian: espeak-ng) is not installed"
)
ECHO = [sys.executable, "-m", "echo_runtime"]
PATIENCE = 120.0
JAW = ARKIT_NAMES.index("jawOpen")


@pytest.fixture(scope="module")
def port(untrained, tmp_path_factory):
    """Of a runtime with the trained motion and a small picture, so that one core is enough."""
    voices = tmp_path_factory.mktemp("voices") / "voices.toml"
    voices.write_text('[bo]\nvoice = "en-us+f3"\nrate = 0.9\n')
    line = [*ECHO, "run", "--headless", "--control-port", "0", "--player", "none", "--voice", "none", "--npc", "bo"]
    line += ["--avatar", str(untrained / "blank"), "--backend", "eager"]
    with RuntimeProcess([*line, "--voice-for-text", "espeak-ng", "--npc-voices", str(voices)], timeout=PATIENCE) as run:
        yield run.control_port


@pytest.fixture
def bo(port):
    """A client that sees generated frames, and what it receives."""
    received = []
    with EchoClient.connect(f"tcp://127.0.0.1:{port}", timeout=PATIENCE, on_receive=received.append) as client:
        client.timeout = PATIENCE
        client.open_npc("bo")
        seq = 0
        while (frame := client.wait_for_frame("bo", seq, PATIENCE)).header.origin != "generated":
            seq = frame.header.seq
        yield client, received


def until(holds, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def jaws(received, speaking):
    faces = [item for item in received if isinstance(item, Face) and item.header.origin == "generated"]
    return np.array([face.values[JAW] for face in faces if bool(face.header.utt) == speaking])


@needs_espeak
@pytest.mark.timeout(600)
@pytest.mark.alone
def test_the_jaw_opens_while_a_text_is_heard(bo):
    client, received = bo
    assert "speak_text" in client.welcome.caps
    client.speak_text("bo", "Father walked far along the harbour. Our mama saw a large apple fall.", wait=True)
    until(lambda: len(jaws(received, False)) > 40)  # the jaw opens before the first sound, and closes after the last
    sound = np.concatenate([item.samples for item in received if isinstance(item, SpeechChunk)])
    assert len(sound) / 16_000 > 1.0
    assert np.abs(sound).max() > 0.1
    speaking, silent = jaws(received, True), jaws(received, False)
    assert np.quantile(speaking, 0.9) > np.median(silent) + 0.1
    assert any(isinstance(item, Event) and item.name == "speech_ended" for item in received)


@needs_espeak
@pytest.mark.timeout(600)
def test_an_interrupt_stops_a_text_at_once(bo):
    client, received = bo
    speech = client.speak_text("bo", "One, two, three, four, five, six, seven, eight, nine, ten. " * 20)
    until(lambda: any(isinstance(item, SpeechChunk) and len(item.samples) for item in received))
    epoch = client.interrupt("bo")
    with pytest.raises(CommandFailedError) as cut:
        speech.done(PATIENCE)
    assert cut.value.code == "interrupted"
    since = len(received)
    quiet = client.latest_face("bo").header.pts if client.latest_face("bo") else 0
    until(lambda: (face := client.latest_face("bo")) is not None and face.header.pts > quiet + 1_000_000)
    after = received[since:]
    assert not [item for item in after if isinstance(item, SpeechChunk) and len(item.samples)]
    assert {item.header.utt for item in after if isinstance(item, Face) and item.header.epoch == epoch} == {0}


@needs_espeak
@pytest.mark.timeout(600)
def test_the_command_speaks_texts_and_says_what_went_wrong(port):
    def speak(*words):
        line = [*ECHO, "speak", "--address", f"tcp://127.0.0.1:{port}", *words]
        return subprocess.run(line, capture_output=True, text=True, timeout=PATIENCE)

    spoken = speak("--text", "Good evening.")
    assert (spoken.returncode, spoken.stderr) == (0, "")
    assert "bo spoke" in spoken.stdout
    wrong = speak("--text", "Good evening.", "--voice", "nosuch")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "espeak-ng has no voice 'nosuch'" in wrong.stderr
    assert wrong.stderr.count("\n") == 1


@pytest.mark.parametrize(("words", "sentence"), [
    ([], "Nothing to speak"), (["--text", " "], "Nothing to speak"), (["a.wav", "--voice", "x"], "--voice is for"),
])  # fmt: skip
def test_a_command_without_words_is_refused(words, sentence):
    run = subprocess.run([*ECHO, "speak", *words], capture_output=True, text=True, timeout=PATIENCE)
    assert (run.returncode, run.stdout) == (2, "")
    assert sentence in run.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"voice_for_text": "siri"}, "takes espeak-ng, the base address .*, or kokoro:PATH of a model, not 'siri'"),
        ({"voice_for_text": "kokoro:/nowhere"}, "There is no folder '/nowhere'"),
        ({"voice_for_text": "http://"}, "ECHO_SPEECH_KEY"),
        ({"voice_for_text": "http://127.0.0.1:1/v1", "virtual_clock": True}, "real time"),
        ({"npc_voices": Path("voices.toml")}, "give --voice-for-text as well"),
        ({"voice_for_text": "http://127.0.0.1:1/v1", "npc_voices": Path("/nowhere/voices.toml")}, "cannot be read"),
    ],
)
def test_options_that_do_not_go_together(options, words):
    with (
        pytest.raises(UsageError, match=words),
        serve(ServingConfig(player="engine", voice="engine", control_port=0, **options)),
    ):
        pass


def test_a_program_that_is_not_installed_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    config = ServingConfig(player="engine", voice="engine", control_port=0, voice_for_text="espeak-ng")
    with pytest.raises(MissingDependencyError, match="apt-get install espeak-ng"), serve(config):
        pass
