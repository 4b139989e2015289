"""The real runtime is killed and started again: every language's client finds it."""

import os
import signal

import live_program
import pytest
from conftest import program_of
from live_program import LiveProgram

SLOW = 120.0
"""Seconds for a runtime to come up and draw on a busy machine."""


@pytest.mark.timeout(900)
def test_a_runtime_that_is_restarted_is_found_again_by_all(real_runtime, free_port):
    """One restart for all languages: it takes its time."""
    languages = [language for language in live_program.LANGUAGES if live_program.absent(language) is None]
    lives: dict[str, LiveProgram] = {}
    try:
        with real_runtime(free_port) as first:
            for language in languages:
                lives[language] = LiveProgram(program_of(language), free_port, client=f"of-{language}")
            runs = {language: live.wait("welcome")["run"] for language, live in lives.items()}
            for live in lives.values():
                live.wait("first_frame", timeout=SLOW)
            os.kill(first.pid, signal.SIGKILL)
            marks = {language: live.mark() for language, live in lives.items()}
            for live in lives.values():
                live.wait("status", status="lost")
        with real_runtime(free_port):
            for language, live in lives.items():
                again = live.wait("welcome", since=marks[language], timeout=SLOW)
                assert again["run"] != runs[language], language
                assert again["returned"] is False, language
                live.wait("opened", since=marks[language], timeout=SLOW)
                frame = live.wait("first_frame", since=marks[language], timeout=SLOW)
                assert frame["age_ms"] < 2000.0 or frame["again"], f"{language}: nothing of the old run is shown"
            for language, live in lives.items():
                summary = live.quit()
                assert summary["malformed"] == 0, language
                assert summary["old_epoch_shown"] == 0, language
    finally:
        for live in lives.values():
            live.__exit__(None, None, None)
