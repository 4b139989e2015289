"""Every language's client whose HELLO is answered late: it says HELLO again, and both are answered."""

import time

import pytest
from echo_bridge.control import ControlServer
from live_program import LiveProgram
from scripted_runtime import scripted_runtime


@pytest.fixture
def greetings(monkeypatch):
    """How often HELLO was said; the first is answered when the second has come, both at once."""
    said = []
    greet = ControlServer._greet

    def late(server, *hello):
        said.append(hello)
        for one in (said if len(said) == 2 else [hello]) if len(said) > 1 else []:
            greet(server, *one)

    monkeypatch.setattr(ControlServer, "_greet", late)
    return said


def test_a_greeting_that_is_answered_twice_begins_one_session(core, greetings):
    with scripted_runtime() as runtime, LiveProgram(core, runtime.server.ports["control"]) as live:
        assert live.wait("welcome")["returned"] is False
        live.wait("opened")
        live.wait("first_frame")
        live.send("emotion joy 0.5")
        live.wait("answer", command="emotion", type="done")
        time.sleep(0.3)
        assert len(greetings) == 2
        assert len(live.seen("welcome")) == 1
        assert not live.seen("answer", type="failed"), "nothing of the one session was given up for the other"
        assert live.quit()["malformed"] == 0
