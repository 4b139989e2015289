"""Turn-taking in the running runtime: what clients are told of a spoken line and of a player who talks."""

import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from test_runtime import running

import echo_runtime.demo
from echo_runtime.signals import SAMPLE_RATE

LINE = Path(echo_runtime.demo.__file__).parent / "performance" / "line_1.flac"
STEP_S = 0.1


@pytest.fixture
def told(untrained, untrained_models):
    """A client, and the events that it has received, as (name, detail)."""
    with running(untrained, lambda: untrained_models) as (runtime, client):
        events = []
        client.on_receive(lambda item: events.append((item.name, item.detail)) if hasattr(item, "detail") else None)
        yield runtime, client, events


def until(events, name, **detail):
    stop = time.monotonic() + 10.0
    while (name, detail) not in events:
        assert time.monotonic() < stop, f"{name} {detail} did not come; {events} did"
        time.sleep(0.01)


def talk(runtime, client, seconds=None):
    """The player talks for 1.4 seconds; is silent for `seconds` when given."""
    if seconds is None:
        sound, rate = soundfile.read(LINE, dtype="float32")
        loud = np.flatnonzero(np.abs(sound) > 0.05)[0]  # from the first word on
        sound = soxr.resample(sound[loud : loud + round(1.4 * rate)], rate, SAMPLE_RATE).astype(np.float32)
    else:
        sound = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for block in np.array_split(sound, max(1, round(len(sound) / SAMPLE_RATE / STEP_S))):
        client.player_audio(block, captured_us=runtime.clock.now_us())
        client.advance(len(block) / SAMPLE_RATE)


def test_a_line_of_the_npc(told):
    _, client, events = told
    client.advance(0.2)
    speech = client.speak("bo", np.full(SAMPLE_RATE // 2, 0.1, np.float32))
    client.advance(1.0)
    speech.done(10.0)
    until(events, "stance", stance="listening")
    taken = [event for event in events if event[0] in ("floor", "stance", "turn")]
    assert [d for n, d in taken if n == "floor"] == [{"holder": "npc"}, {"holder": "nobody"}]
    stances = [d["stance"] for n, d in taken if n == "stance"]
    assert stances[-2:] == ["speaking", "listening"]
    assert {"state": "speaking"} in [d for n, d in taken if n == "turn"]


def test_a_turn_of_the_player(told):
    runtime, client, events = told
    talk(runtime, client, 0.2)
    talk(runtime, client)
    talk(runtime, client, 1.8)
    until(events, "floor", holder="nobody")
    names = [name for name, _ in events]
    assert names.count("player_turn_begins") == 1
    assert names.index("player_turn_begins") < names.index("player_turn_ends")
    (ended,) = [detail for name, detail in events if name == "player_turn_ends"][-1:]
    assert 0.0 < ended["pause_s"] <= 1.8
    assert ended["probability"] > 0.5


def test_an_interruption(told):
    runtime, client, events = told
    client.speak("bo", np.full(3 * SAMPLE_RATE, 0.1, np.float32))
    talk(runtime, client, 0.4)
    talk(runtime, client)
    until(events, "stance", stance="yielding")
    assert "interruption" in [name for name, _ in events]
    assert client.list_npcs()[0]["state"] == "speaking", "the engine decides whether the NPC stops"
