"""Pausing NPCs over real sockets: at a boundary of chunks, with speech that waits, for latecomers as well."""

import time

import numpy as np
import pytest
from echo_bridge import EchoClient, commands
from echo_bridge.inbox import Frame, SpeechChunk
from echo_bridge.streams import Event
from test_runtime import running

from echo_runtime.errors import CommandFailedError


@pytest.fixture
def virtual(untrained, untrained_models):
    with running(untrained, lambda: untrained_models) as pair:
        yield pair


def record(client):
    frames, chunks, events = [], [], []
    kinds = {Frame: frames, SpeechChunk: chunks, Event: events}
    client.on_receive(lambda item: kinds[type(item)].append(item) if type(item) in kinds else None)
    return frames, chunks, events


def test_a_paused_npc_stands_still_and_goes_on_with_the_speech_that_waited(virtual):
    runtime, client = virtual
    frames, chunks, events = record(client)
    client.advance(0.2)
    samples = (np.sin(np.arange(16_000) / 9.0) * 0.5).astype(np.float32)
    speech = client.speak("bo", samples)
    client.advance(0.44)
    stop_us = client.pause("bo")
    client.advance(1.0)
    shown = len(runtime.log.motions)
    assert client.list_npcs()[0]["state"] == "paused"
    client.advance(3.0)
    assert len(runtime.log.motions) == shown, "nothing moves in a pause"
    assert not speech.finished, "the speech waits"
    (paused,) = [event for event in events if event.name == "paused"]
    assert (paused.detail["on"], paused.pts) == (True, stop_us)
    live = [frame for frame in frames if not frame.header.again]
    assert live[-1].header.pts == stop_us - 40_000
    heard_until = chunks[-1].header.pts + len(chunks[-1].samples) * 1_000_000 // 16_000
    assert abs(heard_until - stop_us) < 200, "speech that was sent ends where the frames end"

    go_on_us = client.resume("bo")
    client.advance(1.5)
    speech.done(10.0)
    later = [frame for frame in frames if not frame.header.again][len(live) :]
    assert later[0].header.pts == go_on_us
    assert {frame.header.epoch for frame in frames} == {0}
    assert [later[i + 1].header.pts - later[i].header.pts for i in range(5)] == [40_000] * 5
    sound = np.concatenate([chunk.samples for chunk in chunks])
    np.testing.assert_allclose(sound[: len(samples)], samples, atol=0.02)
    assert [event.detail["on"] for event in events if event.name == "paused"] == [True, False]


def test_a_latecomer_is_told_and_gets_the_last_picture(virtual):
    runtime, client = virtual
    client.advance(0.3)
    client.pause()
    client.advance(0.4)
    events = []
    with EchoClient.connect(
        f"tcp://127.0.0.1:{runtime.bridge.ports['control']}",
        on_receive=lambda item: events.append(item) if isinstance(item, Event) else None,
    ) as late:
        assert late.wait_for_frame("bo", timeout=20.0).header.again
        deadline = time.monotonic() + 20.0  # events come over another socket than pictures
        while not any(event.name == "paused" and event.detail["on"] and event.again for event in events):
            assert time.monotonic() < deadline, f"no event of the pause, only {[event.name for event in events]}"
            late.stats()
            time.sleep(0.02)


def test_pausing_twice_resuming_twice_and_an_interrupt_in_between(virtual):
    client = virtual[1]
    client.advance(0.2)
    at = client.pause("bo")
    client.advance(0.3)
    assert client.pause("bo") == at
    assert client.interrupt("bo") == 1
    client.advance(0.5)
    assert client.list_npcs()[0]["state"] == "paused", "an interrupt does not wake it"
    assert client.resume() > 0
    assert client.resume() == 0
    frames, _, _ = record(client)
    client.advance(0.3)
    assert frames[-1].header.epoch == 1


def test_a_pause_that_is_taken_back_before_it_begins_leaves_no_gap(virtual):
    client = virtual[1]
    client.advance(0.32)
    client.pause("bo")
    client.resume("bo")
    frames, _, events = record(client)
    client.advance(0.6)
    times = [frame.header.pts for frame in frames]
    assert np.diff(times).tolist() == [40_000] * (len(times) - 1)
    assert not [event for event in events if event.name == "paused" and not event.again]


def test_an_unknown_npc_cannot_be_paused(virtual):
    with pytest.raises(CommandFailedError, match="nobody"):
        virtual[1].pause("nobody")
    assert virtual[1].command(commands.Attention, npc="bo", value=0.5) == {}
    assert virtual[0].npcs["bo"].session.attention == 0.5


def test_an_npc_that_is_opened_again_keeps_its_epoch(virtual, untrained):
    """Clients drop whatever is below the highest epoch that they have seen."""
    runtime, client = virtual
    client.advance(0.1)
    client.interrupt("bo")
    client.advance(0.2)
    client.close_npc("bo")
    npc = runtime.open_npc("bo", str(untrained / "blank"))
    assert npc.session.epoch == 1


def test_pausing_in_real_time(untrained, untrained_models):
    with running(untrained, lambda: untrained_models, virtual=False) as (runtime, client):
        client.wait_for_frame("bo", timeout=30.0)
        client.pause("bo")
        deadline = client.runtime_now() + 20_000_000
        while not runtime.npcs["bo"].session.paused and client.runtime_now() < deadline:
            pass
        seq = client.wait_for_frame("bo").header.seq
        runtime.stop.wait(0.5)
        assert client.latest_frame("bo").header.seq <= seq + 1
        stood = client.latest_frame("bo").header.seq
        client.resume("bo")
        client.wait_for_frame("bo", after_seq=stood + 3, timeout=20.0)
