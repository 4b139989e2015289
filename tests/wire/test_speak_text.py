"""Every language's client has a text spoken by the real runtime and espeak-ng, and hears it."""

from __future__ import annotations

import shutil
import time

import pytest
from live_program import LiveProgram

pytestmark = [
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng (Debian: espeak-ng) is not installed"),
    pytest.mark.timeout(600),  # two languages are compiled
]


@pytest.fixture(scope="module")
def speaking_runtime(real_runtime):
    with real_runtime(0, "--voice-for-text", "espeak-ng") as process:
        yield process


@pytest.mark.alone
def test_a_text_is_heard_and_an_interrupt_ends_it(core, speaking_runtime):
    with LiveProgram(core, speaking_runtime.control_port) as live:
        live.wait("first_frame")
        time.sleep(0.3)  # the turn of before, for latecomers, has come
        since = live.mark()
        live.send("speak_text Good evening, traveller.")
        live.wait("cue", since=since, name="turn")
        live.wait("answer", since=since, command="speak_text", type="done")
        since = live.mark()
        live.send("speak_text " + "One, two, three, four, five, six, seven. " * 20)
        live.wait("cue", since=since, name="turn")
        live.send("interrupt")
        live.wait("answer", since=since, command="speak_text", type="failed", code="interrupted")
        time.sleep(0.5)
        summary = live.quit()
        assert summary["heard_samples"] > 3_000
        assert summary["old_epoch_heard_samples"] == 0


def test_without_a_voice_a_text_is_refused_with_what_to_do(core, runtime):
    with LiveProgram(core, runtime.control_port) as live:
        live.wait("opened")
        live.send("speak_text Good evening.")
        refused = live.wait("answer", command="speak_text", type="failed", code="unsupported")
        assert "--voice-for-text" in refused["text"]
