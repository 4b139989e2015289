"""The microphone through real PortAudio, ALSA and a PulseAudio daemon of the test's own."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pulse_daemon import PulseDaemon

PROGRAM = Path(__file__).with_name("microphone_program.py")


@pytest.fixture
def pulse(tmp_path):
    daemon = PulseDaemon(tmp_path)
    yield daemon
    daemon.close()


class Listener:
    """The program, and the lines that it has printed."""

    def __init__(self, environment: dict[str, str], name: str) -> None:
        command = [sys.executable, str(PROGRAM), name]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.lines: list[dict] = []
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._queue.put(line)

    def wait(self, wanted: Callable[[dict], object], seconds: float = 60.0) -> dict:
        """The next line that is wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                line = json.loads(self._queue.get(timeout=0.2))
            except queue.Empty:
                assert self._process.poll() is None or not self._queue.empty(), self.lines
                continue
            self.lines.append(line)
            if wanted(line):
                return line
        raise AssertionError(f"not in time; so far: {self.lines[-20:]}")

    def close(self) -> None:
        """Ends the microphone; its last lines are still to be read."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def end(self) -> str:
        """Everything on stderr."""
        try:
            self._process.wait(30)
            assert self._process.stderr is not None
            return self._process.stderr.read()
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise


def test_a_microphone_is_unplugged_and_plugged_in_again(pulse):
    pulse.plug()
    listener = Listener(pulse.environment, "echomic")
    listener.wait(lambda line: line.get("tone", 0) > 0.9)
    pulse.unplug()
    note = listener.wait(lambda line: "gives no sound any more" in line.get("note", ""))["note"]
    assert note == "microphone 'echomic' gives no sound any more; looking for it until it is back"
    pulse.plug()
    listener.wait(lambda line: line.get("note") == "microphone 'echomic' is back")
    heard = listener.wait(lambda line: line.get("tone", 0) > 0.9)
    assert heard["age"] < 3.0
    listener.close()
    last = listener.wait(lambda line: "statistics" in line)
    assert last["statistics"]["microphone_losses"] == 1
    assert last["statistics"]["microphone_connected"] == 1
    assert last["notes"] == [note]
    assert last["slowest"] < 0.5, "reading waited for the device"
    assert listener.wait(lambda line: "closed_in" in line)["closed_in"] < 3
    assert "Traceback" not in listener.end()


def test_the_sound_server_dies_and_is_replaced(pulse, tmp_path):
    pulse.plug()
    listener = Listener(pulse.environment, "echomic")
    listener.wait(lambda line: line.get("tone", 0) > 0.9)
    pulse.close()
    listener.wait(lambda line: "gives no sound any more" in line.get("note", ""))
    (tmp_path / "again").mkdir()
    another = PulseDaemon(tmp_path / "again")
    try:
        (tmp_path / "native").unlink(missing_ok=True)
        (tmp_path / "native").symlink_to(tmp_path / "again" / "native")
        another.plug()
        listener.wait(lambda line: line.get("note") == "microphone 'echomic' is back")
        listener.wait(lambda line: line.get("tone", 0) > 0.9)
    finally:
        listener.close()
        listener.wait(lambda line: "closed_in" in line)
        another.close()


def test_a_microphone_that_only_gives_zeros_is_said_once(pulse):
    pulse.plug(frequency=None)
    listener = Listener(pulse.environment, "echomic")
    listener.wait(lambda line: "gives only silence" in line.get("note", ""))
    time.sleep(6)
    listener.close()
    listener.wait(lambda line: "closed_in" in line)
    assert sum("only silence" in line.get("note", "") for line in listener.lines) == 1


def test_a_microphone_that_cannot_be_opened_is_one_sentence(pulse):
    """The device is listed, and the sound server behind it refuses, as one does whose microphone is taken."""
    listener = Listener(pulse.environment, "echomic")  # never plugged in
    line = listener.wait(lambda line: "error" in line)
    assert line["error"] == "DeviceError"
    assert line["text"].startswith("microphone 'echomic' cannot be opened (")
    assert "close the program that uses it" in line["text"]
    assert "\n" not in line["text"]
    assert listener.end() == "", "nothing else on stderr"


def test_no_microphone_of_that_name_lists_those_that_there_are(pulse):
    line = Listener(pulse.environment, "no such thing").wait(lambda line: "error" in line)
    assert line["error"] == "DeviceNotFoundError"
    assert "microphone 'no such thing' was not found: there are" in line["text"]
    assert '"echomic"' in line["text"]
    assert "--voice microphone:NAME" in line["text"]


def test_several_names_need_more_of_the_name(pulse):
    config = Path(pulse.environment["ALSA_CONFIG_PATH"])
    config.write_text(config.read_text() + 'pcm.echomic2 { type pulse device "echomic" hint { show on } }\n')
    line = Listener(pulse.environment, "ECHOM").wait(lambda line: "error" in line)
    assert "could be any of" in line["text"]
    pulse.plug()
    listener = Listener(pulse.environment, "EchoMic")  # the whole name, in other capitals
    listener.wait(lambda line: line.get("tone", 0) > 0.9)
    listener.close()
    listener.wait(lambda line: "closed_in" in line)
